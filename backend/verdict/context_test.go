package verdict

import (
	"strings"
	"testing"

	"gumshoe/backend/exchange"
)

const (
	river = "the river moves slowly past the old mill and the water carries small leaves toward the sea . "
	clock = "the clock in the tower is late , but nobody in the village minds it ."
	wind  = " the wind from the north brings cold air , clear nights and many stars ."
)

// turns is the history of [07-ctx-multiturn-over-messages-dropped].
func turns() []exchange.Message {
	m := say("system", "you are a lamp .")
	for range 16 {
		m = append(m, say("user", clock, "assistant", wind)...)
	}
	return append(m, say("user", "and the fox ?")...)
}

func TestContextCut(t *testing.T) {
	long := prompt(say("user", strings.Repeat(river, 40)))
	wide := prompt(say("user", strings.Repeat(river, 320)))
	none := func(*Facts) {}
	table(t, exchange.VerdictContextCut, []check{
		{"[0.34.4 07-ctx-single-message-over]", nil, ollama(long, options(`{"num_ctx":256}`), tokens(130, 0, 8), estimate(782)), exchange.Certain,
			numbers(map[string]int64{"prompt": 782, "kept": 130, "lost": 652, "context": 256, "fits": 2048})},
		{"[0.24.0 07-ctx-single-message-over]", nil, ollama(long, options(`{"num_ctx":256}`), tokens(256, -1, 8), estimate(782)), exchange.Certain, nil},
		{"the count of 0.30.0", nil, ollama(long, options(`{"num_ctx":256}`), tokens(255, -1, 8), estimate(782)), exchange.Certain, nil},
		{"[0.34.4 07-ctx-generate-over]", nil, ollama(api(exchange.OllamaGenerate), long, options(`{"num_ctx":256}`), tokens(130, 0, 8), estimate(782)), exchange.Certain, nil},
		{"[0.34.4 07-ctx-v1-over-default-4096], length from /api/ps", nil, ollama(api(exchange.OpenAIChat), wide, loaded(4096), tokens(2050, 0, 8), estimate(6102)), exchange.Certain,
			func(v exchange.Verdict) string {
				if v.Words["fix"] != "context" {
					return "/v1 can't set num_ctx"
				}
				return ""
			}},
		{"[0.24.0 07-ctx-v1-over-default-4096]", nil, ollama(api(exchange.OpenAIChat), wide, loaded(4096), tokens(4096, -1, 8), estimate(6102)), exchange.Certain, nil},
		{"no estimate: more words than room", nil, ollama(long, options(`{"num_ctx":256}`), tokens(130, 0, 8)), exchange.Certain, nil},
		{"num_keep 24", nil, ollama(long, options(`{"num_ctx":256,"num_keep":24}`), tokens(140, 0, 8), estimate(782)), exchange.Certain, nil},
		{"[07-ctx-embed-over]", nil, ollama(api(exchange.OllamaEmbed), long, loaded(512), tokens(512, -1, 0), estimate(780)), exchange.Certain, nil},
		{"[07-ctx-multiturn-over-messages-dropped]", nil, ollama(prompt(turns()), options(`{"num_ctx":256}`), tokens(248, 1, 8), estimate(740), factor(1)), exchange.Likely,
			func(v exchange.Verdict) string {
				if v.Numbers["first_kept"] < 20 || v.Numbers["first_kept"] > 28 || v.Words["how"] != "messages" {
					return "of 34 messages about ten fit"
				}
				return ""
			}},
		{"the same, no estimate", nil, ollama(prompt(turns()), options(`{"num_ctx":256}`), tokens(248, 1, 8)), exchange.Likely, nil},
		{"the turn before had nearly filled it", []Facts{ollama(prompt(turns()), options(`{"num_ctx":1024}`), tokens(740, 0, 8))},
			ollama(at(20*sec), prompt(append(turns(), say("assistant", wind, "user", strings.Repeat(river, 20))...)), options(`{"num_ctx":1024}`), tokens(900, 0, 8)), exchange.Certain, nil},
		{"the model was not made for more", nil, func() Facts {
			in := ollama(long, options(`{"num_ctx":256}`), tokens(130, 0, 8), estimate(782))
			in.ContextMax = exchange.Int64(512)
			return in
		}(), exchange.Certain, func(v exchange.Verdict) string {
			if _, ok := v.Numbers["fits"]; ok || v.Words["fix"] != "shorten" {
				return "only a shorter prompt helps"
			}
			return ""
		}},

		{"false: [07-ctx-multiturn-fits]", nil, ollama(prompt(turns()), options(`{"num_ctx":1024}`), tokens(740, 0, 8), estimate(740)), "", nil},
		{"false: length alone [02-chat-nostream]", nil, ollama(options(`{"num_ctx":4096,"num_predict":24}`), estimate(31)), "", nil},
		{"false: the count of a cut by chance", nil, ollama(options(`{"num_ctx":4096}`), long, tokens(2050, 0, 8), estimate(2040)), "", nil},
		{"false: exactly full", nil, ollama(options(`{"num_ctx":4096}`), wide, tokens(4096, 0, 8), estimate(4070)), "", nil},
		{"false: cached tokens explain a small fresh part", nil, ollama(options(`{"num_ctx":4096}`), prompt(turns()), tokens(740, 700, 8), estimate(740)), "", nil},
		{"false: the estimate errs by 10 %", nil, ollama(options(`{"num_ctx":4096}`), prompt(turns()), tokens(4000, 0, 8), estimate(4400)), "", nil},
		{"false: [0.30.0] counts only what is not cached", nil, ollama(options(`{"num_ctx":4096}`), prompt(turns()), tokens(40, -1, 8), estimate(3000)), "", nil},
		{"false: the context is not known", nil, ollama(long, options(`{}`), tokens(2050, 0, 8), estimate(6102)), "", nil},
		{"false: /api/ps belongs to another load", nil, ollama(wide, options(`{}`), loaded(4096), tokens(6102, 0, 8), estimate(6102)), "", nil},
		{"false: /v1 ignores num_ctx", nil, ollama(api(exchange.OpenAIChat), long, options(`{"num_ctx":256}`), tokens(782, 0, 8), estimate(782)), "", nil},
		{"false: a model that sees takes 2048", nil, ollama(options(`{"num_ctx":256}`), func(in *Facts) {
			in.Messages = append(turns(), exchange.Message{Role: "user", Parts: []exchange.Part{{Type: exchange.PartImage, Data: "iVBOR"}}})
		}, tokens(250, 0, 8), estimate(740)), "", nil},
		{"false: a batch of embeddings adds up", nil, ollama(api(exchange.OllamaEmbed), loaded(512), prompt(say("user", river, "user", river)), tokens(512, -1, 0), estimate(800)), "", nil},
		{"false: in Ollama's cloud", nil, ollama(model("gpt-oss:120b-cloud"), long, loaded(256), tokens(130, 0, 8), estimate(782)), "", nil},
		{"false: another kind of upstream", nil, cloud(long, loaded(256), tokens(130, 0, 8), estimate(782)), "", nil},
		{"false: tools that the template writes shorter", nil, ollama(options(`{"num_ctx":4096}`), prompt(turns()), tokens(3500, 0, 8), estimate(5600), func(in *Facts) {
			in.Tools = []exchange.Tool{{Name: "x", Schema: []byte(`{"a":"` + strings.Repeat("d", 12000) + `"}`)}}
		}), "", nil},
		{"false: its own template", nil, ollama(param("template", `"{{ .Prompt }}"`), options(`{"num_ctx":4096}`), param("template", `"x"`), prompt(turns()), tokens(600, 0, 8), estimate(6000), factor(1)), "", nil},
		{"false: reasoning that templates leave out", []Facts{ollama(prompt(turns()), options(`{"num_ctx":1024}`), tokens(990, 0, 8))},
			ollama(at(20*sec), options(`{"num_ctx":1024}`), tokens(400, 0, 8), func(in *Facts) {
				in.Messages = append(turns(), exchange.Message{Role: "assistant", Parts: []exchange.Part{{Type: exchange.PartReasoning, Text: river}}})
				in.Messages = append(in.Messages, say("user", strings.Repeat(river, 4))...)
			}), "", nil},
		{"false: nothing is reported", nil, ollama(long, options(`{"num_ctx":256}`), estimate(782), func(in *Facts) { in.Row.Usage = exchange.Usage{} }), "", nil},
		{"false: a plain one", nil, ollama(none), "", nil},
	})
}

func TestContextShifted(t *testing.T) {
	table(t, exchange.VerdictContextShifted, []check{
		{"[0.34.4 07-ctx-shift-while-generating]", nil, ollama(options(`{"num_ctx":256,"num_predict":600}`), loaded(256), tokens(31, 0, 600)), exchange.Certain, nil},
		{"the same, /api/ps not asked", nil, ollama(options(`{"num_ctx":256,"num_predict":600}`), tokens(31, 0, 600)), exchange.Likely, nil},
		{"[07-ctx-num-predict-unset-endless]", nil, ollama(options(`{"num_ctx":64}`), loaded(64), tokens(31, 0, 640)), exchange.Certain,
			numbers(map[string]int64{"used": 671, "context": 64, "fits": 1024})},

		{"false: [0.34.4 07-ctx-no-shift-while-generating]", nil, ollama(options(`{"num_ctx":256}`), param("shift", "false"), loaded(256), tokens(31, 0, 225)), "", nil},
		{"false: [0.24.0] the same ends one too far", nil, ollama(options(`{"num_ctx":256}`), loaded(256), tokens(31, -1, 226)), "", nil},
		{"false: two passes are added up", nil, ollama(options(`{"num_ctx":256}`), param("format", `"json"`), loaded(256), tokens(31, 0, 300)), "", nil},
		{"false: the larger reading holds it", nil, ollama(options(`{"num_ctx":256}`), loaded(4096), tokens(31, 0, 600)), "", nil},
		{"false: length, but within", nil, ollama(options(`{"num_ctx":4096,"num_predict":24}`)), "", nil},
		{"false: output is estimated", nil, ollama(options(`{"num_ctx":64}`), func(in *Facts) { tokens(31, 0, 640)(in); in.Row.Usage.Basis = exchange.Estimated }), "", nil},
		{"false: embeddings", nil, ollama(api(exchange.OllamaEmbed), loaded(64), tokens(60, 0, 20)), "", nil},
	})
}

func TestContextRefused(t *testing.T) {
	const over = `{"error":{"code":400,"message":"request (782 tokens) exceeds the available context size (256 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":782,"n_ctx":256}}`
	fail := func(text string, status int) func(*Facts) {
		return func(in *Facts) { in.Row.State, in.Row.HTTPStatus, in.Row.Error = exchange.Failed, status, text }
	}
	table(t, exchange.VerdictContextRefused, []check{
		{"[07-ctx-jinja-over]", nil, ollama(fail(over, 400)), exchange.Certain, numbers(map[string]int64{"prompt": 782, "context": 256, "fits": 2048})},
		{"llama.cpp", nil, cloud(fail(over, 400)), exchange.Certain, nil},
		{"[07-ctx-over-shift-false]", nil, ollama(fail("the prompt is longer than the context length currently available to the model; shorten the prompt", 400)), exchange.Certain, nil},
		{"[07-ctx-embed-over-truncate-false]", nil, ollama(api(exchange.OllamaEmbed), fail("the input length exceeds the context length", 400)), exchange.Certain, nil},
		{"false: another 400", nil, ollama(fail("model is required", 400)), "", nil},
		{"false: a 500 that speaks of it", nil, ollama(fail(over, 500)), "", nil},
		{"false: busy", nil, ollama(fail("server busy, please try again.  maximum pending requests exceeded", 503)), "", nil},
		{"false: an error that echoes a prompt", nil, ollama(fail("invalid message: why do I get the input length exceeds the context length", 400)), "", nil},
		{"false: half of the words", nil, ollama(fail("request (782 tokens) is large", 400)), "", nil},
		{"false: numbers that are none", nil, ollama(fail("request (many tokens) exceeds the available context size (few tokens)", 400)), "", nil},
		{"false: an answer that speaks of it", nil, ollama(func(in *Facts) { in.Reply = say("assistant", over) }), "", nil},
	})
}
