package recorder

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/uuid"

	"gumshoe/backend/decode"
	"gumshoe/backend/exchange"
	"gumshoe/backend/journal"
	"gumshoe/backend/wire/dialects"
)

// passed writes one exchange as the proxy would, its reply cut in pieces of a
// few bytes, 1 ms apart.
func (b *bench) passed(kind exchange.Kind, path, request, contentType string, status int, reply string) uuid.UUID {
	id := uuid.New()
	b.put(journal.Start, id, 1_000_000, exchange.Start{Upstream: "u", Kind: kind, Method: "POST", Path: path, ContentLength: -1})
	b.put(journal.ReqChunk, id, 1_000_010, request)
	b.put(journal.ReqEnd, id, 1_000_020, nil)
	b.head(id, status, contentType, -1)
	at := int64(1_002_000)
	for rest := reply; rest != ""; at += 10_000 {
		n := min(37, len(rest))
		b.put(journal.ReplyChunk, id, at, rest[:n])
		rest = rest[n:]
	}
	b.end(id, at, exchange.End{State: exchange.OK})
	return id
}

func (b *bench) row(id uuid.UUID) row {
	b.t.Helper()
	r, ok := b.store.get(id)
	if !ok {
		b.t.Fatal("the exchange was not stored")
	}
	return r
}

const (
	ollamaStream = `{"model":"tiny","created_at":"2026-09-30T10:00:00Z","message":{"role":"assistant","content":"The"},"done":false}
{"model":"tiny","created_at":"2026-09-30T10:00:00Z","message":{"role":"assistant","content":" sky"},"done":false}
{"model":"tiny","created_at":"2026-09-30T10:00:00Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":900000000,"load_duration":288000000,"prompt_eval_count":31,"prompt_eval_cached_count":0,"prompt_eval_duration":40000000,"eval_count":3,"eval_duration":20000000}
`
	openaiStream = `data: {"id":"1","object":"chat.completion.chunk","model":"gpt-x","choices":[{"index":0,"delta":{"role":"assistant","content":"Hel"},"finish_reason":null}]}

data: {"id":"1","object":"chat.completion.chunk","model":"gpt-x","choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":null}]}

data: {"id":"1","object":"chat.completion.chunk","model":"gpt-x","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

data: {"id":"1","object":"chat.completion.chunk","model":"gpt-x","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}

data: [DONE]

`
)

func TestRealDialects(t *testing.T) {
	b := newBench(t, 0)
	const ollamaAsk = `{"model":"tiny","messages":[{"role":"user","content":"Why is the sky blue?"}]}`
	const openaiAsk = `{"model":"gpt-x","stream":true,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"3"}]}`
	const ndjson, json = "application/x-ndjson", "application/json; charset=utf-8"
	native := b.passed(exchange.KindOllama, "/api/chat", ollamaAsk, ndjson, 200, ollamaStream)
	cut := b.passed(exchange.KindOllama, "/api/chat", ollamaAsk, ndjson, 200, ollamaStream[:strings.Index(ollamaStream, "\n")+1])
	failed := b.passed(exchange.KindOllama, "/api/chat", ollamaAsk, ndjson, 200,
		ollamaStream[:strings.Index(ollamaStream, "\n")+1]+`{"error":"an error was encountered while running the model: unexpected EOF"}`+"\n")
	missing := b.passed(exchange.KindOllama, "/api/chat", ollamaAsk, json, 404, `{"error":"model 'tiny' not found"}`)
	compatible := b.passed(exchange.KindOpenAI, "/v1/chat/completions", openaiAsk, events, 200, openaiStream)
	open := b.passed(exchange.KindOpenAI, "/v1/chat/completions", openaiAsk, events, 200, openaiStream[:strings.Index(openaiStream, `data: {"id":"1","object":"chat.completion.chunk","model":"gpt-x","choices":[{"index":0,"delta":{},"finish`)])
	rubbish := b.passed(exchange.KindOllama, "/api/chat", `{"model":"tiny","stream":false}`, json, 200, `<html>`)
	other := b.passed(exchange.KindOllama, "/api/copy", `{"source":"tiny","destination":"t"}`, ndjson, 200, "{}\n")
	cfg := b.config()
	cfg.Dialect = dialects.For
	b.once(cfg)

	r := b.row(native)
	if r.State != exchange.OK || r.API != exchange.OllamaChat || r.Model != "tiny" || r.ModelRequested != "tiny" || !*r.Stream ||
		r.Prompt != "Why is the sky blue?" || r.Reply != "The sky" || r.Task != exchange.TaskChat || r.Finish != "stop" {
		t.Errorf("Ollama's row is %+v", r.Record)
	}
	if *r.Usage.Input != 31 || *r.Usage.Output != 3 || r.Usage.Basis != exchange.Reported || *r.Timing.GenerationTPS != 100 ||
		*r.Timing.PromptTPS != 775 || *r.Timing.Load != 288_000 || r.Notes[0] != exchange.NoteColdStart || r.Timing.TTFT == nil {
		t.Errorf("Ollama's figures are %+v %+v %v", r.Usage, r.Timing, r.Notes)
	}
	if r := b.row(cut); r.State != exchange.Broken || r.Reply != "The" || r.Usage.Basis != exchange.Estimated {
		t.Errorf("a stream without its end is %v %q", r.State, r.Reply)
	}
	if r := b.row(failed); r.State != exchange.Failed || !strings.Contains(r.Error, "unexpected EOF") || r.Reply != "The" {
		t.Errorf("an error under 200 is %v %q", r.State, r.Error)
	}
	if r := b.row(missing); r.State != exchange.Failed || r.Error != "model 'tiny' not found" || r.HTTPStatus != 404 {
		t.Errorf("a missing model is %v %q", r.State, r.Error)
	}
	r = b.row(compatible)
	if r.State != exchange.OK || r.API != exchange.OpenAIChat || r.Reply != "Hello" || *r.Usage.Input != 9 || *r.Usage.Output != 3 ||
		r.Task != exchange.TaskToolLoop || r.Prompt != "Hi" || r.Timing.GenerationTPSBasis != exchange.Calculated {
		t.Errorf("OpenAI's row is %+v", r.Record)
	}
	if r := b.row(open); r.State != exchange.Broken {
		t.Errorf("a stream cut in its middle is %v", r.State)
	}
	if r := b.row(rubbish); r.State != exchange.OK || len(r.Notes) != 1 || r.Notes[0] != exchange.NoteUnreadable {
		t.Errorf("rubbish is %v %v", r.State, r.Notes)
	}
	if r := b.row(other); r.State != exchange.OK || r.API != "" || !*r.Stream || r.Task != "" || len(r.Notes) > 0 {
		t.Errorf("what is not understood is %+v", r.Record)
	}

	// What is stored reads the same again.
	r = b.row(native)
	again, err := decode.Stored(r.Record, bytes.NewReader(r.request), bytes.NewReader(r.reply), dialects.For)
	if err != nil || decode.AnswerText(again.Reply.Messages) != r.Reply || *again.Reply.FirstToken != *r.Timing.TTFT || !again.Reply.Ended {
		t.Errorf("stored bytes read as %+v, %v", again.Reply, err)
	}
}
