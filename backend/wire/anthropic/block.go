package anthropic

import (
	"bytes"
	"encoding/json"
	"strings"

	"gumshoe/backend/exchange"
)

// block is one content block of a request or a reply.
type block struct {
	Type      text   `json:"type"`
	Text      text   `json:"text"`
	Thinking  text   `json:"thinking"`
	Signature text   `json:"signature"`
	ID        text   `json:"id"`
	Name      text   `json:"name"`
	ToolUseID text   `json:"tool_use_id"`
	Source    source `json:"source"`

	Input        json.RawMessage `json:"input"`
	Content      json.RawMessage `json:"content"`
	IsError      json.RawMessage `json:"is_error"`
	Citations    json.RawMessage `json:"citations"`
	CacheControl json.RawMessage `json:"cache_control"`
	Title        json.RawMessage `json:"title"`
	Context      json.RawMessage `json:"context"`
	Caller       json.RawMessage `json:"caller"`
	Toolset      json.RawMessage `json:"toolset_name"`

	raw json.RawMessage // of a block that is shown as it came, else nil
}

// source is where an image or a document is.
type source struct {
	Type      text            `json:"type"` // base64, url, text, content, file
	MediaType text            `json:"media_type"`
	Data      text            `json:"data"`
	URL       text            `json:"url"`
	FileID    text            `json:"file_id"`
	Content   json.RawMessage `json:"content"`
}

// UnmarshalJSON reads a block; one without a form here is kept as it came:
// redacted thinking, server tools and their results, whatever is new.
func (b *block) UnmarshalJSON(p []byte) error {
	if string(p) == "null" {
		return nil
	}
	type plain block
	decode(p, (*plain)(b))
	switch b.Type {
	case "text", "thinking", "tool_use", "tool_result", "document":
	case "image":
		if b.Source.Data != "" || b.Source.URL != "" {
			return nil
		}
		b.raw = compact(p)
	default:
		b.raw = compact(p)
	}
	return nil
}

// each reads content, a string, an array of blocks or one block, and gives its
// blocks one after the other.
func each(raw json.RawMessage, f func(block)) {
	if !says(raw) {
		return
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		f(block{Type: "text", Text: text(s)})
		return
	}
	list := json.NewDecoder(bytes.NewReader(raw))
	if raw[0] == '[' {
		if _, err := list.Token(); err != nil {
			return
		}
	}
	for list.More() {
		var b block
		if list.Decode(&b) != nil {
			return
		}
		f(b)
	}
}

// turn is one message while its blocks come in.
type turn struct {
	role   string
	pieces []*piece
	calls  []exchange.ToolCall
	extra  map[string][]json.RawMessage
	cited  bool // the last piece is text that a citation splits
}

// piece is one part; text that citations split is joined again, as the pieces
// are one running text.
type piece struct {
	part exchange.Part
	text strings.Builder
}

func (t *turn) empty() bool { return len(t.pieces) == 0 && len(t.calls) == 0 && len(t.extra) == 0 }

// more keeps a field without a place of its own.
func (t *turn) more(name string, raw json.RawMessage) {
	if !says(raw) {
		return
	}
	if t.extra == nil {
		t.extra = map[string][]json.RawMessage{}
	}
	t.extra[name] = append(t.extra[name], compact(raw))
}

func (t *turn) part(p exchange.Part) *piece {
	t.cited = false
	n := &piece{part: p}
	n.text.WriteString(p.Text)
	t.pieces = append(t.pieces, n)
	return n
}

// add takes one block, but for tool results in a message of their own.
func (t *turn) add(b block) {
	t.more("cache_control", b.CacheControl)
	switch {
	case b.raw != nil:
		t.part(exchange.Part{Type: exchange.PartOther, Text: string(b.raw)})
	case b.Type == "text":
		t.running(string(b.Text), says(b.Citations))
		t.more("citations", b.Citations)
	case b.Type == "thinking":
		if b.Thinking != "" {
			t.part(exchange.Part{Type: exchange.PartReasoning, Text: string(b.Thinking)})
		}
		if b.Signature != "" {
			t.more("signature", encode(string(b.Signature)))
		}
	case b.Type == "tool_use":
		t.calls = append(t.calls, exchange.ToolCall{ID: string(b.ID), Name: string(b.Name), Arguments: arguments(b.Input)})
		t.more("toolset_name", b.Toolset)
		if !bytes.Contains(b.Caller, []byte(`"direct"`)) {
			t.more("caller", b.Caller)
		}
	case b.Type == "image":
		t.part(exchange.Part{Type: exchange.PartImage, MediaType: string(b.Source.MediaType), Data: string(b.Source.Data), URL: string(b.Source.URL)})
	case b.Type == "document":
		t.part(b.Source.file())
		t.more("title", b.Title)
		t.more("context", b.Context)
		t.more("citations", b.Citations)
	}
}

// running adds text, to the text before it where a citation parts them.
func (t *turn) running(s string, cited bool) {
	if s == "" {
		return
	}
	if n := len(t.pieces); n > 0 && t.pieces[n-1].part.Type == exchange.PartText && (cited || t.cited) {
		t.pieces[n-1].text.WriteString(s)
	} else {
		t.part(exchange.Part{Type: exchange.PartText, Text: s})
	}
	t.cited = cited
}

// arguments is a call's input as text, as it came.
func arguments(raw json.RawMessage) string {
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	return string(raw)
}

// file is a document as a part.
func (s source) file() exchange.Part {
	p := exchange.Part{Type: exchange.PartFile, MediaType: string(s.MediaType), URL: string(s.URL)}
	switch s.Type {
	case "text":
		p.Text = string(s.Data)
	case "content":
		p.Text = string(compact(s.Content))
	case "file":
		p.Text = string(s.FileID)
	default:
		p.Data = string(s.Data)
	}
	return p
}

// message is the turn as all dialects share it.
func (t *turn) message() exchange.Message {
	m := exchange.Message{Role: t.role, ToolCalls: t.calls}
	for _, p := range t.pieces {
		p.part.Text = p.text.String()
		m.Parts = append(m.Parts, p.part)
	}
	for name, list := range t.extra {
		if m.Extra == nil {
			m.Extra = map[string]json.RawMessage{}
		}
		m.Extra[name] = list[0]
		if len(list) > 1 { // several blocks have it: all, in order
			m.Extra[name] = append(append([]byte{'['}, bytes.Join(asBytes(list), []byte(","))...), ']')
		}
	}
	return m
}

func asBytes(list []json.RawMessage) [][]byte {
	out := make([][]byte, len(list))
	for i, r := range list {
		out[i] = r
	}
	return out
}
