package verdict

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"gumshoe/backend/exchange"
)

// at0 is when the first exchange of a test begins.
const at0 = int64(1_795_445_368_000_000)

// sec is a second in microseconds.
const sec = int64(1_000_000)

// check is one case: what ended before, what ended now, and the verdict that
// must come of it ("" none of codes).
type check struct {
	name string
	past []Facts
	in   Facts
	want exchange.Confidence
	also func(exchange.Verdict) string // "" or what is wrong
}

// table judges every case and looks for the one verdict that it is about.
func table(t *testing.T, code exchange.VerdictCode, cases []check) {
	t.Helper()
	right, wrong := 0, 0
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			past := NewHistory()
			for i, p := range c.past {
				if p.Row.ID == "" {
					p.Row.ID = fmt.Sprintf("past-%d", i)
				}
				past.Add(p)
			}
			if c.in.Row.ID == "" {
				c.in.Row.ID = "now"
			}
			var got []exchange.Verdict
			for _, v := range Judge(c.in, past) {
				if v.Code == code {
					got = append(got, v)
				}
			}
			switch {
			case c.want == "" && len(got) > 0:
				t.Errorf("must be silent, says %+v", got)
			case c.want != "" && (len(got) == 0 || got[0].Confidence != c.want):
				t.Errorf("wants %s, says %+v", c.want, got)
			case c.want != "" && c.also != nil:
				if s := c.also(got[0]); s != "" {
					t.Errorf("%s: %+v", s, got[0])
				}
			}
		})
		if c.want == "" {
			wrong++
		} else {
			right++
		}
	}
	if right < 1 || wrong < 6 {
		t.Errorf("%d true and %d false cases are too few", right, wrong)
	}
}

// numbers says which of a verdict's numbers differ from these.
func numbers(want map[string]int64) func(exchange.Verdict) string {
	return func(v exchange.Verdict) string {
		for k, n := range want {
			if v.Numbers[k] != n {
				return fmt.Sprintf("%s is %d, not %d", k, v.Numbers[k], n)
			}
		}
		return ""
	}
}

func say(pairs ...string) (out []exchange.Message) {
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, exchange.Message{Role: pairs[i], Parts: []exchange.Part{{Type: exchange.PartText, Text: pairs[i+1]}}})
	}
	return out
}

// ollama is an ordinary, warm answer of a local Ollama: [02-chat-nostream].
func ollama(change ...func(*Facts)) Facts {
	in := Facts{
		Row: exchange.Exchange{
			StartedAt: at0, State: exchange.OK, HTTPStatus: 200, Upstream: "ollama", Kind: exchange.KindOllama,
			API: exchange.OllamaChat, Method: "POST", Path: "/api/chat", Client: "test/1", ModelRequested: "tiny-chat:nano",
			Usage:  exchange.Usage{Input: exchange.Int64(31), Output: exchange.Int64(24), Cached: exchange.Int64(30), Basis: exchange.Reported},
			Finish: "length", RequestBytes: 174,
		},
		Local: true, Remote: "127.0.0.1", Messages: say("user", "tell me about the river and the old mill"),
		Params: map[string]string{"options": `{"seed":7,"num_predict":24}`}, Reply: say("assistant", "the river moves slowly"),
	}
	times(191507, 31074, 6284, 117097)(&in)
	for _, c := range change {
		c(&in)
	}
	return in
}

// times sets Ollama's figures, in microseconds.
func times(total, load, prompt, eval int64) func(*Facts) {
	return func(in *Facts) {
		t := &in.Row.Timing
		t.Total, t.Load, t.PromptEval, t.Eval = &total, &load, &prompt, &eval
		t.Duration, t.FirstByte = exchange.Int64(total+1000), exchange.Int64(total)
	}
}

func tokens(input, cached, output int64) func(*Facts) {
	return func(in *Facts) {
		in.Row.Usage = exchange.Usage{Input: &input, Output: &output, Cached: &cached, Basis: exchange.Reported}
		if cached < 0 {
			in.Row.Usage.Cached = nil
		}
	}
}

func options(json string) func(*Facts) {
	return func(in *Facts) { in.Params = map[string]string{"options": json} }
}

func estimate(n int64) func(*Facts) { return func(in *Facts) { in.Estimate = &n } }
func factor(f float64) func(*Facts) { return func(in *Facts) { in.Factor = &f } }
func loaded(n int64) func(*Facts)   { return func(in *Facts) { in.Context = &n } }
func prompt(m []exchange.Message) func(*Facts) {
	return func(in *Facts) { in.Messages = m }
}
func api(a exchange.API) func(*Facts) { return func(in *Facts) { in.Row.API = a } }
func at(after int64) func(*Facts)     { return func(in *Facts) { in.Row.StartedAt = at0 + after } }
func id(s string) func(*Facts)        { return func(in *Facts) { in.Row.ID = s } }
func model(s string) func(*Facts)     { return func(in *Facts) { in.Row.ModelRequested = s } }
func serves(answer string) func(*Facts) {
	return func(in *Facts) { in.Row.Answer, in.Row.AnswerBasis = answer, exchange.Reported }
}
func chat(s string) func(*Facts) { return func(in *Facts) { in.Row.Chat = s } }
func param(name, json string) func(*Facts) {
	return func(in *Facts) {
		p := map[string]string{name: json}
		for k, v := range in.Params {
			if k != name {
				p[k] = v
			}
		}
		in.Params = p
	}
}
func state(s exchange.State, status int) func(*Facts) {
	return func(in *Facts) { in.Row.State, in.Row.HTTPStatus = s, status }
}

// cloud makes it an exchange with OpenAI.
func cloud(change ...func(*Facts)) Facts {
	return ollama(append([]func(*Facts){func(in *Facts) {
		in.Row.Upstream, in.Row.Kind, in.Row.API, in.Row.Path = "openai", exchange.KindOpenAI, exchange.OpenAIChat, "/v1/chat/completions"
		in.Row.ModelRequested, in.Local, in.Row.Finish, in.Params = "gpt-5", false, "stop", nil
		in.Row.Timing = exchange.Timing{Duration: exchange.Int64(3 * sec), FirstByte: exchange.Int64(400_000), TTFT: exchange.Int64(500_000)}
	}}, change...)...)
}

func TestAnOrdinaryExchangeHasNoVerdict(t *testing.T) {
	for name, in := range map[string]Facts{"ollama": ollama(), "cloud": cloud(), "nothing known": {}, "only a row": {Row: ollama().Row}} {
		if got := Judge(in, nil); len(got) > 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestHistoryIsBoundedAndForgetsTheOldest(t *testing.T) {
	h := NewHistory()
	long := make([]exchange.Message, 600)
	for i := range 5000 {
		in := cloud(id(fmt.Sprintf("0198f0a0-0000-7000-8000-%012d", i)), at(int64(i)*sec), model(fmt.Sprintf("model-%d", i%700)))
		in.BodyHash = fmt.Sprint(i % 50)
		if i > 2500 {
			in.Messages = long
		}
		h.Add(in)
		h.Add(in) // a journal that is read twice
		if i == 2400 && h.Len() != maxEntries {
			t.Fatalf("%d entries, not %d", h.Len(), maxEntries)
		}
		if h.Len() > maxEntries || h.bytes > maxBytes || len(h.ids) != h.Len() || len(h.heads) > int(chains)*h.Len() {
			t.Fatalf("after %d: %d entries, %d bytes, %d heads", i, h.Len(), h.bytes, len(h.heads))
		}
	}
	if h.Len() > 450 {
		t.Errorf("%d prompts of 600 messages are held", h.Len())
	}
	if n := int(reflect.TypeFor[entry]().Size()); n+160 > entryCost { // 160: its places in the maps
		t.Errorf("an entry takes %d bytes and is counted as %d", n, entryCost)
	}
	sum := 0
	for _, e := range h.entries {
		sum += e.cost()
	}
	if sum != h.bytes {
		t.Errorf("counts %d bytes, holds %d", h.bytes, sum)
	}
}

func TestJudgingTwiceAndAfterARestartIsTheSame(t *testing.T) {
	h := NewHistory()
	first := cloud(id("a"), prompt(say("user", strings.Repeat("a long question ", 10))))
	first.BodyHash = "same"
	h.Add(first)
	again := first
	again.Row.ID, again.Row.StartedAt = "b", at0+20*sec
	x := fmt.Sprint(Judge(again, h))
	h.Add(again)
	if y := fmt.Sprint(Judge(again, h)); x != y || !strings.Contains(x, "duplicate") {
		t.Errorf("judged anew:\n%s\n%s", x, y)
	}
	// A journal read twice finds its own row in the rebuilt History.
	if got := Judge(first, h); len(got) > 0 {
		t.Errorf("its own duplicate: %v", got)
	}
}

// After a start only rows are known: what needs more stays away.
func TestHistoryFromRowsAlone(t *testing.T) {
	h := NewHistory()
	row := ollama(id("old")).Row
	h.Add(Facts{Row: row})
	got := fmt.Sprint(Judge(ollama(id("now"), at(600*sec), coldTimes), h))
	if !strings.Contains(got, "cold_start") || !strings.Contains(got, "idle") {
		t.Error(got)
	}
	h.Add(Facts{Row: exchange.Exchange{ID: "x", State: exchange.Running}})
	h.Add(Facts{})
	if h.Len() != 1 {
		t.Errorf("remembers %d, not 1", h.Len())
	}
}

func TestQueue(t *testing.T) {
	v1 := func(change ...func(*Facts)) Facts {
		return ollama(append([]func(*Facts){api(exchange.OpenAIChat), func(in *Facts) {
			in.Row.Timing = exchange.Timing{Duration: exchange.Int64(5 * sec), FirstByte: exchange.Int64(3 * sec)}
		}}, change...)...)
	}
	running := func(from, to int64) Facts {
		return v1(at(from), func(in *Facts) { in.Row.Timing.Duration = exchange.Int64(to - from) })
	}
	for _, c := range []struct {
		name  string
		past  []Facts
		in    Facts
		want  int64 // -1: unknown
		basis exchange.Basis
	}{
		{"[09-two-same-model-b] waited for a", nil, ollama(times(3111244, 5210, 280059, 1858562)), 967413, exchange.Calculated},
		{"[13-queue1-loaded1-1] waited inside of load", nil, ollama(times(1726289, 1660860, 22178, 21147)), 22104, exchange.Calculated},
		{"rounding never makes it negative", nil, ollama(times(100, 60, 30, 20)), 0, exchange.Calculated},
		{"one token, 0.24", nil, ollama(tokens(256, -1, 1), func(in *Facts) { times(2322947, 6563, 2310075, 0)(in); in.Row.Timing.Eval = nil }), 6309, exchange.Calculated},
		{"/v1: until the other ended", []Facts{running(-2*sec, 2*sec)}, v1(), 2 * sec, exchange.Inferred},
		{"/v1: the other ran beside it", []Facts{running(-2*sec, 4*sec)}, v1(), 0, exchange.Inferred},
		{"/v1: the other began later", []Facts{running(1*sec, 2*sec)}, v1(), 0, exchange.Inferred},
		{"a provider's queue can't be seen", []Facts{cloud(at(-2 * sec))}, cloud(), -1, exchange.Missing},
		{"an error", nil, v1(state(exchange.Failed, 503)), -1, exchange.Missing},
		{"part of the figures", nil, ollama(func(in *Facts) { in.Row.Timing.PromptEval = nil }), -1, exchange.Missing},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := NewHistory()
			for i, p := range c.past {
				p.Row.ID = fmt.Sprint("p", i)
				h.Add(p)
			}
			c.in.Row.ID = "now"
			got, basis := Queue(c.in, h)
			if known(got, -1) != c.want || basis != c.basis {
				t.Errorf("%d %s, not %d %s", known(got, -1), basis, c.want, c.basis)
			}
		})
	}
}
