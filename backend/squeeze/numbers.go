package squeeze

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// How a sequence is written: what each number is above the smallest, what it
// differs from the one before, or what that difference is above the smallest.
const (
	above = iota
	steps
	stepsAbove
	ways
)

const (
	lengthBits = 7 // of the number of a number's bits
	// guessed are how many bits after the highest one are guessed.
	guessed = 3
)

// Numbers writes sequences of numbers and marks between bytes, one after another.
type Numbers struct {
	code encoder
	low  []byte // the lowest bits of the numbers
	bit  uint   // how many of low's last byte are taken
}

// NewNumbers begins to write.
func NewNumbers() *Numbers { return &Numbers{code: newEncoder(nil)} }

// End gives all that was written; more may follow.
func (w *Numbers) End() []byte {
	coded := w.code.end()
	return append(append(binary.AppendUvarint(nil, uint64(len(coded))), coded...), w.low...)
}

// Ints writes a sequence. How many there are the reader has to know.
func (w *Numbers) Ints(list []int64) {
	if len(list) == 0 {
		return
	}
	way, first, base, rest := choose(list)
	w.bits(way, 2)
	w.plain(first)
	if way == stepsAbove {
		w.plain(base)
	}
	m := newLengths()
	for _, v := range rest {
		w.number(m, v)
	}
}

// Size is about how many bits Ints takes.
func Size(list []int64) int {
	if len(list) == 0 {
		return 0
	}
	_, _, _, rest := choose(list)
	return sum(rest)
}

// choose gives the way that leaves the fewest bits: the number it begins with, the
// smallest step, and what is left.
func choose(list []int64) (way uint64, first, base int64, rest []uint64) {
	low := slices.Min(list)
	rest = make([]uint64, len(list))
	for i, v := range list {
		rest[i] = uint64(v) - uint64(low)
	}
	way, first = above, low
	d := make([]uint64, len(list)-1)
	least := int64(0)
	for i := range d {
		d[i] = uint64(list[i+1]) - uint64(list[i])
		if i == 0 || int64(d[i]) < least {
			least = int64(d[i])
		}
	}
	over, signed := make([]uint64, len(d)), make([]uint64, len(d))
	for i, v := range d {
		over[i] = v - uint64(least)
		signed[i] = v<<1 ^ uint64(int64(v)>>63)
	}
	if sum(signed) < sum(rest) {
		way, first, rest = steps, list[0], signed
	}
	if sum(over)+64 < sum(rest) {
		way, first, base, rest = stepsAbove, list[0], least, over
	}
	return way, first, base, rest
}

func sum(list []uint64) (n int) {
	for _, v := range list {
		n += bits.Len64(v)
	}
	return n
}

// lengths are the guesses of one sequence.
type lengths struct {
	length tree
	upper  [65]tree // by length
}

func newLengths() *lengths { return &lengths{length: newTree(lengthBits, evens)} }

func (m *lengths) of(length int) tree {
	if m.upper[length] == nil {
		m.upper[length] = newTree(guessed, firm)
	}
	return m.upper[length]
}

func (w *Numbers) number(m *lengths, v uint64) {
	n := bits.Len64(v)
	m.length.write(&w.code, uint32(n), lengthBits)
	if n < 2 {
		return
	}
	up := min(n-1, guessed)
	left := n - 1 - up
	m.of(n).write(&w.code, uint32(v>>left)&(1<<up-1), up)
	w.bits(v&(1<<left-1), left)
}

// plain writes a number of which nothing is known.
func (w *Numbers) plain(v int64) {
	u := uint64(v)<<1 ^ uint64(v>>63)
	n := bits.Len64(u)
	w.bits(uint64(n), lengthBits)
	w.bits(u, n)
}

func (w *Numbers) bits(v uint64, n int) {
	for n > 0 {
		if w.bit == 0 {
			w.low = append(w.low, 0)
		}
		take := min(n, int(8-w.bit))
		w.low[len(w.low)-1] |= byte(v&(1<<take-1)) << w.bit
		w.bit = (w.bit + uint(take)) % 8
		v >>= take
		n -= take
	}
}

// Cuts writes where text is cut into values of these lengths, none of them 0.
func (w *Numbers) Cuts(text []byte, sizes []int) {
	m := newCuts()
	at := 0
	for _, size := range sizes[:max(len(sizes)-1, 0)] {
		for i := 1; i <= size; i++ {
			g := m.at(text, at+i, i)
			bit := 0
			if i == size {
				bit = 1
			}
			w.code.code(bit, g.chance())
			*g = g.after(bit)
		}
		at += size
	}
}

// cuts are the guesses of where text is cut: by the kinds of the bytes on both
// sides, and how far the last cut is.
type cuts [kinds][kinds][4]odds

const kinds = 8

func newCuts() *cuts {
	m := &cuts{}
	for i := range m {
		for j := range m[i] {
			for k := range m[i][j] {
				m[i][j][k].p = one / 5 // a cut is less likely than none
			}
		}
	}
	return m
}

// at is the guess of a cut before text[i], so far after the last.
func (m *cuts) at(text []byte, i, far int) *odds {
	return &m[kind(text[i-1])][kind(text[i])][min(far, 4)-1]
}

func kind(c byte) int {
	switch {
	case c == ' ':
		return 0
	case 'a' <= c && c <= 'z':
		return 1
	case 'A' <= c && c <= 'Z':
		return 2
	case '0' <= c && c <= '9':
		return 3
	case c == '\\':
		return 4
	case c >= 0xc0:
		return 5
	case c >= 0x80:
		return 6
	}
	return 7
}

// Reader reads what Numbers wrote, in the same order.
type Reader struct {
	code decoder
	low  []byte
	bit  uint
	// Bad is set where what is read can't have been written.
	Bad bool
}

// NewReader reads all that End gave.
func NewReader(b []byte) *Reader {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return &Reader{Bad: true, code: newDecoder(nil)}
	}
	return &Reader{code: newDecoder(b[used : used+int(n)]), low: b[used+int(n):]}
}

// Ints reads a sequence of n numbers; nil where there can't be so many.
func (r *Reader) Ints(n int) []int64 {
	if n <= 0 || r.Bad {
		return nil
	}
	way := r.bits(2)
	first, base := r.plain(), int64(0)
	if way >= ways {
		r.Bad = true
	}
	if way == stepsAbove {
		base = r.plain()
	}
	if r.Bad {
		return nil
	}
	m := newLengths()
	list := make([]int64, 0, min(n, 4096))
	if way != above {
		list = append(list, first)
	}
	for len(list) < n && !r.Bad {
		v := r.number(m)
		switch way {
		case above:
			list = append(list, int64(uint64(first)+v))
		case steps:
			list = append(list, int64(uint64(list[len(list)-1])+(v>>1^-(v&1))))
		default:
			list = append(list, int64(uint64(list[len(list)-1])+uint64(base)+v))
		}
	}
	if r.Bad {
		return nil
	}
	return list
}

func (r *Reader) number(m *lengths) uint64 {
	n := int(m.length.read(&r.code, lengthBits))
	if n > 64 {
		r.Bad = true
		return 0
	}
	if n < 2 {
		return uint64(n)
	}
	up := min(n-1, guessed)
	left := n - 1 - up
	v := uint64(1)<<up | uint64(m.of(n).read(&r.code, up))
	return v<<left | r.bits(left)
}

func (r *Reader) plain() int64 {
	n := int(r.bits(lengthBits))
	if n > 64 {
		r.Bad = true
		return 0
	}
	u := r.bits(n)
	return int64(u>>1 ^ -(u & 1))
}

func (r *Reader) bits(n int) (v uint64) {
	for shift := 0; shift < n; {
		if len(r.low) == 0 {
			r.Bad = true
			return 0
		}
		take := min(n-shift, int(8-r.bit))
		v |= uint64(r.low[0]>>r.bit&(1<<take-1)) << shift
		shift += take
		if r.bit += uint(take); r.bit == 8 {
			r.low, r.bit = r.low[1:], 0
		}
	}
	return v
}

// Cuts reads the lengths of n values that text was cut into; nil where it can't be
// cut so often.
func (r *Reader) Cuts(text []byte, n int) []int {
	if r.Bad || n > len(text) || n <= 0 {
		r.Bad = r.Bad || n > len(text)
		return nil
	}
	m := newCuts()
	sizes := make([]int, 0, n)
	last := 0
	for i := 1; i < len(text) && len(sizes) < n-1; i++ {
		g := m.at(text, i, i-last)
		bit := r.code.code(g.chance())
		if *g = g.after(bit); bit == 1 {
			sizes, last = append(sizes, i-last), i
		}
	}
	if len(sizes) < n-1 {
		r.Bad = true
		return nil
	}
	return append(sizes, len(text)-last)
}
