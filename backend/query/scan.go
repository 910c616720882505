package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind int

const (
	tokenEnd tokenKind = iota
	tokenOpen
	tokenClose
	tokenAnd
	tokenOr
	tokenNot
	tokenWord // bare or in quotation marks
	tokenTerm // field:values
)

// token is one word of the language and where it stands.
type token struct {
	kind     tokenKind
	from, to int
	text     string // of a word, without its quotation marks; of a term, the field
	quoted   bool
	values   []piece // of a term
}

// piece is one value of a term as it was typed.
type piece struct {
	from, to int
	text     string
	quoted   bool
}

type scanner struct {
	text string
	at   int
}

func (s *scanner) rune() rune {
	if s.at >= len(s.text) {
		return -1
	}
	c, _ := utf8.DecodeRuneInString(s.text[s.at:])
	return c
}

func (s *scanner) step() {
	_, n := utf8.DecodeRuneInString(s.text[s.at:])
	s.at += n
}

func (s *scanner) space() {
	for s.at < len(s.text) && unicode.IsSpace(s.rune()) {
		s.step()
	}
}

// next reads one token.
func (s *scanner) next() (token, *Error) {
	s.space()
	from := s.at
	switch c := s.rune(); {
	case c == -1:
		return token{kind: tokenEnd, from: from, to: from}, nil
	case c == '(':
		s.step()
		return token{kind: tokenOpen, from: from, to: s.at}, nil
	case c == ')':
		s.step()
		return token{kind: tokenClose, from: from, to: s.at}, nil
	case c == '-' && s.at+1 < len(s.text) && !unicode.IsSpace(rune(s.text[s.at+1])):
		s.step()
		return token{kind: tokenNot, from: from, to: s.at}, nil
	}
	if quote(s.rune()) {
		text, err := s.quoted()
		return token{kind: tokenWord, from: from, to: s.at, text: text, quoted: true}, err
	}
	word := s.bare(true)
	if s.rune() == ':' || s.rune() == '：' {
		if isName(word) {
			return s.term(from, word)
		}
		// "http://…" and "12:30" are words.
		for s.at < len(s.text) && !unicode.IsSpace(s.rune()) && s.rune() != ')' {
			s.step()
		}
		word = s.text[from:s.at]
	}
	t := token{kind: tokenWord, from: from, to: s.at, text: word}
	switch word {
	case "AND":
		t.kind = tokenAnd
	case "OR", "|":
		t.kind = tokenOr
	case "NOT":
		t.kind = tokenNot
	}
	return t, nil
}

// term reads what follows a field's name.
func (s *scanner) term(from int, field string) (token, *Error) {
	t := token{kind: tokenTerm, from: from, text: field}
	s.step() // the colon
	for {
		at := s.at
		prefix := s.operator()
		p := piece{from: at}
		if quote(s.rune()) {
			text, err := s.quoted()
			if err != nil {
				return t, err
			}
			p.text, p.quoted = prefix+text, prefix == ""
		} else {
			p.text = prefix + s.bare(false)
		}
		p.to = s.at
		if p.text == "" && !p.quoted {
			if _, ok := Lookup(field); !ok {
				return t, unknown(field, from)
			}
			return t, &Error{Code: MissingValue, From: from, To: s.at, Word: field}
		}
		t.values = append(t.values, p)
		if s.rune() != ',' {
			t.to = s.at
			return t, nil
		}
		s.step()
	}
}

// operator reads a comparison.
func (s *scanner) operator() string {
	for _, op := range []string{">=", "<=", ">", "<", "=", "≥", "≤"} {
		if strings.HasPrefix(s.text[s.at:], op) {
			s.at += len(op)
			switch op {
			case "≥":
				return ">="
			case "≤":
				return "<="
			}
			return op
		}
	}
	return ""
}

// bare reads up to a space, a parenthesis, a quotation mark or – in a name – a
// colon, and in a value a comma.
func (s *scanner) bare(name bool) string {
	from := s.at
	for s.at < len(s.text) {
		c := s.rune()
		if unicode.IsSpace(c) || c == '(' || c == ')' || quote(c) || name && (c == ':' || c == '：') || !name && c == ',' {
			break
		}
		s.step()
	}
	return s.text[from:s.at]
}

// quoted reads up to the closing mark; a backslash keeps the next character.
func (s *scanner) quoted() (string, *Error) {
	from := s.at
	open := s.rune()
	s.step()
	var b strings.Builder
	for s.at < len(s.text) {
		c := s.rune()
		at := s.at
		s.step()
		switch {
		case c == '\\' && s.at < len(s.text):
			at = s.at
			s.step()
		case c == closing(open):
			return b.String(), nil
		}
		b.WriteString(s.text[at:s.at])
	}
	return "", &Error{Code: OpenQuote, From: from, To: len(s.text), Suggestion: s.text[from:] + string(closing(open))}
}

func quote(c rune) bool { return c == '"' || c == '“' || c == '「' }

func closing(open rune) rune {
	switch open {
	case '“':
		return '”'
	case '「':
		return '」'
	}
	return open
}

// isName says whether a word before a colon is meant as a field: letters only.
func isName(s string) bool {
	if s == "" {
		return false
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' {
			return false
		}
	}
	return s != "http" && s != "https"
}
