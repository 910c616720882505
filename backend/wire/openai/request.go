// Package openai reads the OpenAI dialect, also as compatible servers speak it:
// chat completions (whole and streamed) and model lists.
//
// Sources: OpenAI's API reference (chat, streaming), and for the spellings of
// reasoning what Ollama, vLLM, DeepSeek and OpenRouter send.
//
// Test it with: go test ./backend/wire/openai (golden files of real traffic,
// any split decodes to the same, fuzzing).
package openai

import (
	"encoding/json"
	"fmt"
	"strings"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
)

// Dialect reads OpenAI-style traffic. The zero value is ready.
type Dialect struct{}

var _ wire.Dialect = Dialect{}

type message struct {
	Role             string          `json:"role"`
	Name             string          `json:"name"`
	Content          json.RawMessage `json:"content"`
	Reasoning        string          `json:"reasoning"`
	ReasoningContent string          `json:"reasoning_content"`
	Refusal          string          `json:"refusal"`
	ToolCalls        []toolCall      `json:"tool_calls"`
	ToolCallID       string          `json:"tool_call_id"`
}

type toolCall struct {
	Index    *int   `json:"index"`
	ID       string `json:"id"`
	Function struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	} `json:"function"`
}

// Request reads a chat request.
func (Dialect) Request(meta wire.RequestMeta, body []byte) (wire.Request, error) {
	api := meta.API
	var out wire.Request
	if api == exchange.OpenAIModels && len(body) == 0 {
		return out, nil
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(body, &top); err != nil {
		return out, fmt.Errorf("reading an OpenAI request: %w", err)
	}
	var firstErr error
	field := func(name string, into any) {
		raw, ok := top[name]
		if !ok {
			return
		}
		delete(top, name)
		if err := json.Unmarshal(raw, into); err != nil && firstErr == nil {
			firstErr = fmt.Errorf("reading the request's %s: %w", name, err)
		}
	}
	field("model", &out.Model)
	field("stream", &out.Stream)
	var messages []message
	field("messages", &messages)
	for _, m := range messages {
		out.Messages = append(out.Messages, m.message())
	}
	var tools []struct {
		Function struct {
			Name, Description string
			Parameters        json.RawMessage
		}
	}
	field("tools", &tools)
	for _, t := range tools {
		out.Tools = append(out.Tools, exchange.Tool{Name: t.Function.Name, Description: t.Function.Description, Schema: t.Function.Parameters})
	}
	out.Params = Params(top)
	return out, firstErr
}

// Params gives the remaining fields of a request as compact JSON text.
func Params(top map[string]json.RawMessage) map[string]string {
	out := make(map[string]string, len(top))
	for k, v := range top {
		out[k] = string(v)
	}
	return out
}

func (m message) message() exchange.Message {
	out := exchange.Message{Role: m.Role, Name: m.Name, ToolCallID: m.ToolCallID}
	if r := m.ReasoningContent + m.Reasoning; r != "" {
		if m.Reasoning != "" && m.ReasoningContent != "" {
			r = m.Reasoning // both spellings of the same text
		}
		out.Parts = append(out.Parts, exchange.Part{Type: exchange.PartReasoning, Text: r})
	}
	out.Parts = append(out.Parts, parts(m.Content)...)
	if m.Refusal != "" {
		out.Parts = append(out.Parts, exchange.Part{Type: exchange.PartRefusal, Text: m.Refusal})
	}
	for _, c := range m.ToolCalls {
		out.ToolCalls = append(out.ToolCalls, exchange.ToolCall{ID: c.ID, Name: c.Function.Name, Arguments: argText(c.Function.Arguments)})
	}
	return out
}

// argText is arguments as text: most send a JSON string, some an object.
func argText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	if string(raw) == "null" {
		return ""
	}
	return string(raw)
}

// parts reads content: a string, an array of typed parts, or null.
func parts(raw json.RawMessage) []exchange.Part {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		if s == "" {
			return nil
		}
		return []exchange.Part{{Type: exchange.PartText, Text: s}}
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return []exchange.Part{{Type: exchange.PartOther, Text: string(raw)}}
	}
	var out []exchange.Part
	for _, one := range list {
		out = append(out, part(one))
	}
	return out
}

func part(raw json.RawMessage) exchange.Part {
	var p struct {
		Type, Text, Refusal string
		ImageURL            json.RawMessage `json:"image_url"`
	}
	if json.Unmarshal(raw, &p) != nil {
		return exchange.Part{Type: exchange.PartOther, Text: string(raw)}
	}
	switch p.Type {
	case "text", "input_text", "output_text":
		return exchange.Part{Type: exchange.PartText, Text: p.Text}
	case "refusal":
		return exchange.Part{Type: exchange.PartRefusal, Text: p.Refusal}
	case "image_url", "input_image":
		var u string
		var o struct{ URL string }
		if json.Unmarshal(p.ImageURL, &u) != nil && json.Unmarshal(p.ImageURL, &o) == nil {
			u = o.URL
		}
		return Image(u)
	}
	return exchange.Part{Type: exchange.PartOther, Text: string(raw)}
}

// Image reads an image's URL, which may carry the image itself.
func Image(u string) exchange.Part {
	rest, ok := strings.CutPrefix(u, "data:")
	if !ok {
		return exchange.Part{Type: exchange.PartImage, URL: u}
	}
	meta, data, _ := strings.Cut(rest, ",")
	media, _, _ := strings.Cut(meta, ";")
	return exchange.Part{Type: exchange.PartImage, MediaType: media, Data: data}
}
