package columns

import "encoding/binary"

// direct is set in the width of numbers that are written as what each is above the
// smallest; of others what each differs from the one before.
const direct = 0x10

// ReadInts reads n numbers as they stood among the bytes before there was
// backend/squeeze: the lowest bytes of all of them, then the next. It gives what
// follows them; an error is ErrDamaged.
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
