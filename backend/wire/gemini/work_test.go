package gemini_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/gemini"
)

// Work is in proportion to the size: bodies that a careless reader is slow on.
func TestNoQuadraticWork(t *testing.T) {
	const n = 20_000
	many := func(format string) []byte {
		var b bytes.Buffer
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.Bytes()
	}
	in := func(before string, b []byte, after string) []byte {
		return append(append([]byte(before), b...), after...)
	}
	for name, body := range map[string][]byte{
		"candidates": many("data: {\"candidates\":[{\"index\":%d,\"content\":{\"parts\":[{\"text\":\"x\"}]}}]}\n\n"),
		"text":       many("data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"%d\"}]}}]}\n\n"),
		"arguments":  many("data: {\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"willContinue\":true,\"partialArgs\":[{\"jsonPath\":\"$.a%d\"}]}}]}}]}\n\n"),
		"logprobs":   many("data: {\"candidates\":[{\"logprobsResult\":{\"a\":%d}}]}\n\n"),
		"elements":   in("[{}", many(",{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"%d\"}]}}]}\n"), "]"),
		"parts":      in(`{"candidates":[{"content":{"parts":[0`, many(`,{"text":"%d"}`), "]}}]}"),
		"names":      in(`{"a":0`, many(`,"b%d":{}`), "}"),
		"quotes":     in(`{"candidates":[{"content":{"parts":[{"text":"`, bytes.Repeat([]byte(`\\\"`), 10*n), `"}]}}]}`),
		"lines":      bytes.Repeat([]byte("data: {}\n"), 5*n),
		"spaces":     bytes.Repeat([]byte(" "), 40*n),
		"brackets":   bytes.Repeat([]byte("["), 40*n),
		"nested":     in("data: ", in("", bytes.Repeat([]byte(`{"candidates":[`), 4000), string(bytes.Repeat([]byte("]}"), 4000))), "\n\n"),
		"depth":      in("data: ", in("", bytes.Repeat([]byte("["), 9000), string(bytes.Repeat([]byte("]"), 9000))), "\n\n"),
	} {
		start := time.Now()
		read(exchange.GeminiGenerate, wire.ReplyMeta{Status: 200, ContentType: "text/event-stream"}, body, 100, true)
		_, _ = gemini.Dialect{}.Request(wire.RequestMeta{API: exchange.GeminiGenerate}, in(`{"contents":[`, body, "]}"))
		if took := time.Since(start); took > 8*time.Second {
			t.Errorf("%s: %d bytes took %v", name, len(body), took)
		} else if testing.Verbose() {
			t.Logf("%s: %d bytes took %v", name, len(body), took)
		}
	}
}
