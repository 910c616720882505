package store

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
)

// maxIndexed is how much text of one exchange is indexed, in bytes a part.
const maxIndexed = 256 << 10

// searchText is what a text filter looks in, in words with a mark before each: text
// with the places of its words, so that phrases are found; quoted, of what a client
// asks by itself, without. Such a task quotes its chat, where phrases are found; with
// places it would take more than the chat itself.
func searchText(r *exchange.Record, mark string) (text, quoted string) {
	var b strings.Builder
	b.Grow(2*(len(r.Prompt)+len(r.Reply)+len(r.Calls)) + 256)
	part := func(s string) {
		if len(s) > maxIndexed {
			s = s[:maxIndexed]
		}
		separated(&b, s, mark)
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

// begins is how many letters a word has at least that stands for all that begin with
// it. FTS5 puts the rows of all of those words together before it gives the first:
// of one or two letters nearly the whole log, in a time that grows with it and that
// nothing interrupts.
const begins = 3

// wanted is what a person typed: words, each of one part or of several that follow
// each other, as foo-bar and Chinese do.
type wanted struct {
	words [][]string
	// begins lets the last part go on; phrase takes all words for one.
	begins, phrase bool
}

// want reads what a person typed; prefix lets the last word go on if it is long enough,
// else all are one phrase. ok is false where no word is left.
func want(text string, prefix bool) (w wanted, ok bool) {
	for word := range strings.FieldsSeq(text) {
		if strings.IndexFunc(word, func(c rune) bool { return inWord(c) && !accent(c) }) < 0 {
			continue
		}
		var b strings.Builder
		separated(&b, word, "")
		w.words = append(w.words, strings.Fields(b.String()))
		w.begins = prefix && utf8.RuneCountInString(word) >= begins
	}
	w.phrase = !prefix
	return w, len(w.words) > 0
}

// match is the FTS5 query for the rows of a mark.
func (w wanted) match(mark string) string {
	between, phrases := `" AND "`, []string(nil)
	if w.phrase {
		between = " "
	}
	for _, parts := range w.words {
		phrases = append(phrases, mark+strings.Join(parts, " "+mark))
	}
	return w.ended(`"` + strings.Join(phrases, between) + `"`)
}

// matchQuoted is match for words whose places are not kept: every part of a word is
// looked for by itself. Phrases are not found there, for which it is "".
func (w wanted) matchQuoted(mark string) string {
	parts := slices.Concat(w.words...)
	if w.phrase && len(parts) > 1 {
		return ""
	}
	return w.ended(`"` + mark + strings.Join(parts, `" AND "`+mark) + `"`)
}

func (w wanted) ended(q string) string {
	if w.begins {
		return q + "*"
	}
	return q
}

// textIs is the full text that has words, or an exchange's id; prefix lets the last
// word go on.
func (s *searching) textIs(p part, text string, prefix bool) cond {
	w, ok := want(text, prefix)
	if !ok {
		return cond{sql: "0", indexed: true} // only signs: nothing can match
	}
	c, texts := cond{indexed: true, words: true}, []string(nil)
	ask := func(table string, st stretchesIn, match func(mark string) string) {
		var list []string
		for _, m := range st.marks {
			if q := match(m); q != "" {
				list = append(list, "("+q+")")
			}
		}
		if len(list) > 0 {
			texts = append(texts, `SELECT rowid AS hit FROM `+table+` WHERE `+table+` MATCH ? AND rowid BETWEEN ? AND ?`)
			c.args = append(c.args, strings.Join(list, " OR "), st.from, st.to)
		}
	}
	for _, st := range s.reach(p) {
		ask("search", st, w.match)
		ask("quoted", st, w.matchQuoted)
	}
	if id, err := idBytes(strings.TrimSpace(text)); err == nil {
		texts, c.args = append(texts, `SELECT seq AS hit FROM exchange WHERE id = ?`), append(c.args, id)
	}
	if len(texts) == 0 {
		return cond{sql: "0", indexed: true}
	}
	c.rows = strings.Join(texts, " UNION ALL ")
	c.sql = p.column("seq") + " IN (" + c.rows + ")"
	return c
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
