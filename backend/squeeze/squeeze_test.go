package squeeze

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// words is some text that begins to repeat itself half-way.
func words(n int) []byte {
	src := rand.New(rand.NewPCG(7, 3))
	var b strings.Builder
	for b.Len() < n/2 {
		fmt.Fprintf(&b, "%s %d. ", []string{"the", "answer", "to this", "größe", "你好", `\n\"x\"`, "IS", "zebra"}[src.IntN(8)], src.IntN(50))
	}
	half := b.String()
	b.WriteString("Again: " + half[len(half)/3:])
	return []byte(b.String())
}

func squeezed(parts ...[]byte) []byte {
	t := NewText()
	for _, p := range parts {
		t.Add(p)
	}
	return t.Squeeze()
}

func TestTextComesBack(t *testing.T) {
	noise := make([]byte, 70_000)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	long := words(300_000)
	for name, text := range map[string][]byte{
		"nothing": nil, "a byte": {0}, "one repeated": bytes.Repeat([]byte("x"), 100_000), "short": []byte("short"), "words": long, "noise": noise,
		"noise twice": append(bytes.Clone(noise), noise...), "a pattern": bytes.Repeat([]byte("0123456789abcdefghijklmnopqrstuv"), 999),
	} {
		coded := squeezed(text)
		if back, err := Expand(coded, len(text), 1<<30); err != nil || !bytes.Equal(back, text) {
			t.Errorf("%s: came back otherwise (%v)", name, err)
		}
		// In any parts it is the same text.
		parts := [][]byte{}
		for rest := text; len(rest) > 0; {
			n := min(len(rest), 1+rand.IntN(5000))
			parts, rest = append(parts, rest[:n]), rest[n:]
		}
		if back, err := Expand(squeezed(parts...), len(text), 1<<30); err != nil || !bytes.Equal(back, text) {
			t.Errorf("%s: came back otherwise of %d parts (%v)", name, len(parts), err)
		}
	}
	x := NewText()
	x.Add(long)
	if got := x.Fresh(); got < len(long)/4 || got > len(long)*3/4 {
		t.Errorf("%d of %d bytes repeat nothing", got, len(long))
	}
	if _, err := Expand(x.Squeeze(), len(long), x.Fresh()); err != nil {
		t.Errorf("with as much fresh text as there is: %v", err)
	}
	if _, err := Expand(x.Squeeze(), len(long), x.Fresh()-1); err == nil {
		t.Error("more fresh text was read than was asked for")
	}
	if n := len(x.Squeeze()); n > len(long)/8 {
		t.Errorf("%d bytes became %d", len(long), n)
	}
}

// TestTheFormatStays compares with what the first version wrote: a change of any
// table, or of how it is computed, would make existing logs unreadable.
func TestTheFormatStays(t *testing.T) {
	coded := squeezed(words(50_000))
	w := NewNumbers()
	for _, list := range sequences() {
		w.Ints(list)
	}
	w.Cuts([]byte("There are 12 cuts; größer"), []int{5, 4, 3, 5, 1, 8})
	if got, want := fmt.Sprintf("%d %08x %d %08x", len(coded), crc32.ChecksumIEEE(coded), len(w.End()), crc32.ChecksumIEEE(w.End())), format; got != want {
		t.Errorf("what is written is %s, not %s", got, want)
	}
}

func TestDamagedTextEnds(t *testing.T) {
	text := words(3000)
	coded := squeezed(text)
	for i := range coded {
		changed := bytes.Clone(coded)
		changed[i] ^= 0x41
		for _, b := range [][]byte{changed, coded[:i]} {
			if back, err := Expand(b, len(text), 1<<30); err == nil && len(back) != len(text) {
				t.Fatalf("with byte %d changed it gave %d bytes of %d", i, len(back), len(text))
			}
		}
	}
	if _, err := Expand(coded, -1, 1<<30); err == nil {
		t.Error("less than nothing came out")
	}
}

func sequences() [][]int64 {
	src := rand.New(rand.NewPCG(1, 2))
	var even, near, up []int64
	at := int64(1_790_000_000_000_000_000)
	for range 300 {
		at += 20_000_000 + src.Int64N(4_000_000)
		even, near, up = append(even, at), append(near, 900+src.Int64N(120)), append(up, src.Int64())
	}
	return [][]int64{nil, {7}, {0, 0, 0}, {1, 2, 4, 8}, {math.MaxInt64, math.MinInt64, 0, -1, math.MaxInt64}, {5, 4, 3, 9, 9, 9},
		{1_790_000_000_000_000, 1_790_000_000_020_117}, even, near, up}
}

func TestIntsComeBack(t *testing.T) {
	w := NewNumbers()
	for _, list := range sequences() {
		w.Ints(list)
	}
	r := NewReader(w.End())
	for _, list := range sequences() {
		if back := r.Ints(len(list)); !slices.Equal(back, list) || r.Bad {
			t.Fatalf("%v came back as %v (%v)", list, back, r.Bad)
		}
	}
}

// TestIntsTakeWhatNobodyCanGuess compares with the least that random numbers take.
func TestIntsTakeWhatNobodyCanGuess(t *testing.T) {
	lists := sequences()
	for i, spread := range map[int]float64{7: 4_000_000, 8: 120} {
		w := NewNumbers()
		w.Ints(lists[i])
		least := float64(len(lists[i])) * math.Log2(spread) / 8
		if got := len(w.End()); float64(got) > least*1.04+16 {
			t.Errorf("%d numbers of %.0f values take %d bytes; at least %.0f", len(lists[i]), spread, got, least)
		}
	}
}

func TestCutsComeBack(t *testing.T) {
	text := words(20_000)
	var sizes []int
	for left := len(text); left > 0; {
		n := bytes.IndexByte(text[len(text)-left+1:], ' ') + 1
		if n == 0 {
			n = left
		}
		sizes, left = append(sizes, n), left-n
	}
	w := NewNumbers()
	w.Cuts(text, sizes)
	w.Ints([]int64{3, 4})
	w.Cuts([]byte("x"), []int{1})
	b := w.End()
	r := NewReader(b)
	if back := r.Cuts(text, len(sizes)); !slices.Equal(back, sizes) {
		t.Fatalf("%d cuts came back as %d", len(sizes), len(back))
	}
	if list, one := r.Ints(2), r.Cuts([]byte("x"), 1); !slices.Equal(list, []int64{3, 4}) || !slices.Equal(one, []int{1}) || r.Bad {
		t.Errorf("what follows came back as %v, %v", list, one)
	}
	if len(b) > len(sizes)/20 {
		t.Errorf("%d cuts before spaces take %d bytes", len(sizes), len(b))
	}
	if r := NewReader(b); r.Cuts(text[:5], 9) != nil || !r.Bad {
		t.Error("a text was cut more often than it has bytes")
	}
}

func FuzzExpand(f *testing.F) {
	f.Add(squeezed(words(900)), uint16(900))
	f.Fuzz(func(t *testing.T, b []byte, size uint16) {
		if back, err := Expand(b, int(size), 1<<30); err == nil && len(back) != int(size) {
			t.Fatalf("%d bytes came, not %d", len(back), size)
		}
		if back, err := Expand(squeezed(b), len(b), 1<<30); err != nil || !bytes.Equal(back, b) {
			t.Fatalf("%q came back as %q (%v)", b, back, err)
		}
	})
}

func FuzzNumbers(f *testing.F) {
	w := NewNumbers()
	w.Ints([]int64{1, 5, 9, 1 << 40})
	w.Cuts([]byte("some words"), []int{5, 5})
	f.Add(w.End(), uint8(4), []byte("some words"))
	f.Fuzz(func(t *testing.T, b []byte, n uint8, text []byte) {
		r := NewReader(b)
		if list := r.Ints(int(n)); len(list) != int(n) && !r.Bad {
			t.Fatalf("%d numbers came, not %d", len(list), n)
		}
		total := 0
		for _, size := range r.Cuts(text, int(n)) {
			total += size
		}
		if n > 0 && !r.Bad && total != len(text) {
			t.Fatalf("cut into %d bytes of %d", total, len(text))
		}
	})
}

func BenchmarkText(b *testing.B) {
	text := words(200_000)
	coded := squeezed(text)
	b.Run("squeeze", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			squeezed(text)
		}
	})
	b.Run("expand", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if _, err := Expand(coded, len(text), 1<<30); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// format is what TestTheFormatStays writes: lengths and checksums.
const format = "2925 0b95e9c9 3536 6f325987"
