package store

import (
	"database/sql"
	"slices"
	"strings"
	"testing"
	"unicode"

	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
)

// TestWordsAreWords gives every character to FTS5, and FTS5 finds the same words.
func TestWordsAreWords(t *testing.T) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), `CREATE VIRTUAL TABLE s USING fts5(text, content='', tokenize='unicode61'); CREATE VIRTUAL TABLE v USING fts5vocab(s, 'instance')`); err != nil {
		t.Fatal(err)
	}
	const block = 512
	mark, words := markOf(1, 0, 1), map[int64]int{}
	for first := rune(0); first < unicode.MaxRune; first += block {
		var plain, text strings.Builder
		for c := first; c < first+block; c++ {
			plain.WriteString("q" + string(c) + "q ")
		}
		separated(&text, plain.String(), mark)
		row := int64(first) + 1
		words[row] = len(strings.Fields(text.String()))
		if _, err := db.ExecContext(t.Context(), `INSERT INTO s (rowid, text) VALUES (?, ?)`, row, text.String()); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := db.QueryContext(t.Context(), `SELECT doc, count(*), sum(substr(term, 1, 3) = ?) FROM v GROUP BY doc`, mark)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	seen := 0
	for rows.Next() {
		var row int64
		var found, marked int
		if err := rows.Scan(&row, &found, &marked); err != nil {
			t.Fatal(err)
		}
		seen++
		if found != words[row] || marked != found {
			t.Errorf("from %U on FTS5 finds %d words, %d with their mark, of %d", row-1, found, marked, words[row])
		}
	}
	if err := rows.Err(); err != nil || seen != len(words) {
		t.Errorf("%d of %d blocks have words, %v", seen, len(words), err)
	}
}

// said are the words of a text as a person would part them.
func said(text string) (list []string) {
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
		if strings.IndexFunc(word, func(c rune) bool { return c < 0x4E00 || c > 0x9FFF }) < 0 {
			list = append(list, strings.Split(word, "")...)
			continue
		}
		list = append(list, word)
	}
	return list
}

// says is whether an exchange has a typed word or phrase, by a look at its own.
func says(r *exchange.Record, typed string, quotes bool) bool {
	own := said(strings.Join([]string{r.Model, r.Path, r.User, r.Error, r.Reply}, "\n"))
	all, parts := append(slices.Clone(own), said(r.Prompt)...), said(typed)
	begun := !quotes && len([]rune(typed)) >= 3 // it goes on
	follow := func(words, parts []string) bool {
		last := len(parts) - 1
		for i := 0; i+last < len(words); i++ {
			if slices.Equal(words[i:i+last], parts[:last]) && (words[i+last] == parts[last] || begun && strings.HasPrefix(words[i+last], parts[last])) {
				return true
			}
		}
		return false
	}
	if !background(string(r.Task)) {
		return follow(all, parts)
	}
	if follow(own, parts) {
		return true
	}
	apart := !quotes || len(parts) == 1
	for _, p := range parts[:len(parts)-1] {
		apart = apart && slices.Contains(all, p)
	}
	return apart && follow(all, parts[len(parts)-1:])
}

// TestWordsAcrossStretches compares what words find with a look at every row: rows
// without marks and of many stretches, by windows, slices and indexes.
func TestWordsAcrossStretches(t *testing.T) {
	s := open(t)
	s.window, s.stretch = 50, 40
	const n, unmarked = 900, 130
	if _, err := s.write.ExecContext(t.Context(), `UPDATE stretched SET after = ?`, unmarked); err != nil {
		t.Fatal(err)
	}
	f := newFiller(true)
	var records []*exchange.Record
	for from := 0; from < n; from += 100 {
		var items []Item
		for i := from; i < from+100; i++ {
			it := f.item(i, n)
			items, records = append(items, it), append(records, it.Record)
		}
		save(t, s, items...)
	}
	slices.SortFunc(records, func(a, b *exchange.Record) int { return strings.Compare(b.ID, a.ID) })
	none := 0
	for _, c := range []struct {
		typed, user string
		quotes      bool
	}{{typed: "gra"}, {typed: f.words[0]}, {typed: "ka"}, {typed: "kal"}, {typed: f.words[7]}, {typed: f.words[15]}, {typed: f.words[4007]}, {typed: f.words[300]}, {typed: f.words[9000]}, {typed: "nowhere"},
		{typed: f.words[3] + " " + f.words[40]}, {typed: f.words[40] + " ser"}, {typed: "gra ka"}, {typed: f.words[1] + " " + f.words[2], quotes: true}, {typed: f.words[0], quotes: true}, {typed: f.words[7] + " " + f.words[0], quotes: true},
		{typed: "gra", user: "user39"}, {typed: f.words[5], user: "user20"}, {typed: "user12@example.org"}, {typed: "model-1:2b"}, {typed: strings.ToUpper(f.words[8])}} {
		var want []string
		for _, r := range records {
			fits := says(r, c.typed, c.quotes)
			if words := strings.Fields(c.typed); !c.quotes && len(words) > 1 {
				fits = says(r, words[0], false) && says(r, words[1], false)
			}
			if fits && (c.user == "" || strings.HasPrefix(r.User, c.user+"@")) {
				want = append(want, r.ID)
			}
		}
		if len(want) == 0 {
			none++
		}
		text := c.typed
		if c.quotes {
			text = `"` + text + `"`
		}
		if c.user != "" {
			text += " user:" + c.user
		}
		filter := parse(t, text)
		for _, limit := range []int{19, 100} {
			var got []string
			at := PageAt{Limit: limit}
			for more := true; more; {
				var page []Row
				var err error
				if page, more, err = s.Page(t.Context(), filter, at); err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				for _, r := range page {
					got = append(got, r.ID)
					at.BeforeID = r.ID
				}
			}
			same(t, text, got, want, nil)
		}
		total, _, err := s.Index(t.Context(), filter, 100)
		if err != nil || total != int64(len(want)) {
			t.Errorf("%s: the index counts %d of %d, %v", text, total, len(want), err)
		}
		if len(want) > 2 {
			got, err := s.Match(t.Context(), filter, []string{want[len(want)-1], want[1]})
			same(t, text+" of two", got, []string{want[len(want)-1], want[1]}, err)
		}
	}
	if none > 3 {
		t.Errorf("%d questions find nothing: the test says little", none)
	}
}

// TestStretchesAtOnce asks a log of more stretches than are asked for one by one.
func TestStretchesAtOnce(t *testing.T) {
	s := open(t)
	s.stretch = 2
	var want []string
	for i := range 500 {
		it := item(t, nil, nil)
		if it.Record.Prompt = "nothing"; i%9 == 0 {
			it.Record.Prompt = "bloodhounds"
			want = append([]string{it.Record.ID}, want...)
		}
		save(t, s, it)
	}
	look := s.looking(t.Context())
	list := look.reach(part{})
	if len(list) > 2*maxParts || len(list[0].marks) < 2 || list[len(list)-1].from > 1 || list[0].to < 500 {
		t.Errorf("%d parts, %v", len(list), list)
	}
	for i := 1; i < len(list); i++ {
		if list[i].to != list[i-1].from-1 {
			t.Errorf("between %v and %v rows are left out", list[i-1], list[i])
		}
	}
	if _, err := s.write.ExecContext(t.Context(), `DELETE FROM exchange WHERE seq <= 200`); err != nil {
		t.Fatal(err)
	}
	if list := look.reach(part{}); list[len(list)-1].from != 201 {
		t.Errorf("of rows from 201 on parts are asked from %d on", list[len(list)-1].from)
	}
	want = slices.DeleteFunc(want, func(id string) bool { _, err := s.Get(t.Context(), id); return err != nil })
	rows, _, err := s.Page(t.Context(), query.Filter{Text: "blood"}, PageAt{Limit: 100})
	var got []string
	for _, r := range rows {
		got = append(got, r.ID)
	}
	same(t, "blood", got, want, err)
}

// TestOldWordsStay opens a log whose words have no marks, and goes on with it.
func TestOldWordsStay(t *testing.T) {
	s := open(t)
	add := func(n int) {
		for range n {
			it := item(t, nil, nil)
			it.Record.Prompt = "a bloodhound"
			save(t, s, it)
		}
	}
	run := func(q string) {
		t.Helper()
		if _, err := s.write.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	unmarked := func() (n int) {
		t.Helper()
		if err := s.read.QueryRowContext(t.Context(), `SELECT after FROM stretched`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	run(`UPDATE stretched SET after = 1000000`)
	add(5)
	run(`DROP TABLE stretched`)
	run(`PRAGMA user_version = 11`)
	path := s.path
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	add(3)
	if rows, _, err := s.Page(t.Context(), query.Filter{Text: "blood"}, PageAt{Limit: 100}); err != nil || len(rows) != 8 || unmarked() != 5 {
		t.Errorf("%d of 8 rows, %d without marks, %v", len(rows), unmarked(), err)
	}
	if _, err := s.DeleteAll(t.Context()); err != nil || unmarked() != 0 {
		t.Errorf("of an empty log %d rows have no marks, %v", unmarked(), err)
	}
}
