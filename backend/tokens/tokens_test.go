package tokens

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"gumshoe/backend/exchange"
)

func say(role, s string) exchange.Message {
	return exchange.Message{Role: role, Parts: []exchange.Part{{Type: exchange.PartText, Text: s}}}
}

// The counts are those of OpenAI's own tiktoken for o200k_base.
func TestTextIsWhatO200kCounts(t *testing.T) {
	e := New()
	for text, want := range map[string]int64{
		"":              0,
		"hello world":   2,
		"Hello, world!": 4,
		// OpenAI's cookbook gives these three.
		"antidisestablishmentarianism": 6, "2 + 2 = 4": 7, "お誕生日おめでとう": 8,
		"你好世界":                     2,
		"123456":                   2,
		"The quick brown fox":      4,
		"a\xffb":                   3,
		"<|endoftext|>":            7, // a text, never the mark itself
		strings.Repeat("word ", 9): 10,
	} {
		if got := e.Text(text); got != want {
			t.Errorf("%q: %d tokens, want %d", text, got, want)
		}
	}
}

func TestRequestAndReply(t *testing.T) {
	e := New()
	image := exchange.Part{Type: exchange.PartImage, MediaType: "image/png", Data: strings.Repeat("iVBORw0K", 1<<17)}
	audio := exchange.Part{Type: exchange.PartAudio, Data: strings.Repeat("AAAA", 1<<17), Text: "spoken"}
	unknown := exchange.Part{Type: exchange.PartOther, Text: `{"type":"input_audio","data":"` + strings.Repeat("AbC+/9", 1<<15) + `"}`}
	hello := say("user", "hello world")
	base := e.Request("m", []exchange.Message{hello}, nil)
	if base.Tokens != 3+2+3 || base.Raw != base.Tokens || base.Factor != 1 || base.Basis != exchange.Estimated || base.Media || base.Sample {
		t.Errorf("one message: %+v", base)
	}
	for name, c := range map[string]struct {
		message exchange.Message
		least   int64
		most    int64
		media   bool
	}{
		"an image":           {exchange.Message{Role: "user", Parts: []exchange.Part{{Type: exchange.PartText, Text: "hello world"}, image}}, 8, 8, true},
		"a sound":            {exchange.Message{Role: "user", Parts: []exchange.Part{audio}}, 6, 6, true},
		"an unknown part":    {exchange.Message{Role: "user", Parts: []exchange.Part{unknown}}, 10, 30, true},
		"a document as text": {exchange.Message{Role: "user", Parts: []exchange.Part{{Type: exchange.PartFile, Text: "hello world"}}}, 8, 8, false},
		"a name":             {exchange.Message{Role: "user", Name: "ann", Parts: hello.Parts}, 10, 10, false},
		"a tool call":        {exchange.Message{Role: "assistant", ToolCalls: []exchange.ToolCall{{Name: "add", Arguments: `{"a":1}`}}}, 15, 20, false},
		"reasoning":          {exchange.Message{Role: "assistant", Parts: []exchange.Part{{Type: exchange.PartReasoning, Text: "hello world"}}}, 8, 8, false},
	} {
		if got := e.Request("m", []exchange.Message{c.message}, nil); got.Tokens < c.least || got.Tokens > c.most || got.Media != c.media {
			t.Errorf("%s: %+v, want %d to %d", name, got, c.least, c.most)
		}
	}
	tools := []exchange.Tool{{Name: "add", Description: "adds two numbers", Schema: []byte(`{"type":"object","properties":{"a":{"type":"number"}}}`)}}
	if got := e.Request("m", []exchange.Message{hello}, tools); got.Tokens < base.Tokens+20 || got.Tokens > base.Tokens+40 {
		t.Errorf("a tool: %+v", got)
	}
	if got := e.Reply("m", []exchange.Message{say("assistant", "hello world")}); got.Tokens != 2 {
		t.Errorf("a reply: %+v", got)
	}
	if got := e.Reply("m", nil); got.Basis != exchange.Missing || got.Tokens != 0 {
		t.Errorf("nothing: %+v", got)
	}
}

// A sample comes within a few per cent of the whole, whatever is mixed.
func TestSamplesAreNear(t *testing.T) {
	e := New()
	prose := strings.Repeat("The detective followed the trail through the fog, counting every step. ", 2900)
	code := strings.Repeat("func (e *Estimator) add(s string) {\n\tif s != \"\" {\n\t\te.n++\n\t}\n}\n", 2900)
	chinese := strings.Repeat("偵探在霧中跟隨足跡，數著每一步。", 2200)
	var small []exchange.Message
	for i := range 9000 {
		small = append(small, say("user", fmt.Sprintf("turn %d of many", i)))
	}
	for name, messages := range map[string][]exchange.Message{
		"prose": {say("user", prose)}, "code": {say("user", code)}, "Chinese": {say("user", chinese)},
		"mixed": {say("system", prose), say("user", code), say("assistant", chinese), say("user", "x")}, "small ones": small,
	} {
		var whole int64
		for _, m := range messages {
			whole += e.tokens(m.Text())
		}
		var tx text
		tx.messages(messages)
		got, sampled := e.measure(tx)
		if off := float64(got)/float64(whole) - 1; !sampled || math.Abs(off) > 0.05 {
			t.Errorf("%s: %d sampled, %d in truth: %.1f %% off", name, got, whole, off*100)
		}
	}
}

// Cutting a text for the vocabulary's sake costs next to nothing.
func TestCutsDoNotCount(t *testing.T) {
	e := New()
	s := strings.Repeat("It's 12345 steps to the harbour, isn't it? \n\n  Yes. ", 300)
	whole, err := e.vocabulary().Count(s)
	if err != nil {
		t.Fatal(err)
	}
	if got := e.tokens(s); math.Abs(float64(got)-float64(whole)) > 10 {
		t.Errorf("%d in pieces, %d whole", got, whole)
	}
}

// No text takes long, however it is made.
func TestTimeIsBounded(t *testing.T) {
	e := New()
	e.Text("load")
	for name, s := range map[string]string{
		"one letter": strings.Repeat("a", 1<<20), "spaces": strings.Repeat(" ", 1<<20), "lines": strings.Repeat("\n", 1<<20),
		"base64": strings.Repeat("QUJDRA", 1<<18), "Chinese": strings.Repeat("語", 1<<19), "raw bytes": strings.Repeat("\xff\x80", 1<<19),
		"marks": strings.Repeat("e\u0301", 1<<18), "emoji": strings.Repeat("👩‍👩‍👧‍👦", 1<<16), "signs": strings.Repeat("=-", 1<<19),
	} {
		began := time.Now()
		n := e.Text(s)
		if took := time.Since(began); took > 500*time.Millisecond || n <= 0 { // 20 ms on a quiet machine; see the benchmark
			t.Errorf("%s: %d tokens took %v", name, n, took)
		}
	}
}

func TestLearn(t *testing.T) {
	e := New()
	c := Count{Raw: 1000}
	for i, reported := range []int64{1200, 1210, 1190} {
		if f, ok := e.Factor("m", Prompt); ok || f != 1 {
			t.Errorf("after %d rows: a factor %v", i, f)
		}
		if !e.Wants("m", Prompt) || !e.Learn("m", Prompt, c, reported) {
			t.Error("a good row taught nothing")
		}
	}
	if f, ok := e.Factor("m", Prompt); !ok || f != 1.2 {
		t.Errorf("learned %v", f)
	}
	if _, ok := e.Factor("m", Answer); ok {
		t.Error("the answer learned from prompts")
	}
	got := e.Request("m", []exchange.Message{say("user", strings.Repeat("word ", 99))}, nil)
	if got.Raw != 106 || got.Tokens != 127 || got.Factor != 1.2 {
		t.Errorf("the factor is not used: %+v", got)
	}
	for name, c := range map[string]struct {
		model    string
		count    Count
		reported int64
	}{
		"no model": {"", Count{Raw: 1000}, 1000}, "media": {"m", Count{Raw: 1000, Media: true}, 1000}, "few tokens": {"m", Count{Raw: 10}, 30},
		"nothing reported": {"m", Count{Raw: 1000}, 0}, "too small": {"m", Count{Raw: 1000}, 299}, "too large": {"m", Count{Raw: 1000}, 4001},
		"an absurd name": {strings.Repeat("m", 999), Count{Raw: 1000}, 1000},
	} {
		if e.Learn(c.model, Prompt, c.count, c.reported) {
			t.Errorf("%s: taught something", name)
		}
	}
	for range 6 { // outliers within bounds don't move the median far
		e.Learn("m", Prompt, c, 1200)
	}
	e.Learn("m", Prompt, c, 4000)
	e.Learn("m", Prompt, c, 300)
	if f, _ := e.Factor("m", Prompt); f != 1.2 {
		t.Errorf("outliers made it %v", f)
	}
	for range 20 { // a model that was replaced under its name is learned anew
		e.Learn("m", Prompt, c, 2000)
	}
	if f, _ := e.Factor("m", Prompt); f != 2 {
		t.Errorf("old rows weigh on: %v", f)
	}
	wanted := 0
	for range 5120 {
		if e.Wants("m", Prompt) {
			wanted++
		}
	}
	if wanted != 10 {
		t.Errorf("%d of 5120 rows of a known model are looked at", wanted)
	}
}

func TestWhatIsLearnedIsBoundedAndKept(t *testing.T) {
	e := New()
	for i := range 3 * maxModels {
		for range 4 {
			e.Learn(fmt.Sprintf("m%d", i), Prompt, Count{Raw: 1000}, int64(900+i))
			e.Learn("often", Answer, Count{Raw: 1000}, 700)
		}
	}
	if len(e.models) > maxModels {
		t.Errorf("%d models", len(e.models))
	}
	b, err := e.Export()
	if err != nil {
		t.Fatal(err)
	}
	again := New()
	if err := again.Import(b); err != nil {
		t.Fatal(err)
	}
	for k := range e.models {
		f, ok := e.Factor(k.Model, k.Side)
		if g, ok2 := again.Factor(k.Model, k.Side); f != g || ok != ok2 {
			t.Errorf("%v: %v became %v", k, f, g)
		}
	}
	if f, ok := again.Factor("often", Answer); !ok || f != 0.7 {
		t.Errorf("a model in use was forgotten: %v", f)
	}
	if err := again.Import([]byte(`[{"model":"a","side":"prompt","ratios":[9,-1,0.1,1,1,1]},{"model":"","side":"prompt","ratios":[1]},{"model":"b","side":"x","ratios":[1,1,1]}]`)); err != nil {
		t.Fatal(err)
	}
	if f, ok := again.Factor("a", Prompt); !ok || f != 1 || len(again.models) != 1 {
		t.Errorf("a damaged export gives %v, %d models", f, len(again.models))
	}
	if again.Import([]byte("{")) == nil || len(again.models) != 1 {
		t.Error("what is no export changed what is known")
	}
}

func TestManyAtOnce(t *testing.T) {
	e := New()
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for range 20 {
				c := e.Request("m", []exchange.Message{say("user", strings.Repeat("steps in the fog ", 20+i))}, nil)
				e.Learn("m", Prompt, c, c.Raw)
				if _, err := e.Export(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if f, ok := e.Factor("m", Prompt); !ok || f != 1 {
		t.Errorf("learned %v", f)
	}
}

func FuzzCount(f *testing.F) {
	f.Add("hello", `{"data":"`+strings.Repeat("A", 520)+`"}`)
	f.Add(strings.Repeat("語 ", 20), "\xff")
	e := New()
	f.Fuzz(func(t *testing.T, a, b string) {
		c := e.Request("m", []exchange.Message{say("user", a), {Parts: []exchange.Part{{Type: exchange.PartOther, Text: b}}}}, []exchange.Tool{{Name: b, Schema: []byte(a)}})
		if c.Raw < 0 || c.Raw > int64(4*(len(a)+len(b))+40) {
			t.Errorf("%d tokens of %d bytes", c.Raw, len(a)+len(b))
		}
	})
}

// Helicone §9.1: a stream without usage has tokens, marked as estimated.
// Helicone §9.2: of a reply that was cancelled what came counts.
func TestHelicone01And02TokensWithoutUsage(t *testing.T) {
	e := New()
	prompt := e.Request("m", []exchange.Message{say("user", "Who did it?")}, nil)
	whole := e.Reply("m", []exchange.Message{say("assistant", "It was the butler, of course.")})
	cut := e.Reply("m", []exchange.Message{say("assistant", "It was the")})
	for name, c := range map[string]Count{"prompt": prompt, "reply": whole, "cancelled reply": cut} {
		if c.Tokens <= 0 || c.Basis != exchange.Estimated {
			t.Errorf("%s: %+v", name, c)
		}
	}
	if cut.Tokens >= whole.Tokens {
		t.Errorf("%d tokens of a part, %d of the whole", cut.Tokens, whole.Tokens)
	}
}
