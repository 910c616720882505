package squeeze

import "sync"

// The model guesses each bit of a byte from three contexts – the two bytes before
// it, the four before it, the word that it belongs to – and weighs what each of
// them says by how well it did so far.

const (
	contexts = 3
	// slotBits is how many half bytes a context remembers, as a power of two.
	slotBits = 15
	// begun is what weights are at first.
	begun = 26000
)

// logistic is 4096 / (1 + e^-x), x in 256ths.
func logistic(x int32) int32 {
	if x > 2047 {
		return 4095
	}
	if x < -2047 {
		return 1
	}
	part := x & 127
	i := x>>7 + 16
	return max((curve[i]*(128-part)+curve[i+1]*part+64)>>7, 1)
}

// curve is logistic at each 128th step.
var curve = [33]int32{1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1101, 1546, 2047, 2549, 2994, 3348, 3607, 3785, 3901,
	3975, 4022, 4050, 4068, 4079, 4085, 4089, 4092, 4093, 4094}

// weight is the inverse of logistic.
var weight = inverse()

func inverse() (list [4096]int32) {
	next := int32(0)
	for x := int32(-2047); x <= 2047; x++ {
		for v := logistic(x); next <= v; next++ {
			list[next] = x
		}
	}
	for ; next < 4096; next++ {
		list[next] = 2047
	}
	return list
}

// slot are the guesses of half a byte in one context.
type slot [16]guess

type model struct {
	slots   [contexts][1 << slotBits]slot
	weights [2 * kinds][16][contexts]int32 // by the half and the kind of byte before; by the bits of the half
	word    uint32
	at      [contexts]*slot // what the half byte that is guessed is guessed from
}

// models are kept from one text to the next: they are large.
var models = sync.Pool{New: func() any { return &model{} }}

func takeModel() *model {
	m := models.Get().(*model)
	*m = model{}
	for half := range m.weights {
		for node := range m.weights[half] {
			m.weights[half][node] = [contexts]int32{begun, begun, begun}
		}
	}
	return m
}

func (m *model) giveBack() { models.Put(m) }

// begin is called before the bytes from at are guessed.
func (m *model) begin(text []byte, at int) {
	m.word = 0
	for _, c := range text[max(at-16, 0):at] {
		m.follow(c)
	}
}

func (m *model) follow(c byte) {
	if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 {
		m.word = (m.word + uint32(c) + 1) * 0x2F0B4C47
	} else {
		m.word = 0
	}
}

// before are hashes of the contexts of text[at], and the kind of the byte before.
func (m *model) before(text []byte, at int) (two, four, word uint32, side int) {
	var x uint32
	if at >= 4 {
		x = uint32(text[at-1]) | uint32(text[at-2])<<8 | uint32(text[at-3])<<16 | uint32(text[at-4])<<24
	} else {
		for i := range at {
			x |= uint32(text[at-1-i]) << (8 * i)
		}
	}
	return (x&0xffff + 1) * 0x9E3779B1, (x ^ 0x5bd1e995) * 0x85EBCA6B, (m.word + 0x1234567) * 0xC2B2AE35, kind(byte(x))
}

// find takes the slots of a half byte.
func (m *model) find(two, four, word uint32) {
	m.at[0] = &m.slots[0][two>>(32-slotBits)]
	m.at[1] = &m.slots[1][four>>(32-slotBits)]
	m.at[2] = &m.slots[2][word>>(32-slotBits)]
}

// lower are the contexts of the lower half, once the upper is known.
func lower(context, upper uint32) uint32 { return (context + (upper+1)*0x3C6EF372) * 0x2545F491 }

// mix guesses one bit from what three contexts say.
func mix(w *[contexts]int32, say0, say1, say2 int32) int32 {
	dot := int64(say0)*int64(w[0]) + int64(say1)*int64(w[1]) + int64(say2)*int64(w[2])
	return logistic(int32(min(max(dot>>16, -2048), 2048)))
}

// learn moves the weights by how far the guess was off.
func learn(w *[contexts]int32, miss, say0, say1, say2 int32) {
	w[0] += (say0*miss + 1<<9) >> 10
	w[1] += (say1*miss + 1<<9) >> 10
	w[2] += (say2*miss + 1<<9) >> 10
}

// half writes half a byte, or reads it where e is nil.
func (m *model) half(e *encoder, d *decoder, weights *[16][contexts]int32, v int) int {
	a, b, c := m.at[0], m.at[1], m.at[2]
	node := 1
	for shift := 3; shift >= 0; shift-- {
		n := node & 15
		w := &weights[n]
		ga, gb, gc := a[n], b[n], c[n]
		sa, sb, sc := weight[ga.level()&4095], weight[gb.level()&4095], weight[gc.level()&4095]
		p := mix(w, sa, sb, sc)
		bit := v >> shift & 1
		if e != nil {
			e.code(bit, uint32(p)<<4)
		} else {
			bit = d.code(uint32(p) << 4)
		}
		learn(w, int32(bit)<<12-p, sa, sb, sc)
		a[n], b[n], c[n] = ga.after(bit), gb.after(bit), gc.after(bit)
		node = node<<1 | bit
	}
	return node & 15
}

func (m *model) write(e *encoder, text []byte, at int) { m.code(e, nil, text, at) }

func (m *model) read(d *decoder, text []byte, at int) { m.code(nil, d, text, at) }

// code writes text[at], or reads it where e is nil.
func (m *model) code(e *encoder, d *decoder, text []byte, at int) {
	two, four, word, side := m.before(text, at)
	m.find(two, four, word)
	upper := m.half(e, d, &m.weights[side], int(text[at]>>4))
	u := uint32(upper)
	m.find(lower(two, u), lower(four, u), lower(word, u))
	text[at] = byte(upper<<4 | m.half(e, d, &m.weights[kinds+side], int(text[at]&15)))
	m.follow(text[at])
}
