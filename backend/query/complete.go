package query

import "strings"

// Completion says what could stand at the caret.
type Completion struct {
	From, To int    // the bytes that a choice replaces
	Field    Field  // whose value is wanted; "" where a field or a word is
	Prefix   string // what of it is typed
}

// Complete finds what is being typed at the caret (a byte of the text), also in
// text that does not parse. ok is false inside a quotation or where nothing can
// be completed.
func Complete(text string, caret int) (c Completion, ok bool) {
	if caret < 0 || caret > len(text) || len(text) > MaxText {
		return c, false
	}
	from, quoted := 0, false
	for i, r := range text[:caret] {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == ' ' || r == '(' || r == '\t' || r == '\n' || r == '\u3000':
			from = i + len(string(r))
		}
	}
	if quoted {
		return c, false
	}
	to := caret
	for to < len(text) && !strings.ContainsRune(" ()\t\n\"", rune(text[to])) {
		to++
	}
	typed := text[from:caret]
	for strings.HasPrefix(typed, "-") {
		typed, from = typed[1:], from+1
	}
	name, rest, isTerm := strings.Cut(typed, ":")
	if !isTerm {
		return Completion{From: from, To: to, Prefix: typed}, true
	}
	spec, known := Lookup(name)
	if !known {
		return c, false
	}
	from += len(name) + 1
	if comma := strings.LastIndexByte(rest, ','); comma >= 0 {
		from, rest = from+comma+1, rest[comma+1:]
	}
	if comma := strings.IndexByte(text[from:to], ','); comma >= 0 && from+comma >= caret {
		to = from + comma
	}
	return Completion{From: from, To: to, Field: spec.Name, Prefix: rest}, true
}
