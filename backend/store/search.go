package store

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
)

// maxIndexed is how much text of one exchange is indexed, in bytes a part.
const maxIndexed = 256 << 10

// searchText is what a text filter looks in: text with the places of its words, so
// that phrases are found; quoted, of what a client asks by itself, without. Such a
// task quotes its chat, where phrases are found; with places it would take more than
// the chat itself.
func searchText(r *exchange.Record) (text, quoted string) {
	var b strings.Builder
	b.Grow(len(r.Prompt) + len(r.Reply) + len(r.Calls) + 256)
	part := func(s string) {
		if len(s) > maxIndexed {
			s = s[:maxIndexed]
		}
		spaced(&b, s)
		b.WriteByte('\n')
	}
	for _, s := range []string{r.ModelRequested, r.Model, r.Path, r.User, r.Error, r.Reply, r.Calls} {
		part(s)
	}
	if !background(string(r.Task)) {
		part(r.Prompt)
		return b.String(), ""
	}
	text = b.String()
	part(r.Prompt)
	return text, b.String()
}

// spaced writes s with spaces around each CJK character: the tokenizer takes a
// run of them for one word, and a person looks for two.
func spaced(b *strings.Builder, s string) {
	s = strings.ToValidUTF8(s, " ")
	if !mayBeCJK(s) {
		b.WriteString(s)
		return
	}
	at := 0
	for i, c := range s {
		if cjk(c) {
			b.WriteString(s[at:i])
			b.WriteByte(' ')
			b.WriteRune(c)
			b.WriteByte(' ')
			at = i + utf8.RuneLen(c)
		}
	}
	b.WriteString(s[at:])
}

// mayBeCJK is false where no character is one of those that cjk looks for: of
// these UTF-8 has three bytes, the first from 0xE1 on.
func mayBeCJK(s string) bool {
	for i := range len(s) {
		if s[i] >= 0xE1 {
			return true
		}
	}
	return false
}

func cjk(c rune) bool {
	const hangulJamo = 0x1100 // nothing below is looked for
	return c >= hangulJamo && unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo)
}

// begins is how many letters a word has at least that stands for all that begin with
// it. FTS5 puts the rows of all of those words together before it gives the first:
// of one or two letters nearly the whole log, in a time that grows with it and that
// nothing interrupts.
const begins = 3

// match turns what a person typed into an FTS5 query in which every word is a
// quoted phrase, the last one a prefix if so wished and it is long enough; not
// wished, all are one phrase. ok is false where no word is left.
func match(text string, prefix bool) (q string, ok bool) {
	var phrases []string
	long := false
	for word := range strings.FieldsSeq(strings.ToValidUTF8(text, " ")) {
		if strings.IndexFunc(word, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }) < 0 {
			continue
		}
		var b strings.Builder
		spaced(&b, strings.ReplaceAll(strings.ReplaceAll(word, `"`, " "), "\x00", " "))
		phrases = append(phrases, `"`+strings.TrimSpace(b.String())+`"`)
		long = utf8.RuneCountInString(word) >= begins
	}
	if len(phrases) == 0 {
		return "", false
	}
	if !prefix {
		return `"` + strings.ReplaceAll(strings.Join(phrases, " "), `"`, "") + `"`, true
	}
	if !long {
		return strings.Join(phrases, " AND "), true
	}
	return strings.Join(phrases, " AND ") + "*", true
}

// matchQuoted is match for words whose places are not kept: every part of a word is
// looked for by itself. Phrases are not found there.
func matchQuoted(text string, prefix bool) (q string, ok bool) {
	var b strings.Builder
	spaced(&b, text)
	words := strings.FieldsFunc(b.String(), func(c rune) bool { return !inWord(c) })
	if len(words) == 0 || !prefix && len(words) > 1 {
		return "", false
	}
	q = `"` + strings.Join(words, `" AND "`) + `"`
	if prefix {
		q += "*"
	}
	return q, true
}

// inWord is what FTS5's tokenizer unicode61 takes for a part of a word.
func inWord(c rune) bool {
	const accents, accentsEnd = 768, 817
	return unicode.IsLetter(c) || unicode.IsNumber(c) || unicode.Is(unicode.Co, c) || accents <= c && c <= accentsEnd
}

// textIs is the full text that has words, or an exchange's id; prefix lets the last
// word go on.
func (s *searching) textIs(p part, text string, prefix bool) cond {
	q, ok := match(text, prefix)
	if !ok {
		return cond{sql: "0", indexed: true} // only signs: nothing can match
	}
	between, bounds, column := "", []any(nil), "seq"
	if p.to > 0 {
		between, bounds, column = " AND rowid BETWEEN ? AND ?", []any{p.from, p.to}, "+seq"
	}
	c := cond{indexed: true, args: append([]any{q}, bounds...)}
	c.sql = column + " IN (SELECT rowid FROM search WHERE search MATCH ?" + between
	if q, ok := matchQuoted(text, prefix); ok && s.understood(q) {
		c.sql += " UNION ALL SELECT rowid FROM quoted WHERE quoted MATCH ?" + between
		c.args = append(append(c.args, q), bounds...)
	}
	if id, err := idBytes(strings.TrimSpace(text)); err == nil {
		c.sql += " UNION ALL SELECT seq FROM exchange WHERE id = ?"
		c.args = append(c.args, id)
	}
	c.sql += ")"
	return c
}

// understood says whether FTS5 takes each word for one: it refuses phrases where no
// places are kept, and may know fewer letters.
func (s *searching) understood(q string) bool {
	if strings.IndexFunc(q, func(c rune) bool { return c > unicode.MaxASCII }) < 0 {
		return true
	}
	var n int64
	err := s.db.QueryRowContext(s.ctx, `SELECT rowid FROM quoted WHERE quoted MATCH ? LIMIT 1`, strings.TrimSuffix(q, "*")).Scan(&n)
	return err == nil || errors.Is(err, sql.ErrNoRows)
}

// slack is how far an id's own time may be from StartedAt, in microseconds.
const slack = 10_000_000

// idAt is the smallest UUIDv7 of a time: ids sort by time, so one index serves
// both the order and the range.
func idAt(micros int64) []byte {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(max(micros, 0)/1000)<<16)
	return b[:]
}

// timeOf is the time of a UUIDv7, in microseconds.
func timeOf(id []byte) int64 { return int64(binary.BigEndian.Uint64(id[:8])>>16) * 1000 }

func idBytes(id string) ([]byte, error) {
	u, err := uuid.Parse(id)
	if err != nil {
		return nil, ErrNotFound
	}
	return u[:], nil
}
