package store

import (
	"encoding/binary"
	"math"
	"testing"
)

// TestPackedSums reads what was packed, of each version, and adds it up.
func TestPackedSums(t *testing.T) {
	var some tally
	some.n[nRequests], some.n[nInput], some.n[nInputKnown], some.n[nLastAt], some.cost = 3, 900, 2, 1_790_000_000_000_000, 0.25
	all := []byte{tallyAll}
	for _, v := range some.n {
		all = binary.AppendVarint(all, v)
	}
	all = binary.LittleEndian.AppendUint64(all, math.Float64bits(some.cost))
	short := some.packSums()
	if len(short) >= len(all) {
		t.Errorf("%d bytes, not fewer than %d", len(short), len(all))
	}
	var sum tally
	for _, b := range [][]byte{all, short, (&tally{}).packSums()} {
		if err := sum.unpackSums(b); err != nil {
			t.Fatal(err)
		}
	}
	if sum.n[nRequests] != 6 || sum.n[nInput] != 1800 || sum.n[nInputKnown] != 4 || sum.n[nOutput] != 0 || sum.n[nLastAt] != some.n[nLastAt] || sum.cost != 0.5 {
		t.Errorf("the sum is %+v", sum)
	}
	for _, whole := range [][]byte{all, short} {
		for i := range whole {
			if err := new(tally).unpackSums(whole[:i]); err == nil {
				t.Errorf("%d bytes of %d were read", i, len(whole))
			}
		}
		if err := new(tally).unpackSums(append(whole, 0)); err == nil {
			t.Error("a byte too many was read")
		}
	}
}
