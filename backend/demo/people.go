package demo

import "gumshoe/backend/exchange"

// place is an upstream of the office.
type place struct {
	name string
	kind exchange.Kind
	url  string
}

var (
	atOllama    = place{"ollama", exchange.KindOllama, "http://127.0.0.1:11434"}
	atOpenAI    = place{"openai", exchange.KindOpenAI, "https://api.openai.com/v1"}
	atAnthropic = place{"anthropic", exchange.KindAnthropic, "https://api.anthropic.com"}
)

// model is one that people choose, with how fast it is.
type model struct {
	name   string
	at     place
	tps    float64 // tokens per second while decoding
	prompt float64 // tokens per second while reading
	load   float64 // seconds to load
	ctx    int     // num_ctx it is loaded with
}

func models() []model {
	return []model{
		{"llama3.1:8b", atOllama, 42, 900, 5.5, 8192},
		{"qwen2.5:14b", atOllama, 24, 520, 9, 8192},
		{"gemma2:2b", atOllama, 95, 2400, 2.2, 4096},
		{"deepseek-r1:32b", atOllama, 11, 230, 19, 2048},
		{"gpt-4o", atOpenAI, 78, 0, 0, 0},
		{"gpt-4o-mini", atOpenAI, 110, 0, 0, 0},
		{"claude-sonnet-4-5", atAnthropic, 64, 0, 0, 0},
	}
}

// person is someone of the office; likes are indexes of models.
type person struct {
	mail, lang string
	likes      []int
}

func people() []person {
	return []person{
		{"mei.lin@example.org", "zh", []int{1, 0, 4}},
		{"jonas@example.org", "en", []int{0, 0, 4, 3}},
		{"aiko@example.org", "ja", []int{5, 2}},
		{"lucia@example.org", "en", []int{6, 6, 0}},
		{"omar@example.org", "en", []int{2, 0}},
		{"", "en", []int{0, 5}}, // a script that says nothing of itself
	}
}

// topic is a chat: what is asked and answered, turn by turn.
type topic struct {
	lang   string
	system string
	turns  [][2]string
}

func topics() []topic {
	return []topic{
		{"en", "", [][2]string{
			{"Why is the sky blue?", "Because air scatters **short waves** of light far more than long ones. The scattering grows with the fourth power of the frequency:\n\n$$I \\propto \\frac{1}{\\lambda^4}$$\n\nBlue light is thrown all over the sky, red mostly goes straight on."},
			{"And why is it red at sunset?", "The light then comes through much more air. Most of the blue is scattered out on the way, and what is left is orange and red."},
			{"Does the moon have a blue sky?", "No. It has no air to scatter the light, so its sky is black even at noon."},
		}},
		{"en", "You are a careful programmer. Answer with short code.", [][2]string{
			{"Write a Go function that reverses a string and keeps accents intact.", "Reverse by grapheme clusters, not by bytes:\n\n```go\nfunc reverse(s string) string {\n\tg := uniseg.NewGraphemes(s)\n\tvar parts []string\n\tfor g.Next() {\n\t\tparts = append([]string{g.Str()}, parts...)\n\t}\n\treturn strings.Join(parts, \"\")\n}\n```"},
			{"How slow is prepending?", "Each prepend copies the slice, so it is quadratic. For long strings collect first and walk backwards."},
			{"Show the better one.", "```go\nfor i := len(parts) - 1; i >= 0; i-- {\n\tb.WriteString(parts[i])\n}\n```"},
		}},
		{"en", "", [][2]string{
			{"Draft a friendly reminder that the kitchen has to be cleaned on Fridays.", "Hi all,\n\na small reminder: Friday is kitchen day. Please take your cups, empty the fridge of what is yours, and wipe the table. It takes ten minutes if we all help.\n\nThank you!"},
			{"Shorter.", "Friday is kitchen day: cups, fridge, table. Ten minutes, all together. Thanks!"},
		}},
		{"en", "", [][2]string{
			{"Compare a heat pump with a gas boiler for a 1970s house.", "| | heat pump | gas boiler |\n|---|---|---|\n| running cost | lower with good insulation | follows the gas price |\n| comfort | steady, low temperature | quick, hot |\n| first cost | higher, often subsidised | lower |\n\nMeasure the heat loss first: radiators that were sized for 70 °C may be too small."},
			{"What would you check first?", "1. The heat loss of each room.\n2. The size of the radiators.\n3. The state of windows and roof."},
		}},
		{"zh", "", [][2]string{
			{"幫我把這段話改得更有禮貌：你們的報價太貴了。", "可以這樣說：\n\n> 感謝貴公司提供的報價。經內部評估後，金額略高於我們的預算，不知是否還有調整的空間？"},
			{"再短一點。", "感謝報價，惟金額略高於預算，是否有調整空間？"},
		}},
		{"zh", "你是一位耐心的老師。", [][2]string{
			{"鐘錶為什麼順時針走？", "因為最早的機械鐘是在北半球做的，指針模仿了**日晷**影子的方向。在北半球，日晷的影子從西經北往東移動，正是今天的順時針。"},
			{"南半球的日晷呢？", "方向相反，是逆時針。如果鐘錶是在南半球發明的，今天的「順時針」可能就反過來了。"},
		}},
		{"zh", "", [][2]string{{"用三句話說明什麼是脈絡長度。", "脈絡長度是模型一次能讀的文字量，以 token 計算。超過的部分會被截掉，而且通常沒有提醒。聊得越久，前面的內容就越容易被忘記。"}}},
		{"ja", "", [][2]string{
			{"会議の議事録を三行でまとめるコツを教えて。", "1. 決まったことだけを書く。\n2. 担当者と期限を入れる。\n3. 背景の説明は別の資料に回す。"},
			{"例を一つください。", "「新しい受付システムは来月一日に開始（担当：佐藤、期限：二十五日）。」"},
		}},
		{"ja", "", [][2]string{{"時計の修理について短い詩を書いて。", "止まった針に\n小さな油をさす朝\n時がまた歩く"}}},
	}
}
