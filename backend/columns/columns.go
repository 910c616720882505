// Package columns writes lines that are alike – the events of a streamed reply,
// each the one before but for a word and a time – as what is the same and, column
// by column, what differs. Texts are not compressed here: a compressor that follows
// finds a reply's text as one text, which the next request of its chat repeats.
// Numbers, times and where texts are cut are kept apart (backend/squeeze), as there
// is nothing more to gain of them.
//
// Guarantees: Unfold gives back every byte that Fold took, whatever they were.
// Neither panics nor makes more than the size it was told, whatever it is given.
//
// Test it with: go test ./backend/columns (captured replies of real servers, and
// any bytes).
package columns

import (
	"bytes"
	"encoding/binary"
	"errors"

	"gumshoe/backend/squeeze"
)

// ErrDamaged says that bytes are not what Fold wrote.
var ErrDamaged = errors.New("these are no folded lines")

const (
	// fewLines are not worth it.
	fewLines = 4
	// maxForms bounds what is looked for: lines of more forms are not alike.
	maxForms = 64
)

// form is what lines of one kind have in common: the bytes around its fields.
type form struct {
	around [][]byte   // one more than there are fields
	fields [][][]byte // by field: its value in each line of the form
	lines  int
}

// Fold writes b as columns: its texts, and apart from them its numbers and where its
// texts are cut, to which more may be added. false where its lines are not alike or
// too few.
func Fold(b []byte) (coded []byte, numbers *squeeze.Numbers, ok bool) {
	forms, order := sort(b)
	if len(order) < fewLines || len(forms) > len(order)/2 {
		return nil, nil, false
	}
	numbers = squeeze.NewNumbers()
	coded = write(forms, order, numbers)
	back, err := Unfold(coded, squeeze.NewReader(numbers.End()), len(b))
	return coded, numbers, err == nil && bytes.Equal(back, b)
}

// sort finds the forms of lines, and which one each line has.
func sort(b []byte) (forms []*form, order []int) {
	known := map[string]int{}
	var key []byte
	var parts [][]byte
	for rest := b; len(rest) > 0; {
		var line []byte
		line, rest = NextLine(rest)
		parts = split(line, parts[:0])
		key = key[:0]
		for i := 0; i < len(parts); i += 2 {
			key = binary.AppendUvarint(key, uint64(len(parts[i])))
			key = append(key, parts[i]...)
		}
		n, ok := known[string(key)]
		if !ok {
			if n = len(forms); n == maxForms {
				return nil, nil
			}
			known[string(key)] = n
			forms = append(forms, newForm(parts))
		}
		forms[n].add(parts)
		order = append(order, n)
	}
	return forms, order
}

// NextLine cuts off one line, with its end and the empty lines that follow: what
// most servers send in one piece.
func NextLine(b []byte) (line, rest []byte) {
	end := bytes.IndexByte(b, '\n')
	if end < 0 {
		return b, nil
	}
	for end++; end < len(b) && (b[end] == '\n' || b[end] == '\r'); end++ {
		continue
	}
	return b[:end], b[end:]
}

// split cuts a line into what is around its fields and the fields, in turn;
// first and last are around. Fields are the numbers and what stands between
// quotes, but for the names of JSON's members.
func split(line []byte, parts [][]byte) [][]byte {
	from := 0
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == '"':
			end := quoted(line, i)
			if end < 0 {
				return append(parts, line[from:])
			}
			if end+1 < len(line) && line[end+1] == ':' {
				i = end + 1
				continue
			}
			parts = append(parts, line[from:i+1], line[i+1:end])
			from, i = end, end+1
		case '0' <= c && c <= '9':
			end := i + 1
			for end < len(line) && (line[end] == '.' || '0' <= line[end] && line[end] <= '9') {
				end++
			}
			parts = append(parts, line[from:i], line[i:end])
			from, i = end, end
		default:
			i++
		}
	}
	return append(parts, line[from:])
}

// quoted is where the quote is that ends what begins at i; -1 where none does.
func quoted(line []byte, i int) int {
	for at := i + 1; ; {
		n := bytes.IndexByte(line[at:], '"')
		if n < 0 {
			return -1
		}
		at += n
		before := at
		for before > i+1 && line[before-1] == '\\' {
			before--
		}
		if (at-before)%2 == 0 {
			return at
		}
		at++
	}
}

func newForm(parts [][]byte) *form {
	f := &form{fields: make([][][]byte, len(parts)/2)}
	for i := 0; i < len(parts); i += 2 {
		f.around = append(f.around, parts[i])
	}
	return f
}

func (f *form) add(parts [][]byte) {
	for i := range f.fields {
		f.fields[i] = append(f.fields[i], parts[2*i+1])
	}
	f.lines++
}

// write gives: the number of forms and what is around their fields; the number of
// runs and each run's form and length; the columns, form by form.
func write(forms []*form, order []int, w *squeeze.Numbers) []byte {
	out := binary.AppendUvarint(nil, uint64(len(forms)))
	for _, f := range forms {
		out = binary.AppendUvarint(out, uint64(len(f.around)))
		for _, a := range f.around {
			out = appendBytes(out, a)
		}
	}
	var runs []byte
	count := uint64(0)
	for i := 0; i < len(order); count++ {
		end := i + 1
		for end < len(order) && order[end] == order[i] {
			end++
		}
		runs = binary.AppendUvarint(runs, uint64(order[i]))
		runs = binary.AppendUvarint(runs, uint64(end-i))
		i = end
	}
	out = binary.AppendUvarint(out, count)
	out = append(out, runs...)
	for _, f := range forms {
		for _, values := range f.fields {
			out = appendColumn(out, values, w)
		}
	}
	return out
}

func appendBytes(out, b []byte) []byte {
	out = binary.AppendUvarint(out, uint64(len(b)))
	return append(out, b...)
}

// Unfold gives back what Fold took; size is how many bytes that were. What was added
// to the numbers can be read next. Without
// numbers it reads what was written before numbers were kept apart.
func Unfold(coded []byte, numbers *squeeze.Reader, size int) ([]byte, error) {
	r := &reader{b: coded, numbers: numbers, most: size}
	forms := make([]shape, r.number(maxForms))
	for i := range forms {
		for range r.number(len(r.b)) {
			if forms[i].around = append(forms[i].around, r.bytes()); r.bad {
				return nil, ErrDamaged
			}
		}
		if len(forms[i].around) == 0 {
			return nil, ErrDamaged
		}
	}
	type run struct{ form, lines int }
	var runs []run
	for range r.number(len(r.b)) {
		next := run{r.number(len(forms) - 1), r.number(size)}
		if r.bad {
			return nil, ErrDamaged
		}
		if forms[next.form].lines += next.lines; forms[next.form].lines > size {
			return nil, ErrDamaged
		}
		runs = append(runs, next)
	}
	for i := range forms {
		forms[i].columns = make([]column, len(forms[i].around)-1)
		for j := range forms[i].columns {
			if forms[i].columns[j] = r.column(forms[i].lines); r.bad {
				return nil, ErrDamaged
			}
		}
	}
	out := make([]byte, 0, size)
	for _, run := range runs {
		for range run.lines {
			var ok bool
			if out, ok = forms[run.form].line(out, size); !ok {
				return nil, ErrDamaged
			}
		}
	}
	if len(out) != size || r.bad {
		return nil, ErrDamaged
	}
	return out, nil
}

// shape is a form that is read.
type shape struct {
	around  [][]byte
	columns []column
	lines   int
}

// line adds the next line of a form; false where it makes more than size bytes.
func (s *shape) line(out []byte, size int) ([]byte, bool) {
	for i, a := range s.around {
		if out = append(out, a...); i < len(s.columns) {
			out = s.columns[i].next(out)
		}
		if len(out) > size {
			return out, false
		}
	}
	return out, true
}

// reader reads what write wrote; bad is set where that is not possible.
type reader struct {
	b       []byte
	bad     bool
	numbers *squeeze.Reader // nil: they stand in b
	most    int             // how many more values there can be
}

// number reads a number that is at most most.
func (r *reader) number(most int) int {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || most < 0 || v > uint64(most) {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return int(v)
}

func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) bytes() []byte { return r.take(r.number(len(r.b))) }
