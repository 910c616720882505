package store

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
)

// maxIndexed is how much text of one exchange is indexed, in bytes a part.
const maxIndexed = 256 << 10

// searchText is what a text filter looks in.
func searchText(r *exchange.Record) string {
	var b strings.Builder
	for _, s := range []string{r.ModelRequested, r.Model, r.Path, r.User, r.Error, r.ID, r.Prompt, r.Reply} {
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

// match turns what a person typed into an FTS5 query in which every word is a
// quoted phrase, the last one a prefix. ok is false where no word is left.
func match(text string) (q string, ok bool) {
	var phrases []string
	for word := range strings.FieldsSeq(strings.ToValidUTF8(text, " ")) {
		if strings.IndexFunc(word, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }) < 0 {
			continue
		}
		var b strings.Builder
		spaced(&b, strings.ReplaceAll(strings.ReplaceAll(word, `"`, " "), "\x00", " "))
		phrases = append(phrases, `"`+strings.TrimSpace(b.String())+`"`)
	}
	if len(phrases) == 0 {
		return "", false
	}
	return strings.Join(phrases, " AND ") + "*", true
}

// where is the SQL of a filter and its arguments.
func where(f query.Filter) (string, []any) {
	conds, args := []string{"1"}, []any{}
	in := func(column string, values []string) {
		if len(values) == 0 {
			return
		}
		conds = append(conds, column+" IN (?"+strings.Repeat(",?", len(values)-1)+")")
		for _, v := range values {
			args = append(args, v)
		}
	}
	in("shown_model", f.Models)
	in("upstream", f.Upstreams)
	// "<> ''" lets the partial indexes serve.
	for column, values := range map[string][]string{"user": f.Users, "chat": f.Chats, "answer": f.Answers, "task": f.Tasks} {
		if in(column, values); len(values) > 0 && !slices.Contains(values, "") {
			conds = append(conds, column+" <> ''")
		}
	}
	if len(f.Verdicts) > 0 {
		var any []string
		for _, v := range f.Verdicts {
			any = append(any, "(' ' || verdicts || ' ') LIKE ?")
			args = append(args, "% "+strings.NewReplacer("%", "", "_", "\\_").Replace(v)+" %")
		}
		conds = append(conds, "verdicts <> ''", "("+strings.Join(any, ` ESCAPE '\' OR `)+` ESCAPE '\')`)
	}
	states := make([]string, len(f.States))
	for i, s := range f.States {
		states[i] = string(s)
	}
	in("state", states)
	if f.From > 0 {
		conds = append(conds, "started_at >= ?", "id >= ?")
		args = append(args, f.From, idAt(f.From-slack))
	}
	if f.To > 0 {
		conds = append(conds, "started_at < ?", "id < ?")
		args = append(args, f.To, idAt(f.To+slack))
	}
	if strings.TrimSpace(f.Text) != "" {
		q, ok := match(f.Text)
		if !ok {
			conds = append(conds, "0") // only signs: nothing can match
		} else {
			conds = append(conds, "seq IN (SELECT rowid FROM search WHERE search MATCH ?)")
			args = append(args, q)
		}
	}
	return strings.Join(conds, " AND "), args
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

func idBytes(id string) ([]byte, error) {
	u, err := uuid.Parse(id)
	if err != nil {
		return nil, ErrNotFound
	}
	return u[:], nil
}
