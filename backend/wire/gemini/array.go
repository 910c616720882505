package gemini

// arraySplitter cuts a JSON array that comes in pieces into its elements: the
// form of a stream without alt=sse. Bytes may be split anywhere; memory is one
// element's. What stands between objects is skipped.
type arraySplitter struct {
	emit func(element []byte)

	element  []byte
	depth    int // inside the element
	text     bool
	escaped  bool
	begun    bool
	closed   bool
	elements int
}

// write takes the next bytes.
func (s *arraySplitter) write(p []byte) {
	from := 0 // where the element's bytes begin in p
	for i, c := range p {
		switch {
		case s.closed:
			return
		case s.text:
			s.inText(c)
		case c == '"':
			s.text = true
		case c == '{' || c == '[':
			if !s.begun {
				s.begun = true // the array's own bracket
				continue
			}
			if s.depth == 0 {
				from = i
			}
			s.depth++
		case c == '}' || c == ']':
			if s.depth == 0 {
				s.closed = c == ']'
				continue
			}
			if s.depth--; s.depth == 0 {
				s.element = append(s.element, p[from:i+1]...)
				s.elements++
				s.emit(s.element)
				s.element = s.element[:0]
			}
		}
	}
	if s.depth > 0 {
		s.element = append(s.element, p[from:]...)
	}
}

func (s *arraySplitter) inText(c byte) {
	switch {
	case s.escaped:
		s.escaped = false
	case c == '\\':
		s.escaped = true
	case c == '"':
		s.text = false
	}
}
