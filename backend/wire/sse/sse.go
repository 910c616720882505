// Package sse cuts a byte stream into server-sent events (WHATWG HTML, "server-
// sent events"): lines ended by LF, CR LF or CR, comments skipped, several data
// lines joined. Bytes may be split anywhere; memory is one event's.
//
// Test it with: go test ./backend/wire/sse
package sse

import "bytes"

// Event is one event. Data is valid until the next call of the Splitter.
type Event struct {
	Name string // the event field, "" where absent
	Data []byte
}

// Splitter takes a stream in pieces and calls Emit for each whole event.
type Splitter struct {
	Emit func(Event)

	line    []byte
	afterCR bool
	begun   bool
	data    []byte
	hasData bool
	name    string
}

// Write takes the next bytes.
func (s *Splitter) Write(p []byte) {
	for len(p) > 0 {
		if n := s.quick(p); n > 0 {
			p = p[n:]
			continue
		}
		if s.afterCR {
			s.afterCR = false
			if p[0] == '\n' {
				p = p[1:]
				continue
			}
		}
		i := bytes.IndexByte(p, '\n')
		if j := bytes.IndexByte(p[:max(i, 0)], '\r'); j >= 0 {
			i = j
		} else if i < 0 {
			i = bytes.IndexByte(p, '\r')
		}
		if i < 0 {
			s.line = append(s.line, p...)
			return
		}
		s.line = append(s.line, p[:i]...)
		s.afterCR = p[i] == '\r'
		p = p[i+1:]
		s.endLine()
	}
}

// quick gives the event with which p begins where it is one line of data and a
// blank one, as nearly all are, and returns its length: it is not copied. 0 is for
// all else.
func (s *Splitter) quick(p []byte) int {
	const data, end = "data: ", "\n\n"
	if len(p) < len(data) || string(p[:len(data)]) != data || len(s.line) > 0 || s.afterCR || !s.begun || s.hasData || s.name != "" || s.Emit == nil {
		return 0
	}
	i := bytes.IndexByte(p, '\n')
	if i < 0 || i+1 >= len(p) || p[i+1] != '\n' || bytes.IndexByte(p[:i], '\r') >= 0 {
		return 0
	}
	s.Emit(Event{Data: p[len(data):i]})
	return i + len(end)
}

// Close ends the stream: an event whose blank line is missing is given all the
// same, as providers leave it out at the end.
func (s *Splitter) Close() {
	if len(s.line) > 0 {
		s.endLine()
	}
	s.dispatch()
}

func (s *Splitter) endLine() {
	line := s.line
	s.line = s.line[:0]
	if !s.begun {
		s.begun = true
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	if len(line) == 0 {
		s.dispatch()
		return
	}
	name, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(name) {
	case "data":
		if s.hasData {
			s.data = append(s.data, '\n')
		}
		s.data = append(s.data, value...)
		s.hasData = true
	case "event":
		s.name = string(value)
	}
}

func (s *Splitter) dispatch() {
	if s.hasData && s.Emit != nil {
		s.Emit(Event{Name: s.name, Data: s.data})
	}
	s.data, s.hasData, s.name = s.data[:0], false, ""
}
