package exchange

import "encoding/json"

// Message is one turn of a conversation, in a form that all dialects share.
type Message struct {
	Role      string     // system, developer, user, assistant, tool
	Name      string     // the author's or the tool's name, where given
	Parts     []Part     // in order
	ToolCalls []ToolCall // what an assistant asked to have called
	// ToolCallID says which call a tool message answers.
	ToolCallID string
	// Finish is why this answer ended, as the upstream words it; "" where it
	// says nothing or the message is no answer.
	Finish string
	// Extra holds fields without a place of their own (logprobs, annotations,
	// audio, signatures …), by the name and with the JSON with which they came.
	Extra map[string]json.RawMessage `json:",omitempty"`
}

// PartType is the type of one piece of a message.
type PartType string

// The part types.
const (
	PartText      PartType = "text"
	PartReasoning PartType = "reasoning"
	PartImage     PartType = "image"
	PartRefusal   PartType = "refusal"
	PartAudio     PartType = "audio"
	PartFile      PartType = "file"
	PartEmbedding PartType = "embedding" // Text says how many numbers
	PartOther     PartType = "other"     // kept as raw JSON in Text
)

// Part is one piece of a message's content.
type Part struct {
	Type PartType
	Text string // text, reasoning, refusal, or raw JSON
	// MediaType and Data describe an inline image (Data is base64 as it came);
	// URL an image that lies elsewhere. A URL is never fetched.
	MediaType string
	Data      string
	URL       string
}

// ToolCall is one call that the model asked for.
type ToolCall struct {
	ID        string
	Name      string
	Arguments string // JSON text as the model wrote it, possibly not valid
}

// Tool is one function that the client offered to the model.
type Tool struct {
	Name        string
	Description string
	Schema      json.RawMessage // JSON Schema of its parameters, nil if none
}

// Text joins the plain text parts of m with newlines.
func (m Message) Text() string {
	s := ""
	for _, p := range m.Parts {
		if p.Type != PartText || p.Text == "" {
			continue
		}
		if s != "" {
			s += "\n"
		}
		s += p.Text
	}
	return s
}
