package mockllm

import (
	"fmt"
	"net/http"
	"strings"
)

// The dialects of the clouds: text only, in the events that each of them sends.

// anthropic is the Messages API. Its first event already tells of tokens, as the
// real one's does.
type anthropic struct{}

func (anthropic) streams(q request) bool { return q.stream == "true" }

func (anthropic) contentType(stream bool) string { return openaiChat{}.contentType(stream) }

func event(b []byte, name, data string, values ...any) []byte {
	b = fmt.Appendf(b, "event: %s\ndata: {\"type\":%q", name, name)
	return append(fmt.Appendf(b, data, values...), "}\n\n"...)
}

func (a anthropic) token(b []byte, s *spec, id int64, i int) []byte {
	if i == 0 {
		b = event(b, "message_start", `,"message":{"id":"msg_%d","type":"message","role":"assistant","model":%q,"content":[],"stop_reason":null%s}`, id, s.model, a.usage(s, 9, 1))
		b = event(b, "content_block_start", `,"index":0,"content_block":{"type":"text","text":""}`)
	}
	return event(b, "content_block_delta", `,"index":0,"delta":{"type":"text_delta","text":"%s"}`, s.text(nil, i))
}

func (anthropic) usage(s *spec, in, out int) string {
	if s.noUsage {
		return ""
	}
	return fmt.Sprintf(`,"usage":{"input_tokens":%d,"output_tokens":%d}`, in, out)
}

func (a anthropic) end(b []byte, s *spec, _ int64, q request, _ times) []byte {
	b = event(b, "content_block_stop", `,"index":0`)
	b = event(b, "message_delta", `,"delta":{"stop_reason":"end_turn","stop_sequence":null}%s`, a.usage(s, promptTokens(q), s.tokens))
	return event(b, "message_stop", "")
}

func (a anthropic) full(b []byte, s *spec, id int64, q request, _ times) []byte {
	return fmt.Appendf(b, `{"id":"msg_%d","type":"message","role":"assistant","model":%q,"content":[{"type":"text","text":"%s"}],"stop_reason":"end_turn","stop_sequence":null%s}`,
		id, s.model, s.all(nil), a.usage(s, promptTokens(q), s.tokens))
}

func (anthropic) midError() []byte {
	return event(nil, "error", `,"error":{"type":"overloaded_error","message":"mock fault in mid-stream"}`)
}

// gemini is generateContent; the model and whether it streams stand in its path.
type gemini struct{}

func (gemini) streams(q request) bool { return q.stream == "true" }

func (gemini) contentType(stream bool) string { return openaiChat{}.contentType(stream) }

func (gemini) reply(b []byte, s *spec, id int64, text []byte, more string) []byte {
	return fmt.Appendf(b, `{"candidates":[{"content":{"parts":[{"text":"%s"}],"role":"model"},"index":0%s,"modelVersion":%q,"responseId":"r%d"}`, text, more, s.model, id)
}

func (g gemini) token(b []byte, s *spec, id int64, i int) []byte {
	return append(g.reply(append(b, "data: "...), s, id, s.text(nil, i), "}]"), "\n\n"...)
}

func (gemini) last(s *spec, q request) string {
	end := `,"finishReason":"STOP"}]`
	if !s.noUsage {
		p := promptTokens(q)
		end += fmt.Sprintf(`,"usageMetadata":{"promptTokenCount":%d,"candidatesTokenCount":%d,"totalTokenCount":%d}`, p, s.tokens, p+s.tokens)
	}
	return end
}

func (g gemini) end(b []byte, s *spec, id int64, q request, _ times) []byte {
	return append(g.reply(append(b, "data: "...), s, id, nil, g.last(s, q)), "\n\n"...)
}

func (g gemini) full(b []byte, s *spec, id int64, q request, _ times) []byte {
	return g.reply(b, s, id, s.all(nil), g.last(s, q))
}

func (gemini) midError() []byte {
	return []byte(`data: {"error":{"code":503,"message":"mock fault in mid-stream","status":"UNAVAILABLE"}}` + "\n\n")
}

// generate is the handler of both of Gemini's methods.
func (m *mock) generate() http.HandlerFunc {
	next := m.llm(gemini{})
	return func(w http.ResponseWriter, r *http.Request) {
		_, method, _ := strings.Cut(r.PathValue("call"), ":")
		if method != "generateContent" && method != "streamGenerateContent" {
			http.NotFound(w, r)
			return
		}
		next(w, r)
	}
}

// fromPath is what Gemini's requests say in their path and not in their body.
func (q *request) fromPath(r *http.Request) {
	model, method, ok := strings.Cut(r.PathValue("call"), ":")
	if !ok {
		return
	}
	q.model, q.stream = model, "false"
	if method == "streamGenerateContent" {
		q.stream = "true"
	}
}

// responses is OpenAI's Responses API.
type responses struct{}

func (responses) streams(q request) bool { return q.stream == "true" }

func (responses) contentType(stream bool) string { return openaiChat{}.contentType(stream) }

func (responses) object(s *spec, id int64, status string, text []byte, usage string) string {
	output := "[]"
	if text != nil {
		output = fmt.Sprintf(`[{"id":"msg_%d","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"%s","annotations":[]}]}]`, id, text)
	}
	return fmt.Sprintf(`"id":"resp_%d","object":"response","created_at":1700000000,"status":%q,"model":%q,"output":%s%s`, id, status, s.model, output, usage)
}

func (a responses) token(b []byte, s *spec, id int64, i int) []byte {
	if i == 0 {
		b = event(b, "response.created", `,"response":{%s}`, a.object(s, id, "in_progress", nil, ""))
		b = event(b, "response.output_item.added", `,"output_index":0,"item":{"id":"msg_%d","type":"message","status":"in_progress","role":"assistant","content":[]}`, id)
		b = event(b, "response.content_part.added", `,"item_id":"msg_%d","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}`, id)
	}
	return event(b, "response.output_text.delta", `,"item_id":"msg_%d","output_index":0,"content_index":0,"delta":"%s"`, id, s.text(nil, i))
}

func (responses) usage(s *spec, q request) string {
	if s.noUsage {
		return ""
	}
	p := promptTokens(q)
	return fmt.Sprintf(`,"usage":{"input_tokens":%d,"output_tokens":%d,"total_tokens":%d}`, p, s.tokens, p+s.tokens)
}

func (a responses) end(b []byte, s *spec, id int64, q request, _ times) []byte {
	b = event(b, "response.output_text.done", `,"item_id":"msg_%d","output_index":0,"content_index":0,"text":"%s"`, id, s.all(nil))
	return event(b, "response.completed", `,"response":{%s}`, a.object(s, id, "completed", s.all(nil), a.usage(s, q)))
}

func (a responses) full(b []byte, s *spec, id int64, q request, _ times) []byte {
	return append(append(append(b, '{'), a.object(s, id, "completed", s.all(nil), a.usage(s, q))...), '}')
}

func (responses) midError() []byte {
	return event(nil, "error", `,"code":"server_error","message":"mock fault in mid-stream","param":null`)
}
