package store

import "bytes"

// Bodies are cut into pieces where chats repeat themselves: after the elements
// of the arrays that hold turns and tools, so that a turn is the same bytes in
// every later request. Joining the pieces gives the body back whatever the bytes
// are; nothing here has to be valid JSON.

// maxPiece is the largest piece, in bytes.
const maxPiece = 1 << 20

// cutter cuts a body that is written to it and holds one piece of it at most.
type cutter struct {
	emit   func(piece []byte) error // valid until it returns
	piece  []byte
	begun  bool
	plain  bool // no JSON object: cut by size only
	depth  int
	inside bool // in a repeated array, its elements at depth 2

	quoted, escaped bool
	key             []byte // the last string at depth 1, its first bytes
}

// maxKey is longer than any key that is looked for.
const maxKey = 12

// repeated says whether the arrays under a top-level key repeat between
// requests.
func repeated(key []byte) bool {
	switch string(key) {
	case "messages", "tools", "input", "contents":
		return true
	}
	return false
}

// Write takes the next bytes.
func (c *cutter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if !c.begun {
			c.begun, c.plain = true, rest[0] != '{'
		}
		n, mark := min(len(rest), maxPiece-len(c.piece)), false
		if skip := c.dull(rest[:n]); skip > 0 {
			n = skip
		} else {
			n, mark = 1, c.step(rest[0])
		}
		c.piece = append(c.piece, rest[:n]...)
		rest = rest[n:]
		if mark || len(c.piece) >= maxPiece {
			if err := c.flush(); err != nil {
				return len(p) - len(rest), err
			}
		}
	}
	return len(p), nil
}

// dull is how many bytes of p change nothing: inside of a string, or where
// nothing is looked for.
func (c *cutter) dull(p []byte) int {
	switch {
	case c.plain:
		return len(p)
	case !c.quoted || c.escaped || c.depth == 1 && len(c.key) < maxKey:
		return 0
	}
	if i := bytes.IndexByte(p, '"'); i >= 0 {
		p = p[:i]
	}
	if i := bytes.IndexByte(p, '\\'); i >= 0 {
		p = p[:i]
	}
	return len(p)
}

// Close gives out the last piece.
func (c *cutter) Close() error { return c.flush() }

func (c *cutter) flush() error {
	if len(c.piece) == 0 {
		return nil
	}
	err := c.emit(c.piece)
	c.piece = c.piece[:0]
	return err
}

// step looks at one byte and says whether a piece ends after it.
func (c *cutter) step(b byte) (mark bool) {
	if c.quoted {
		return c.inString(b)
	}
	switch b {
	case '"':
		c.quoted = true
		c.key = c.key[:0]
	case '{', '[':
		c.depth++
		if c.depth == 2 && b == '[' && repeated(c.key) {
			c.inside = true
			return true
		}
	case '}', ']':
		c.depth--
		if c.depth < 2 {
			c.inside = false
		}
		return c.inside && c.depth == 2
	}
	return false
}

func (c *cutter) inString(b byte) (mark bool) {
	switch {
	case c.escaped:
		c.escaped = false
	case b == '\\':
		c.escaped = true
	case b == '"':
		c.quoted = false
		return c.inside && c.depth == 2 // a string that is itself an element
	}
	if c.depth == 1 && len(c.key) < maxKey {
		c.key = append(c.key, b)
	}
	return false
}
