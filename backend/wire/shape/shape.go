// Package shape recognises stream events that repeat the one before but for the
// text of one token, so that a dialect need not decode each of them anew: of a
// stream's events nearly all are so, and decoding JSON is what reading costs.
//
// A Shape is learnt from an event that was decoded in full, and matches only
// events that have the very same bytes outside of one or two string literals.
// Whoever learns one answers for it that no other effect of the event counts
// twice.
//
// Beside that it finds the members of a JSON object where they lie (Valid,
// Object, List), without the copies that encoding/json makes at each level.
//
// Test it with go test ./backend/wire/shape; that a shape changes no result is
// fuzzed in each dialect.
package shape

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Span is where a string literal stands in an event, quotes included.
type Span struct{ From, To int }

// Shape is what events have in common. The zero value matches none.
type Shape struct {
	parts   [][]byte // what stands before, between and behind the literals
	content int      // which literal is the text
	learnt  int
	matched int
	plain   []byte // the last text, where it had to be unquoted
}

// giveUp is after how many shapes without a match a stream is taken to have
// none.
const giveUp = 16

// Wanted says whether learning is still worth its while.
func (s *Shape) Wanted() bool { return s.learnt < giveUp || s.matched >= s.learnt }

// GiveUp makes Wanted say no for good.
func (s *Shape) GiveUp() { s.learnt, s.matched = giveUp, 0 }

// Forget makes s match nothing until it learns again.
func (s *Shape) Forget() { s.parts = s.parts[:0] }

// Learn takes an event and where its text is; noise, where it is not empty, is a
// string that says nothing and may differ. It copies what it keeps.
func (s *Shape) Learn(event []byte, content, noise Span) {
	s.learnt++
	spans := []Span{content}
	s.content = 0
	switch {
	case noise.To == 0:
	case noise.To <= content.From:
		spans, s.content = []Span{noise, content}, 1
	default:
		spans = append(spans, noise)
	}
	own := bytes.Clone(event)
	s.parts = s.parts[:0]
	at := 0
	for _, sp := range spans {
		s.parts = append(s.parts, own[at:sp.From])
		at = sp.To
	}
	s.parts = append(s.parts, own[at:])
}

// Match returns the text of an event of this shape. It is valid until the event
// changes or Match is called again.
func (s *Shape) Match(event []byte) (text []byte, ok bool) {
	if len(s.parts) == 0 {
		return nil, false
	}
	last := len(s.parts) - 1
	for i, part := range s.parts {
		if !bytes.HasPrefix(event, part) {
			return nil, false
		}
		event = event[len(part):]
		if i == last {
			break
		}
		n, plain := literal(event)
		if n == 0 {
			return nil, false
		}
		switch {
		case i == s.content && plain:
			text = event[1 : n-1]
		case i == s.content:
			if text, ok = s.unquote(event[:n]); !ok {
				return nil, false
			}
		case !plain:
			return nil, false
		}
		event = event[n:]
	}
	if len(event) > 0 {
		return nil, false
	}
	s.matched++
	return text, true
}

// unquote reads a string literal that is not plain: what it has of short escapes
// itself, as tokens with a line's end have, the rest by encoding/json.
func (s *Shape) unquote(quoted []byte) ([]byte, bool) {
	s.plain = s.plain[:0]
	in := quoted[1 : len(quoted)-1]
	for i := 0; i < len(in); i++ {
		c := in[i]
		if c == '\\' {
			if i++; i == len(in) {
				return nil, false
			}
			at := strings.IndexByte(`nrt"\/bf`, in[i])
			if at < 0 {
				return s.decode(quoted)
			}
			c = "\n\r\t\"\\/\b\f"[at]
		}
		s.plain = append(s.plain, c)
	}
	if !utf8.Valid(s.plain) {
		return s.decode(quoted)
	}
	return s.plain, true
}

func (s *Shape) decode(quoted []byte) ([]byte, bool) {
	var text string
	err := json.Unmarshal(quoted, &text)
	s.plain = append(s.plain[:0], text...)
	return s.plain, err == nil
}

// literal is the length of the string literal with which b begins, 0 where it
// does not; plain says that its bytes are its text.
func literal(b []byte) (n int, plain bool) {
	if len(b) < 2 || b[0] != '"' {
		return 0, false
	}
	plain = true
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return i + 1, plain && utf8.Valid(b[1:i])
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			return 0, false
		}
	}
	return 0, false
}
