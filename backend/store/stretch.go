package store

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Words are indexed with a mark before each, which says in what stretch of rows it
// stands. To FTS5 a word is another one in each stretch: what the next rows have of
// it, or of all words that begin with something – whose rows FTS5 puts together before
// it gives the first –, takes as long in a log of any length.
const (
	// defaultStretch is how many rows share a mark: of fewer, a rare word is looked for
	// more often, of more, what nearly all rows have takes longer.
	defaultStretch = 1 << 15
	// A mark is three of these. FTS5's tokenizer is three times as quick where a word
	// begins with ASCII. What looks like a mark in a text has one before it.
	markDigits = "0123456789abcdefghijklmnopqrstuvwxyz"
	marks      = len(markDigits) * len(markDigits) * len(markDigits)
	// maxParts is how many stretches are asked for one by one; of more several at once.
	maxParts = 100
	// soon is how many rows may come in while one is looked for.
	soon = 1000
)

// markOf is the mark of a row; after is the last one without.
func markOf(seq, after, size int64) string {
	if seq <= after {
		return ""
	}
	const base = len(markDigits)
	n := int(seq / size % int64(marks))
	return string([]byte{markDigits[n/base/base], markDigits[n/base%base], markDigits[n%base]})
}

// stretchesIn are stretches of rows with their marks, [from, to].
type stretchesIn struct {
	marks    []string
	from, to int64
}

// reach lists the stretches of a part of the rows, the newest first.
func (s *searching) reach(p part) (list []stretchesIn) {
	var after, first, last int64
	if err := s.db.QueryRowContext(s.ctx, `SELECT after, (SELECT coalesce(min(seq), 1) FROM exchange), (SELECT coalesce(max(seq), 0) FROM exchange) FROM stretched`).Scan(&after, &first, &last); err != nil {
		s.err = damaged("reading what is indexed", err)
		return nil
	}
	if p.to == 0 {
		p.from, p.to = first, last+soon // the oldest are deleted
	}
	atOnce := (p.to/s.stretch-p.from/s.stretch)/maxParts + 1
	for to := p.to; to >= max(p.from, after+1); {
		one := stretchesIn{to: to}
		for ; int64(len(one.marks)) < atOnce && to >= max(p.from, after+1); to = to/s.stretch*s.stretch - 1 {
			one.marks = append(one.marks, markOf(to, after, s.stretch))
			one.from = max(to/s.stretch*s.stretch, p.from, after+1)
		}
		list = append(list, one)
	}
	if p.from <= after {
		list = append(list, stretchesIn{[]string{""}, p.from, min(p.to, after)})
	}
	return list
}

// separated writes the words of s, a mark before each and a space behind; each CJK
// character is one by itself: FTS5 takes a run of them for one word, and a person
// looks for two.
func separated(b *strings.Builder, s, mark string) {
	for i := 0; i < len(s); {
		c, n := runeAt(s, i)
		if !inWord(c) {
			i += n
			continue
		}
		end := i + n
		for alone := cjk(c); end < len(s) && !alone; end += n {
			if n = 1; alnum(s[end]) { // nearly always
				continue
			}
			if c, n = runeAt(s, end); !inWord(c) || cjk(c) {
				break
			}
		}
		b.WriteString(mark)
		b.WriteString(s[i:end])
		b.WriteByte(' ')
		i = end
	}
}

func runeAt(s string, i int) (c rune, n int) {
	if s[i] < utf8.RuneSelf {
		return rune(s[i]), 1
	}
	return utf8.DecodeRuneInString(s[i:])
}

// inWord says that FTS5's tokenizer unicode61 takes a character for a part of a word.
// It takes some more, but those are signs to a person.
func inWord(c rune) bool {
	if c < utf8.RuneSelf {
		return alnum(byte(c))
	}
	return (unicode.IsLetter(c) || unicode.IsNumber(c) || accent(c)) && !unicode.Is(newer, c)
}

// alnum is inWord of a character of ASCII.
func alnum(c byte) bool { return c|0x20-'a' < 26 || c-'0' < 10 }

// newer are letters that were none when FTS5's tables were made.
var newer = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x19B0, Hi: 0x19C0, Stride: 1}, {Lo: 0x19C8, Hi: 0x19C9, Stride: 1}, {Lo: 0x1CF2, Hi: 0x1CF3, Stride: 1}}}

// accent says that FTS5 passes over a character in a word.
func accent(c rune) bool {
	const first, last = 0x0300, 0x0331
	return first <= c && c <= last && !slices.Contains([]rune{0x0305, 0x030D, 0x030E, 0x0310, 0x031C, 0x031D, 0x031E, 0x031F, 0x0320, 0x0321, 0x0322, 0x0329, 0x032A, 0x032B, 0x032C, 0x032F}, c) && !(0x0312 <= c && c <= 0x031A)
}

func cjk(c rune) bool {
	const hangulJamo = 0x1100 // nothing below is looked for
	return c >= hangulJamo && unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo)
}
