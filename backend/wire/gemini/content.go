package gemini

import (
	"bytes"
	"encoding/json"
	"strings"

	"gumshoe/backend/exchange"
)

// turn is one message while its parts come in.
type turn struct {
	role   string
	joins  bool // text beside text is one running text: an answer's pieces
	pieces []*piece
	calls  []*call
	extra  map[string][]json.RawMessage
	finish string
}

type piece struct {
	part exchange.Part
	text strings.Builder
}

func (t *turn) empty() bool { return len(t.pieces) == 0 && len(t.calls) == 0 && len(t.extra) == 0 }

// roleOf is a content's role in the words that all dialects share.
func roleOf(role string) string {
	switch role {
	case "model":
		return "assistant"
	case "":
		return "user"
	case "function":
		return "tool"
	}
	return role
}

// more keeps a field without a place of its own: all of them, or the last.
func (t *turn) more(name string, v view, all bool) {
	if !v.says() {
		return
	}
	if t.extra == nil {
		t.extra = map[string][]json.RawMessage{}
	}
	if !all {
		t.extra[name] = nil
	}
	t.extra[name] = append(t.extra[name], v.raw())
}

// put adds a part; text joins the text before it.
func (t *turn) put(p exchange.Part) {
	if n := len(t.pieces); t.joins && n > 0 && t.pieces[n-1].part.Type == p.Type && (p.Type == exchange.PartText || p.Type == exchange.PartReasoning) {
		t.pieces[n-1].text.WriteString(p.Text)
		return
	}
	n := &piece{part: p}
	n.text.WriteString(p.Text)
	t.pieces = append(t.pieces, n)
}

// add takes one part, but for function responses in a message of their own, and
// reports whether it carried a token.
func (t *turn) add(v view) bool {
	if v.is('"') {
		v = view(`{"text":` + string(v) + `}`)
	}
	o := v.object()
	thought := o.get("thought").isTrue()
	token, said := false, false
	other := o == nil && v.says()
	for _, m := range o {
		switch m.name {
		case "text":
			said = true
			p := exchange.Part{Type: exchange.PartText, Text: m.value.str()}
			if thought {
				p.Type = exchange.PartReasoning
			}
			if p.Text != "" {
				t.put(p)
				token = true
			}
		case "inlineData", "fileData":
			said, token = true, true
			t.put(media(m.value))
		case "functionCall":
			said, token = true, true
			t.call(m.value)
		case "thoughtSignature", "videoMetadata", "mediaResolution", "partMetadata", "audioTranscription", "mediaProcessing", "speechMetadata":
			t.more(m.name, m.value, true)
		case "thought":
		default: // code and its result, Google's own tools, whatever is new
			other = true
		}
	}
	if other && !said {
		t.put(exchange.Part{Type: exchange.PartOther, Text: string(v.raw())})
		token = true
	}
	return token
}

// media is a blob or a file as a part.
func media(v view) exchange.Part {
	o := v.object()
	p := exchange.Part{Type: exchange.PartFile, MediaType: o.get("mimeType").str(), Data: o.get("data").str(), URL: o.get("fileUri").str()}
	switch kind, _, _ := strings.Cut(p.MediaType, "/"); kind {
	case "image":
		p.Type = exchange.PartImage
	case "audio":
		p.Type = exchange.PartAudio
	}
	return p
}

// message is the turn as all dialects share it.
func (t *turn) message() exchange.Message {
	m := exchange.Message{Role: t.role, Finish: t.finish}
	for _, p := range t.pieces {
		p.part.Text = p.text.String()
		m.Parts = append(m.Parts, p.part)
	}
	for _, c := range t.calls {
		m.ToolCalls = append(m.ToolCalls, exchange.ToolCall{ID: c.id, Name: c.name, Arguments: c.arguments()})
	}
	for name, list := range t.extra {
		if m.Extra == nil {
			m.Extra = map[string]json.RawMessage{}
		}
		m.Extra[name] = list[0]
		if len(list) > 1 { // several parts or chunks have it: all, in order
			var b bytes.Buffer
			b.WriteByte('[')
			for i, r := range list {
				if i > 0 {
					b.WriteByte(',')
				}
				b.Write(r)
			}
			b.WriteByte(']')
			m.Extra[name] = b.Bytes()
		}
	}
	return m
}

// response reads one function response as a tool message.
func response(v view) exchange.Message {
	o := v.object()
	t := turn{role: "tool"}
	if r := o.get("response"); r != nil {
		t.put(exchange.Part{Type: exchange.PartText, Text: string(r.raw())})
	}
	o.get("parts").each(func(p view) { t.add(p) })
	m := t.message()
	m.Name, m.ToolCallID = o.get("name").str(), o.get("id").str()
	return m
}

// contents reads one content: its parts, with function responses in messages of
// their own in the order in which they and the rest came.
func contents(v view, role string) []exchange.Message {
	o := v.object()
	parts := o.get("parts")
	if o == nil {
		parts = v // a text alone
	}
	if role == "" {
		role = roleOf(o.get("role").str())
	}
	var out []exchange.Message
	now := turn{role: role, joins: role == "assistant"}
	parts.each(func(p view) {
		r := p.object().get("functionResponse")
		if r == nil {
			now.add(p)
			return
		}
		if !now.empty() {
			out = append(out, now.message())
			now = turn{role: role, joins: now.joins}
		}
		out = append(out, response(r))
	})
	if !now.empty() || len(out) == 0 {
		out = append(out, now.message())
	}
	return out
}
