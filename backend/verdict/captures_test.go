package verdict

import (
	"fmt"
	"strings"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/testkit/captures"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/dialects"
)

// captured is what the recorder would know of a captured exchange.
func captured(t *testing.T, name string) (Facts, bool) {
	t.Helper()
	c, err := captures.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	api, d := dialects.For(exchange.KindOllama, c.Method, c.Path)
	if d == nil {
		return Facts{}, false
	}
	q, _ := d.Request(wire.RequestMeta{API: api, Path: c.Path, ContentType: "application/json"}, c.Request)
	a := d.Reply(api, wire.ReplyMeta{Status: c.Status, ContentType: c.Header.Get("Content-Type"), StreamAsked: q.Stream})
	in := Facts{Local: true, Messages: q.Messages, Tools: q.Tools, Params: q.Params}
	rest, last := c.Reply, int64(0)
	for _, r := range c.Reads {
		last = int64(r.MS * 1000)
		n := min(r.Bytes, len(rest)) // the framing shifts the pieces a little
		a.Write(last, rest[:n])
		rest = rest[n:]
		in.Chunks = append(in.Chunks, exchange.Chunk{At: last, Len: int64(r.Bytes)})
	}
	a.Write(last, rest)
	r := a.Close(c.Whole)
	micros := func(ns *int64) *int64 {
		if ns == nil {
			return nil
		}
		return exchange.Int64(*ns / 1000)
	}
	u := r.Usage
	if u.Input == nil && r.PromptEvalCount != nil {
		u = exchange.Usage{Input: r.PromptEvalCount, Output: r.EvalCount, Cached: r.PromptCached, Basis: exchange.Reported}
	}
	in.Reply, in.LoadOnly = r.Messages, r.LoadOnly
	in.Row = exchange.Exchange{
		ID: name, StartedAt: at0, State: exchange.OK, HTTPStatus: c.Status, Upstream: "ollama", Kind: exchange.KindOllama, API: api,
		Method: c.Method, Path: c.Path, ModelRequested: q.Model, Model: r.Model, Stream: &r.Stream, Usage: u, Finish: r.Finish, Error: r.Error,
		Timing: exchange.Timing{Duration: &last, FirstByte: &in.Chunks[0].At, TTFT: r.FirstToken, LastToken: r.LastToken,
			Total: micros(r.TotalNS), Load: micros(r.LoadNS), PromptEval: micros(r.PromptEvalNS), Eval: micros(r.EvalNS)},
		RequestBytes: int64(len(c.Request)), ResponseBytes: int64(len(c.Reply)),
	}
	if c.Status >= 400 || r.Error != "" {
		in.Row.State = exchange.Failed
	}
	return in, true
}

// Of all real traffic, the cold starts are cold starts, the file's own template
// makes Ollama miss the calls that its model writes, three answers were cut
// while the model was thinking, and nothing else is anything.
func TestRealTraffic(t *testing.T) {
	names, err := captures.Names()
	if err != nil {
		t.Fatal(err)
	}
	others := map[string]string{
		"v0.34.4/03-tool-jinja-nostream": "tool_in_text", "v0.34.4/03-tool-jinja-stream": "tool_in_text",
		"v0.24.0/04-v1-chat-think-stream": "empty_answer length", "v0.34.4/04-v1-chat-think-stream": "empty_answer length",
		"v0.34.4/03-think-jinja-stream": "empty_answer length",
	}
	judged, cold := 0, 0
	for _, name := range names {
		in, ok := captured(t, name)
		if !ok {
			continue
		}
		judged++
		var got []string
		for _, v := range Judge(in, nil) {
			got = append(got, strings.TrimSpace(fmt.Sprint(v.Code, " ", v.Words["cause"], v.Words["why"])))
		}
		want := others[name]
		if known(in.Row.Timing.Load, 0) > coldLoad {
			want = strings.TrimPrefix(want+", cold_start first", ", ")
			cold++
		}
		if all := strings.Join(got, ", "); all != want {
			t.Errorf("%s: %q, not %q", name, all, want)
		}
	}
	if judged < 80 || cold < 8 {
		t.Errorf("%d exchanges were judged, %d of them cold", judged, cold)
	}
}
