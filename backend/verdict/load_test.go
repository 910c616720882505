package verdict

import (
	"testing"

	"gumshoe/backend/exchange"
)

func notLoaded(in *Facts) { no := false; in.WasLoaded = &no }
func inMemory(in *Facts)  { yes := true; in.WasLoaded = &yes }

// [02-chat-stream-cold] and [02-chat-num-ctx-change-reload] of 0.34.4.
func coldTimes(in *Facts)   { times(487660, 287929, 40172, 119664)(in) }
func reloadTimes(in *Facts) { times(324130, 267708, 9032, 11070)(in) }

func cause(want string) func(exchange.Verdict) string {
	return func(v exchange.Verdict) string {
		if v.Words["cause"] != want {
			return "the cause is not " + want
		}
		return ""
	}
}

func related(want string) func(exchange.Verdict) string {
	return func(v exchange.Verdict) string {
		if len(v.Related) == 0 || v.Related[0] != want {
			return "is not about " + want
		}
		return ""
	}
}

func TestColdStart(t *testing.T) {
	slow := func(at0 int64) Facts { return ollama(at(at0), times(900_000, 150_000, 6284, 117097)) }
	table(t, exchange.VerdictColdStart, []check{
		{"[0.34.4 02-chat-stream-cold]", nil, ollama(coldTimes), exchange.Likely, numbers(map[string]int64{"load_ms": 287, "share": 59})},
		{"[0.24.0 02-chat-stream-cold]", nil, ollama(times(646588, 321548, 183518, 135663)), exchange.Likely, cause("first")},
		{"/api/ps did not have it", nil, ollama(coldTimes, notLoaded), exchange.Certain, nil},
		{"[11-after-runner-killed]", []Facts{ollama(state(exchange.Failed, 500))}, ollama(at(5*sec), times(924336, 528894, 296324, 88633)), exchange.Likely, cause("crashed")},
		{"after ten minutes", []Facts{ollama()}, ollama(at(600*sec), coldTimes), exchange.Likely, cause("idle")},
		{"keep_alive 0", []Facts{ollama(param("keep_alive", "0"))}, ollama(at(5*sec), coldTimes), exchange.Likely, cause("unloaded")},
		{"keep_alive 10s", []Facts{ollama(param("keep_alive", `"10s"`))}, ollama(at(15*sec), coldTimes), exchange.Likely, cause("idle")},
		{"[13-queue1-loaded1-1] waited for room", nil, ollama(times(1726289, 1660860, 22178, 21147)), exchange.Likely, nil},
		{"[07-ctx-embed-over]", nil, ollama(api(exchange.OllamaEmbed), times(396881, 263913, 0, 0)), exchange.Likely, nil},

		{"false: [02-chat-nostream] warm", nil, ollama(), "", nil},
		{"false: [04-generate-stream] warm, busy", nil, ollama(times(170469, 37385, 16357, 96964)), "", nil},
		{"false: no figures (/v1)", nil, ollama(api(exchange.OpenAIChat), func(in *Facts) { in.Row.Timing = exchange.Timing{Duration: exchange.Int64(30 * sec)} }), "", nil},
		{"false: a warm load of this machine takes 150 ms", []Facts{slow(0), slow(2 * sec), slow(4 * sec)}, ollama(at(6*sec), times(900_000, 400_000, 6284, 117097)), "", nil},
		{"false: ten megabytes of pictures are read", nil, ollama(times(900_000, 500_000, 6284, 117097), func(in *Facts) { in.Row.RequestBytes = 10 << 20 }), "", nil},
		{"false: it was in memory and waited", []Facts{ollama()}, ollama(at(5*sec), coldTimes, inMemory), "", nil},
		{"false: llama.cpp's timings", nil, cloud(coldTimes), "", nil},
		{"false: Ollama's cloud", nil, ollama(coldTimes, model("gpt-oss:120b-cloud")), "", nil},
		{"false: waited for the model, not for its load", nil, ollama(times(3111244, 5210, 280059, 1858562)), "", nil},
	})
}

func TestModelReloaded(t *testing.T) {
	big := options(`{"num_ctx":1024}`)
	table(t, exchange.VerdictModelReloaded, []check{
		{"[02-chat-num-ctx-change-reload]", []Facts{ollama()}, ollama(at(20*sec), big, reloadTimes), exchange.Likely, func(v exchange.Verdict) string {
			if v.Words["option"] != "num_ctx" || v.Words["before"] != "" || v.Words["now"] != "1024" {
				return "wrong option"
			}
			return related("past-0")(v)
		}},
		{"/v1 had the default", []Facts{ollama(api(exchange.OpenAIChat))}, ollama(at(20*sec), big, reloadTimes), exchange.Likely, nil},
		{"back to the default", []Facts{ollama(big)}, ollama(at(20*sec), reloadTimes), exchange.Likely, nil},
		{"shift", []Facts{ollama()}, ollama(at(20*sec), param("shift", "false"), reloadTimes), exchange.Likely, nil},
		{"the newest counts", []Facts{ollama(big, id("a")), ollama(at(5*sec), options(`{"num_ctx":2048}`), id("b"))}, ollama(at(20*sec), big, reloadTimes), exchange.Likely, related("b")},
		{"kept for ever", []Facts{ollama(param("keep_alive", "-1"))}, ollama(at(3600*sec), big, reloadTimes), exchange.Likely, nil},

		{"false: other options, nothing loaded", []Facts{ollama()}, ollama(at(20*sec), big), "", nil},
		{"false: loaded, the same options", []Facts{ollama(big)}, ollama(at(20*sec), big, reloadTimes), "", nil},
		{"false: only the sampling differs", []Facts{ollama(options(`{"temperature":0}`))}, ollama(at(20*sec), options(`{"temperature":1,"seed":3}`), reloadTimes), "", nil},
		{"false: it had expired anyway", []Facts{ollama()}, ollama(at(600*sec), big, reloadTimes), "", nil},
		{"false: another model", []Facts{ollama(model("other:1b"))}, ollama(at(20*sec), big, reloadTimes), "", nil},
		{"false: another upstream", []Facts{ollama(func(in *Facts) { in.Row.Upstream = "ollama2" })}, ollama(at(20*sec), big, reloadTimes), "", nil},
		{"false: the runner had died", []Facts{ollama(state(exchange.Broken, 200))}, ollama(at(20*sec), big, reloadTimes), "", nil},
		{"false: the model was pulled anew", []Facts{ollama(), ollama(at(5*sec), api(exchange.OllamaPull))}, ollama(at(20*sec), big, reloadTimes), "", nil},
		{"false: num_ctx on /v1 means nothing", []Facts{ollama(api(exchange.OpenAIChat), big)}, ollama(at(20*sec), reloadTimes), "", nil},
	})
}

func TestModelSwapped(t *testing.T) {
	other := func(after int64, change ...func(*Facts)) Facts {
		return ollama(append([]func(*Facts){model("other:1b"), at(after), id("other"), times(1860707, 1842189, 8065, 7323)}, change...)...)
	}
	table(t, exchange.VerdictModelSwapped, []check{
		{"[13-queue1-loaded1-2] the other came between", []Facts{ollama(), other(5 * sec)}, ollama(at(20*sec), coldTimes), exchange.Likely, related("other")},
		{"an embedding model", []Facts{ollama(), other(5*sec, api(exchange.OllamaEmbed))}, ollama(at(20*sec), coldTimes), exchange.Likely, nil},
		{"the other was loaded ahead", []Facts{ollama(), other(5*sec, func(in *Facts) { in.LoadOnly, in.Row.Finish, in.Row.Timing.Load = true, "load", nil })}, ollama(at(20*sec), coldTimes), exchange.Likely, related("other")},
		{"they overlapped", []Facts{ollama(), other(19 * sec)}, ollama(at(20*sec), coldTimes), exchange.Likely, nil},

		{"false: the other was warm", []Facts{ollama(), ollama(model("other:1b"), at(5*sec))}, ollama(at(20*sec), coldTimes), "", nil},
		{"false: both are warm", []Facts{ollama(), other(5 * sec)}, ollama(at(20 * sec)), "", nil},
		{"false: the other came before", []Facts{other(0), ollama(at(5 * sec))}, ollama(at(20*sec), coldTimes), "", nil},
		{"false: it had expired anyway", []Facts{ollama(), other(5 * sec)}, ollama(at(600*sec), coldTimes), "", nil},
		{"false: never seen before", []Facts{other(5 * sec)}, ollama(at(20*sec), coldTimes), "", nil},
		{"false: on another machine", []Facts{ollama(), other(5*sec, func(in *Facts) { in.Row.Upstream = "ollama2" })}, ollama(at(20*sec), coldTimes), "", nil},
		{"false: in the cloud", []Facts{ollama(), other(5*sec, model("big-cloud"))}, ollama(at(20*sec), coldTimes), "", nil},
		{"false: it was told to go", []Facts{ollama(param("keep_alive", "0")), other(5 * sec)}, ollama(at(20*sec), coldTimes), "", nil},
		{"false: the options alone explain it", []Facts{ollama(), other(5 * sec)}, ollama(at(20*sec), options(`{"num_ctx":1024}`), coldTimes), "", nil},
	})
}
