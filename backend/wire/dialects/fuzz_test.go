package dialects_test

import (
	"reflect"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/ollama"
	"gumshoe/backend/wire/openai"
)

func seed(f *testing.F) {
	for _, s := range []string{"", "{", "null", "[]", "\xef\xbb\xbf{}", "\xef", "data: [DONE]\n\n", "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\r\n\r\n",
		"{\"message\":{\"content\":\"a\"}}\n{\"done\":true,\"eval_count\":3}\n", "{\"error\":{\"message\":1}}", "{\"error\":\"x\"}", "\n\n: c\n", "{\"choices\":[{\"index\":-1,\"delta\":{\"tool_calls\":[{\"index\":9}]}}]}"} {
		f.Add([]byte(s), uint8(1), true)
	}
}

func invariant(t *testing.T, api exchange.API, d wire.Dialect, b []byte, size uint8, whole bool) {
	t.Helper()
	for _, ct := range []string{"text/event-stream", "application/json", "application/x-ndjson"} {
		meta := wire.ReplyMeta{Status: 200, ContentType: ct}
		one := read(api, d, meta, b, len(b)+1, whole)
		cut := read(api, d, meta, b, int(size)+1, whole)
		if !reflect.DeepEqual(one, cut) {
			t.Errorf("%s: pieces of %d give %+v, not %+v", ct, int(size)+1, cut, one)
		}
	}
}

func FuzzOpenAIReply(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte, size uint8, whole bool) {
		invariant(t, exchange.OpenAIChat, openai.Dialect{}, b, size, whole)
	})
}

func FuzzOllamaReply(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, b []byte, size uint8, whole bool) {
		for _, api := range []exchange.API{exchange.OllamaChat, exchange.OllamaGenerate, exchange.OllamaEmbed} {
			invariant(t, api, ollama.Dialect{}, b, size, whole)
		}
	})
}

func FuzzRequest(f *testing.F) {
	for _, s := range []string{"", "null", "[]", "{}", `{"messages":[{"content":[{"type":"text"},1,null]}],"tools":[{}]}`, `{"input":["a"],"prompt":1,"messages":{}}`, `{"messages":[null]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, api := range []exchange.API{exchange.OllamaChat, exchange.OllamaGenerate, exchange.OllamaEmbed, exchange.OllamaTags, exchange.OpenAIChat, exchange.OpenAIModels} {
			for _, d := range []wire.Dialect{ollama.Dialect{}, openai.Dialect{}} {
				x, errX := d.Request(wire.RequestMeta{API: api}, b)
				y, errY := d.Request(wire.RequestMeta{API: api}, b)
				if !reflect.DeepEqual(x, y) || (errX == nil) != (errY == nil) {
					t.Errorf("two readings differ: %+v, %+v", x, y)
				}
			}
		}
	})
}
