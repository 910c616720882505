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
	// What the bit that is guessed is guessed from.
	at   [contexts]*slot
	says [contexts]int32
	p    int32
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

// mix guesses one bit.
func (m *model) mix(w *[contexts]int32, node int) uint32 {
	g0, g1, g2 := m.at[0][node&15], m.at[1][node&15], m.at[2][node&15]
	m.says[0] = weight[g0.level()&4095]
	m.says[1] = weight[g1.level()&4095]
	m.says[2] = weight[g2.level()&4095]
	dot := int64(m.says[0])*int64(w[0]) + int64(m.says[1])*int64(w[1]) + int64(m.says[2])*int64(w[2])
	m.p = logistic(int32(min(max(dot>>16, -2048), 2048)))
	return uint32(m.p) << 4
}

// learn is told the bit.
func (m *model) learn(w *[contexts]int32, node, bit int) {
	miss := int32(bit)<<12 - m.p
	for i := range contexts {
		w[i] += (m.says[i]*miss + 1<<9) >> 10
		g := &m.at[i][node&15]
		*g = g.after(bit)
	}
}

func (m *model) write(e *encoder, text []byte, at int) {
	c := int(text[at])
	two, four, word, side := m.before(text, at)
	for half := range 2 {
		if half == 1 {
			upper := uint32(c >> 4)
			two, four, word = lower(two, upper), lower(four, upper), lower(word, upper)
		}
		m.find(two, four, word)
		for node, shift := 1, 7-4*half; node < 16; shift-- {
			w := &m.weights[half*kinds+side][node&15]
			bit := c >> shift & 1
			e.code(bit, m.mix(w, node))
			m.learn(w, node, bit)
			node = node<<1 | bit
		}
	}
	m.follow(byte(c))
}

func (m *model) read(d *decoder, text []byte, at int) {
	c := 0
	two, four, word, side := m.before(text, at)
	for half := range 2 {
		if half == 1 {
			upper := uint32(c)
			two, four, word = lower(two, upper), lower(four, upper), lower(word, upper)
		}
		m.find(two, four, word)
		node := 1
		for node < 16 {
			w := &m.weights[half*kinds+side][node&15]
			bit := d.code(m.mix(w, node))
			m.learn(w, node, bit)
			node = node<<1 | bit
		}
		c = c<<4 | node&15
	}
	text[at] = byte(c)
	m.follow(byte(c))
}
