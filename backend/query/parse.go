package query

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// The limits of what is read.
const (
	// MaxText is the longest filter, in bytes.
	MaxText  = 4000
	maxDepth = 40
)

// The codes of an Error. The UI words them.
const (
	TooLong      = "too_long"
	BadText      = "bad_text" // not UTF-8
	TooDeep      = "too_deep"
	OpenQuote    = "open_quote"    // a quotation mark is not closed
	OpenParen    = "open_paren"    // a parenthesis is not closed
	CloseParen   = "close_paren"   // a parenthesis was never opened
	MissingTerm  = "missing_term"  // an operator has nothing beside it; Word says which
	MissingValue = "missing_value" // nothing follows a field's colon
	UnknownField = "unknown_field"
	BadChoice    = "bad_choice" // Word is not one of a fixed list
	BadNumber    = "bad_number" // Word is no number of the field's type
	BadTime      = "bad_time"   // Word is neither a date nor how long ago
	BadCompare   = "bad_compare"
)

// Error says what is wrong with a typed filter and where.
type Error struct {
	Code     string
	From, To int // bytes of the text
	Word     string
	Field    Field
	// Suggestion is what the bytes From to To should rather be, "" where nothing
	// suggests itself.
	Suggestion string
}

// Error is the English sentence, for people with curl.
func (e *Error) Error() string {
	s := fmt.Sprintf("the filter can't be read at %d: %s %q", e.From, strings.ReplaceAll(e.Code, "_", " "), e.Word)
	if e.Suggestion != "" {
		s += fmt.Sprintf(" (%s?)", e.Suggestion)
	}
	return s
}

// Parse reads a typed filter: words and "phrases" (full text), field:value with
// comparisons, wildcards, lists (a,b) and ranges (1..5), "-" or NOT, OR between
// neighbours (it binds more closely than the AND of words side by side) and
// parentheses. Blank text is nil: it selects all. Text that can't be read is an
// *Error. Dates are days of the zone; nil is UTC.
func Parse(text string, zone *time.Location) (*Node, error) {
	if len(text) > MaxText {
		return nil, &Error{Code: TooLong, To: len(text)}
	}
	if !utf8.ValidString(text) {
		return nil, &Error{Code: BadText, To: len(text)}
	}
	if zone == nil {
		zone = time.UTC
	}
	p := &parser{scan: scanner{text: text}, zone: zone}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.tok.kind == tokenEnd {
		return nil, nil
	}
	n, err := p.and(0)
	if err != nil {
		return nil, err
	}
	if p.tok.kind == tokenClose {
		return nil, &Error{Code: CloseParen, From: p.tok.from, To: p.tok.to, Word: ")"}
	}
	return n, nil
}

type parser struct {
	scan scanner
	tok  token
	zone *time.Location
}

func (p *parser) advance() error {
	tok, err := p.scan.next()
	if err != nil {
		return err
	}
	p.tok = tok
	return nil
}

// and reads terms side by side.
func (p *parser) and(depth int) (*Node, error) {
	if depth > maxDepth {
		return nil, &Error{Code: TooDeep, From: p.tok.from, To: p.tok.to}
	}
	var kids []*Node
	for {
		n, err := p.or(depth)
		if err != nil {
			return nil, err
		}
		kids = append(kids, n)
		if p.tok.kind == tokenAnd {
			and := p.tok
			if err := p.advance(); err != nil {
				return nil, err
			}
			if p.tok.kind == tokenEnd || p.tok.kind == tokenClose {
				return nil, &Error{Code: MissingTerm, From: and.from, To: and.to, Word: and.text}
			}
		}
		if p.tok.kind == tokenEnd || p.tok.kind == tokenClose {
			return join(And, kids), nil
		}
	}
}

// or reads neighbours with OR between them.
func (p *parser) or(depth int) (*Node, error) {
	n, err := p.not(depth)
	if err != nil {
		return nil, err
	}
	kids := []*Node{n}
	for p.tok.kind == tokenOr {
		or := p.tok
		if err := p.advance(); err != nil {
			return nil, err
		}
		if p.tok.kind == tokenEnd || p.tok.kind == tokenClose {
			return nil, &Error{Code: MissingTerm, From: or.from, To: or.to, Word: or.text}
		}
		if n, err = p.not(depth); err != nil {
			return nil, err
		}
		kids = append(kids, n)
	}
	return join(Or, kids), nil
}

func (p *parser) not(depth int) (*Node, error) {
	if depth > maxDepth {
		return nil, &Error{Code: TooDeep, From: p.tok.from, To: p.tok.to}
	}
	tok := p.tok
	if tok.kind != tokenNot {
		return p.one(depth)
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	n, err := p.not(depth + 1)
	if err != nil {
		return nil, err
	}
	if n.Kind == Not {
		return n.Kids[0], nil
	}
	return &Node{Kind: Not, Kids: []*Node{n}, From: tok.from, To: n.To}, nil
}

func (p *parser) one(depth int) (*Node, error) {
	tok := p.tok
	switch tok.kind {
	case tokenEnd, tokenClose, tokenAnd, tokenOr, tokenNot:
		code := MissingTerm
		if tok.kind == tokenClose {
			code = CloseParen
		}
		return nil, &Error{Code: code, From: tok.from, To: tok.to, Word: p.scan.text[tok.from:tok.to]}
	case tokenOpen:
		if err := p.advance(); err != nil {
			return nil, err
		}
		n, err := p.and(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.tok.kind != tokenClose {
			return nil, &Error{Code: OpenParen, From: tok.from, To: len(p.scan.text), Word: "(", Suggestion: p.scan.text[tok.from:] + ")"}
		}
		whole := *n
		whole.From, whole.To = tok.from, p.tok.to
		return &whole, p.advance()
	case tokenTerm:
		n, err := term(tok, p.zone)
		if err != nil {
			return nil, err
		}
		return n, p.advance()
	}
	n := &Node{Kind: Word, Values: []Value{{Op: Equal, Text: tok.text, Quoted: tok.quoted}}, From: tok.from, To: tok.to}
	return n, p.advance()
}

// join makes one node of several; of one it is that one.
func join(kind Kind, kids []*Node) *Node {
	if len(kids) == 1 {
		return kids[0]
	}
	flat := make([]*Node, 0, len(kids))
	for _, k := range kids {
		if k.Kind == kind {
			flat = append(flat, k.Kids...)
			continue
		}
		flat = append(flat, k)
	}
	return &Node{Kind: kind, Kids: flat, From: kids[0].From, To: kids[len(kids)-1].To}
}
