// Package ndjson cuts a byte stream into lines, each of which should be one JSON
// value. Bytes may be split anywhere; memory is one line's, however long.
//
// Test it with: go test ./backend/wire/ndjson
package ndjson

import "bytes"

// Splitter takes a stream in pieces and calls Emit for each line that is not
// blank. The line is valid until the next call of the Splitter.
type Splitter struct {
	Emit func(line []byte)
	rest []byte
}

// Write takes the next bytes.
func (s *Splitter) Write(p []byte) {
	for {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			s.rest = append(s.rest, p...)
			return
		}
		s.rest = append(s.rest, p[:i]...)
		p = p[i+1:]
		s.flush()
	}
}

// Close ends the stream: a last line without its end is given all the same.
func (s *Splitter) Close() { s.flush() }

func (s *Splitter) flush() {
	if line := bytes.TrimSpace(s.rest); len(line) > 0 && s.Emit != nil {
		s.Emit(line)
	}
	s.rest = s.rest[:0]
}
