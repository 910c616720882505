// Package squeeze writes what has come to rest in few bytes: numbers whose lowest
// digits nobody can guess, and text of which much was said before. It takes more
// time than zstd and less room; everything is computed with whole numbers, so that
// a file of one machine reads on any other.
//
// Text finds what repeats (16 bytes and more) and guesses the rest a bit at a time
// from the bytes before it. Numbers writes sequences: how long each is, and its
// highest digits, as often as they came before; the digits below as they are.
// Neither has a checksum: damage is found by whoever keeps the bytes. Whatever the
// input, reading ends with an error or the right number of bytes and never panics.
package squeeze

import "errors"

// ErrDamaged says that bytes are not what this package wrote.
var ErrDamaged = errors.New("these are no squeezed bytes")

// one is certainty: chances are parts of it.
const one = 1 << 16

// An encoder writes decisions of which each has a chance: the unlikelier, the more
// room it takes.
type encoder struct {
	low, high uint32
	out       []byte
}

func newEncoder(out []byte) encoder { return encoder{high: 1<<32 - 1, out: out} }

// code writes one decision; chance is that of bit being 1, above 0 and below one.
func (e *encoder) code(bit int, chance uint32) {
	mid := e.low + uint32(uint64(e.high-e.low)*uint64(chance)>>16)
	if bit == 1 {
		e.high = mid
	} else {
		e.low = mid + 1
	}
	for (e.low^e.high)>>24 == 0 {
		e.out = append(e.out, byte(e.high>>24))
		e.low, e.high = e.low<<8, e.high<<8|0xff
	}
}

// end gives what was written. Zeros follow for a reader, and need not stand there.
func (e *encoder) end() []byte { return append(e.out, byte(e.high>>24)) }

// A decoder reads what an encoder wrote.
type decoder struct {
	low, high, at uint32
	in            []byte
}

func newDecoder(in []byte) decoder {
	d := decoder{high: 1<<32 - 1, in: in}
	for range 4 {
		d.shift()
	}
	return d
}

func (d *decoder) shift() {
	d.at <<= 8
	if len(d.in) > 0 {
		d.at |= uint32(d.in[0])
		d.in = d.in[1:]
	}
}

func (d *decoder) code(chance uint32) (bit int) {
	mid := d.low + uint32(uint64(d.high-d.low)*uint64(chance)>>16)
	if d.at <= mid {
		bit, d.high = 1, mid
	} else {
		d.low = mid + 1
	}
	for (d.low^d.high)>>24 == 0 {
		d.low, d.high = d.low<<8, d.high<<8|0xff
		d.shift()
	}
	return bit
}

// A guess is how often one decision was 1: its chance in the upper 12 bits, and the
// number of times that it was asked, up to a limit. 0 is one that was never asked.
type guess uint16

const (
	even     guess = 1 << 15 // what is stored is apart from it
	seenMask       = 15
)

// slowness is how much of the distance a guess keeps, by how often it was asked.
var slowness = [seenMask + 1]int32{49152, 25206, 18204, 14246, 11702, 9929, 8623, 7620, 6826, 6182, 5649, 5201, 4818, 4488, 4200, 2900}

// level is the chance in 4096ths.
func (g guess) level() int32 { return int32((g ^ even) >> 4) }

func (g guess) after(bit int) guess {
	v, seen := g.level(), g&seenMask
	v += (int32(bit)*4095 - v) * slowness[seen] >> 16
	if seen < seenMask {
		seen++
	}
	return (guess(v)<<4 | seen) ^ even
}

// odds are a guess of something that stays as it is: they follow ever more slowly.
type odds struct{ p, seen uint16 }

// steadyAfter is how many times odds are asked until they follow at one speed.
const steadyAfter = 126

// evens know nothing; what comes first moves firm ones less: there are more of them
// than there is to learn from.
var (
	evens = odds{p: 1 << 15}
	firm  = odds{p: 1 << 15, seen: 10}
)

func (o odds) chance() uint32 { return min(max(uint32(o.p), 32), one-32) }

func (o odds) after(bit int) odds {
	p := int64(o.p)
	p += (int64(bit)*(one-1) - p) * 2 / (2*int64(o.seen) + 3)
	return odds{uint16(p), min(o.seen+1, steadyAfter)}
}

// tree are odds for numbers of a few bits, the highest first.
type tree []odds

func newTree(bits int, o odds) tree {
	t := make(tree, 1<<bits)
	for i := range t {
		t[i] = o
	}
	return t
}

func (t tree) write(e *encoder, v uint32, bits int) {
	node := 1
	for i := bits - 1; i >= 0; i-- {
		bit := int(v>>i) & 1
		e.code(bit, t[node].chance())
		t[node] = t[node].after(bit)
		node = node<<1 | bit
	}
}

func (t tree) read(d *decoder, bits int) uint32 {
	node := 1
	for range bits {
		bit := d.code(t[node].chance())
		t[node] = t[node].after(bit)
		node = node<<1 | bit
	}
	return uint32(node) - 1<<bits
}
