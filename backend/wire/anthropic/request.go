package anthropic

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/shape"
)

type message struct {
	Role    text            `json:"role"`
	Content json.RawMessage `json:"content"`
}

type tool struct {
	Type        text            `json:"type"`
	Name        text            `json:"name"`
	Description text            `json:"description"`
	Schema      json.RawMessage `json:"input_schema"`
}

// Request reads the body of a messages or a count_tokens request. The system
// prompt becomes the first message and each tool_result block a tool message;
// a tool that Anthropic runs itself has a name and no schema.
func (Dialect) Request(meta wire.RequestMeta, body []byte) (wire.Request, error) {
	var out wire.Request
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if len(body) == 0 && meta.API == exchange.AnthropicModels {
		return out, nil
	}
	top, err := shape.Top(body)
	if err != nil {
		return out, fmt.Errorf("reading an Anthropic request: %w", err)
	}
	var errs []error
	field := func(name string, into any) bool {
		raw, ok := top[name]
		if !ok {
			return false
		}
		delete(top, name)
		if err := json.Unmarshal(raw, into); err != nil {
			errs = append(errs, fmt.Errorf("reading the request's %s: %w", name, err))
			return false
		}
		return true
	}
	field("model", &out.Model)
	var stream *bool
	if field("stream", &stream) {
		out.Stream = stream
	}
	if raw, ok := top["system"]; ok {
		delete(top, "system")
		out.Messages = append(out.Messages, turns("system", raw)...)
	}
	var messages []message
	field("messages", &messages)
	for _, m := range messages {
		out.Messages = append(out.Messages, turns(string(m.Role), m.Content)...)
	}
	var tools []tool
	field("tools", &tools)
	for _, t := range tools {
		name := t.Name
		if name == "" {
			name = t.Type
		}
		out.Tools = append(out.Tools, exchange.Tool{Name: string(name), Description: string(t.Description), Schema: t.Schema})
	}
	out.Params = make(map[string]string, len(top))
	for k, v := range top {
		out.Params[k] = string(compact(v))
	}
	return out, errors.Join(errs...)
}

// turns reads one message's content. Tool results stand in messages of their
// own, in the order in which they and the rest came.
func turns(role string, content json.RawMessage) []exchange.Message {
	var out []exchange.Message
	now := turn{role: role}
	each(content, func(b block) {
		if b.Type != "tool_result" {
			now.add(b)
			return
		}
		if !now.empty() {
			out = append(out, now.message())
			now = turn{role: role}
		}
		out = append(out, result(b))
	})
	if !now.empty() || len(out) == 0 {
		out = append(out, now.message())
	}
	return out
}

// result is what a tool answered.
func result(b block) exchange.Message {
	t := turn{role: "tool"}
	each(b.Content, func(in block) {
		if in.Type == "tool_result" {
			in.raw = encode(map[string]json.RawMessage{"type": encode("tool_result"), "content": in.Content})
		}
		t.add(in)
	})
	t.more("is_error", b.IsError)
	t.more("cache_control", b.CacheControl)
	m := t.message()
	m.ToolCallID = string(b.ToolUseID)
	return m
}
