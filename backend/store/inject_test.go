package store

import (
	"strconv"
	"testing"

	"gumshoe/backend/query"
)

// TestFilterIsData puts SQL and FTS syntax where a filter takes a value. It is
// looked for, finds what has it, and does nothing else.
func TestFilterIsData(t *testing.T) {
	s := open(t)
	save(t, s, item(t, []byte("a"), []byte("b")))
	for _, value := range []string{
		`'; DROP TABLE exchange; --`, `' OR '1'='1`, `x' UNION SELECT value FROM setting --`, `%' ESCAPE '`, `\`, `"`, `""`, `*`, `?`, `[a-z]*`,
		`a" OR "b`, `NEAR(a b)`, `text : x`, `^a`, `a AND NOT b`, "\u2028", `) OR (1=1`, `/* */`, `0x41`, `NULL`,
	} {
		odd := item(t, []byte("q"), []byte("a"))
		odd.Record.User, odd.Record.Model, odd.Record.Prompt = value, value, "word "+value
		save(t, s, odd)
		for _, field := range []string{"user", "model", "upstream", "task", "path", "chat", "error", "client", "words"} {
			text := field + ":" + strconv.Quote(value)
			if field == "words" {
				text = strconv.Quote(value)
			}
			n, err := query.Parse(text, nil)
			if err != nil {
				continue // refused as a filter: it never came here
			}
			f := query.Filter{Where: n}
			rows, _, err := s.Page(t.Context(), f, PageAt{Limit: MaxPage})
			if err != nil {
				t.Errorf("%s: %v", text, err)
			}
			if _, err := s.Facets(t.Context(), f); err != nil {
				t.Errorf("facets of %s: %v", text, err)
			}
			for _, r := range rows {
				if (field == "user" || field == "upstream" || field == "task") && r.ID != odd.Record.ID {
					t.Errorf("%s finds what has it not: %+v", text, r.Exchange)
				}
			}
		}
	}
	if n, err := s.Count(t.Context()); err != nil || n != 21 {
		t.Errorf("%d exchanges are left, %v", n, err)
	}
}
