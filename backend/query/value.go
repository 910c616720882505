package query

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// term gives a scanned term its meaning.
func term(tok token, zone *time.Location) (*Node, error) {
	spec, ok := Lookup(tok.text)
	if !ok {
		return nil, unknown(tok.text, tok.from)
	}
	n := &Node{Kind: Is, Field: spec.Name, From: tok.from, To: tok.to}
	for _, p := range tok.values {
		v, err := value(spec, p, zone)
		if err != nil {
			return nil, err
		}
		n.Values = append(n.Values, v)
	}
	return n, nil
}

// unknown is the error of a field that there is none of.
func unknown(field string, from int) *Error {
	return &Error{Code: UnknownField, From: from, To: from + len(field), Word: field, Suggestion: nearest(field, names())}
}

func value(spec Spec, p piece, zone *time.Location) (Value, error) {
	fail := func(code, suggestion string) (Value, error) {
		return Value{}, &Error{Code: code, From: p.from, To: p.to, Word: p.text, Field: spec.Name, Suggestion: suggestion}
	}
	switch spec.Type {
	case Text:
		text := p.text
		if !p.quoted {
			if strings.IndexAny(text, "<>") == 0 {
				return fail(BadCompare, strings.TrimLeft(text, "<>="))
			}
			text = strings.TrimLeft(text, "=")
		}
		if text == "" && !p.quoted {
			return fail(MissingValue, "")
		}
		return Value{Op: Equal, Text: text, Quoted: p.quoted, Wild: !p.quoted && strings.Contains(text, "*")}, nil
	case Choice:
		word := strings.ToLower(strings.TrimPrefix(p.text, "="))
		if !slices.Contains(spec.Choices, word) {
			return fail(BadChoice, nearest(word, spec.Choices))
		}
		return Value{Op: Equal, Text: word}, nil
	case Time:
		v, err := moment(p.text, zone)
		if err != nil {
			return fail(BadTime, "")
		}
		return v, nil
	}
	v, err := compared(spec.Type, p.text)
	if err != nil {
		return fail(BadNumber, "")
	}
	return v, nil
}

var errValue = errors.New("not a value of this field")

// compared reads a number with its comparison, or a range.
func compared(t Type, text string) (Value, error) {
	if low, high, ok := strings.Cut(text, ".."); ok {
		a, err := number(t, low)
		b, err2 := number(t, high)
		if err != nil || err2 != nil || a > b {
			return Value{}, errValue
		}
		return Value{Op: Between, Number: a, High: b}, nil
	}
	op := Equal
	for _, o := range []Op{AtLeast, AtMost, More, Less, Equal} {
		if rest, ok := strings.CutPrefix(text, string(o)); ok {
			op, text = o, rest
			break
		}
	}
	v, err := number(t, text)
	return Value{Op: op, Number: v}, err
}

// units of a type, the longest names first.
func units(t Type) ([]string, []float64) {
	switch t {
	case Duration:
		return []string{"us", "µs", "ms", "s", "m", "h", ""}, []float64{1, 1, 1e3, 1e6, 60e6, 3600e6, 1e6}
	case Size:
		return []string{"gb", "mb", "kb", "g", "m", "k", "b", ""}, []float64{1 << 30, 1 << 20, 1 << 10, 1 << 30, 1 << 20, 1 << 10, 1, 1}
	case Count:
		return []string{"k", "m", ""}, []float64{1e3, 1e6, 1}
	}
	return []string{""}, []float64{1}
}

func number(t Type, text string) (float64, error) {
	text = strings.ToLower(text)
	if t == Money {
		text = strings.TrimPrefix(text, "$")
	}
	suffixes, factors := units(t)
	for i, suffix := range suffixes {
		digits, ok := strings.CutSuffix(text, suffix)
		if !ok {
			continue
		}
		if digits == "" || strings.Trim(digits, "0123456789.") != "" {
			continue
		}
		v, err := strconv.ParseFloat(digits, 64)
		if err != nil {
			continue
		}
		if v *= factors[i]; v > 1<<53 {
			return 0, errValue
		}
		if t == Money || t == Rate {
			return v, nil
		}
		return math.Round(v), nil
	}
	return 0, errValue
}

// moment reads a date or how long ago. Dates are whole days, minutes
// or seconds: 2026-11-24, 2026-11-24T10:30, 2026-11-24T10:30:00Z; with an offset
// where one is given.
func moment(text string, zone *time.Location) (Value, error) {
	low := strings.ToLower(text)
	for suffix, unit := range map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		digits, ok := strings.CutSuffix(low, suffix)
		if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 32)
		if err != nil {
			return Value{}, errValue
		}
		return Value{Op: Equal, Number: float64(n) * float64(unit.Microseconds()), Ago: true}, nil
	}
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339} {
		if at, err := time.ParseInLocation(layout, strings.ToUpper(text), zone); err == nil && at.Year() >= 1970 && at.Year() < 2200 {
			return Value{Op: Equal, Number: float64(at.UnixMicro())}, nil
		}
	}
	return Value{}, errValue
}
