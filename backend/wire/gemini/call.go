package gemini

import (
	"bytes"
	"encoding/json"
	"strings"
)

// call is one function call. Vertex AI can stream its arguments: a first part
// names it, the following ones have partialArgs, each with the JSON path that it
// adds to, and willContinue says that more come.
type call struct {
	id, name string
	args     json.RawMessage
	open     bool
	partial  []*argument
	byPath   map[string]*argument
}

// argument is one argument that is streamed: a text that grows, or a value.
type argument struct {
	path  string
	text  strings.Builder
	value json.RawMessage
}

// call takes a functionCall part.
func (t *turn) call(v view) {
	o := v.object()
	var c *call
	if n := len(t.calls); n > 0 && t.calls[n-1].open && o.get("name").str() == "" {
		c = t.calls[n-1]
	} else {
		c = &call{name: o.get("name").str()}
		t.calls = append(t.calls, c)
	}
	if id := o.get("id").str(); id != "" {
		c.id = id
	}
	if a := o.get("args"); a != nil && !a.is('n') {
		c.args = a.raw()
	}
	o.get("partialArgs").each(c.grow)
	c.open = o.get("willContinue").isTrue()
}

func (c *call) grow(v view) {
	o := v.object()
	path := strings.TrimPrefix(o.get("jsonPath").str(), "$.")
	a := c.byPath[path]
	if a == nil {
		a = &argument{path: path}
		if c.byPath == nil {
			c.byPath = map[string]*argument{}
		}
		c.byPath[path] = a
		c.partial = append(c.partial, a)
	}
	a.text.WriteString(o.get("stringValue").str())
	for _, name := range [...]string{"numberValue", "boolValue"} {
		if x := o.get(name); x != nil {
			a.value = x.raw()
		}
	}
	if o.get("nullValue") != nil {
		a.value = json.RawMessage("null")
	}
}

// arguments is the call's arguments as JSON text. Streamed ones stand under
// their path: a deeper one ("address.street", "list[0]") is one name.
func (c *call) arguments() string {
	if len(c.partial) == 0 {
		if c.args == nil {
			return "{}"
		}
		return string(c.args)
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, a := range c.partial {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(quote(a.path))
		b.WriteByte(':')
		if a.value == nil {
			a.value = quote(a.text.String())
		}
		b.Write(a.value)
	}
	b.WriteByte('}')
	return b.String()
}

// quote is s as JSON with < > & as they are.
func quote(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return []byte(`""`)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
