package openai

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// Extras gathers the fields that have no place of their own, by name.
type Extras map[string]*gathered

// Add takes a field of a delta or of a whole message.
func (e *Extras) Add(name string, raw json.RawMessage) {
	if isEmpty(raw) {
		return
	}
	if *e == nil {
		*e = Extras{}
	}
	g := (*e)[name]
	if g == nil {
		g = &gathered{}
		(*e)[name] = g
	}
	g.add(raw, name == "audio", 0)
}

// addAll takes all that is left of an object.
func (e *Extras) addAll(f fields) {
	for name, raw := range f {
		e.Add(name, raw)
	}
}

// JSON gives what was gathered; nil where nothing was.
func (e Extras) JSON() map[string]json.RawMessage {
	if len(e) == 0 {
		return nil
	}
	out := make(map[string]json.RawMessage, len(e))
	for name, g := range e {
		out[name] = g.json()
	}
	return out
}

// gathered is one field while its pieces come in: arrays are joined (logprobs,
// annotations, reasoning_details), objects are joined by field, and of anything
// else the last is kept. One piece alone stays as it came.
type gathered struct {
	only json.RawMessage
	many bool
	kind byte // of what is gathered: [ { " or v
	buf  bytes.Buffer
	sub  map[string]*gathered
}

// maxDepth is how deep objects are joined by field.
const maxDepth = 2

// add takes the next piece. Strings inside of audio are pieces of one.
func (g *gathered) add(raw json.RawMessage, audio bool, depth int) {
	if isNull(raw) {
		return
	}
	if g.only == nil {
		g.only = raw
	} else {
		g.many = true
	}
	switch {
	case raw[0] == '[':
		g.become('[')
		inner := bytes.TrimSpace(raw[1 : len(raw)-1])
		if g.buf.Len() > 0 && len(inner) > 0 {
			g.buf.WriteByte(',')
		}
		g.buf.Write(inner)
	case raw[0] == '{' && depth < maxDepth:
		g.become('{')
		for name, v := range object(raw) {
			if g.sub == nil {
				g.sub = map[string]*gathered{}
			}
			if g.sub[name] == nil {
				g.sub[name] = &gathered{}
			}
			g.sub[name].add(v, audio && (name == "data" || name == "transcript"), depth+1)
		}
	case raw[0] == '"' && audio && depth > 0:
		g.become('"')
		s, _ := text(raw)
		g.buf.WriteString(s)
	default:
		g.become('v')
		g.buf.Reset()
		g.buf.Write(raw)
	}
}

// become starts anew where the pieces are not of one kind.
func (g *gathered) become(kind byte) {
	if g.kind != kind {
		g.buf.Reset()
		g.kind, g.sub = kind, nil
	}
}

func (g *gathered) json() json.RawMessage {
	if !g.many {
		return g.only
	}
	var b bytes.Buffer
	switch g.kind {
	case '[':
		b.WriteByte('[')
		b.Write(g.buf.Bytes())
		b.WriteByte(']')
	case '{':
		b.WriteByte('{')
		for i, name := range slices.Sorted(maps.Keys(g.sub)) {
			if i > 0 {
				b.WriteByte(',')
			}
			b.Write(quote(name))
			b.WriteByte(':')
			b.Write(g.sub[name].jsonOrNull())
		}
		b.WriteByte('}')
	case '"':
		return quote(g.buf.String())
	default:
		return slices.Clone(g.buf.Bytes())
	}
	return b.Bytes()
}

func (g *gathered) jsonOrNull() json.RawMessage {
	if v := g.json(); v != nil {
		return v
	}
	return json.RawMessage("null")
}
