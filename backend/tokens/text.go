package tokens

import (
	"strings"
	"unicode/utf8"

	"gumshoe/backend/exchange"
)

const (
	// maxWhole is how much text is counted whole, in bytes; more is sampled.
	maxWhole = 64 << 10
	// windows of windowSize bytes each, evenly apart, are what a sample is.
	windows    = 32
	windowSize = 1536
	// maxPiece is how much goes through the vocabulary at once, in bytes: its
	// work may grow faster than its input.
	maxPiece = 2048
	// minBinary is the length from which an unbroken run of base64 in a part of
	// unknown type is taken for a file, in bytes.
	minBinary = 512
)

// text is what is to be counted, in its pieces.
type text struct {
	pieces []string
	size   int   // bytes of all pieces
	fixed  int64 // tokens of the structure
	media  bool
}

func (t *text) add(s string) {
	if s != "" {
		t.pieces = append(t.pieces, s)
		t.size += len(s)
	}
}

func (t *text) messages(messages []exchange.Message) {
	for _, m := range messages {
		t.fixed += perMessage
		if m.Name != "" {
			t.fixed += perName
			t.add(m.Name)
		}
		for _, p := range m.Parts {
			t.part(p)
		}
		for _, c := range m.ToolCalls {
			t.fixed += perCall
			t.add(c.Name)
			t.add(c.Arguments)
		}
	}
}

func (t *text) part(p exchange.Part) {
	switch p.Type {
	case exchange.PartText, exchange.PartReasoning, exchange.PartRefusal:
		t.add(p.Text)
	case exchange.PartEmbedding: // Text is about it, not of it
	case exchange.PartOther:
		t.addNoBinary(p.Text)
	case exchange.PartFile:
		t.add(p.Text) // a document that came as plain text
		t.media = t.media || p.Text == ""
	default: // an image, a sound: as reported only
		t.media = true
	}
}

// addNoBinary leaves out long runs of base64.
func (t *text) addNoBinary(s string) {
	from, run := 0, 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && base64Byte(s[i]) {
			run++
			continue
		}
		if run >= minBinary {
			t.add(s[from : i-run])
			from, t.media = i, true
		}
		run = 0
	}
	t.add(s[from:])
}

func base64Byte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '+' || c == '/' || c == '=' || c == '-' || c == '_'
}

// measure is the tokens of the pieces, and whether they were sampled.
func (e *Estimator) measure(t text) (tokens int64, sampled bool) {
	if t.size <= maxWhole {
		for _, s := range t.pieces {
			tokens += e.tokens(s)
		}
		return tokens, false
	}
	var seen int64
	piece, at, before := 0, 0, 0 // the next byte: in which piece, where, and after how many bytes
	for w := range windows {
		start := int(int64(t.size-windowSize) * int64(w) / (windows - 1))
		for before+len(t.pieces[piece]) <= start {
			before += len(t.pieces[piece])
			piece, at = piece+1, 0
		}
		at = max(at, start-before)
		for left := windowSize; left > 0 && piece < len(t.pieces); {
			s := window(t.pieces[piece][at:], left)
			tokens += e.tokens(s)
			seen += int64(len(s))
			at += len(s)
			left -= max(len(s), 1)
			if at < len(t.pieces[piece]) {
				break // the window is full
			}
			if piece == len(t.pieces)-1 {
				break
			}
			before += len(t.pieces[piece])
			piece, at = piece+1, 0
		}
	}
	if seen == 0 {
		return 0, true
	}
	return int64(float64(tokens)*float64(t.size)/float64(seen) + 0.5), true
}

// window is the beginning of s, of at most n bytes where runes allow it.
func window(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:cut(s, n)]
}

// tokens counts one text, cut before spaces, where a token begins anyway.
func (e *Estimator) tokens(s string) (n int64) {
	for len(s) > 0 {
		piece := s
		if len(s) > maxPiece {
			piece = s[:cut(s, maxPiece)]
		}
		s = s[len(piece):]
		c, err := e.vocabulary().Count(strings.ToValidUTF8(piece, "\uFFFD"))
		if err != nil { // its regular expression gave up, which has no limit set
			c = (len(piece) + 3) / 4
		}
		n += int64(c)
	}
	return n
}

// cut finds where to part s, which is longer than n: after 1 to n bytes, before
// a word's space where the last half has one, else between runes.
func cut(s string, n int) int {
	for i := n; i > n/2; i-- {
		if s[i] == ' ' && s[i-1] > ' ' {
			return i
		}
	}
	for i := n; i > max(0, n-utf8.UTFMax); i-- {
		if utf8.RuneStart(s[i]) {
			return i
		}
	}
	return n
}
