package proxy

import (
	"bytes"
	"io"
	"net/http"

	"github.com/tidwall/gjson"

	"gumshoe/backend/exchange"
)

// usageFilter takes the chunk that was asked for out of what the client gets.
// Whatever can't be that chunk passes at once, whole event or not.
type usageFilter struct {
	io.ReadCloser
	held    []byte // the begin of an event that may be the chunk
	passing bool   // in an event that is not
	space   []byte // what out is a part of
	out     []byte // ready for the client
	buf     []byte
	done    error
}

// heldLimit bounds what is held back; a longer event is no usage chunk.
const heldLimit = 64 << 10

// Read gives the client's bytes.
func (u *usageFilter) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if u.done != nil {
			return 0, u.done
		}
		if u.buf == nil {
			u.buf = make([]byte, 32<<10)
		}
		n, err := u.ReadCloser.Read(u.buf)
		u.space = u.space[:0]
		u.take(u.buf[:n])
		if err != nil {
			u.done = err
			u.space, u.held = append(u.space, u.held...), nil
		}
		u.out = u.space
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

func (u *usageFilter) take(data []byte) {
	if len(u.held) > 0 {
		data = append(u.held, data...)
		u.held = nil
	}
	for len(data) > 0 {
		end := eventEnd(data)
		whole := end > 0
		if !whole {
			end = len(data)
		}
		event := data[:end]
		data = data[end:]
		switch {
		case u.passing || whole && !isUsage(event) || !whole && (hasChoices(event) || len(event) > heldLimit):
			u.space = append(u.space, event...)
			u.passing = !whole
		case !whole:
			u.held = bytes.Clone(event)
		}
	}
}

// eventEnd is where the first event of b ends, behind its blank line; -1 where
// it does not.
func eventEnd(b []byte) int {
	for at := 0; ; {
		i := bytes.IndexAny(b[at:], "\r\n")
		if i < 0 {
			return -1
		}
		at += i + lineEnd(b[at+i:])
		if n := lineEnd(b[at:]); n > 0 {
			return at + n
		}
	}
}

// lineEnd is the length of the line end with which b begins, 0 for none.
func lineEnd(b []byte) int {
	switch {
	case len(b) > 1 && b[0] == '\r' && b[1] == '\n':
		return 2
	case len(b) > 0 && (b[0] == '\r' || b[0] == '\n'):
		return 1
	}
	return 0
}

// hasChoices says of the begin of an event that its choices are not empty, so
// that it is not the chunk.
func hasChoices(event []byte) bool {
	_, after, ok := bytes.Cut(event, []byte(`"choices"`))
	after = bytes.TrimLeft(after, " \t:")
	if !ok || len(after) == 0 || after[0] != '[' {
		return false
	}
	after = bytes.TrimLeft(after[1:], " \t")
	return len(after) > 0 && after[0] != ']'
}

// isUsage recognises the chunk: no choices, but usage.
func isUsage(event []byte) bool {
	if !bytes.Contains(event, []byte(`"usage"`)) {
		return false
	}
	for line := range bytes.Lines(event) {
		data, ok := bytes.CutPrefix(line, []byte("data:"))
		if !ok {
			continue
		}
		choices := gjson.GetBytes(data, "choices")
		if choices.IsArray() && len(choices.Array()) == 0 && gjson.GetBytes(data, "usage").IsObject() {
			return true
		}
	}
	return false
}

// hideUsage puts the filter between a reply's record and the client.
func hideUsage(res *http.Response, f *flight) {
	if f.asked.Load() {
		res.Body = &usageFilter{ReadCloser: res.Body}
	}
}

// mark adds to a reply's record that it was asked for its usage.
func (f *flight) mark(h exchange.Head) exchange.Head {
	h.UsageAsked = f.asked.Load()
	return h
}
