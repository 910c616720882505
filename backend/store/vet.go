package store

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// ErrSQLBegin is for SQL that is no question.
var ErrSQLBegin = fmt.Errorf("%w: it has to begin with SELECT, WITH or VALUES", ErrSQL)

// vet refuses SQL that is not one SELECT, or that names anything but views,
// columns and harmless functions. It reads words as SQLite's tokenizer does: in
// any of its four quotations a word may be a name, also in single quotes.
func vet(text string, tables map[string]bool) error {
	no := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{ErrSQL}, args...)...)
	}
	if len(text) > askText || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return no("it is too long, or no text")
	}
	if strings.ContainsRune(text, '\uFEFF') { // SQLite takes a byte order mark for a space
		return no("it holds a byte order mark")
	}
	words, err := sqlWords(text)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return no("there is nothing to run")
	}
	switch strings.ToLower(words[0].text) {
	case "select", "with", "values":
	default:
		return ErrSQLBegin
	}
	for i, w := range words {
		name := strings.ToLower(w.text)
		if w.text == ";" {
			if i < len(words)-1 {
				return no("only one statement at a time")
			}
			continue
		}
		if tables[name] && !w.quoted { // in single quotes it is text, or permit refuses it
			return no("%q is a table of Gumshoe's own; the views are listed beside", w.text)
		}
		switch {
		case strings.HasPrefix(name, "sqlite_"), strings.HasPrefix(name, "pragma_"), strings.HasPrefix(name, "fts5"),
			name == "main", name == "temp", name == "dbstat", name == "load_extension", name == "attach", name == "detach", name == "pragma",
			name == "randomblob", name == "zeroblob", name == "vacuum":
			return no("%q is not for queries", w.text)
		}
	}
	return nil
}

// sqlWord is one word of SQL, without its quotation marks.
type sqlWord struct {
	text   string
	quoted bool // in single quotes
}

func sqlWords(s string) (list []sqlWord, err error) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '-' && strings.HasPrefix(s[i:], "--"):
			end := strings.IndexByte(s[i:], '\n')
			if end < 0 {
				return list, nil
			}
			i += end
		case c == '/' && strings.HasPrefix(s[i:], "/*"):
			end := strings.Index(s[i+2:], "*/")
			if end < 0 {
				return list, nil
			}
			i += end + 4
		case strings.IndexByte("'\"`[", c) >= 0:
			word, n, ok := sqlQuoted(s[i:])
			if !ok {
				return nil, fmt.Errorf("%w: a quotation is not closed", ErrSQL)
			}
			list = append(list, sqlWord{word, c == '\''})
			i += n
		case sqlLetter(c):
			n := i
			for n < len(s) && sqlLetter(s[n]) {
				n++
			}
			list = append(list, sqlWord{text: s[i:n]})
			i = n
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
			i++
		default:
			list = append(list, sqlWord{text: s[i : i+1]})
			i++
		}
	}
	return list, nil
}

// sqlLetter is a byte of a name or a number: SQLite takes every byte beyond ASCII
// for a letter.
func sqlLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
}

// sqlQuoted reads a quotation; a doubled mark stands for itself, but in brackets.
func sqlQuoted(s string) (word string, n int, ok bool) {
	end := s[0]
	if end == '[' {
		at := strings.IndexByte(s, ']')
		if at < 0 {
			return "", 0, false
		}
		return s[1:at], at + 1, true
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != end {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == end {
			b.WriteByte(end)
			i++
			continue
		}
		return b.String(), i + 1, true
	}
	return "", 0, false
}
