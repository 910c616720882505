package columns

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"testing"
)

// appendInts writes what ReadInts reads.
func appendInts(out []byte, list []int64) []byte {
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

func TestIntsComeBack(t *testing.T) {
	for _, list := range [][]int64{nil, {7}, {0, 0, 0}, {1, 2, 4, 8}, {math.MaxInt64, math.MinInt64, 0, -1, math.MaxInt64}, {1_790_000_000_000_000, 1_790_000_000_020_117}, {900, 1000, 880, 1010, 905}} {
		b := append(appendInts(nil, list), "rest"...)
		back, rest, err := ReadInts(b, len(list))
		if err != nil || !slices.Equal(back, list) || string(rest) != "rest" {
			t.Errorf("%v came back as %v, then %q (%v)", list, back, rest, err)
		}
	}
	if _, _, err := ReadInts([]byte{0, 8, 1}, math.MaxInt); err == nil {
		t.Error("numbers that are not there were read")
	}
}
