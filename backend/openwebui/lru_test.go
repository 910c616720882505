package openwebui

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestLRU compares with a list that is kept the slow way.
func TestLRU(t *testing.T) {
	m, r := newLRU[int](5), rand.New(rand.NewPCG(1, 2))
	var order []digest // the latest in front
	values := map[digest]int{}
	touch := func(d digest) {
		order = slices.Insert(slices.DeleteFunc(order, func(o digest) bool { return o == d }), 0, d)
	}
	for n := range 20_000 {
		d := digest{byte(r.IntN(9))}
		switch r.IntN(4) {
		case 0:
			v, ok := m.get(d)
			want, known := values[d]
			if v != want || ok != known {
				t.Fatalf("%d: get gives %d, %v; want %d, %v", n, v, ok, want, known)
			}
			if known {
				touch(d)
			}
		case 1:
			m.drop(d)
			delete(values, d)
			order = slices.DeleteFunc(order, func(o digest) bool { return o == d })
		default:
			m.put(d, n)
			values[d] = n
			if touch(d); len(order) > 5 {
				delete(values, order[5])
				order = order[:5]
			}
		}
		if len(m.items) != len(values) || len(m.all) > 6 {
			t.Fatalf("%d: %d entries in %d, want %d", n, len(m.items), len(m.all), len(values))
		}
	}
}
