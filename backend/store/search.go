package store

import (
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
)

// maxIndexed is how much text of one exchange is indexed, in bytes a part.
const maxIndexed = 256 << 10

// searchText is what a text filter looks in.
func searchText(r *exchange.Record) string {
	var b strings.Builder
	for _, s := range []string{r.ModelRequested, r.Model, r.Path, r.User, r.Error, r.ID, r.Prompt, r.Reply, r.Calls} {
		if len(s) > maxIndexed {
			s = s[:maxIndexed]
		}
		spaced(&b, s)
		b.WriteByte('\n')
	}
	return b.String()
}

// spaced writes s with spaces around each CJK character: the tokenizer takes a
// run of them for one word, and a person looks for two.
func spaced(b *strings.Builder, s string) {
	s = strings.ToValidUTF8(s, " ")
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
