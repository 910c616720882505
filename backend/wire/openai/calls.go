package openai

import (
	"encoding/json"
	"strings"

	"gumshoe/backend/exchange"
)

// toolCall is a call, or a piece of one, as it comes.
type toolCall struct {
	Index    Number
	ID       string
	Function struct {
		Name      string
		Arguments json.RawMessage
	}
	Custom struct{ Name, Input string } // type "custom": the input is free text
	legacy bool
}

// index is the call's place; nil where the server gives none.
func (c toolCall) index() *int64 {
	if c.legacy {
		i := int64(-1)
		return &i
	}
	return c.Index.Int()
}

func readCall(raw json.RawMessage) toolCall {
	var c toolCall
	if Lenient(raw, &c) != nil {
		return toolCall{}
	}
	if c.Function.Name == "" {
		c.Function.Name = c.Custom.Name
	}
	if isNull(c.Function.Arguments) && c.Custom.Input != "" {
		c.Function.Arguments = quote(c.Custom.Input)
	}
	return c
}

// readLegacyCall reads function_call, which there is one of and has no id.
func readLegacyCall(raw json.RawMessage) toolCall {
	var c toolCall
	if Lenient(raw, &c.Function) != nil {
		return toolCall{}
	}
	c.legacy = true
	return c
}

func (c toolCall) whole() exchange.ToolCall {
	return exchange.ToolCall{ID: c.ID, Name: c.Function.Name, Arguments: argText(c.Function.Arguments)}
}

// argText is arguments as text: most send a JSON string, some an object.
func argText(raw json.RawMessage) string {
	if isNull(raw) {
		return ""
	}
	if s, ok := text(raw); ok {
		return s
	}
	return string(raw)
}

// calls puts the pieces of parallel calls together. OpenAI gives each piece its
// call's index, and its id only at the start. Others give no index, or 0 to all;
// repeat id and name in each piece; or send each call whole.
type calls struct {
	all  []*call
	last map[int64]*call   // by index, the newest
	by   map[callKey]*call // by index and id
}

type callKey struct {
	index int64
	keyed bool
	id    string
}

type call struct {
	id   string
	name strings.Builder
	args strings.Builder
	json nesting
}

// add takes the next piece.
func (s *calls) add(c toolCall) {
	o := s.find(c)
	if o == nil {
		o = &call{}
		s.all = append(s.all, o)
	} else if c.ID != "" && o.json.closed && argText(c.Function.Arguments) == o.args.String() {
		return // the whole call once more
	}
	if s.last == nil {
		s.last, s.by = map[int64]*call{}, map[callKey]*call{}
	}
	key := callKey{id: c.ID}
	if i := c.index(); i != nil {
		key.index, key.keyed = *i, true
		s.last[*i] = o
	}
	if c.ID != "" {
		o.id = c.ID
		s.by[key] = o
	}
	o.add(c.Function.Name, argText(c.Function.Arguments))
}

// find says which call a piece belongs to; nil for a new one.
func (s *calls) find(c toolCall) *call {
	var o *call
	i := c.index()
	switch {
	case i != nil:
		o = s.last[*i]
		if o != nil && c.ID != "" && o.id != "" && o.id != c.ID {
			o = s.by[callKey{index: *i, keyed: true, id: c.ID}]
		}
	case c.ID != "":
		o = s.by[callKey{id: c.ID}]
	case len(s.all) > 0:
		o = s.all[len(s.all)-1]
		if n := c.Function.Name; n != "" && n != o.name.String() {
			return nil
		}
	}
	if o == nil {
		return nil
	}
	// A name beside arguments, after a call whose arguments are complete, begins
	// the next one.
	args := argText(c.Function.Arguments)
	if c.Function.Name != "" && args != "" && o.json.closed && (c.ID == "" || i == nil && args != o.args.String()) {
		return nil
	}
	return o
}

func (o *call) add(name, args string) {
	if strings.HasPrefix(name, o.name.String()) { // the first, or once more
		o.name.Reset()
	}
	o.name.WriteString(name)
	o.args.WriteString(args)
	o.json.write(args)
}

// tools gives the calls in the order in which they began.
func (s *calls) tools() []exchange.ToolCall {
	var out []exchange.ToolCall
	for _, o := range s.all {
		out = append(out, exchange.ToolCall{ID: o.id, Name: o.name.String(), Arguments: o.args.String()})
	}
	return out
}

// nesting follows JSON text to see whether its object is complete.
type nesting struct {
	depth           int
	quoted, escaped bool
	closed          bool
}

func (n *nesting) write(s string) {
	for i := range len(s) {
		switch c := s[i]; {
		case n.escaped:
			n.escaped = false
		case n.quoted:
			n.escaped, n.quoted = c == '\\', c != '"'
		case c == '"':
			n.quoted = true
		case c == '{' || c == '[':
			n.depth++
			n.closed = false
		case c == '}' || c == ']':
			n.depth--
			n.closed = n.depth == 0
		}
	}
}
