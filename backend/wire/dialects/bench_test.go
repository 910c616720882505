package dialects_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/ollama"
	"gumshoe/backend/wire/openai"
)

// BenchmarkStream decodes a chat stream of 1,000 tokens in pieces of one event.
func BenchmarkStream(b *testing.B) {
	const n = 1000
	for name, one := range map[string]string{
		"openai":    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1781000000,\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" token\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n",
		"responses": "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":9,\"item_id\":\"msg_1\",\"output_index\":1,\"content_index\":0,\"delta\":\" token\",\"logprobs\":[]}\n\n",
		"ollama":    "{\"model\":\"llama3.2\",\"created_at\":\"2026-11-01T00:00:00.123456789Z\",\"message\":{\"role\":\"assistant\",\"content\":\" token\"},\"done\":false}\n",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(n * len(one)))
			piece := []byte(one)
			for b.Loop() {
				var a wire.Assembler
				switch name {
				case "openai":
					a = openai.Dialect{}.Reply(exchange.OpenAIChat, wire.ReplyMeta{Status: 200, ContentType: "text/event-stream"})
				case "responses":
					a = openai.Dialect{}.Reply(exchange.OpenAIResponses, wire.ReplyMeta{Status: 200, ContentType: "text/event-stream"})
				default:
					a = ollama.Dialect{}.Reply(exchange.OllamaChat, wire.ReplyMeta{Status: 200, ContentType: "application/x-ndjson"})
				}
				for range n {
					a.Write(1, piece)
				}
				if r := a.Close(false); r.TokenEvents != n {
					b.Fatal(r.TokenEvents)
				}
			}
		})
	}
}

// Bodies that are made to be slow take time in proportion to their size: a
// reader that looks at all before for each piece would take minutes here.
func TestNoQuadraticWork(t *testing.T) {
	const n = 20_000
	many := func(format string, args func(i int) []any) []byte {
		var b bytes.Buffer
		for i := range n {
			fmt.Fprintf(&b, format, args(i)...)
		}
		return b.Bytes()
	}
	number := func(i int) []any { return []any{i} }
	none := func(int) []any { return nil }
	bodies := map[string][]byte{
		"names in pieces":        many("data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"ab\"}}]}}]}\n\n", none),
		"calls with names":       many("data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":{}}\"}}]}}]}\n\n", none),
		"open arguments":         many("data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"[\"}}]}}]}\n\n", none),
		"calls without end":      many("data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"id\":\"c%d\",\"index\":0}]}}]}\n\n", number),
		"choices":                many("data: {\"choices\":[{\"index\":%d,\"delta\":{\"content\":\"x\"}}]}\n\n", number),
		"logprobs":               many("data: {\"choices\":[{\"index\":0,\"logprobs\":{\"content\":[{\"t\":%d}]}}]}\n\n", number),
		"fields":                 many("data: {\"choices\":[{\"index\":0,\"f%d\":{\"a\":[1]}}]}\n\n", number),
		"no blank lines":         many("data: {\"choices\":[]}\n", none),
		"spaces":                 bytes.Repeat([]byte(" "), 40*n),
		"think":                  append([]byte("data: {\"choices\":[{\"delta\":{\"content\":\"<think>"), bytes.Repeat([]byte("</thin"), n)...),
		"responses items":        many("data: {\"type\":\"response.output_item.added\",\"output_index\":%d,\"item\":{\"type\":\"message\"}}\n\n", number),
		"responses without any":  many("data: {\"type\":\"response.function_call_arguments.delta\",\"delta\":\"x\"}\n\n", none),
		"form delimiters":        bytes.Repeat([]byte("--x\r\n"), 8*n),
		"form delimiters inside": bytes.Repeat([]byte("a--x"), 8*n),
		"status lines":           many("{\"status\":\"s%d\"}\n", number),
		"nested":                 append(append([]byte("data: {\"choices\":[{\"x\":"), bytes.Repeat([]byte("{\"a\":"), 9000)...), append(bytes.Repeat([]byte("}"), 9001), "]}\n\n"...)...),
	}
	for name, body := range bodies {
		start := time.Now()
		switch {
		case strings.HasPrefix(name, "form"):
			_, _ = openai.Dialect{}.Request(wire.RequestMeta{API: exchange.OpenAIImages, ContentType: "multipart/form-data; boundary=x"}, body)
		case strings.HasPrefix(name, "status"):
			read(exchange.OllamaPull, ollama.Dialect{}, wire.ReplyMeta{Status: 200, ContentType: "application/x-ndjson"}, body, 100, true)
		case strings.HasPrefix(name, "responses"):
			read(exchange.OpenAIResponses, openai.Dialect{}, wire.ReplyMeta{Status: 200, ContentType: "text/event-stream"}, body, 100, true)
		default:
			read(exchange.OpenAIChat, openai.Dialect{}, wire.ReplyMeta{Status: 200, ContentType: "text/event-stream"}, body, 100, true)
		}
		if took := time.Since(start); took > 8*time.Second {
			t.Errorf("%s: %d bytes took %v", name, len(body), took)
		} else if testing.Verbose() {
			t.Logf("%s: %d bytes took %v", name, len(body), took)
		}
	}
}
