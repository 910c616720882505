package columns

import (
	"bytes"
	"strconv"
	"time"

	"gumshoe/backend/squeeze"
)

// How a column is written, as its first byte.
const (
	isSame    = iota // every line has the same bytes
	isText           // lengths, then all bytes in a row
	isNumbers        // decimal numbers
	isTimes          // times as RFC 3339 has them
	isCut            // all bytes in a row; where they are cut stands with the numbers
)

// appendColumn writes the values of one field, their numbers into w.
func appendColumn(out []byte, values [][]byte, w *squeeze.Numbers) []byte {
	if same(values) {
		return appendBytes(append(out, isSame), values[0])
	}
	if numbers, ok := parseNumbers(values); ok {
		w.Ints(numbers)
		return append(out, isNumbers)
	}
	if c, times, ok := parseTimes(values, &second{}); ok {
		w.Ints(times)
		return appendBytes(append(out, isTimes, c.digits, c.trimmed), c.zone)
	}
	text := bytes.Join(values, nil)
	sizes, wide, empty := make([]int, len(values)), make([]int64, len(values)), false
	for i, v := range values {
		sizes[i], wide[i] = len(v), int64(len(v))
		empty = empty || len(v) == 0
	}
	if empty {
		w.Ints(wide)
		return appendBytes(append(out, isText), text)
	}
	w.Cuts(text, sizes)
	return appendBytes(append(out, isCut), text)
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
	lengths         []int
	data            []byte
	ints            []int64
	digits, trimmed byte // of times: of the second's fraction; whether zeros at its end are left out
	zone            []byte
	second          second // the last one
}

// second is one as it is written: many lines come in each.
type second struct {
	text []byte
	unix int64
}

// parse reads a second.
func (s *second) parse(text []byte) (unix int64, ok bool) {
	if !bytes.Equal(text, s.text) {
		at, err := time.Parse(clock, string(text))
		if err != nil {
			return 0, false
		}
		s.text, s.unix = text, at.Unix()
	}
	return s.unix, true
}

// write adds a second as it is written.
func (s *second) write(out []byte, unix int64) []byte {
	if s.text == nil || s.unix != unix {
		s.text, s.unix = time.Unix(unix, 0).UTC().AppendFormat(nil, clock), unix
	}
	return append(out, s.text...)
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
	case isText, isCut:
		r.text(&c, lines)
	case isNumbers:
		c.ints = r.list(lines)
	case isTimes:
		if d := r.take(2); d != nil {
			c.digits, c.trimmed = d[0], d[1]
		}
		c.zone = r.bytes()
		c.ints = r.list(lines)
		r.bad = r.bad || c.digits > 9
	default:
		r.bad = true
	}
	return c
}

// text reads the bytes of so many values and how long each is.
func (r *reader) text(c *column, lines int) {
	switch {
	case r.numbers == nil: // lengths as varints, before the bytes
		if c.kind != isText {
			r.bad = true
			return
		}
		total := 0
		for range lines {
			n := r.number(len(r.b))
			if total += n; r.bad || total > len(r.b) {
				r.bad = true
				return
			}
			c.lengths = append(c.lengths, n)
		}
		c.data = r.take(total)
		return
	case !r.afford(lines):
		return
	}
	c.data = r.bytes()
	if c.kind == isCut {
		c.lengths = r.numbers.Cuts(c.data, lines)
		r.bad = r.bad || r.numbers.Bad || len(c.lengths) != lines
		return
	}
	left := int64(len(c.data))
	for _, n := range r.numbers.Ints(lines) {
		if left -= n; n < 0 || left < 0 {
			r.bad = true
			return
		}
		c.lengths = append(c.lengths, int(n))
	}
	r.bad = r.bad || len(c.lengths) != lines || left != 0
}

// list reads the numbers of so many values.
func (r *reader) list(lines int) []int64 {
	if r.numbers == nil {
		return r.ints(lines)
	}
	if !r.afford(lines) {
		return nil
	}
	list := r.numbers.Ints(lines)
	r.bad = r.bad || len(list) != lines
	return list
}

// afford counts values: damaged bytes could ask for any number of them. Each takes
// a byte at least of what comes out, or its quotes do.
func (r *reader) afford(values int) bool {
	if r.most -= values; r.most < 0 {
		r.bad = true
	}
	return !r.bad
}

// next adds the next value.
func (c *column) next(out []byte) []byte {
	switch c.kind {
	case isSame:
		return append(out, c.data...)
	case isText, isCut:
		n := c.lengths[0]
		out = append(out, c.data[:n]...)
		c.lengths, c.data = c.lengths[1:], c.data[n:]
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
// smallest digit since 1970. last is the second that was read last.
func parseTimes(values [][]byte, last *second) (c column, list []int64, ok bool) {
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
		at, ok := last.parse(v[:len(clock)])
		if !ok {
			return c, nil, false
		}
		list[i] = at * powers[digits]
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
	whole, part := v/unit, v%unit
	if part < 0 {
		whole, part = whole-1, part+unit
	}
	out = c.second.write(out, whole)
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
	last, read := int64(0), second{}
	for len(text) > 0 {
		var line []byte
		line, text = NextLine(text)
		if at, ok := firstTime(line, &read); ok {
			last = at
		}
		list = append(list, last)
	}
	return list
}

func firstTime(line []byte, last *second) (micros int64, ok bool) {
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
		if c, list, ok := parseTimes([][]byte{line[start:end]}, last); ok {
			whole, part := list[0]/powers[c.digits], list[0]%powers[c.digits]
			return whole*1e6 + part*powers[9-c.digits]/1000, true
		}
	}
}
