package shape

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// maxNested is how deep values may lie in each other, as encoding/json has it:
// whoever reads them calls itself for each level, and the sender chooses how many.
const maxNested = 10_000

// Valid reports whether b is JSON that is not nested deeper than encoding/json
// takes, in a fifth of its time.
func Valid(b []byte) bool { return shallow(b) && gjson.ValidBytes(b) }

// shallow looks at brackets outside of strings only.
func shallow(b []byte) bool {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i = quoted(b, i)
		case '[', '{':
			if depth++; depth > maxNested {
				return false
			}
		case ']', '}':
			depth--
		}
	}
	return true
}

// quoted is where the string that begins at i has its last quote; len(b) where it
// has none.
func quoted(b []byte, i int) int {
	for at := i + 1; ; {
		n := bytes.IndexByte(b[at:], '"')
		if n < 0 {
			return len(b)
		}
		at += n
		slashes := 0
		for b[at-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return at
		}
		at++
	}
}

// Object gives the members of a JSON object, the last of those with one name. The
// bytes have to be valid (Valid, or a part of what was); the values lie in them
// and are not copied. It is nil where they are no object.
func Object(valid []byte) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	fit := members(valid, func(quoted, value []byte) bool {
		name := string(quoted[1 : len(quoted)-1])
		if (strings.IndexByte(name, '\\') >= 0 || !utf8.ValidString(name)) && json.Unmarshal(quoted, &name) != nil {
			return false
		}
		all[name] = value
		return true
	})
	if !fit {
		return nil
	}
	return all
}

// Members goes through an object's members until fn says false, and reports
// whether fn took them all, under the terms of Object for the bytes and those of
// Fields for the names.
func Members(valid []byte, fn func(name, value []byte) bool) bool {
	var seen [maxFields][]byte
	n := 0
	return members(valid, func(quoted, value []byte) bool {
		name := quoted[1 : len(quoted)-1]
		for _, c := range name {
			if c >= 0x80 || c == '\\' || 'A' <= c && c <= 'Z' {
				return false
			}
		}
		for _, s := range seen[:n] {
			if bytes.Equal(s, name) {
				return false
			}
		}
		if n == maxFields {
			return false
		}
		seen[n] = name
		n++
		return fn(name, value)
	})
}

// members goes through an object's members with their names in quotes.
func members(valid []byte, fn func(quoted, value []byte) bool) bool {
	i := space(valid, 0)
	if i >= len(valid) || valid[i] != '{' {
		return false
	}
	for i = space(valid, i+1); i < len(valid) && valid[i] == '"'; {
		end := quoted(valid, i)
		if end >= len(valid) {
			return false
		}
		name := valid[i : end+1]
		i = space(valid, end+1) // at the colon
		i = space(valid, i+1)
		if end = behind(valid, i); end <= i || !fn(name, valid[i:end:end]) {
			return false
		}
		if i = space(valid, end); i < len(valid) && valid[i] == ',' {
			i = space(valid, i+1)
		}
	}
	return true
}

// Top reads the object that a body is, or says what is wrong with it.
func Top(body []byte) (map[string]json.RawMessage, error) {
	if Valid(body) {
		if all := Object(body); all != nil {
			return all, nil
		}
	}
	var top map[string]json.RawMessage
	return top, json.Unmarshal(body, &top)
}

// List gives the elements of a JSON array, under the same terms as Object.
func List(valid []byte) []json.RawMessage {
	i := space(valid, 0)
	if i >= len(valid) || valid[i] != '[' {
		return nil
	}
	all := []json.RawMessage{}
	for i = space(valid, i+1); i < len(valid) && valid[i] != ']'; {
		end := behind(valid, i)
		if end <= i {
			return nil
		}
		all = append(all, valid[i:end:end])
		if i = space(valid, end); i < len(valid) && valid[i] == ',' {
			i = space(valid, i+1)
		}
	}
	return all
}

// space is where what is no space begins.
func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// behind is where the value that begins at i has ended.
func behind(b []byte, i int) int {
	depth := 0
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			if i = quoted(b, i); depth == 0 {
				return min(i+1, len(b))
			}
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth <= 0 {
				// One that was never opened closes what this value lies in.
				return i + 1 + depth
			}
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
		}
	}
	return len(b)
}
