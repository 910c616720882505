package anthropic

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
)

// text is a string; any other JSON type leaves it empty.
type text string

// UnmarshalJSON never fails, so that one wrong field does not lose the rest.
func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*t = text(s)
	}
	return nil
}

// number is a count, nil where it is absent, null or none.
type number struct{ v *int64 }

// UnmarshalJSON never fails: what is no count (negative, a fraction, a word) is
// as good as absent.
func (n *number) UnmarshalJSON(b []byte) error {
	const exact = 1 << 53
	f, err := strconv.ParseFloat(string(b), 64)
	if err == nil && f >= 0 && f <= exact && f == math.Trunc(f) {
		i := int64(f)
		n.v = &i
	}
	return nil
}

// keep takes the newer count where there is one.
func (n *number) keep(newer number) {
	if newer.v != nil {
		*n = newer
	}
}

func (n number) or0() int64 {
	if n.v == nil {
		return 0
	}
	return *n.v
}

// decode reads b into v and tolerates fields of the wrong type; false where b is
// not JSON at all.
func decode(b []byte, v any) bool {
	err := json.Unmarshal(b, v)
	var wrong *json.UnmarshalTypeError
	return err == nil || errors.As(err, &wrong)
}

// isObject says whether JSON text is an object.
func isObject(b []byte) bool {
	b = bytes.TrimLeft(b, " \t\r\n")
	return len(b) > 0 && b[0] == '{'
}

// says reports whether raw holds anything: not absent, null, {} or [].
func says(raw json.RawMessage) bool {
	switch string(raw) {
	case "", "null", "{}", "[]":
		return false
	}
	return true
}

// compact is raw without its white space, as bytes of its own.
func compact(raw []byte) json.RawMessage {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return bytes.Clone(raw)
	}
	return b.Bytes()
}

// encode is v as JSON with < > & as they are.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return nil
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// errorText words an error value, a string or an object with a message, as one
// line; "" where there is none.
func errorText(raw json.RawMessage) string {
	if !says(raw) {
		return ""
	}
	var s text
	if decode(raw, &s) && s != "" {
		return line(string(s))
	}
	var o struct{ Message, Type text }
	if decode(raw, &o) && o.Message != "" {
		return line(string(o.Message))
	}
	if o.Type != "" {
		return line(string(o.Type))
	}
	return line(string(raw))
}

// line makes s one line of at most 500 bytes.
func line(s string) string {
	const most = 500
	if len(s) > 8*most {
		s = s[:8*most] // fields are searched for in what can show only
	}
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
