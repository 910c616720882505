package squeeze

import (
	"encoding/binary"
	"math/bits"
)

const (
	// shortest is the shortest repetition that is looked for.
	shortest = 24
	// placeBits is how many places are remembered, as a power of two.
	placeBits = 17
)

// Text takes text bit by bit and remembers what was said before.
type Text struct {
	text  []byte
	done  int // what of it is looked through
	fresh int // what of it is no repetition
	runs  []run
	last  int // the end of the last run
	seen  []int32
}

// run is some new text and what it is followed by from further up: length bytes
// from distance before.
type run struct{ fresh, distance, length int }

// NewText begins a text.
func NewText() *Text { return &Text{seen: make([]int32, 1<<placeBits)} }

// Add adds to the text.
func (t *Text) Add(b []byte) {
	t.text = append(t.text, b...)
	t.look()
}

// Len is how many bytes were added.
func (t *Text) Len() int { return len(t.text) }

// Fresh is how many of them repeat nothing. They take the time.
func (t *Text) Fresh() int { return t.fresh + len(t.text) - t.last }

// Bytes is the text itself.
func (t *Text) Bytes() []byte { return t.text }

func place(b []byte) uint64 {
	x, y := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	return (x*0x9E3779B97F4A7C15 ^ y) * 0xC2B2AE3D27D4EB4F >> (64 - placeBits)
}

// look finds repetitions in what was added.
func (t *Text) look() {
	b, i := t.text, t.done
	for i+shortest <= len(b) {
		p := place(b[i:])
		from := int(t.seen[p]) - 1
		t.seen[p] = int32(i) + 1
		if from < 0 {
			i++
			continue
		}
		n := alike(b[from:], b[i:])
		if n < shortest {
			i++
			continue
		}
		start := i
		for start > t.last && from > 0 && b[from-1] == b[start-1] {
			start, from = start-1, from-1
		}
		end := i + n
		t.runs = append(t.runs, run{start - t.last, start - from, end - start})
		t.fresh += start - t.last
		t.last = end
		for i++; i < end && i+shortest <= len(b); i++ {
			t.seen[place(b[i:])] = int32(i) + 1
		}
		i = end
	}
	t.done = i
}

// alike is how many bytes two texts begin with in common.
func alike(a, b []byte) (n int) {
	a = a[:min(len(a), len(b))]
	for n+8 <= len(a) {
		if d := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); d != 0 {
			return n + bits.TrailingZeros64(d)/8
		}
		n += 8
	}
	for n < len(a) && a[n] == b[n] {
		n++
	}
	return n
}

// Squeeze writes the text.
func (t *Text) Squeeze() []byte {
	e := newEncoder(make([]byte, 0, t.Fresh()/3+64))
	m, s := takeModel(), newSteps()
	defer m.giveBack()
	at, distance := 0, 0
	for _, r := range append(t.runs, run{fresh: len(t.text) - t.last}) {
		s.fresh.write(&e, r.fresh)
		m.begin(t.text, at)
		for end := at + r.fresh; at < end; at++ {
			m.write(&e, t.text, at)
		}
		if r.length == 0 {
			break
		}
		again := 0
		if r.distance == distance {
			again = 1
		}
		e.code(again, s.again.chance())
		if s.again = s.again.after(again); again == 0 {
			s.distance.write(&e, r.distance)
		}
		distance = r.distance
		s.length.write(&e, r.length-shortest)
		at += r.length
	}
	return e.end()
}

// Expand gives back a text of size bytes, of which most at most are fresh: they take
// the time.
func Expand(squeezed []byte, size, most int) ([]byte, error) {
	if size < 0 {
		return nil, ErrDamaged
	}
	d := newDecoder(squeezed)
	m, s := takeModel(), newSteps()
	defer m.giveBack()
	text := make([]byte, size)
	for at, distance := 0, 0; ; {
		fresh := s.fresh.read(&d)
		if most -= fresh; fresh < 0 || fresh > size-at || most < 0 {
			return nil, ErrDamaged
		}
		m.begin(text, at)
		for end := at + fresh; at < end; at++ {
			m.read(&d, text, at)
		}
		if at == size {
			return text, nil
		}
		again := d.code(s.again.chance())
		if s.again = s.again.after(again); again == 0 {
			distance = s.distance.read(&d)
		}
		length := s.length.read(&d)
		if distance <= 0 || distance > at || length < 0 || length > size-at-shortest {
			return nil, ErrDamaged
		}
		for end := at + length + shortest; at < end; at++ {
			text[at] = text[at-distance]
		}
	}
}

// stepping are the guesses of runs.
type stepping struct {
	fresh, distance, length measure
	again                   odds
}

func newSteps() *stepping {
	return &stepping{fresh: newMeasure(), distance: newMeasure(), length: newMeasure(), again: evens}
}

// measure are guesses of numbers: how long they are, and their highest digits.
type measure struct {
	length tree
	digits [32]tree
}

const measureBits = 5

func newMeasure() (m measure) {
	m.length = newTree(measureBits, evens)
	return m
}

func (m *measure) digit(n int) tree {
	if m.digits[n] == nil {
		m.digits[n] = newTree(guessed, firm)
	}
	return m.digits[n]
}

func (m *measure) write(e *encoder, v int) {
	n := bits.Len32(uint32(v))
	m.length.write(e, uint32(n), measureBits)
	if n < 2 {
		return
	}
	up := min(n-1, guessed)
	left := n - 1 - up
	m.digit(n).write(e, uint32(v>>left)&(1<<up-1), up)
	for i := left - 1; i >= 0; i-- {
		e.code(v>>i&1, one/2)
	}
}

func (m *measure) read(d *decoder) int {
	n := int(m.length.read(d, measureBits))
	if n < 2 {
		return n
	}
	up := min(n-1, guessed)
	v := 1<<up | int(m.digit(n).read(d, up))
	for range n - 1 - up {
		v = v<<1 | d.code(one/2)
	}
	return v
}
