package gemini

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"gumshoe/backend/wire/shape"
)

// view is a part of a valid JSON text, read where it lies: pictures come as
// strings of megabytes, several objects deep, and are copied once. nil is a
// value that is absent.
type view []byte

// member is one field of an object; its name is camelCase.
type member struct {
	name  string
	value view
}

// object is the fields of an object.
type object []member

// parse gives the value of b, nil where b is not JSON.
func parse(b []byte) view {
	b = bytes.TrimSpace(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")))
	if !shape.Valid(b) {
		return nil
	}
	return b
}

// is says what kind of value v is by its first byte: { [ " t f n, 0 for numbers.
func (v view) is(first byte) bool { return len(v) > 0 && v[0] == first }

// says reports whether v holds anything: not absent, null, {} or [].
func (v view) says() bool {
	if v == nil || v.is('n') {
		return false
	}
	return !(v.is('{') || v.is('[')) || len(bytes.TrimLeft(v[1:], " \t\r\n")) > 1
}

// object gives v's fields, none where it is no object.
func (v view) object() object {
	if !v.is('{') {
		return nil
	}
	var out object
	rest := v[1:]
	for {
		rest = rest.next()
		if !rest.is('"') {
			return out
		}
		n := rest.size()
		name := rest[:n].str()
		rest = rest[n:].next()[1:].next() // the colon
		n = rest.size()
		out = append(out, member{camel(name), rest[:n]})
		rest = rest[n:]
	}
}

// each calls f with the values of an array, or with v where it is another value
// that says something: one where a list belongs.
func (v view) each(f func(view)) {
	if !v.is('[') {
		if v.says() {
			f(v)
		}
		return
	}
	for rest := v[1:].next(); len(rest) > 0 && !rest.is(']'); rest = rest.next() {
		n := rest.size()
		f(rest[:n])
		rest = rest[n:]
	}
}

// next is what follows white space and a comma.
func (v view) next() view { return bytes.TrimLeft(v, " \t\r\n,") }

// size is the length of the value at v's start.
func (v view) size() int {
	if v.is('"') {
		return v.stringSize()
	}
	depth := 0
	for i := 0; i < len(v); i++ {
		switch v[i] {
		case '"':
			i += v[i:].stringSize() - 1
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
			if depth < 0 {
				return i // of a number or a word before it
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(v)
}

// stringSize is the length of the string at v's start.
func (v view) stringSize() int {
	for i := 1; i < len(v); {
		n := bytes.IndexByte(v[i:], '"')
		if n < 0 {
			break
		}
		end := i + n
		slashes := 0
		for end-slashes > 1 && v[end-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return end + 1
		}
		i = end + 1
	}
	return len(v)
}

// get gives the value of a name, the last one where it is repeated.
func (o object) get(name string) view {
	for i := len(o) - 1; i >= 0; i-- {
		if o[i].name == name {
			return o[i].value
		}
	}
	return nil
}

// str is a string's text, "" for other values.
func (v view) str() string {
	if !v.is('"') {
		return ""
	}
	if in := v[1 : len(v)-1]; bytes.IndexByte(in, '\\') < 0 && utf8.Valid(in) {
		return string(in)
	}
	var s string
	if json.Unmarshal(v, &s) != nil {
		return ""
	}
	return s
}

// isTrue says whether v is the word true.
func (v view) isTrue() bool { return string(v) == "true" }

// number is a count, nil where v is none. 64-bit counts come as strings.
func (v view) number() *int64 {
	s := string(v[:min(len(v), 64)])
	if v.is('"') {
		s = strings.Trim(s, `"`)
	}
	const exact = 1 << 53
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= 0 && f <= exact) || f != math.Trunc(f) {
		return nil
	}
	i := int64(f)
	return &i
}

// raw is v as bytes of its own, without white space.
func (v view) raw() json.RawMessage {
	if v == nil {
		return nil
	}
	var b bytes.Buffer
	if json.Compact(&b, v) != nil {
		return nil
	}
	return b.Bytes()
}

// camel is a name in camelCase: fields are written in snake_case as well.
func camel(name string) string {
	if !strings.Contains(name, "_") {
		return name
	}
	out := make([]byte, 0, len(name))
	for i := 0; i < len(name); i++ {
		if c := name[i]; c != '_' || i == 0 || i+1 == len(name) {
			out = append(out, c)
		} else if i++; 'a' <= name[i] && name[i] <= 'z' {
			out = append(out, name[i]-'a'+'A')
		} else {
			out = append(out, name[i])
		}
	}
	return string(out)
}

// errorText words an error, a string or an object with a message, as one line;
// "" where there is none.
func errorText(v view) string {
	if !v.says() {
		return ""
	}
	o := v.object()
	for _, s := range [...]string{v.str(), o.get("message").str(), o.get("status").str()} {
		if s != "" {
			return line(s)
		}
	}
	return line(string(v))
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
