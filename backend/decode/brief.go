package decode

import "bytes"

const (
	// maxString is how much of one JSON string is read in a brief reading: more
	// than is ever searched, less than an image.
	maxString = 256 << 10
	// maxBrief is the largest body, long strings cut, that is parsed in a brief
	// reading, in bytes.
	maxBrief = 8 << 20
)

// elider cuts the JSON strings that go through it to maxString bytes, so that
// bodies full of images are parsed in little memory. What is no JSON goes
// through nearly as it is: a string ends at a line's end at the latest.
type elider struct {
	quoted bool
	drop   bool // the string is past its limit
	n      int  // bytes of the string so far
	escape int  // bytes of an escape that are still to come; -1: the next tells
}

// cut moves what stays of p to its front and returns it.
func (e *elider) cut(p []byte) []byte {
	out := p[:0]
	for len(p) > 0 {
		if !e.quoted {
			i := bytes.IndexByte(p, '"') + 1
			if i == 0 {
				return append(out, p...)
			}
			out, p = append(out, p[:i]...), p[i:]
			*e = elider{quoted: true}
			continue
		}
		if e.escape == 0 && e.n >= maxString {
			e.drop = true // never inside of an escape
		}
		n := 1
		if run := plainRun(p); e.escape == 0 && run > 0 {
			n = run
			if !e.drop {
				n = min(run, maxString-e.n)
			}
		} else {
			e.step(p[0])
		}
		if !e.drop || !e.quoted {
			out = append(out, p[:n]...)
		}
		e.n += n
		p = p[n:]
	}
	return out
}

func (e *elider) step(b byte) {
	switch {
	case b == '\n', e.escape == 0 && b == '"':
		e.quoted = false
	case e.escape == 0:
		e.escape = -1
	case e.escape > 0:
		e.escape--
	case b == 'u':
		e.escape = 4
	default:
		e.escape = 0
	}
}

// plainRun is how many bytes of p are neither quotes, escapes nor line ends.
func plainRun(p []byte) int {
	for i, b := range p {
		if b == '"' || b == '\\' || b == '\n' {
			return i
		}
	}
	return len(p)
}
