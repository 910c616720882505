package columns

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// direct is set in the width of numbers that are written as what each is above the
// smallest; of others what each differs from the one before.
const direct = 0x10

// AppendInts writes a sequence of numbers as small ones, the lowest bytes of all of
// them first: of numbers that grow evenly, or stay near to each other, the higher
// ones are nearly all alike. ReadInts reads it.
func AppendInts(out []byte, list []int64) []byte {
	if len(list) == 0 {
		return out
	}
	first, small, flag := list[0], steps(list), byte(0)
	if low := slices.Min(list); sumBits(above(list, low)) < sumBits(small) {
		first, small, flag = low, above(list, low), direct
	}
	out = binary.AppendVarint(out, first)
	width := byte(0)
	for _, s := range small {
		width = max(width, byte(bits.Len64(s)+7)/8)
	}
	out = append(out, width|flag)
	for shift := range width {
		for _, s := range small {
			out = append(out, byte(s>>(8*shift)))
		}
	}
	return out
}

// steps are the differences, with their sign as the lowest bit.
func steps(list []int64) []uint64 {
	out := make([]uint64, len(list)-1)
	for i := range out {
		d := uint64(list[i+1]) - uint64(list[i])
		out[i] = d<<1 ^ uint64(int64(d)>>63)
	}
	return out
}

func above(list []int64, low int64) []uint64 {
	out := make([]uint64, len(list))
	for i, v := range list {
		out[i] = uint64(v) - uint64(low)
	}
	return out
}

func sumBits(list []uint64) (n int) {
	for _, v := range list {
		n += bits.Len64(v)
	}
	return n
}

// ReadInts reads n numbers that AppendInts wrote and gives what follows them; an
// error is ErrDamaged.
func ReadInts(b []byte, n int) (list []int64, rest []byte, err error) {
	r := &reader{b: b}
	if list = r.ints(n); r.bad {
		return nil, nil, ErrDamaged
	}
	return list, r.b, nil
}

func (r *reader) ints(n int) []int64 {
	if n == 0 {
		return nil
	}
	first, used := binary.Varint(r.b)
	if used <= 0 || used == len(r.b) || r.b[used]&^direct > 8 {
		r.bad = true
		return nil
	}
	width, each, count := int(r.b[used]&^direct), r.b[used]&direct != 0, n
	r.b = r.b[used+1:]
	if !each {
		count-- // the first stands there
	}
	// Checked before it is multiplied, which could overflow.
	if width > 0 && count > len(r.b)/width {
		r.bad = true
		return nil
	}
	planes := r.take(count * width)
	list := make([]int64, n)
	list[0] = first
	for i := range count {
		s := uint64(0)
		for p := range width {
			s |= uint64(planes[p*count+i]) << (8 * p)
		}
		if each {
			list[i] = int64(uint64(first) + s)
		} else {
			list[i+1] = int64(uint64(list[i]) + (s>>1 ^ -(s & 1)))
		}
	}
	return list
}
