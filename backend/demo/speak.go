package demo

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"gumshoe/backend/exchange"
)

// said is what a model answers.
type said struct {
	text      string
	call      *call
	reasoning bool
	stall     bool
	whole     bool // no stream
}

// pixel is a small picture in shades of grey, made for Gumshoe.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAABgAAAAYCAAAAADFHGIkAAAAmklEQVR42mOwcfEJiUnJKalp6ZkyZ8maLXuOnLly58mbLwwOHgERCRkFFQ0dE2YsWLFhx4ETF248ePHhBwMODX8YcGlgwKGBhQGHBg4GHBp4GHBoEGDAoUGEAYcGCQYcGmQYcGhQYMChQYUBhwYNBhwadBhwaDBgwKHBhAGHBgsGHBpsGHBocGDAocGFAYcGDwYcGnwYcGgIAAAkrkSQMXJJPgAAAABJRU5ErkJggg=="

// headers are what Open WebUI says of who asks and what for.
func (t *talk) headers(task string) []exchange.Header {
	if t.who.mail == "" {
		return []exchange.Header{{Name: "User-Agent", Value: "report-script/2.1"}}
	}
	list := []exchange.Header{{Name: "User-Agent", Value: "Python/3.11 aiohttp/3.12"}, {Name: "X-OpenWebUI-User-Email", Value: t.who.mail},
		{Name: "X-OpenWebUI-Chat-Id", Value: t.id}, {Name: "X-OpenWebUI-Message-Id", Value: t.handle}}
	if task != "" {
		list = append(list, exchange.Header{Name: "X-OpenWebUI-Task", Value: task})
	}
	return list
}

// count is about how many tokens a text is.
func count(s string) int {
	wide := 0
	for _, c := range s {
		if c > 0x2e80 {
			wide++
		}
	}
	return max((utf8.RuneCountInString(s)-wide)/4+wide*4/5, 1)
}

func (t *talk) tokens() int {
	n := 6
	for _, m := range t.said {
		n += count(m.text) + 4
		if m.image {
			n += 255
		}
	}
	return n
}

// parts cuts a text where a model's tokens might end.
func parts(s string) (list []string) {
	for len(s) > 0 {
		n := 0
		for i, c := range s {
			if n = i + utf8.RuneLen(c); c == ' ' || c == '\n' || c > 0x2e80 || i >= 7 {
				break
			}
		}
		list = append(list, s[:n])
		s = s[n:]
	}
	return list
}

// speak is one exchange with the talk's model.
func (g *generator) speak(t *talk, s said, at time.Time, task string) made {
	m := made{at: at, up: t.model.at, headers: t.headers(task), status: 200, end: exchange.OK}
	var out []string
	if s.reasoning {
		out = append(parts("The person wants a plain answer. I say what matters first and leave the rest out."), "\x00")
	}
	out = append(out, parts(s.text)...)
	load, wait := time.Duration(0), g.between(250*time.Millisecond, 900*time.Millisecond)
	input, cached := t.tokens(), 0
	if t.model.at == atOllama {
		if n := len(t.said) - 2; n > 0 && input < t.model.ctx {
			cached = (&talk{said: t.said[:n]}).tokens()
		}
		input = min(input, t.model.ctx)
		if !g.memory.resident(t.model.name, at) {
			load = time.Duration(t.model.load * (0.8 + g.rng.Float64()*0.5) * float64(time.Second))
			g.memory.load(t.model, at)
			cached = 0
		}
		wait = time.Duration(float64(input-cached) / t.model.prompt * (0.8 + g.rng.Float64()*0.4) * float64(time.Second))
	}
	step := time.Duration(float64(time.Second) / (t.model.tps * (0.85 + g.rng.Float64()*0.3)))
	switch t.model.at {
	case atOllama:
		g.ollama(&m, t, s, out, load, wait, step, input, cached)
	case atAnthropic:
		g.anthropic(&m, t, s, out, wait, step, input)
	default:
		g.openai(&m, t, s, out, wait, step, input)
	}
	if s.stall && len(m.reply) > 3 {
		m.reply[len(m.reply)/2].after += g.between(21*time.Second, 40*time.Second)
	}
	return m
}

// spent is how many tokens an answer took; an empty one took some all the same.
func spent(out []string) int {
	if len(out) < 2 {
		return 37
	}
	return len(out)
}

// failed is an error of the upstream's.
func (g *generator) failed(t *talk, at time.Time, status int, body string) made {
	m := g.speak(t, said{text: "-"}, at, "")
	m.status, m.contentType = status, "application/json"
	m.reply = []piece{{g.between(20*time.Millisecond, 400*time.Millisecond), body}}
	return m
}

func text(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte("{}") // plain values: it can't fail
	}
	return b
}

type object = map[string]any

func (g *generator) ollama(m *made, t *talk, s said, out []string, load, wait, step time.Duration, input, cached int) {
	m.path, m.contentType = "/api/chat", "application/x-ndjson"
	var list []object
	for _, x := range t.said {
		list = append(list, object{"role": x.role, "content": x.text})
	}
	body := object{"model": t.model.name, "messages": list, "stream": !s.whole, "options": object{"num_ctx": t.model.ctx}}
	if t.tools {
		body["tools"] = tools()
	}
	m.request = text(body)
	thinking := s.reasoning
	eval := step * time.Duration(spent(out))
	last := object{"model": t.model.name, "created_at": m.at.UTC().Format(time.RFC3339Nano), "message": object{"role": "assistant", "content": ""}, "done": true, "done_reason": "stop",
		"total_duration": (load + wait + eval + 20*time.Millisecond).Nanoseconds(), "load_duration": (load + 12*time.Millisecond).Nanoseconds(),
		"prompt_eval_count": input, "prompt_eval_cached_count": cached, "prompt_eval_duration": wait.Nanoseconds(), "eval_count": spent(out), "eval_duration": eval.Nanoseconds()}
	if s.whole {
		last["message"] = object{"role": "assistant", "content": s.text}
		m.contentType = "application/json"
		m.reply = []piece{{load + wait + eval, string(text(last))}}
		return
	}
	for i, p := range out {
		if p == "\x00" {
			thinking = false
			continue
		}
		said := object{"role": "assistant", "content": p}
		if thinking {
			said = object{"role": "assistant", "content": "", "thinking": p}
		}
		after := step
		if i == 0 {
			after = load + wait
		}
		m.reply = append(m.reply, piece{after, string(text(object{"model": t.model.name, "created_at": m.at.UTC().Format(time.RFC3339Nano), "message": said, "done": false})) + "\n"})
	}
	if len(out) == 0 {
		step += load + wait
	}
	m.reply = append(m.reply, piece{step, string(text(last)) + "\n"})
}

func tools() []object {
	return []object{{"type": "function", "function": object{"name": "get_weather", "description": "The weather of a city now",
		"parameters": object{"type": "object", "properties": object{"city": object{"type": "string"}}, "required": []string{"city"}, "additionalProperties": false}}}}
}

func (g *generator) openai(m *made, t *talk, s said, out []string, wait, step time.Duration, input int) {
	m.path, m.contentType = "/chat/completions", "text/event-stream"
	var list []object
	for _, x := range t.said {
		one := object{"role": x.role, "content": x.text}
		if x.image {
			one["content"] = []object{{"type": "text", "text": x.text}, {"type": "image_url", "image_url": object{"url": "data:image/png;base64," + pixel}}}
		}
		if x.call != nil {
			one["content"] = nil
			one["tool_calls"] = []object{{"id": x.call.id, "type": "function", "function": object{"name": x.call.name, "arguments": x.call.arguments}}}
		}
		if x.callID != "" {
			one["tool_call_id"] = x.callID
		}
		list = append(list, one)
	}
	body := object{"model": t.model.name, "messages": list, "stream": !s.whole, "stream_options": object{"include_usage": true}}
	if t.tools {
		body["tools"] = tools()
	}
	finish := "stop"
	usage := object{"prompt_tokens": input, "completion_tokens": spent(out), "total_tokens": input + spent(out),
		"prompt_tokens_details": object{"cached_tokens": input / 1024 * 1024}, "completion_tokens_details": object{"reasoning_tokens": 0}}
	name := t.model.name + "-2024-11-20"
	if s.whole {
		delete(body, "stream_options")
		m.contentType = "application/json"
		m.reply = []piece{{wait + step*time.Duration(len(out)), string(text(object{"id": "chatcmpl-demo", "object": "chat.completion", "model": name, "usage": usage,
			"choices": []object{{"index": 0, "finish_reason": "stop", "message": object{"role": "assistant", "content": s.text}}}}))}}
	}
	m.request = text(body)
	if s.whole {
		return
	}
	event := func(after time.Duration, delta object, finish any) {
		m.reply = append(m.reply, piece{after, "data: " + string(text(object{"id": "chatcmpl-demo", "object": "chat.completion.chunk", "model": name,
			"choices": []object{{"index": 0, "delta": delta, "finish_reason": finish}}})) + "\n\n"})
	}
	event(wait, object{"role": "assistant", "content": ""}, nil)
	if s.call != nil {
		finish = "tool_calls"
		event(step*time.Duration(spent(out)), object{"tool_calls": []object{{"index": 0, "id": s.call.id, "type": "function", "function": object{"name": s.call.name, "arguments": ""}}}}, nil)
		event(step, object{"tool_calls": []object{{"index": 0, "function": object{"arguments": s.call.arguments}}}}, nil)
	}
	for _, p := range out {
		event(step, object{"content": p}, nil)
	}
	event(step, object{}, finish)
	m.reply = append(m.reply, piece{step, "data: " + string(text(object{"id": "chatcmpl-demo", "object": "chat.completion.chunk", "model": name, "choices": []object{}, "usage": usage})) + "\n\n"},
		piece{0, "data: [DONE]\n\n"})
}

func (g *generator) anthropic(m *made, t *talk, s said, out []string, wait, step time.Duration, input int) {
	m.path, m.contentType = "/v1/messages", "text/event-stream"
	m.headers = append(m.headers, exchange.Header{Name: "Anthropic-Version", Value: "2023-06-01"})
	body := object{"model": t.model.name, "max_tokens": 4096, "stream": true}
	var list []object
	for _, x := range t.said {
		switch {
		case x.role == "system":
			body["system"] = x.text
		case x.image:
			list = append(list, object{"role": x.role, "content": []object{{"type": "text", "text": x.text}, {"type": "image", "source": object{"type": "base64", "media_type": "image/png", "data": pixel}}}})
		default:
			list = append(list, object{"role": x.role, "content": x.text})
		}
	}
	body["messages"] = list
	m.request = text(body)
	event := func(after time.Duration, kind string, v object) {
		v["type"] = kind
		m.reply = append(m.reply, piece{after, fmt.Sprintf("event: %s\ndata: %s\n\n", kind, text(v))})
	}
	cached := input / 2048 * 2048
	event(wait, "message_start", object{"message": object{"id": "msg_demo", "type": "message", "role": "assistant", "model": t.model.name + "-20250929", "content": []object{},
		"usage": object{"input_tokens": input - cached, "cache_read_input_tokens": cached, "cache_creation_input_tokens": 0, "output_tokens": 1}}})
	event(step, "content_block_start", object{"index": 0, "content_block": object{"type": "text", "text": ""}})
	for _, p := range out {
		event(step, "content_block_delta", object{"index": 0, "delta": object{"type": "text_delta", "text": p}})
	}
	event(0, "content_block_stop", object{"index": 0})
	event(step, "message_delta", object{"delta": object{"stop_reason": "end_turn"}, "usage": object{"output_tokens": max(len(out), 1)}})
	event(0, "message_stop", object{})
	if strings.TrimSpace(s.text) == "" {
		m.reply = m.reply[:2]
	}
}
