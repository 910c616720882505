package gemini

import (
	"bytes"
	"strings"

	"gumshoe/backend/wire/sse"
)

// form is how a body is framed.
type form int

const (
	undecided form = iota
	whole          // one JSON value
	array          // a JSON array whose elements come one after the other
	stream         // server-sent events
)

// framing tells a body's form by its first bytes and cuts it by it.
type framing struct {
	sse      bool         // the header says server-sent events
	emit     func([]byte) // takes the JSON text of an event or an element
	form     form
	lead     []byte // the first bytes, until they tell the form
	marked   bool   // past the place of a byte order mark
	events   sse.Splitter
	elements arraySplitter
	inLine   bool // a line of the stream has begun
	bare     bool // the rest of the stream is bare JSON
	// body is a whole body, or the bare JSON at a stream's end: Google's servers
	// put an error there without "data:" (js-genai looks for it, too).
	body bytes.Buffer
}

func (f *framing) write(p []byte) {
	if f.form == undecided {
		if p = f.decide(p); len(p) == 0 {
			return
		}
		f.events.Emit = func(e sse.Event) { f.emit(e.Data) }
		f.elements.emit = f.emit
	}
	switch f.form {
	case stream:
		n := f.eventBytes(p)
		f.events.Write(p[:n])
		f.body.Write(p[n:])
	case array:
		f.elements.write(p)
	default:
		f.body.Write(p)
	}
}

// close gives what is left of the body to read in one piece.
func (f *framing) close() []byte {
	switch f.form {
	case undecided:
		f.body.Write(f.lead)
	case stream:
		f.events.Close()
	}
	return bytes.TrimSpace(f.body.Bytes())
}

// decide tells the form by the first bytes and gives what is to be read by it;
// until it knows, it holds a few bytes only.
func (f *framing) decide(p []byte) []byte {
	const mark = "\xef\xbb\xbf"
	f.lead = append(f.lead, p...)
	if !f.marked && len(f.lead) < len(mark) && strings.HasPrefix(mark, string(f.lead)) {
		return nil
	}
	rest := f.lead
	if !f.marked {
		rest = bytes.TrimPrefix(rest, []byte(mark))
	}
	f.marked = true
	rest = bytes.TrimLeft(rest, " \t\r\n")
	f.lead = f.lead[:copy(f.lead, rest)]
	if len(f.lead) == 0 {
		return nil
	}
	switch {
	case f.lead[0] == '{':
		f.form = whole
	case f.lead[0] == '[':
		f.form = array
	case f.sse:
		f.form = stream
	default:
		f.form = whole
		for _, word := range [...]string{":", "data:", "event:", "id:", "retry:"} {
			if bytes.HasPrefix(f.lead, []byte(word)) {
				f.form = stream
			} else if strings.HasPrefix(word, string(f.lead)) {
				f.form = undecided
				return nil
			}
		}
	}
	p, f.lead = f.lead, nil
	return p
}

// eventBytes says how many bytes of p are events: a line that begins with a brace
// is none, and nothing after it.
func (f *framing) eventBytes(p []byte) int {
	if f.bare {
		return 0
	}
	for i := 0; i < len(p); i++ {
		if !f.inLine && p[i] == '{' {
			f.bare = true
			return i
		}
		if f.inLine = p[i] != '\n' && p[i] != '\r'; !f.inLine {
			continue
		}
		n := bytes.IndexAny(p[i:], "\r\n")
		if n < 0 {
			break
		}
		i += n - 1
	}
	return len(p)
}
