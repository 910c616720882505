package openai

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"unicode/utf8"

	"gumshoe/backend/wire/shape"
)

// Lenient reads JSON into a struct and passes over fields of a wrong type; the
// error is of JSON that is no JSON or no object.
func Lenient(b []byte, into any) error {
	err := json.Unmarshal(b, into)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return nil
	}
	return err
}

// fields is a JSON object of which one field after the other is taken, so that
// what is left is what has no place of its own.
type fields map[string]json.RawMessage

// take removes a field and returns it; nil where it is absent or null.
func (f fields) take(name string) json.RawMessage {
	raw, ok := f[name]
	if !ok {
		return nil
	}
	delete(f, name)
	if isNull(raw) {
		return nil
	}
	return raw
}

// text removes a field that is a string and returns it; any other is left.
func (f fields) text(name string) string {
	s, ok := text(f[name])
	if ok {
		delete(f, name)
	}
	return s
}

// object reads one JSON object; nil where it is none. Its fields lie in raw.
func object(raw json.RawMessage) fields {
	if !shape.Valid(raw) {
		return nil
	}
	return shape.Object(raw)
}

// list reads a JSON array's elements, which lie in raw; nil where it is none.
func list(raw json.RawMessage) []json.RawMessage {
	if len(raw) == 0 || raw[0] != '[' || !shape.Valid(raw) {
		return nil
	}
	return shape.List(raw)
}

// text reads a JSON string.
func text(raw json.RawMessage) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	// Most need no unquoting.
	if in := raw[1 : len(raw)-1]; raw[len(raw)-1] == '"' && bytes.IndexByte(in, '\\') < 0 && utf8.Valid(in) {
		return string(in), true
	}
	var s string
	return s, json.Unmarshal(raw, &s) == nil
}

// firstText is the first string that is not empty.
func firstText(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// isEmpty says whether a value says nothing: null, "", [], {} or false.
func isEmpty(raw json.RawMessage) bool {
	switch string(raw) {
	case "", "null", `""`, "[]", "{}", "false":
		return true
	}
	return false
}

// Flag takes a field that is true or false; nil where it is absent or neither.
func Flag(top map[string]json.RawMessage, name string) *bool {
	var v bool
	switch string(top[name]) {
	case "true":
		v = true
	case "false":
	case "null":
		delete(top, name)
		return nil
	default:
		return nil
	}
	delete(top, name)
	return &v
}

// compact is a JSON value as compact text.
func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}

// quote is a string as JSON.
func quote(s string) json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil {
		return nil
	}
	return b
}

// Number is a figure that some servers send as a float or as text. What is no
// number, or a negative one, counts as absent.
type Number struct {
	v  float64
	ok bool
}

// UnmarshalJSON never fails, so that the fields around a wrong one are read.
func (n *Number) UnmarshalJSON(b []byte) error {
	if s, ok := text(b); ok {
		b = []byte(s)
	}
	if v, err := strconv.ParseFloat(string(b), 64); err == nil && v >= 0 && !math.IsInf(v, 0) {
		*n = Number{v: v, ok: true}
	}
	return nil
}

// Int is the figure as a whole number, nil where it is none.
func (n Number) Int() *int64 {
	if !n.ok || n.v != math.Trunc(n.v) || n.v > 1<<53 {
		return nil
	}
	v := int64(n.v)
	return &v
}

// firstInt is the first figure that is known.
func firstInt(all ...Number) *int64 {
	for _, n := range all {
		if v := n.Int(); v != nil {
			return v
		}
	}
	return nil
}
