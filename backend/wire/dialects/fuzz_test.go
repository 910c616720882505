package dialects_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/anthropic"
	"gumshoe/backend/wire/dialects"
	"gumshoe/backend/wire/gemini"
	"gumshoe/backend/wire/ollama"
	"gumshoe/backend/wire/openai"
)

func openaiAPIs() []exchange.API {
	return []exchange.API{exchange.OpenAIChat, exchange.OpenAICompletions, exchange.OpenAIResponses, exchange.OpenAIEmbeddings, exchange.OpenAIImages,
		exchange.OpenAISpeech, exchange.OpenAITranscription, exchange.OpenAIModels, exchange.OpenAIModerations}
}

func ollamaAPIs() []exchange.API {
	return []exchange.API{exchange.OllamaChat, exchange.OllamaGenerate, exchange.OllamaEmbed, exchange.OllamaEmbeddings, exchange.OllamaTags,
		exchange.OllamaPs, exchange.OllamaShow, exchange.OllamaVersion, exchange.OllamaPull, exchange.OllamaPush, exchange.OllamaCreate}
}

func anthropicAPIs() []exchange.API {
	return []exchange.API{exchange.AnthropicMessages, exchange.AnthropicCountTokens, exchange.AnthropicModels}
}

func geminiAPIs() []exchange.API {
	return []exchange.API{exchange.GeminiGenerate, exchange.GeminiEmbed, exchange.GeminiCountTokens, exchange.GeminiModels}
}

func seed(f *testing.F, dialect string) {
	for _, s := range []string{"", "{", "null", "[]", "\xef\xbb\xbf{}", "\xef", "data: [DONE]\n\n", "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\r\n\r\n",
		"{\"message\":{\"content\":\"a\"}}\n{\"done\":true,\"eval_count\":3}\n", "{\"error\":{\"message\":1}}", "{\"error\":\"x\"}", "\n\n: c\n", "{\"choices\":[{\"index\":-1,\"delta\":{\"tool_calls\":[{\"index\":9}]}}]}",
		`{"content":[null,{"type":"text"},{"type":"image","source":"x"},1],"usage":[],"error":0}`, "data: []\n\n", "event: error\ndata: {}\n\n",
		"data: {\"type\":\"content_block_start\",\"index\":-1,\"content_block\":{\"type\":\"mcp_tool_use\"}}\n\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"partial_json\":\"{\",\"content\":\"c\",\"citation\":{}}}\n\n",
		"[", "[[{}]]", "[{}}]{", "data: [{\"error\":1}]\n\n",
		`{"candidates":[null,{"index":-1,"content":{"parts":["a",7,null,{"text":1},{"functionCall":{"partialArgs":[{}]}}]}}],"usageMetadata":[]}`} {
		f.Add([]byte(s), uint8(1), true)
	}
	for i, w := range load(f, dialect) {
		f.Add(w.reply, uint8(i), w.whole)
	}
}

// invariant reads a body whole and in pieces: both give the same, no figure is
// negative, and what is given is no larger than what came allows.
func invariant(t *testing.T, api exchange.API, d wire.Dialect, b []byte, size uint8, whole bool) {
	t.Helper()
	for _, meta := range []wire.ReplyMeta{
		{Status: 200, ContentType: "text/event-stream"}, {Status: 200, ContentType: "application/json"},
		{Status: 200, ContentType: "application/x-ndjson"}, {Status: 200, ContentType: "audio/mpeg"}, {Status: 500},
	} {
		one := read(api, d, meta, b, len(b)+1, whole)
		cut := read(api, d, meta, b, int(size)+1, whole)
		if !reflect.DeepEqual(one, cut) {
			t.Errorf("%s, %+v: pieces of %d give %+v, not %+v", api, meta, int(size)+1, cut, one)
		}
		u := one.Usage
		for _, n := range []*int64{u.Input, u.Output, u.Cached, u.Reasoning, u.CacheWrite, u.InputAudio, u.OutputAudio, one.EvalCount, one.PromptEvalCount, one.PromptCached, one.EvalNS} {
			if n != nil && *n < 0 {
				t.Errorf("%s: a figure is negative: %+v", api, one)
			}
		}
		if known := u.Input != nil || u.Output != nil; known != (u.Basis != exchange.Missing) {
			t.Errorf("%s: the basis of %+v is %q", api, u, u.Basis)
		}
		if out, err := json.Marshal(one); err == nil && len(out) > 40*len(b)+8<<10 {
			t.Errorf("%s: %d bytes give %d", api, len(b), len(out))
		}
	}
}

func FuzzOpenAIReply(f *testing.F) {
	seed(f, "openai")
	f.Fuzz(func(t *testing.T, b []byte, size uint8, whole bool) {
		for _, api := range openaiAPIs() {
			invariant(t, api, openai.Dialect{}, b, size, whole)
		}
	})
}

func FuzzOllamaReply(f *testing.F) {
	seed(f, "ollama")
	f.Fuzz(func(t *testing.T, b []byte, size uint8, whole bool) {
		for _, api := range ollamaAPIs() {
			invariant(t, api, ollama.Dialect{}, b, size, whole)
		}
	})
}

func FuzzAnthropicReply(f *testing.F) {
	seed(f, "anthropic")
	f.Fuzz(func(t *testing.T, b []byte, size uint8, whole bool) {
		for _, api := range anthropicAPIs() {
			invariant(t, api, anthropic.Dialect{}, b, size, whole)
		}
	})
}

func FuzzGeminiReply(f *testing.F) {
	seed(f, "gemini")
	f.Fuzz(func(t *testing.T, b []byte, size uint8, whole bool) {
		for _, api := range geminiAPIs() {
			invariant(t, api, gemini.Dialect{}, b, size, whole)
		}
	})
}

// twice reads a request two times and wants the same; the body stays as it was.
func twice(t *testing.T, d wire.Dialect, meta wire.RequestMeta, b []byte) {
	t.Helper()
	before := bytes.Clone(b)
	x, errX := d.Request(meta, b)
	y, errY := d.Request(meta, b)
	if !reflect.DeepEqual(x, y) || (errX == nil) != (errY == nil) {
		t.Errorf("two readings differ: %+v, %+v", x, y)
	}
	if !bytes.Equal(before, b) {
		t.Errorf("reading changed the body")
	}
	for name, v := range x.Params {
		if errX == nil && !json.Valid([]byte(v)) {
			t.Errorf("%s: the parameter %s is no JSON: %q", meta.API, name, v)
		}
	}
}

func seedRequests(f *testing.F, dialect string) {
	for _, s := range []string{"", "null", "[]", "{}", `{"messages":[{"content":[{"type":"text"},1,null]}],"tools":[{}]}`, `{"input":["a"],"prompt":1,"messages":{}}`, `{"messages":[null]}`,
		`{"messages":[null,{"content":[{"type":"tool_result","content":[{"type":"tool_result"}]},[],""]}],"tools":[{}],"system":{}}`,
		`{"contents":"a","tools":[1,{"functionDeclarations":{}}],"requests":[{}],"system_instruction":"s"}`} {
		f.Add([]byte(s), "application/json")
	}
	for _, w := range load(f, dialect) {
		f.Add(w.request, w.requestType)
	}
}

func FuzzOpenAIRequest(f *testing.F) {
	seedRequests(f, "openai")
	f.Fuzz(func(t *testing.T, b []byte, contentType string) {
		for _, api := range openaiAPIs() {
			twice(t, openai.Dialect{}, wire.RequestMeta{API: api, Path: "/openai/deployments/x/chat/completions", ContentType: contentType}, b)
		}
	})
}

func FuzzOllamaRequest(f *testing.F) {
	seedRequests(f, "ollama")
	f.Fuzz(func(t *testing.T, b []byte, contentType string) {
		for _, api := range ollamaAPIs() {
			twice(t, ollama.Dialect{}, wire.RequestMeta{API: api, ContentType: contentType}, b)
		}
	})
}

func FuzzAnthropicRequest(f *testing.F) {
	seedRequests(f, "anthropic")
	f.Fuzz(func(t *testing.T, b []byte, contentType string) {
		for _, api := range anthropicAPIs() {
			twice(t, anthropic.Dialect{}, wire.RequestMeta{API: api, ContentType: contentType}, b)
		}
	})
}

func FuzzGeminiRequest(f *testing.F) {
	seedRequests(f, "gemini")
	f.Fuzz(func(t *testing.T, b []byte, path string) {
		for _, api := range geminiAPIs() {
			twice(t, gemini.Dialect{}, wire.RequestMeta{API: api, Path: path}, b)
		}
	})
}

// Any path gets one operation or none, whatever it is.
func FuzzOperation(f *testing.F) {
	for _, dialect := range all() {
		for _, w := range load(f, dialect) {
			f.Add(w.method, w.path)
		}
	}
	f.Fuzz(func(t *testing.T, method, path string) {
		for _, kind := range exchange.Kinds() {
			for _, d := range dialects.All() {
				if api, ok := d.Operation(kind, method, path); ok != (api != "") {
					t.Errorf("%s %s is %q, %v", method, path, api, ok)
				}
			}
		}
	})
}

// FuzzRequest gives each dialect the other's operations as well.
func FuzzRequest(f *testing.F) {
	for _, dialect := range all() {
		seedRequests(f, dialect)
	}
	f.Fuzz(func(t *testing.T, b []byte, contentType string) {
		for _, api := range slices.Concat(openaiAPIs(), ollamaAPIs(), anthropicAPIs(), geminiAPIs()) {
			for _, d := range dialects.All() {
				twice(t, d, wire.RequestMeta{API: api, ContentType: contentType}, b)
			}
		}
	})
}
