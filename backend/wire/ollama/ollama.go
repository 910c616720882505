// Package ollama reads Ollama's native dialect: chat, generate and embed with
// the figures that Ollama reports, and the light answers (tags, ps, show,
// version).
//
// Source: Ollama's API types (api/types.go, 0.34) and captured traffic of 0.24
// and 0.34. Durations are nanoseconds as reported.
//
// Test it with: go test ./backend/wire/ollama (golden files of real traffic,
// any split decodes to the same, fuzzing).
package ollama

import (
	"encoding/json"
	"fmt"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
)

// Dialect reads native Ollama traffic. The zero value is ready.
type Dialect struct{}

var _ wire.Dialect = Dialect{}

type message struct {
	Role      string   `json:"role"`
	Content   string   `json:"content"`
	Thinking  string   `json:"thinking"`
	Images    []string `json:"images"`
	ToolName  string   `json:"tool_name"`
	ToolCalls []struct {
		ID       string `json:"id"`
		Function struct {
			Name      string          `json:"name"`
			Arguments json.RawMessage `json:"arguments"`
		} `json:"function"`
	} `json:"tool_calls"`
	ToolCallID string `json:"tool_call_id"`
}

// Request reads a request body. An absent stream field means a stream on chat
// and generate; that is for the reply to show, so it stays nil here.
func (Dialect) Request(meta wire.RequestMeta, body []byte) (wire.Request, error) {
	api := meta.API
	var out wire.Request
	if len(body) == 0 && (api == exchange.OllamaTags || api == exchange.OllamaPs || api == exchange.OllamaVersion) {
		return out, nil
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(body, &top); err != nil {
		return out, fmt.Errorf("reading an Ollama request: %w", err)
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
	if out.Model == "" {
		field("name", &out.Model)
	}
	field("stream", &out.Stream)
	var messages []message
	field("messages", &messages)
	for _, m := range messages {
		out.Messages = append(out.Messages, m.message())
	}
	if api == exchange.OllamaGenerate {
		var system, prompt string
		var images []string
		field("system", &system)
		field("prompt", &prompt)
		field("images", &images)
		if system != "" {
			out.Messages = append(out.Messages, message{Role: "system", Content: system}.message())
		}
		if prompt != "" || len(images) > 0 {
			out.Messages = append(out.Messages, message{Role: "user", Content: prompt, Images: images}.message())
		}
	}
	if api == exchange.OllamaEmbed {
		out.Messages = append(out.Messages, inputs(top)...)
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
	out.Params = make(map[string]string, len(top))
	for k, v := range top {
		out.Params[k] = string(v)
	}
	return out, firstErr
}

// inputs reads what an embed request wants embedded: a string or several.
func inputs(top map[string]json.RawMessage) []exchange.Message {
	raw := top["input"]
	var list []string
	var one string
	switch {
	case json.Unmarshal(raw, &one) == nil:
		list = []string{one}
	case json.Unmarshal(raw, &list) != nil:
		return nil
	}
	delete(top, "input")
	var out []exchange.Message
	for _, s := range list {
		out = append(out, message{Role: "user", Content: s}.message())
	}
	return out
}

func (m message) message() exchange.Message {
	out := exchange.Message{Role: m.Role, Name: m.ToolName, ToolCallID: m.ToolCallID}
	if m.Thinking != "" {
		out.Parts = append(out.Parts, exchange.Part{Type: exchange.PartReasoning, Text: m.Thinking})
	}
	if m.Content != "" {
		out.Parts = append(out.Parts, exchange.Part{Type: exchange.PartText, Text: m.Content})
	}
	for _, i := range m.Images {
		out.Parts = append(out.Parts, exchange.Part{Type: exchange.PartImage, MediaType: mediaType(i), Data: i})
	}
	for _, c := range m.ToolCalls {
		out.ToolCalls = append(out.ToolCalls, exchange.ToolCall{ID: c.ID, Name: c.Function.Name, Arguments: string(c.Function.Arguments)})
	}
	return out
}

// mediaType tells an image by the first characters of its base64.
func mediaType(data string) string {
	for prefix, t := range map[string]string{"/9j/": "image/jpeg", "iVBOR": "image/png", "R0lGOD": "image/gif", "UklGR": "image/webp"} {
		if len(data) >= len(prefix) && data[:len(prefix)] == prefix {
			return t
		}
	}
	return ""
}
