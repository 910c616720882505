package query

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Format is the text that reads as the tree; "" of nil.
func Format(n *Node) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	format(&b, n, And)
	return b.String()
}

// format writes n as a part of what.
func format(b *strings.Builder, n *Node, what Kind) {
	switch n.Kind {
	case And, Or:
		// OR binds more closely than AND, "-" more closely than both.
		inner := n.Kind == And && what != And || n.Kind == Or && what == Not
		if inner {
			b.WriteByte('(')
		}
		for i, k := range n.Kids {
			switch {
			case i > 0 && n.Kind == Or:
				b.WriteString(" OR ")
			case i > 0:
				b.WriteByte(' ')
			}
			format(b, k, n.Kind)
		}
		if inner {
			b.WriteByte(')')
		}
	case Not:
		b.WriteByte('-')
		format(b, n.Kids[0], Not)
	case Word:
		b.WriteString(word(n.Values[0]))
	case Is:
		b.WriteString(string(n.Field))
		spec, _ := Lookup(string(n.Field))
		for i, v := range n.Values {
			b.WriteByte(":,"[min(i, 1)])
			b.WriteString(valueText(spec.Type, v))
		}
	}
}

// word is a bare word, or one in quotation marks where it would be read as
// something else.
func word(v Value) string {
	t := v.Text
	if v.Quoted || t == "" || t == "AND" || t == "OR" || t == "NOT" || t == "|" || t[0] == '-' || strings.ContainsAny(t, " \"“「():：\\") || strings.ContainsFunc(t, unicode.IsSpace) {
		return Quote(t)
	}
	return t
}

// Quote puts text in quotation marks.
func Quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func valueText(t Type, v Value) string {
	switch t {
	case Text, Choice:
		if v.Quoted {
			return Quote(v.Text)
		}
		if strings.HasPrefix(v.Text, "<") || strings.HasPrefix(v.Text, ">") {
			return "=" + v.Text // else it would be read as a comparison
		}
		return v.Text // as it was typed: it can be read again
	case Time:
		if v.Ago {
			return ago(v.Number)
		}
		return time.UnixMicro(int64(v.Number)).UTC().Format("2006-01-02T15:04:05Z")
	}
	switch v.Op {
	case Between:
		return numberText(t, v.Number) + ".." + numberText(t, v.High)
	case Equal:
		return numberText(t, v.Number)
	}
	return string(v.Op) + numberText(t, v.Number)
}

// numberText writes a number with the largest unit that keeps it exact.
func numberText(t Type, v float64) string {
	names, factors := units(t)
	switch t {
	case Duration:
		names, factors = []string{"s", "ms", "us"}, []float64{1e6, 1e3, 1}
	case Size:
		names, factors = []string{"gb", "mb", "kb", ""}, []float64{1 << 30, 1 << 20, 1 << 10, 1}
	case Count:
		names, factors = []string{""}, []float64{1}
	}
	for i, f := range factors {
		whole := v / f
		if t == Duration && i < 2 && v != 0 && int64(v)%int64(f) != 0 {
			continue
		}
		if t == Size && f > 1 && (v == 0 || int64(v)%int64(f) != 0) {
			continue
		}
		return strconv.FormatFloat(whole, 'f', -1, 64) + names[i]
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

func ago(micros float64) string {
	seconds := int64(micros / 1e6)
	for _, u := range []struct {
		name string
		of   int64
	}{{"w", 7 * 86400}, {"d", 86400}, {"h", 3600}, {"m", 60}} {
		if seconds > 0 && seconds%u.of == 0 {
			return strconv.FormatInt(seconds/u.of, 10) + u.name
		}
	}
	return strconv.FormatInt(seconds, 10) + "s"
}
