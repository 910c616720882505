package verdict

import (
	"strings"
	"testing"

	"gumshoe/backend/exchange"
)

// stream makes it a stream: gaps are milliseconds between chunks, the first of
// them before the first token.
func stream(gaps ...int64) func(*Facts) {
	return func(in *Facts) {
		yes := true
		in.Row.Stream, in.Row.Timing, in.Chunks = &yes, exchange.Timing{}, nil
		at := int64(0)
		for i, g := range gaps {
			at += g * 1000
			if i == 0 {
				in.Row.Timing.TTFT = exchange.Int64(at)
			}
			in.Chunks = append(in.Chunks, exchange.Chunk{At: at, Len: 100})
		}
		in.Row.Timing.LastToken, in.Row.Timing.Duration = &at, exchange.Int64(at)
	}
}

func steady(n int, gap int64, then ...int64) []int64 {
	out := []int64{400}
	for range n {
		out = append(out, gap)
	}
	return append(out, then...)
}

func TestStalled(t *testing.T) {
	left := func(after int64, s exchange.State) func(*Facts) {
		return func(in *Facts) {
			in.Row.State, in.Row.Finish = s, ""
			in.Row.Timing.Duration = exchange.Int64(*in.Row.Timing.Duration + after*sec)
		}
	}
	tool := []exchange.Tool{{Name: "f", Schema: []byte(`{}`)}}
	table(t, exchange.VerdictStalled, []check{
		{"14 s in a stream of 30 ms", nil, ollama(stream(append(steady(40, 30, 14_000), steady(20, 30)...)...)), exchange.Likely,
			numbers(map[string]int64{"gap_ms": 14_000, "at_ms": 1_600})},
		{"a minute", nil, cloud(stream(append(steady(40, 30, 60_000), steady(20, 30)...)...)), exchange.Certain, nil},
		{"the upstream died", nil, cloud(stream(steady(40, 30)...), left(60, exchange.Broken)), exchange.Certain, func(v exchange.Verdict) string {
			if v.Words["then"] != "ended" {
				return "it never went on"
			}
			return ""
		}},
		{"the client waited and left", nil, cloud(stream(steady(40, 30)...), left(20, exchange.Cancelled)), exchange.Likely, nil},
		{"tools were offered, none was called", nil, cloud(stream(steady(40, 30, 14_000, 30)...), func(in *Facts) { in.Tools = tool }), exchange.Likely, nil},

		{"false: [08-long-prompt-new] a long wait for the first token", nil, ollama(stream(append([]int64{84_000}, steady(40, 30)...)...)), "", nil},
		{"false: a role first, then the wait", nil, cloud(stream(steady(40, 30)...), func(in *Facts) {
			for i := range in.Chunks[1:] {
				in.Chunks[i+1].At += 60 * sec
			}
			in.Row.Timing.TTFT = &in.Chunks[1].At
		}), "", nil},
		{"false: slow all along", nil, ollama(stream(steady(40, 9_000, 20_000)...)), "", nil},
		{"false: 9 s", nil, ollama(stream(steady(40, 30, 9_000, 30)...)), "", nil},
		{"false: too few chunks to know", nil, ollama(stream(steady(5, 30, 60_000, 30)...)), "", nil},
		{"false: a call that comes in one piece", nil, ollama(stream(steady(40, 30, 20_000)...), func(in *Facts) {
			in.Tools, in.Reply[0].ToolCalls = tool, []exchange.ToolCall{{Name: "f"}}
		}), "", nil},
		{"false: a call that was cut off", nil, ollama(stream(steady(40, 30)...), left(20, exchange.Cancelled), func(in *Facts) { in.Tools = tool }), "", nil},
		{"false: the provider searches the web", nil, cloud(stream(steady(40, 30, 20_000, 30)...), func(in *Facts) { in.Tools = []exchange.Tool{{Name: "web_search"}} }), "", nil},
		{"false: reasoning that is not shown", nil, cloud(stream(steady(40, 30, 20_000, 30)...), func(in *Facts) { in.Row.Usage.Reasoning = exchange.Int64(900) }), "", nil},
		{"false: two passes of a structured answer", nil, ollama(stream(steady(40, 30, 20_000, 30)...), param("format", `"json"`), func(in *Facts) {
			in.Reply[0].Parts = append(in.Reply[0].Parts, exchange.Part{Type: exchange.PartReasoning, Text: "hm"})
		}), "", nil},
		{"false: an image in the making", nil, cloud(stream(steady(40, 30, 20_000, 30)...), func(in *Facts) { in.Reply[0].Parts[0].Type = exchange.PartImage }), "", nil},
		{"false: not a stream", nil, ollama(), "", nil},
		{"false: the end mark came, the client lingered", nil, cloud(stream(steady(40, 30)...), left(60, exchange.Cancelled), func(in *Facts) { in.Row.Finish = "stop" }), "", nil},
		{"false: a model is pulled", nil, ollama(api(exchange.OllamaPull), stream(steady(40, 30, 20_000, 30)...)), "", nil},
	})
}

func body(hash string) func(*Facts) { return func(in *Facts) { in.BodyHash = hash } }

func TestRepeated(t *testing.T) {
	long := prompt(say("user", strings.Repeat("a question of some length ", 5)))
	same := func(change ...func(*Facts)) Facts {
		return cloud(append([]func(*Facts){long, body("x")}, change...)...)
	}
	for _, c := range []struct {
		code  exchange.VerdictCode
		cases []check
	}{
		{exchange.VerdictRetry, []check{
			{"after 503", []Facts{same(state(exchange.Failed, 503))}, same(at(10 * sec)), exchange.Certain, numbers(map[string]int64{"ago_ms": 10_000, "count": 2})},
			{"after it broke", []Facts{same(state(exchange.Broken, 200))}, same(at(10*sec), state(exchange.Broken, 200)), exchange.Certain, related("past-0")},
			{"after the client gave up", []Facts{same(state(exchange.Cancelled, 0))}, same(at(10 * sec)), exchange.Likely, nil},
			{"even a short one", []Facts{cloud(body("x"), state(exchange.Failed, 500))}, cloud(at(10*sec), body("x")), exchange.Certain, nil},
			{"the third", []Facts{same(state(exchange.Failed, 500)), same(at(5*sec), state(exchange.Failed, 500))}, same(at(10 * sec)), exchange.Certain, numbers(map[string]int64{"count": 3})},
			{"false: the earlier had succeeded", []Facts{same()}, same(at(10 * sec)), "", nil},
			{"false: another body", []Facts{same(body("y"), state(exchange.Failed, 500))}, same(at(10 * sec)), "", nil},
			{"false: another client", []Facts{same(func(in *Facts) { in.Remote = "10.0.0.9" }, state(exchange.Failed, 500))}, same(at(10 * sec)), "", nil},
			{"false: another user", []Facts{same(func(in *Facts) { in.Row.User = "ann" }, state(exchange.Failed, 500))}, same(at(10 * sec)), "", nil},
			{"false: another chat", []Facts{same(chat("a"), state(exchange.Failed, 500))}, same(chat("b"), at(10*sec)), "", nil},
			{"false: an hour later", []Facts{same(state(exchange.Failed, 500))}, same(at(3600 * sec)), "", nil},
			{"false: sent while the first was running", []Facts{same(state(exchange.Broken, 200))}, same(at(1 * sec)), "", nil},
			{"false: a list of models", []Facts{cloud(api(exchange.OpenAIModels), body("x"), state(exchange.Failed, 500))}, cloud(api(exchange.OpenAIModels), at(sec), body("x")), "", nil},
			{"false: a model that is loaded again", []Facts{ollama(body("x"), state(exchange.Failed, 500), prompt(nil))}, ollama(at(5*sec), body("x"), prompt(nil)), "", nil},
		}},
		{exchange.VerdictDuplicate, []check{
			{"twice within 10 s", []Facts{same()}, same(at(10 * sec)), exchange.Likely, related("past-0")},
			{"embedded twice", []Facts{same(api(exchange.OpenAIEmbeddings))}, same(api(exchange.OpenAIEmbeddings), at(10*sec)), exchange.Likely, nil},
			{"in one chat, short", []Facts{cloud(body("x"), chat("a"))}, cloud(at(10*sec), body("x"), chat("a")), exchange.Possible, nil},
			{"several at once may be wanted", []Facts{same(id("p")), same(id("q"), at(1))}, same(at(2)), exchange.Possible, nil},
			{"several at once, nothing random", []Facts{same(param("temperature", "0"), id("p"))}, same(param("temperature", "0"), at(2)), exchange.Likely, nil},
			{"false: answered anew on purpose", []Facts{same(chat("a"), serves("one"))}, same(chat("a"), serves("two"), at(40*sec)), "", nil},
			{"the same answer twice", []Facts{same(chat("a"), serves("one"), param("temperature", "0"))}, same(chat("a"), serves("one"), param("temperature", "0"), at(10*sec)), exchange.Likely, nil},
			{"false: three minutes later", []Facts{same()}, same(at(180 * sec)), "", nil},
			{"false: two people say hello", []Facts{cloud(body("x"), prompt(say("system", strings.Repeat("s", 500), "user", "Hello!")))},
				cloud(at(5*sec), body("x"), prompt(say("system", strings.Repeat("s", 500), "user", "Hello!"))), "", nil},
			{"false: two chats", []Facts{same(chat("a"))}, same(chat("b"), at(5*sec)), "", nil},
			{"false: another picture, please", []Facts{same(api(exchange.OpenAIImages))}, same(api(exchange.OpenAIImages), at(5*sec)), "", nil},
			{"false: another upstream", []Facts{same(func(in *Facts) { in.Row.Upstream = "b" })}, same(at(5 * sec)), "", nil},
			{"false: another path", []Facts{same(func(in *Facts) { in.Row.Path = "/v1/other" })}, same(at(5 * sec)), "", nil},
			{"false: no hash", []Facts{same(body(""))}, same(body(""), at(5*sec)), "", nil},
			{"false: counting tokens", []Facts{same(api(exchange.AnthropicCountTokens))}, same(api(exchange.AnthropicCountTokens), at(5*sec)), "", nil},
			{"false: the clock went back", []Facts{same(at(60 * sec))}, same(), "", nil},
		}},
	} {
		t.Run(string(c.code), func(t *testing.T) { table(t, c.code, c.cases) })
	}
}

func TestAbandoned(t *testing.T) {
	gone := func(change ...func(*Facts)) Facts {
		return ollama(append([]func(*Facts){stream(steady(5, 40)...), func(in *Facts) {
			in.Row.State, in.Row.Finish = exchange.Cancelled, ""
			in.Row.Usage = exchange.Usage{Output: exchange.Int64(6), Basis: exchange.Estimated}
		}}, change...)...)
	}
	quiet := func(in *Facts) {
		in.Row.Usage, in.Row.Timing.TTFT, in.Reply = exchange.Usage{}, nil, nil
	}
	table(t, exchange.VerdictAbandoned, []check{
		{"[08-disconnect-stream] after six tokens", nil, gone(), exchange.Certain, numbers(map[string]int64{"output": 6, "after_ms": 600})},
		{"tokens not counted", nil, gone(func(in *Facts) { in.Row.Usage = exchange.Usage{} }), exchange.Certain, nil},
		{"false: [08-disconnect-during-prefill] nothing had come", nil, gone(quiet), "", nil},
		{"false: [09-queued-nostream-cancelled-b]", nil, gone(quiet, func(in *Facts) { in.Row.Stream, in.Row.HTTPStatus = nil, 0 }), "", nil},
		{"false: an editor's completion", nil, gone(func(in *Facts) { in.Row.Task = "autocomplete_generation" }), "", nil},
		{"false: the answer was complete", nil, gone(func(in *Facts) { in.Row.Finish = "stop" }), "", nil},
		{"false: a pull was stopped", nil, gone(api(exchange.OllamaPull)), "", nil},
		{"false: the upstream died", nil, gone(state(exchange.Broken, 200)), "", nil},
		{"false: Gumshoe was stopped", nil, gone(state(exchange.Interrupted, 200)), "", nil},
		{"false: an error was not read to its end", nil, gone(func(in *Facts) { in.Row.HTTPStatus = 500 }), "", nil},
		{"false: a whole answer", nil, ollama(), "", nil},
	})
}
