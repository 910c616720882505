package store

import (
	"bytes"
	"slices"
	"testing"
)

func pieces(b []byte, size int) (all [][]byte) {
	c := cutter{emit: func(p []byte) error { all = append(all, bytes.Clone(p)); return nil }}
	for len(b) > 0 {
		n := min(size, len(b))
		_, _ = c.Write(b[:n]) // emit never fails
		b = b[n:]
	}
	_ = c.Close()
	return all
}

// A chat that goes on gives the same pieces for the turns that it repeats.
func TestTurnsAreTheSamePieces(t *testing.T) {
	one := pieces([]byte(`{"model":"m","messages":[{"role":"user","content":"a [\"b\"] c"}],"stream":true}`), 1000)
	two := pieces([]byte(`{"model":"m","messages":[{"role":"user","content":"a [\"b\"] c"},{"role":"assistant","content":"d"}],"stream":true}`), 1000)
	if len(one) != 3 || len(two) != 4 {
		t.Fatalf("%q, %q", one, two)
	}
	for _, p := range one {
		if !slices.ContainsFunc(two, func(q []byte) bool { return bytes.Equal(p, q) }) {
			t.Errorf("%q is cut differently later: %q", p, two)
		}
	}
	if got := pieces([]byte(`{"input":["a","b\"]"],"x":["c","d"]}`), 1000); len(got) != 4 {
		t.Errorf("strings as elements: %q", got)
	}
}

func FuzzCut(f *testing.F) {
	f.Add([]byte(`{"messages":[{"a":"b\\"},"c"],"tools":[]}`), uint8(1))
	f.Add([]byte(`[]]]}{"messages":[`), uint8(2))
	f.Fuzz(func(t *testing.T, b []byte, size uint8) {
		whole, cut := pieces(b, len(b)+1), pieces(b, int(size)+1)
		if !bytes.Equal(bytes.Join(whole, nil), b) {
			t.Errorf("joined they are %q", bytes.Join(whole, nil))
		}
		if !slices.EqualFunc(whole, cut, bytes.Equal) {
			t.Errorf("written by %d they are %q, not %q", size+1, cut, whole)
		}
	})
}
