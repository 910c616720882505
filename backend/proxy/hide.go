package proxy

import (
	"bytes"
	"io"
	"net/http"

	"github.com/tidwall/gjson"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire/shape"
)

// usageFilter takes the chunk that was asked for out of what the client gets.
// Whatever can't be that chunk passes at once, whole event or not.
type usageFilter struct {
	io.ReadCloser
	space []byte // what out is a part of
	out   []byte // ready for the client
	buf   []byte
	done  error

	// Of the event that is coming in:
	fate  fate
	held  []byte // what may be the chunk
	begun bool   // its line has begun
	cr    bool   // the last byte was CR: an LF belongs to it
	ended bool   // its blank line ended with CR: an LF belongs to it
}

// fate is what becomes of an event's bytes.
type fate int

const (
	undecided fate = iota
	passes
	dropped
)

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
			u.space = append(u.space, u.held...)
		}
		u.out = u.space
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

// take cuts bytes into events. A line ends with CR LF, LF or CR, an event with
// an empty line.
func (u *usageFilter) take(data []byte) {
	for len(data) > 0 {
		if u.cr && data[0] == '\n' {
			u.cr = false
			u.add(data[:1])
			data = data[1:]
			continue
		}
		if u.cr = false; u.ended {
			u.next()
		}
		i := bytes.IndexByte(data, '\n')
		if j := bytes.IndexByte(data[:max(i, 0)], '\r'); j >= 0 {
			i = j
		} else if i < 0 {
			i = bytes.IndexByte(data, '\r')
		}
		if i < 0 {
			u.begun = true
			u.add(data)
			break
		}
		empty := i == 0 && !u.begun
		u.cr, u.begun = data[i] == '\r', false
		u.add(data[:i+1])
		data = data[i+1:]
		if empty {
			u.decide(true)
			if u.ended = u.cr; !u.ended {
				u.next()
			}
		}
	}
	u.decide(false)
}

func (u *usageFilter) add(p []byte) {
	switch u.fate {
	case undecided:
		u.held = append(u.held, p...)
	case passes:
		u.space = append(u.space, p...)
	}
}

// decide looks at what is held of an event, which may be all of it.
func (u *usageFilter) decide(whole bool) {
	switch {
	case u.fate != undecided:
		return
	case whole && !hasChoices(u.held) && isUsage(u.held):
		u.fate = dropped
	case whole, hasChoices(u.held), len(u.held) > heldLimit:
		u.fate = passes
		u.space = append(u.space, u.held...)
	default:
		return
	}
	u.held = u.held[:0]
}

// next begins another event.
func (u *usageFilter) next() { u.fate, u.held, u.ended = undecided, u.held[:0], false }

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
	for line := range bytes.FieldsFuncSeq(event, func(c rune) bool { return c == '\r' || c == '\n' }) {
		data, ok := bytes.CutPrefix(line, []byte("data:"))
		if !ok {
			continue
		}
		if !shape.Valid(data) {
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
