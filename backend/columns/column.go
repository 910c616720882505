package columns

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"time"
)

// How a column is written, as its first byte.
const (
	isSame    = iota // every line has the same bytes
	isText           // lengths, then all bytes in a row
	isNumbers        // decimal numbers
	isTimes          // times as RFC 3339 has them
)

// appendColumn writes the values of one field.
func appendColumn(out []byte, values [][]byte) []byte {
	if same(values) {
		return appendBytes(append(out, isSame), values[0])
	}
	if numbers, ok := parseNumbers(values); ok {
		return AppendInts(append(out, isNumbers), numbers)
	}
	if c, times, ok := parseTimes(values); ok {
		out = append(out, isTimes, c.digits, c.trimmed)
		return AppendInts(appendBytes(out, c.zone), times)
	}
	out = append(out, isText)
	for _, v := range values {
		out = binary.AppendUvarint(out, uint64(len(v)))
	}
	for _, v := range values {
		out = append(out, v...)
	}
	return out
}

func same(values [][]byte) bool {
	for _, v := range values[1:] {
		if !bytes.Equal(v, values[0]) {
			return false
		}
	}
	return true
}

// parseNumbers reads decimal numbers that strconv would write the same way.
func parseNumbers(values [][]byte) ([]int64, bool) {
	list := make([]int64, len(values))
	for i, v := range values {
		if len(v) == 0 || len(v) > 18 || v[0] == '0' && len(v) > 1 {
			return nil, false
		}
		for _, c := range v {
			if c < '0' || c > '9' {
				return nil, false
			}
			list[i] = list[i]*10 + int64(c-'0')
		}
	}
	return list, true
}

// column is one that is read: its values in turn.
type column struct {
	kind            byte
	lengths         []byte // of text, as varints
	data            []byte
	ints            []int64
	digits, trimmed byte // of times: of the second's fraction; whether zeros at its end are left out
	zone            []byte
}

// column reads one of so many values.
func (r *reader) column(lines int) (c column) {
	kind := r.take(1)
	if kind == nil {
		return c
	}
	switch c.kind = kind[0]; c.kind {
	case isSame:
		c.data = r.bytes()
	case isText:
		start, total := r.b, 0
		for range lines {
			total += r.number(len(start))
			if r.bad || total > len(start) {
				r.bad = true
				return c
			}
		}
		c.lengths = start[:len(start)-len(r.b)]
		c.data = r.take(total)
	case isNumbers:
		c.ints = r.ints(lines)
	case isTimes:
		if d := r.take(2); d != nil {
			c.digits, c.trimmed = d[0], d[1]
		}
		c.zone = r.bytes()
		c.ints = r.ints(lines)
		r.bad = r.bad || c.digits > 9
	default:
		r.bad = true
	}
	return c
}

// next adds the next value.
func (c *column) next(out []byte) []byte {
	switch c.kind {
	case isSame:
		return append(out, c.data...)
	case isText:
		n, used := binary.Uvarint(c.lengths)
		out = append(out, c.data[:n]...)
		c.lengths, c.data = c.lengths[used:], c.data[n:]
		return out
	}
	v := c.ints[0]
	c.ints = c.ints[1:]
	if c.kind == isNumbers {
		return strconv.AppendInt(out, v, 10)
	}
	return c.appendTime(out, v)
}

// clock is how a second is written.
const clock = "2006-01-02T15:04:05"

var powers = [...]int64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9}

// parseTimes reads times that all are written in one way, as units of their
// smallest digit since 1970.
func parseTimes(values [][]byte) (c column, list []int64, ok bool) {
	var digits, fewest byte = 0, 9
	for i, v := range values {
		n, zone := fraction(v)
		if n < 0 || i > 0 && !bytes.Equal(zone, c.zone) {
			return c, nil, false
		}
		c.zone = zone
		digits, fewest = max(digits, byte(n)), min(fewest, byte(n))
	}
	c.digits = digits
	if fewest != digits {
		c.trimmed = 1
	}
	list = make([]int64, len(values))
	var back []byte
	for i, v := range values {
		at, err := time.Parse(clock, string(v[:len(clock)]))
		if err != nil {
			return c, nil, false
		}
		list[i] = at.Unix() * powers[digits]
		rest := v[len(clock) : len(v)-len(c.zone)]
		if len(rest) > 1 {
			part, ok := parseNumbers([][]byte{append([]byte{'1'}, rest[1:]...)})
			if !ok {
				return c, nil, false
			}
			list[i] += (part[0] - powers[len(rest)-1]) * powers[int(digits)-len(rest)+1]
		}
		if back = c.appendTime(back[:0], list[i]); !bytes.Equal(back, v) {
			return c, nil, false
		}
	}
	return c, list, true
}

// fraction is how many digits follow the second, and what follows these; -1 where
// v is no time.
func fraction(v []byte) (digits int, zone []byte) {
	if len(v) < len(clock)+1 || v[4] != '-' || v[10] != 'T' || v[13] != ':' {
		return -1, nil
	}
	rest := v[len(clock):]
	if rest[0] != '.' {
		return 0, rest
	}
	for digits = 1; digits < len(rest) && '0' <= rest[digits] && rest[digits] <= '9'; digits++ {
		continue
	}
	if digits > 10 {
		return -1, nil
	}
	return digits - 1, rest[digits:]
}

func (c *column) appendTime(out []byte, v int64) []byte {
	unit := powers[c.digits]
	second, part := v/unit, v%unit
	if part < 0 {
		second, part = second-1, part+unit
	}
	out = time.Unix(second, 0).UTC().AppendFormat(out, clock)
	if c.digits > 0 && (part > 0 || c.trimmed == 0) {
		out = append(out, '.')
		from := len(out)
		out = strconv.AppendInt(out, part+unit, 10)
		out = append(out[:from], out[from+1:]...)
		for c.trimmed == 1 && out[len(out)-1] == '0' {
			out = out[:len(out)-1]
		}
	}
	return append(out, c.zone...)
}

// Times gives, for each line of a text as NextLine cuts it, the first time that it
// names between quotes, in microseconds since 1970; where it names none, that of the
// line before, or 0.
func Times(text []byte) (list []int64) {
	last := int64(0)
	for len(text) > 0 {
		var line []byte
		line, text = NextLine(text)
		if at, ok := firstTime(line); ok {
			last = at
		}
		list = append(list, last)
	}
	return list
}

func firstTime(line []byte) (micros int64, ok bool) {
	for i := 0; ; {
		n := bytes.IndexByte(line[i:], '"')
		if n < 0 {
			return 0, false
		}
		start := i + n + 1
		end := quoted(line, i+n)
		if end < 0 {
			return 0, false
		}
		if i = end + 1; line[start] < '0' || line[start] > '9' {
			continue
		}
		if c, list, ok := parseTimes([][]byte{line[start:end]}); ok {
			second, part := list[0]/powers[c.digits], list[0]%powers[c.digits]
			return second*1e6 + part*powers[9-c.digits]/1000, true
		}
	}
}
