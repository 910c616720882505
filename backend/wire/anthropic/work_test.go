package anthropic_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/anthropic"
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
	for name, body := range map[string][]byte{
		"blocks":    many("data: {\"type\":\"content_block_start\",\"index\":%d,\"content_block\":{\"type\":\"text\"}}\n\n"),
		"json":      many("data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"partial_json\":\"%d\"}}\n\n"),
		"citations": many("data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"citation\":{\"a\":%d}}}\n\n"),
		"pieces":    append([]byte(`{"content":[0`), append(many(`,{"type":"text","text":"%d","citations":[1]}`), "]}"...)...),
		"unknown":   append([]byte(`{"content":[0`), append(many(`,{"type":"x","n":%d}`), "]}"...)...),
		"spaces":    bytes.Repeat([]byte(" "), 40*n),
		"nested":    append(append([]byte(`{"content":[`), bytes.Repeat([]byte(`{"content":[`), 4000)...), bytes.Repeat([]byte("]}"), 4001)...),
	} {
		start := time.Now()
		read(exchange.AnthropicMessages, wire.ReplyMeta{Status: 200, ContentType: "text/event-stream"}, body, 100, true)
		_, _ = anthropic.Dialect{}.Request(wire.RequestMeta{}, append(append([]byte(`{"messages":[`), body...), "]}"...))
		if took := time.Since(start); took > 8*time.Second {
			t.Errorf("%s: %d bytes took %v", name, len(body), took)
		} else if testing.Verbose() {
			t.Logf("%s: %d bytes took %v", name, len(body), took)
		}
	}
}
