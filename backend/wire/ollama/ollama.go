// Package ollama reads Ollama's native dialect: chat, generate and embed with
// the figures that Ollama reports, the progress of pull, push and create, and
// the light answers (tags, ps, show, version).
//
// Source: Ollama's API types (api/types.go, 0.34) and captured traffic of 0.24
// and 0.34. Durations are nanoseconds as reported. It is as lenient as
// wire/openai: a field of a wrong type does not lose the others.
//
// Test it with: go test ./backend/wire/... (golden files of real traffic, any
// split decodes to the same, fuzzing).
package ollama

import (
	"bytes"
	"encoding/json"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/openai"
)

// Dialect reads native Ollama traffic. The zero value is ready.
type Dialect struct{}

var _ wire.Dialect = Dialect{}

// message is one turn, as a request and as a reply have it.
type message struct {
	Role       string     `json:"role"`
	Content    string     `json:"content"`
	Thinking   string     `json:"thinking"`
	Images     []string   `json:"images"`
	ToolName   string     `json:"tool_name"`
	ToolCalls  []toolCall `json:"tool_calls"`
	ToolCallID string     `json:"tool_call_id"`
}

type toolCall struct {
	ID       string `json:"id"`
	Function struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	} `json:"function"`
}

func (c toolCall) call() exchange.ToolCall {
	args := string(c.Function.Arguments)
	var s string
	if len(args) > 0 && args[0] == '"' && json.Unmarshal(c.Function.Arguments, &s) == nil {
		args = s // as OpenAI has it
	}
	return exchange.ToolCall{ID: c.ID, Name: c.Function.Name, Arguments: args}
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
		out.Parts = append(out.Parts, exchange.Part{Type: exchange.PartImage, MediaType: openai.ImageType(i), Data: i})
	}
	for _, c := range m.ToolCalls {
		out.ToolCalls = append(out.ToolCalls, c.call())
	}
	return out
}

// isObject says whether a line or a body can be a JSON object at all.
func isObject(b []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) }
