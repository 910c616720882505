package export

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
	"gumshoe/backend/store"
	"gumshoe/backend/wire/dialects"
)

type list []exchange.Exchange

func (l list) Each(_ context.Context, _ query.Filter, fn func(exchange.Exchange) error) error {
	for _, r := range l {
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

func (l list) EachUp(ctx context.Context, f query.Filter, fn func(exchange.Exchange) error) error {
	l = slices.Clone(l)
	slices.Reverse(l)
	return l.Each(ctx, f, fn)
}

// Get gives what a list knows of an exchange.
func (l list) Get(_ context.Context, id string) (exchange.Record, error) {
	for _, r := range l {
		if r.ID == id {
			return exchange.Record{Exchange: r, Start: exchange.Start{Kind: exchange.KindOllama, Method: "POST", Path: "/api/chat", URL: "http://127.0.0.1:1/api/chat"},
				Head: &exchange.Head{Status: 200, ContentLength: -1}, End: exchange.End{State: r.State}}, nil
		}
	}
	return exchange.Record{}, store.ErrNotFound
}

// Body gives the bodies of a chat.
func (l list) Body(_ context.Context, id string, side store.Side) (io.ReadCloser, int64, error) {
	text := ""
	switch {
	case id == "id-1" && side == store.Request:
		text = `{"model":"m","messages":[{"role":"user","content":"-1+1"}],"stream":false}`
	case id == "id-1":
		text = `{"model":"m","message":{"role":"assistant","content":"ok\u0000"},"done":true,"done_reason":"stop"}`
	}
	return io.NopCloser(strings.NewReader(text)), int64(len(text)), nil
}

func TestCSV(t *testing.T) {
	stream := true
	full := exchange.Exchange{
		ID: "id-1", StartedAt: 1_700_000_000_123_456, State: exchange.OK, HTTPStatus: 200, Upstream: "ollama", API: exchange.OllamaChat, Method: "POST",
		Path: "/api/chat", ModelRequested: "m", Model: "m", Stream: &stream, User: "=HYPERLINK(\"http://x\")", Chat: "+1", Task: "chat",
		Usage: exchange.Usage{Input: exchange.Int64(0), Output: exchange.Int64(5), Cached: exchange.Int64(0), CacheWrite: exchange.Int64(3), Reasoning: exchange.Int64(4), Basis: exchange.Reported},
		Timing: exchange.Timing{TTFT: exchange.Int64(1500), Duration: exchange.Int64(2_000_001), GenerationTPS: exchange.Float64(12.345), Load: exchange.Int64(0),
			GenerationTPSBasis: exchange.Calculated, Queue: exchange.Int64(2500), QueueBasis: exchange.Inferred},
		Cost: exchange.Cost{USD: exchange.Float64(0.0000015), Basis: exchange.Estimated}, ChatBasis: exchange.Reported, Answer: "-a", AnswerBasis: exchange.Inferred,
		TaskBasis: exchange.Reported, Finish: "stop", Verdicts: []exchange.Verdict{{Code: exchange.VerdictColdStart}, {Code: exchange.VerdictStalled}},
		Error: "a\xffb, \"c\"\nd", Client: "@sum", RequestBytes: 7,
	}
	bare := exchange.Exchange{ID: "id-2", State: exchange.Cancelled, ChatBasis: exchange.Inferred, Usage: exchange.Usage{Basis: exchange.Reported}, Timing: exchange.Timing{QueueBasis: exchange.Inferred}}
	var out strings.Builder
	res, err := Write(t.Context(), &out, list{full, bare}, query.Filter{}, Options{Format: AsCSV, Bodies: true}, dialects.For)
	if err != nil || res.Rows != 2 {
		t.Fatalf("%d rows, %v", res.Rows, err)
	}
	if !utf8.ValidString(out.String()) {
		t.Error("the export is not valid UTF-8")
	}
	rows, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d lines, %v", len(rows), err)
	}
	const header = "id,started_at,state,http_status,upstream,api,method,path,model_requested,model,stream,user,chat,task,input_tokens,output_tokens,tokens_basis,ttft_ms,duration_ms,generation_tps,prompt_tps,load_ms,request_bytes,response_bytes,client,error,prompt,answer," +
		"cost_usd,cost_basis,cached_tokens,cache_write_tokens,reasoning_tokens,generation_tps_basis,prompt_tps_basis,queue_ms,queue_basis,chat_basis,answer_id,answer_basis,task_basis,finish,verdicts"
	if got := strings.Join(rows[0], ","); got != header {
		t.Errorf("columns %s", got)
	}
	want := []string{"id-1", "2023-11-14T22:13:20.123456Z", "ok", "200", "ollama", "ollama.chat", "POST", "/api/chat", "m", "m", "true",
		"'=HYPERLINK(\"http://x\")", "'+1", "chat", "0", "5", "reported", "1.5", "2000.001", "12.35", "", "0", "7", "0", "'@sum",
		"a\uFFFDb, \"c\"\nd", "'-1+1", "ok\uFFFD", "0.0000015", "estimated", "0", "3", "4", "calculated", "", "2.5", "inferred", "reported", "'-a", "inferred", "reported", "stop",
		"cold_start stalled"}
	for i := range want {
		if rows[1][i] != want[i] {
			t.Errorf("%s is %q, want %q", rows[0][i], rows[1][i], want[i])
		}
	}
	for i, name := range rows[0] {
		if i >= slices.Index(rows[0], "cost_usd") && rows[2][i] != "" {
			t.Errorf("a missing %s is %q, not an empty cell", name, rows[2][i])
		}
		switch name {
		case "http_status", "stream", "input_tokens", "output_tokens", "tokens_basis", "ttft_ms", "duration_ms", "generation_tps", "prompt_tps", "load_ms":
			if rows[2][i] != "" {
				t.Errorf("a missing %s is %q, not an empty cell", name, rows[2][i])
			}
		}
	}
}

type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestCSVSaysWhenItCannotWrite(t *testing.T) {
	many := make(list, 1000)
	if _, err := Write(t.Context(), &full{left: 5000}, many, query.Filter{}, Options{Format: AsCSV}, dialects.For); err == nil {
		t.Error("a full disk went unnoticed")
	}
}
