package verdict

import (
	"strings"
	"testing"

	"gumshoe/backend/exchange"
)

func TestCacheMissed(t *testing.T) {
	talk := func(system string, more ...string) []exchange.Message {
		return say(append([]string{"system", system, "user", "first " + clock, "assistant", wind, "user", clock}, more...)...)
	}
	first := talk("you are a lamp .")
	next := talk("you are a lamp .", "assistant", wind, "user", "and the fox ?")
	// The model has been seen to use its cache: [02-chat-nostream], 30 of 31.
	seen := ollama(id("seen"), at(-60*sec))
	before := func(change ...func(*Facts)) Facts {
		return ollama(append([]func(*Facts){id("before"), prompt(first), tokens(740, 700, 8)}, change...)...)
	}
	after := func(change ...func(*Facts)) Facts {
		return ollama(append([]func(*Facts){at(20 * sec), prompt(next), tokens(790, 6, 8)}, change...)...)
	}
	title := ollama(id("title"), at(10*sec), func(in *Facts) { in.Row.Task = "title_generation" }, tokens(300, 6, 8))
	away := func(c []func(*Facts)) Facts {
		return cloud(append([]func(*Facts){chat("c"), prompt(first), tokens(3000, 2900, 8)}, c...)...)
	}
	says := func(cause, first string, message int64) func(exchange.Verdict) string {
		return func(v exchange.Verdict) string {
			if v.Words["cause"] != cause || v.Related[len(v.Related)-1] != first || v.Numbers["message"] != message {
				return "wants " + cause + " by " + first
			}
			return ""
		}
	}
	table(t, exchange.VerdictCacheMissed, []check{
		{"a title was asked for in between", []Facts{seen, before(), title}, after(), exchange.Likely, says("other", "title", 0)},
		{"nothing came between", []Facts{seen, before()}, after(), exchange.Likely, says("unknown", "before", 0)},
		{"the system prompt tells the time", []Facts{seen, before()}, after(prompt(talk("it is 10:31", "assistant", wind, "user", "fox ?"))), exchange.Likely,
			says("message", "before", 1)},
		{"another tool was offered", []Facts{seen, before()}, after(func(in *Facts) { in.Tools = weather() }), exchange.Likely, says("tools", "before", 0)},
		{"it has never been seen to cache", []Facts{before(tokens(740, 0, 8))}, after(), exchange.Possible, nil},
		{"a provider that had cached", []Facts{away([]func(*Facts){id("before")})}, away([]func(*Facts){at(20 * sec), prompt(talk("it is 10:31", "assistant", wind, "user", "fox ?")), tokens(3100, 0, 8)}), exchange.Likely,
			numbers(map[string]int64{"expected": 2900, "lost": 2900, "message": 1})},
		{"a provider that could never", []Facts{away([]func(*Facts){id("before"), tokens(3000, 0, 8)})}, away([]func(*Facts){at(20 * sec), prompt(talk("it is 10:31", "assistant", wind, "user", "fox ?")), tokens(3100, 0, 8)}), exchange.Possible, nil},

		{"false: [02-chat-multiturn-prefix-cached] it was used", []Facts{seen, before()}, after(tokens(790, 739, 8)), "", nil},
		{"false: Anthropic keeps only what it is told to", []Facts{away([]func(*Facts){id("before"), api(exchange.AnthropicMessages), tokens(3000, 0, 8)})}, away([]func(*Facts){api(exchange.AnthropicMessages), at(20 * sec), prompt(talk("it is 10:31", "assistant", wind, "user", "fox ?")), tokens(3100, 0, 8)}), "", nil},
		{"false: half of it", []Facts{seen, before()}, after(tokens(790, 400, 8)), "", nil},
		{"false: before 0.33.3 nothing is told", []Facts{seen, before()}, after(tokens(790, -1, 8)), "", nil},
		{"false: a short prompt", []Facts{seen, before(tokens(70, 60, 8))}, after(tokens(100, 6, 8)), "", nil},
		{"false: the model was loaded", []Facts{seen, before()}, after(times(324130, 267708, 9032, 11070)), "", nil},
		{"false: messages were dropped", []Facts{seen, before()}, after(options(`{"num_ctx":256}`), prompt(append(turns(), next...)), tokens(248, 1, 8), estimate(1200)), "", nil},
		{"false: ten minutes later", []Facts{seen, before()}, after(at(600 * sec)), "", nil},
		{"false: another chat", []Facts{seen, before(chat("a"))}, after(chat("b")), "", nil},
		{"false: another task", []Facts{seen, before()}, after(func(in *Facts) { in.Row.Task = "tags_generation" }), "", nil},
		{"false: only the system prompt is the same", []Facts{seen, before()}, after(prompt(say("system", "you are a lamp .", "user", "x", "assistant", "y", "user", "z", "assistant", "a", "user", "b"))), "", nil},
		{"false: an earlier message was edited", []Facts{seen, before()}, after(prompt(say("system", "you are a lamp .", "user", "first "+clock, "assistant", "no", "user", "why?"))), "", nil},
		{"false: the last message was edited", []Facts{seen, before()}, after(prompt(talk("you are a lamp .")[:3])), "", nil},
		{"false: another model", []Facts{seen, before(model("other:1b"))}, after(), "", nil},
		{"false: a provider may forget", []Facts{away([]func(*Facts){id("before"), tokens(3000, 0, 8)})}, away([]func(*Facts){at(20 * sec), prompt(next), tokens(3100, 0, 8)}), "", nil},
		{"false: below what providers cache", []Facts{away([]func(*Facts){id("before"), tokens(900, 800, 8)})}, away([]func(*Facts){at(20 * sec), prompt(next), tokens(1000, 0, 8)}), "", nil},
		{"false: the earlier failed", []Facts{seen, before(state(exchange.Failed, 500))}, after(), "", nil},
		{"false: they ran at the same time", []Facts{seen, before(func(in *Facts) { in.Row.Timing.Duration = exchange.Int64(60 * sec) })}, after(), "", nil},
	})
}

func TestSecretsAreFoundOnceAndRemembered(t *testing.T) {
	h := NewHistory()
	key := "gh" + "p_" + random(36)
	turn := cloud(id("a"), prompt(say("system", "s", "user", "use "+key)))
	v := Judge(turn, h)
	if len(v) != 1 || v[0].Words["seen"] != "first" || v[0].Numbers["message"] != 2 || v[0].Words["role"] != "user" {
		t.Fatal(v)
	}
	if strings.Contains(strings.ToLower(strings.Join([]string{v[0].Words["kind"], v[0].Words["role"]}, "")), key[4:12]) {
		t.Error("the verdict holds the secret")
	}
	h.Add(turn)
	turn = cloud(id("b"), at(20*sec), prompt(append(turn.Messages, say("assistant", "done", "user", "thanks")...)))
	if v = Judge(turn, h); len(v) != 1 || v[0].Words["seen"] != "again" || v[0].Numbers["count"] != 1 {
		t.Fatal(v)
	}
	h.Add(turn)
	turn = cloud(id("c"), at(40*sec), prompt(append(turn.Messages, say("assistant", "ok", "user", "and gl"+"pat-"+random(20))...)))
	if v = Judge(turn, h); len(v) != 2 || v[0].Words["seen"] != "again" || v[1].Words["seen"] != "first" || v[1].Numbers["message"] != 6 {
		t.Fatal(v)
	}
}
