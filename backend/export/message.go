package export

import (
	"encoding/json"
	"strings"

	"gumshoe/backend/exchange"
)

// message is one message in OpenAI's form.
type message struct {
	Role       string `json:"role"`
	Content    any    `json:"content"` // string, parts, or nil beside calls
	Reasoning  string `json:"reasoning,omitempty"`
	Name       string `json:"name,omitempty"`
	ToolCalls  []call `json:"tool_calls,omitempty"`
	ToolCallID string `json:"tool_call_id,omitempty"`
}

type call struct {
	ID       string   `json:"id"`
	Type     string   `json:"type"` // function
	Function function `json:"function"`
}

type function struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// piece is one part of a content that is not text alone.
type piece struct {
	Type     string  `json:"type"`
	Text     *string `json:"text,omitempty"` // nil beside a picture only: a text may be empty
	ImageURL *image  `json:"image_url,omitempty"`
}

func textPiece(of, text string) piece {
	text = valid(text)
	return piece{Type: of, Text: &text}
}

type image struct {
	URL string `json:"url"`
}

type tool struct {
	Type     string   `json:"type"`
	Function toolSpec `json:"function"`
}

type toolSpec struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`
}

func tools(list []exchange.Tool) (out []tool) {
	for _, t := range list {
		spec := toolSpec{Name: t.Name, Description: valid(t.Description)}
		if json.Valid(t.Schema) {
			spec.Parameters = t.Schema
		}
		out = append(out, tool{"function", spec})
	}
	return out
}

func messages(list []exchange.Message) (out []message) {
	for i := range list {
		out = append(out, messageOf(&list[i]))
	}
	return out
}

func messageOf(m *exchange.Message) message {
	out := message{Role: m.Role, Name: m.Name, ToolCallID: m.ToolCallID}
	var texts, thoughts []string
	var parts []piece
	images := false
	for _, p := range m.Parts {
		switch p.Type {
		case exchange.PartReasoning:
			thoughts = append(thoughts, valid(p.Text))
			continue
		case exchange.PartImage:
			images = true
			url := p.URL
			if p.Data != "" {
				url = "data:" + p.MediaType + ";base64," + p.Data
			}
			parts = append(parts, piece{Type: "image_url", ImageURL: &image{url}})
			continue
		case exchange.PartText, exchange.PartRefusal:
			texts = append(texts, valid(p.Text))
			parts = append(parts, textPiece("text", p.Text))
		default:
			parts = append(parts, textPiece(string(p.Type), p.Text))
			images = true
		}
	}
	out.Reasoning = strings.Join(thoughts, "\n")
	switch {
	case images:
		out.Content = parts
	case len(texts) > 0 || len(m.ToolCalls) == 0:
		out.Content = strings.Join(texts, "\n")
	}
	for _, c := range m.ToolCalls {
		out.ToolCalls = append(out.ToolCalls, call{c.ID, "function", function{c.Name, valid(c.Arguments)}})
	}
	return out
}
