package dialects_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/dialects"
	"gumshoe/backend/wire/openai"
)

// The defects of Helicone that are about decoding (helicone.md §9), by number;
// the others are tests of the proxy, the store, the prices and the app.

// capture reads one written capture's reply.
func capture(t *testing.T, dialect, name string) wire.Reply {
	t.Helper()
	for _, w := range load(t, dialect) {
		if w.name == name {
			api, d := w.understood(t, dialect)
			return read(api, d, wire.ReplyMeta{Status: w.status, ContentType: w.replyType}, w.reply, 7, w.whole)
		}
	}
	t.Fatalf("no capture %s", name)
	return wire.Reply{}
}

func chatStream(whole bool, events ...string) wire.Reply {
	return read(exchange.OpenAIChat, openai.Dialect{}, wire.ReplyMeta{Status: 200, ContentType: "text/event-stream"},
		[]byte("data: "+strings.Join(events, "\n\ndata: ")+"\n\n"), 3, whole)
}

// partText is the text of a message's parts of a type.
func partText(m exchange.Message, p exchange.PartType) string {
	var s string
	for _, one := range m.Parts {
		if one.Type == p {
			s += one.Text
		}
	}
	return s
}

// 1: a stream without usage has no zero for its tokens, and its token events are
// counted, from which the recorder estimates.
func TestHelicone01StreamWithoutUsageHasEvents(t *testing.T) {
	r := chatStream(true, `{"choices":[{"delta":{"role":"assistant","content":""}}]}`, `{"choices":[{"delta":{"content":"a"}}],"usage":null}`,
		`{"choices":[{"delta":{"content":"b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}`, `[DONE]`)
	if r.Usage != (exchange.Usage{}) || r.TokenEvents != 2 || !r.Ended {
		t.Errorf("%+v", r)
	}
}

// 2: what came before the client left is kept: text, reasoning, usage so far.
func TestHelicone02CancelledKeepsWhatCame(t *testing.T) {
	r := capture(t, "openai", "vllm-continuous-usage-cut-stream")
	if r.Ended || r.Messages[0].Text() != "Hi you" || *r.Usage.Input != 5 || *r.Usage.Output != 2 {
		t.Errorf("%+v", r)
	}
	r = capture(t, "openai", "responses-stream-cut")
	if r.Ended || r.Messages[0].Text() != "It is cold." || !strings.Contains(partText(r.Messages[0], exchange.PartReasoning), "about it") ||
		r.Messages[0].ToolCalls[0].Arguments != `{"city":"Oslo"}` {
		t.Errorf("%+v", r)
	}
}

// 3: a stream that dies is not ended, and one that says why carries the error.
func TestHelicone03DeadStreamIsNotEnded(t *testing.T) {
	if r := chatStream(true, `{"choices":[{"delta":{"content":"a"}}]}`); r.Ended || r.Unreadable || r.Error != "" {
		t.Errorf("%+v", r)
	}
	for name, want := range map[string]string{
		"openrouter-midstream-error": "Provider returned error: upstream overloaded", "groq-error-stream": "over capacity",
		"groq-error-event-stream": "Failed to call a function.", "vllm-error-stream": "EngineCore encountered an issue",
		"llamacpp-error-line-stream": "the request exceeds the available context size", "bare-error-line-stream": "Internal Server Error",
		"responses-stream-error": "Rate limit reached for gpt-5.4", "responses-stream-failed": "The model failed to generate a response.",
	} {
		if r := capture(t, "openai", name); r.Error != want {
			t.Errorf("%s: %q, want %q", name, r.Error, want)
		}
	}
	if r := capture(t, "ollama", "chat-error-stream"); r.Ended || r.Error == "" || r.Messages[0].Text() != "Grü" {
		t.Errorf("%+v", r)
	}
}

// 4: finish reasons, indexes, logprobs, reasoning and parallel calls survive.
func TestHelicone04AssemblyLosesNothing(t *testing.T) {
	for _, name := range []string{"chat-n2-stream", "chat-n2-logprobs"} {
		r := capture(t, "openai", name)
		if len(r.Messages) != 2 || r.Messages[0].Finish != "stop" || r.Messages[1].Finish != "length" || r.Messages[0].Text()[:1] == "B" {
			t.Fatalf("%s: %+v", name, r.Messages)
		}
		for _, m := range r.Messages {
			var l struct{ Content []struct{ Token string } }
			if json.Unmarshal(m.Extra["logprobs"], &l) != nil || len(l.Content) == 0 {
				t.Errorf("%s: logprobs are %s", name, m.Extra["logprobs"])
			}
		}
	}
	for name, want := range map[string]string{"deepseek-reasoner-stream": "The user greets.", "openrouter-reasoning-stream": "They greet.",
		"openrouter-details-only": "Adding.", "groq-stream": "hm", "llamacpp-stream": "Well", "mistral-thinking-stream": "Hm, yes.",
		"think-tags-stream": "Let me see </thi no ", "think-tags-cut-stream": "Let me"} {
		if r := capture(t, "openai", name); partText(r.Messages[0], exchange.PartReasoning) != want {
			t.Errorf("%s: %+v", name, r.Messages[0].Parts)
		}
	}
	for name, want := range map[string]int{"chat-tools-parallel-stream": 2, "chat-tools-no-index-stream": 4, "chat-tools-index-zero-stream": 3} {
		calls := capture(t, "openai", name).Messages[0].ToolCalls
		if len(calls) != want {
			t.Errorf("%s: %+v", name, calls)
		}
		for _, c := range calls {
			if !json.Valid([]byte(c.Arguments)) || c.Name == "" {
				t.Errorf("%s: %+v", name, c)
			}
		}
	}
}

// 5: Ollama's NDJSON: tools, thinking, images and the times.
func TestHelicone05OllamaNative(t *testing.T) {
	r := capture(t, "ollama", "chat-thinking-tools-stream")
	m := r.Messages[0]
	if partText(m, exchange.PartReasoning) != "Two cities." || len(m.ToolCalls) != 2 || *r.EvalCount != 30 || *r.EvalNS != 4 || *r.Usage.Input != 150 {
		t.Errorf("%+v", r)
	}
}

// 6: model lists are understood and no error.
func TestHelicone06Lists(t *testing.T) {
	for kind, paths := range map[exchange.Kind][]string{
		exchange.KindOllama: {"/v1/models", "/api/tags", "/api/ps"}, exchange.KindOpenAI: {"/models", "/v1/models", "/v1/models/a/b", "/openai/v1/models"},
	} {
		for _, path := range paths {
			api, d := dialects.For(kind, "GET", path)
			if d == nil {
				t.Errorf("%s %s is not understood", kind, path)
				continue
			}
			r := read(api, d, wire.ReplyMeta{Status: 200, ContentType: "application/json"}, []byte(`{"data":[],"models":[]}`), 4, true)
			if !r.Ended || r.Error != "" || r.Unreadable {
				t.Errorf("%s %s: %+v", kind, path, r)
			}
		}
	}
}

// 7: the dated name that answered, reasoning tokens within the output, what was
// charged, and images by number: what prices need.
func TestHelicone07WhatPricesNeed(t *testing.T) {
	if r := capture(t, "openai", "chat-stream-usage"); r.Model != "gpt-5.4-mini-2026-03-17" || *r.Usage.Cached != 1024 || *r.Usage.InputAudio != 17 {
		t.Errorf("%+v", r)
	}
	if r := capture(t, "openai", "xai-reasoning"); *r.Usage.Output != 763 || *r.Usage.Reasoning != 233 || *r.Charged != 0.0037756 {
		t.Errorf("%+v", r.Usage)
	}
	if r := capture(t, "openai", "openrouter-reasoning-stream"); *r.Charged != 0.0012345 || *r.Usage.CacheWrite != 50 || *r.Usage.Reasoning != 12 {
		t.Errorf("%+v", r.Usage)
	}
	if r := capture(t, "openai", "images-generations"); len(r.Messages) != 2 || *r.Usage.OutputImage != 1056 || *r.Usage.InputImage != 30 {
		t.Errorf("%+v", r)
	}
}

// 8: a path with a prefix is the same operation.
func TestHelicone08Prefixes(t *testing.T) {
	for _, prefix := range []string{"", "/v1", "/api/v1", "/openai/v1", "/compatible-mode/v1", "/v1beta/openai", "/inference/v1", "/api/paas/v4",
		"/engines/llama.cpp/v1", "/openai/deployments/my-gpt", "/v1/openai"} {
		for tail, want := range map[string]exchange.API{
			"/chat/completions": exchange.OpenAIChat, "/completions": exchange.OpenAICompletions, "/responses": exchange.OpenAIResponses,
			"/embeddings": exchange.OpenAIEmbeddings, "/images/generations": exchange.OpenAIImages, "/images/edits": exchange.OpenAIImages,
			"/audio/speech": exchange.OpenAISpeech, "/audio/transcriptions": exchange.OpenAITranscription,
			"/audio/translations": exchange.OpenAITranscription, "/moderations": exchange.OpenAIModerations,
		} {
			if api, _ := dialects.For(exchange.KindOpenAI, "POST", prefix+tail); api != want {
				t.Errorf("%s is %q", prefix+tail, api)
			}
		}
	}
	for _, path := range []string{"/api/embeddings", "/api/chat", "/v1/files", "/v1/chat", "/v1/chat/completions/x", "/v1/responses/resp_1", "/v1/modelsx"} {
		for _, method := range []string{"GET", "POST", "DELETE"} {
			if api, _ := dialects.For(exchange.KindOpenAI, method, path); api != "" {
				t.Errorf("%s %s is %q", method, path, api)
			}
		}
	}
	for path, want := range map[string]string{"/openai/deployments/my%20gpt/chat/completions": "my gpt", "/v1/engines/davinci/completions": "davinci",
		"/engines/llama.cpp/v1/chat/completions": "", "/engines/v1/chat/completions": "", "/v1/chat/completions": ""} {
		q, err := openai.Dialect{}.Request(wire.RequestMeta{API: exchange.OpenAIChat, Path: path}, []byte(`{"messages":[]}`))
		if err != nil || q.Model != want {
			t.Errorf("%s: %q, %v", path, q.Model, err)
		}
	}
}

// 10: a request with an image of 15 MB is read.
func TestHelicone10LargeImages(t *testing.T) {
	data := strings.Repeat("QUJD", 5<<20)
	body := fmt.Sprintf(`{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,%s"}}]}]}`, data)
	q, err := openai.Dialect{}.Request(wire.RequestMeta{API: exchange.OpenAIChat}, []byte(body))
	if err != nil || len(q.Messages) != 1 || len(q.Messages[0].Parts[0].Data) != len(data) {
		t.Errorf("%v", err)
	}
}

// 22: events cut inside of a rune and inside of "data:" give whole runes.
func TestHelicone22RunesAcrossPieces(t *testing.T) {
	text := "Grüße 🙂 世界"
	body := []byte("data: {\"choices\":[{\"delta\":{\"content\":\"" + text + "\"},\"finish_reason\":\"stop\"}]}\r\n\r\n")
	for cut := range len(body) {
		a := openai.Dialect{}.Reply(exchange.OpenAIChat, wire.ReplyMeta{Status: 200, ContentType: "text/event-stream"})
		a.Write(1, bytes.Clone(body[:cut]))
		a.Write(2, bytes.Clone(body[cut:]))
		if r := a.Close(true); len(r.Messages) != 1 || r.Messages[0].Text() != text || !utf8.ValidString(r.Messages[0].Text()) || *r.FirstToken > 2 {
			t.Fatalf("cut at %d: %+v", cut, r)
		}
	}
}

// 23: the usage chunk without choices is no token and adds no message.
func TestHelicone23UsageChunkIsNoToken(t *testing.T) {
	r := chatStream(true, `{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}`, `{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}`, `[DONE]`)
	if r.TokenEvents != 1 || len(r.Messages) != 1 || *r.Usage.Input != 3 || r.Messages[0].Text() != "a" {
		t.Errorf("%+v", r)
	}
}
