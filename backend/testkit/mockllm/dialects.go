package mockllm

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// text is the i-th token. fault-split uses multi-byte runes, cut by the small writes.
func (s *spec) text(b []byte, i int) []byte {
	if s.ts {
		b = append(b, '@')
		b = strconv.AppendInt(b, time.Now().UnixNano(), 10)
		return append(b, '@')
	}
	n := len(b) + s.bytes
	if s.fault == "split" {
		b = append(b, " π🙂"...)
	} else {
		b = append(b, " t"...)
		b = strconv.AppendInt(b, int64(i%1000), 10)
	}
	for len(b) < n {
		b = append(b, 'x')
	}
	return b
}

func (s *spec) all(b []byte) []byte {
	for i := range s.tokens {
		b = s.text(b, i)
	}
	return b
}

func promptTokens(q request) int { return len(q.body)/4 + 1 }

type openaiChat struct{}

func (openaiChat) streams(q request) bool { return q.stream == "true" }
func (openaiChat) contentType(stream bool) string {
	if stream {
		return "text/event-stream"
	}
	return "application/json"
}

func (openaiChat) head(b []byte, s *spec, id int64, object string) []byte {
	b = append(b, `{"id":"chatcmpl-`...)
	b = strconv.AppendInt(b, id, 10)
	b = append(b, `","object":"`...)
	b = append(b, object...)
	b = append(b, `","created":1700000000,"model":"`...)
	b = append(b, s.model...)
	return append(b, `","choices":[`...)
}

func (o openaiChat) token(b []byte, s *spec, id int64, i int) []byte {
	b = append(b, "data: "...)
	b = o.head(b, s, id, "chat.completion.chunk")
	key := "content"
	if s.think && i < s.tokens/2 {
		key = "reasoning_content"
	}
	b = append(b, `{"index":0,"delta":{`...)
	switch {
	case s.tools && i == 0:
		b = append(b, `"role":"assistant","tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"get_weather","arguments":""}}]`...)
	case s.tools:
		b = append(b, `"tool_calls":[{"index":0,"function":{"arguments":"`...)
		b = s.text(b, i)
		b = append(b, `"}}]`...)
	default:
		if i == 0 {
			b = append(b, `"role":"assistant",`...)
		}
		b = append(b, '"')
		b = append(b, key...)
		b = append(b, `":"`...)
		b = s.text(b, i)
		b = append(b, '"')
	}
	return append(b, "},\"finish_reason\":null}]}\n\n"...)
}

func finish(s *spec) string {
	if s.tools {
		return "tool_calls"
	}
	return "stop"
}

func (openaiChat) usage(s *spec, q request) string {
	p := promptTokens(q)
	return fmt.Sprintf(`"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}`, p, s.tokens, p+s.tokens)
}

func (o openaiChat) end(b []byte, s *spec, id int64, q request, t times) []byte {
	b = append(b, "data: "...)
	b = o.head(b, s, id, "chat.completion.chunk")
	b = fmt.Appendf(b, "{\"index\":0,\"delta\":{},\"finish_reason\":%q}]}\n\n", finish(s))
	if q.usage && !s.noUsage {
		b = append(b, "data: "...)
		b = o.head(b, s, id, "chat.completion.chunk")
		b = append(b, "],"...)
		b = append(b, o.usage(s, q)...)
		b = append(b, "}\n\n"...)
	}
	return append(b, "data: [DONE]\n\n"...)
}

func (o openaiChat) full(b []byte, s *spec, id int64, q request, t times) []byte {
	b = o.head(b, s, id, "chat.completion")
	b = append(b, `{"index":0,"message":{"role":"assistant",`...)
	if s.tools {
		b = append(b, `"content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Oslo\"}"}}]`...)
	} else {
		if s.think {
			b = append(b, `"reasoning_content":"thinking it over",`...)
		}
		b = append(b, `"content":"`...)
		b = s.all(b)
		b = append(b, '"')
	}
	b = fmt.Appendf(b, `},"finish_reason":%q}]`, finish(s))
	if !s.noUsage {
		b = append(b, ',')
		b = append(b, o.usage(s, q)...)
	}
	return append(b, '}')
}

func (openaiChat) midError() []byte {
	return []byte("data: {\"error\":{\"message\":\"mock fault in mid-stream\",\"type\":\"mock_error\",\"code\":500}}\n\n")
}

type ollama struct{ chat bool }

func (ollama) streams(q request) bool { return q.stream != "false" } // Ollama's default is a stream
func (ollama) contentType(stream bool) string {
	if stream {
		return "application/x-ndjson"
	}
	return "application/json; charset=utf-8"
}

func (o ollama) line(b []byte, s *spec, i int, all bool) []byte {
	b = append(b, `{"model":"`...)
	b = append(b, s.model...)
	b = append(b, `","created_at":"`...)
	b = time.Now().UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(b, '"', ',')
	key := "content"
	if s.think && i < s.tokens/2 && !all {
		key = "thinking"
	}
	switch {
	case !o.chat && key == "content":
		b = append(b, `"response":"`...)
	case !o.chat:
		b = append(b, `"response":"","thinking":"`...)
	default:
		b = append(b, `"message":{"role":"assistant",`...)
		if s.tools && i == 0 {
			b = append(b, `"tool_calls":[{"function":{"name":"get_weather","arguments":{"city":"Oslo"}}}],`...)
		}
		if key == "thinking" {
			b = append(b, `"content":"",`...)
		}
		b = append(b, '"')
		b = append(b, key...)
		b = append(b, `":"`...)
	}
	if all {
		b = s.all(b)
	} else if i < s.tokens {
		b = s.text(b, i)
	}
	b = append(b, '"')
	if o.chat {
		b = append(b, '}')
	}
	return b
}

func (o ollama) token(b []byte, s *spec, id int64, i int) []byte {
	return append(o.line(b, s, i, false), ",\"done\":false}\n"...)
}

// The metrics carry the request's number in load_duration, so no two bodies are alike.
func (o ollama) metrics(b []byte, s *spec, id int64, q request, t times) []byte {
	b = append(b, `,"done":true,"done_reason":"stop"`...)
	if !s.noUsage {
		b = fmt.Appendf(b, `,"total_duration":%d,"load_duration":%d,"prompt_eval_count":%d,"prompt_eval_duration":%d,"eval_count":%d,"eval_duration":%d`,
			time.Since(t.start).Nanoseconds(), 1_000_000_000+id, promptTokens(q), max(1, t.first.Sub(t.start).Nanoseconds()), s.tokens, max(1, time.Since(t.first).Nanoseconds()))
	}
	return append(b, "}"...)
}

func (o ollama) end(b []byte, s *spec, id int64, q request, t times) []byte {
	return append(o.metrics(o.line(b, s, s.tokens, false), s, id, q, t), '\n')
}

func (o ollama) full(b []byte, s *spec, id int64, q request, t times) []byte {
	return o.metrics(o.line(b, s, 0, true), s, id, q, t)
}

func (ollama) midError() []byte { return []byte("{\"error\":\"mock fault in mid-stream\"}\n") }

func (m *mock) embed(w http.ResponseWriter, r *http.Request) {
	q, _ := readRequest(r)
	m.st.count("requests", 1)
	v := strings.TrimSuffix(strings.Repeat("0.0123,", 256), ",")
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/api/embed" {
		fmt.Fprintf(w, `{"model":%q,"embeddings":[[%s]],"total_duration":1000000,"load_duration":1000,"prompt_eval_count":%d}`, q.model, v, promptTokens(q))
		return
	}
	fmt.Fprintf(w, `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[%s]}],"model":%q,"usage":{"prompt_tokens":%d,"total_tokens":%d}}`, v, q.model, promptTokens(q), promptTokens(q))
}

// lists answers the model lists and the other small Ollama calls.
func lists(w http.ResponseWriter, r *http.Request) {
	details := json.RawMessage(`{"parent_model":"","format":"gguf","family":"llama","families":["llama"],"parameter_size":"8.0B","quantization_level":"Q4_K_M"}`)
	var out []map[string]any
	for _, n := range modelNames() {
		switch r.URL.Path {
		case "/v1/models":
			out = append(out, map[string]any{"id": n, "object": "model", "created": 1700000000, "owned_by": "mock"})
		default:
			out = append(out, map[string]any{"name": n + ":latest", "model": n + ":latest", "modified_at": "2025-01-01T00:00:00Z", "size": 4 << 30, "digest": strings.Repeat("ab", 32), "details": details})
		}
	}
	switch r.URL.Path {
	case "/v1/models":
		writeJSON(w, map[string]any{"object": "list", "data": out})
	case "/api/tags":
		writeJSON(w, map[string]any{"models": out})
	case "/api/ps":
		m := out[0]
		m["expires_at"], m["size_vram"], m["context_length"] = "2030-01-01T00:00:00Z", 4<<30, 8192
		writeJSON(w, map[string]any{"models": out[:1]})
	case "/api/version":
		writeJSON(w, map[string]any{"version": "0.12.0"})
	case "/api/show":
		writeJSON(w, map[string]any{"details": details, "model_info": map[string]any{"general.architecture": "llama", "llama.context_length": 8192}, "capabilities": []string{"completion", "tools"}, "template": "", "parameters": ""})
	}
}
