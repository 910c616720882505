package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
)

func open(t testing.TB, cfg Config) *Journal {
	t.Helper()
	j, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

// readAll reads to the end for now, with payloads copied.
func readAll(t testing.TB, r *Reader) []Record {
	t.Helper()
	var all []Record
	for {
		rec, pos, err := r.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if pos != r.Position() {
			t.Fatalf("Next says %v, Position %v", pos, r.Position())
		}
		rec.Payload = bytes.Clone(rec.Payload)
		all = append(all, rec)
	}
}

func reader(t testing.TB, dir string, from Position) *Reader {
	r := NewReader(dir, from)
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func payload(seed uint64, n int) []byte {
	p := make([]byte, n)
	src := rand.New(rand.NewPCG(seed, 1))
	for i := range p {
		p[i] = byte(src.Uint32())
	}
	return p
}

func record(seed uint64, n int) Record {
	r := Record{Type: ReplyChunk, At: int64(seed) * 7, Payload: payload(seed, n)}
	copy(r.ID[:], fmt.Sprintf("%016x", seed))
	return r
}

func equal(t testing.TB, got, want []Record) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("read %d records, want %d", len(got), len(want))
	}
	for i := range want {
		g, w := got[i], want[i]
		if g.Type != w.Type || g.ID != w.ID || g.At != w.At || !bytes.Equal(g.Payload, w.Payload) {
			t.Fatalf("record %d differs: got %v %v %d bytes, want %v %v %d bytes",
				i, g.Type, g.At, len(g.Payload), w.Type, w.At, len(w.Payload))
		}
	}
}

func TestAppendAndRead(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Config{Dir: dir})
	want := []Record{
		{Type: Start, ID: uuid.New(), At: -5, Payload: []byte(`{"a":1}`)},
		{Type: ReqEnd, ID: uuid.New(), At: 1 << 60},
		{Type: End, Payload: payload(1, 3<<20)}, // larger than a chunk, whole
	}
	for _, r := range want {
		if err := j.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	r := reader(t, dir, Position{})
	equal(t, readAll(t, r), want)
	if r.Position() != j.Position() || r.Skipped() != 0 {
		t.Errorf("reader at %v, skipped %d, journal at %v", r.Position(), r.Skipped(), j.Position())
	}
	if end, err := EndOf(dir); err != nil || end != j.Position() {
		t.Errorf("EndOf = %v, %v; want %v", end, err, j.Position())
	}
	if err := j.Append(Record{Type: End + 1}); err == nil {
		t.Error("a record of unknown type was accepted")
	}
	if err := j.Append(Record{Type: Start, Payload: make([]byte, maxPayload+1)}); err == nil {
		t.Error("an oversized record was accepted")
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(want[0]); !errors.Is(err, ErrClosed) {
		t.Errorf("Append after Close: %v", err)
	}
}

func TestLargeChunksAreSplit(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Config{Dir: dir})
	whole := record(3, 3*MaxChunk+17)
	if err := j.Append(whole); err != nil {
		t.Fatal(err)
	}
	got := readAll(t, reader(t, dir, Position{}))
	if len(got) != 4 {
		t.Fatalf("%d records, want 4", len(got))
	}
	var joined []byte
	for _, r := range got {
		if r.ID != whole.ID || r.At != whole.At || len(r.Payload) > MaxChunk {
			t.Errorf("part %v at %d with %d bytes", r.ID, r.At, len(r.Payload))
		}
		joined = append(joined, r.Payload...)
	}
	if !bytes.Equal(joined, whole.Payload) {
		t.Error("the parts do not join to the whole")
	}
}

func TestRotationReleaseAndReadAt(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Config{Dir: dir, SegmentBytes: 4096})
	var want []Record
	for i := range 60 {
		want = append(want, record(uint64(i), i*31))
		if err := j.Append(want[i]); err != nil {
			t.Fatal(err)
		}
	}
	numbers, err := segments(dir)
	if err != nil || len(numbers) < 10 {
		t.Fatalf("segments %v, %v; want at least 10", numbers, err)
	}
	r := reader(t, dir, Position{})
	var middle, places = Position{}, []Position{}
	for i := range want {
		rec, pos, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		equal(t, []Record{rec}, want[i:i+1])
		places = append(places, Position{pos.Segment, pos.Offset - int64(len(rec.Payload))})
		if i == 29 {
			middle = pos
		}
	}
	for i := range want {
		p := make([]byte, len(want[i].Payload))
		if err := r.ReadAt(p, places[i]); err != nil || !bytes.Equal(p, want[i].Payload) {
			t.Fatalf("ReadAt record %d: %v", i, err)
		}
	}
	r.Forget(middle)
	if err := j.Release(middle); err != nil {
		t.Fatal(err)
	}
	if numbers, _ = segments(dir); numbers[0] != middle.Segment {
		t.Errorf("lowest segment is %d after releasing what is before %v", numbers[0], middle)
	}
	equal(t, readAll(t, reader(t, dir, middle)), want[30:])
	if err := j.Release(Position{Segment: 1 << 40}); err != nil {
		t.Fatal(err)
	}
	if numbers, _ = segments(dir); len(numbers) != 1 || numbers[0] != j.Position().Segment {
		t.Errorf("segments %v are left, want only the current %d", numbers, j.Position().Segment)
	}
}

func TestReopenBeginsNewSegment(t *testing.T) {
	dir := t.TempDir()
	var want []Record
	for i := range 4 {
		j := open(t, Config{Dir: dir})
		want = append(want, record(uint64(i), 100))
		if err := j.Append(want[i]); err != nil {
			t.Fatal(err)
		}
		if got := j.Position().Segment; got != uint64(i+1) {
			t.Errorf("opening %d writes segment %d", i, got)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, segmentName(9)+unfinished), []byte("gum"), 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, Config{Dir: dir})
	equal(t, readAll(t, reader(t, dir, Position{})), want)
	if _, err := os.Stat(filepath.Join(dir, segmentName(9)+unfinished)); !errors.Is(err, os.ErrNotExist) {
		t.Error("an unfinished segment was left")
	}
}

func TestPositionText(t *testing.T) {
	for _, p := range []Position{{}, {1, 16}, {1<<63 - 1, 1 << 40}} {
		if got, err := ParsePosition(p.String()); err != nil || got != p {
			t.Errorf("ParsePosition(%q) = %v, %v", p.String(), got, err)
		}
	}
	if p, err := ParsePosition(""); err != nil || p != (Position{}) {
		t.Errorf("the empty text is %v, %v", p, err)
	}
	for _, s := range []string{"1", ":", "a:1", "1:b", "-1:2", "1:-2", "1:2:3"} {
		if _, err := ParsePosition(s); err == nil {
			t.Errorf("ParsePosition(%q) succeeded", s)
		}
	}
	a, b, c := Position{1, 900}, Position{2, 16}, Position{2, 17}
	if !a.Less(b) || !b.Less(c) || c.Less(b) || b.Less(b) {
		t.Error("positions are out of order")
	}
}

func TestFilesArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no permission bits; the user's folder protects the files")
	}
	dir := filepath.Join(t.TempDir(), "deep", "journal")
	open(t, Config{Dir: dir})
	for name, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, segmentName(1)): 0o600} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, %v; want %v", name, info.Mode().Perm(), err, want)
		}
	}
}

func TestWait(t *testing.T) {
	j := open(t, Config{Dir: t.TempDir()})
	at := j.Position()
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if err := j.Wait(ctx, at); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait at the end: %v", err)
	}
	done := make(chan error, 1)
	go func() { done <- j.Wait(context.Background(), at) }()
	if err := j.Append(record(1, 1)); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("Wait after an append: %v", err)
	}
	go func() { done <- j.Wait(context.Background(), j.Position()) }()
	_ = j.Close()
	if err := <-done; !errors.Is(err, ErrClosed) {
		t.Errorf("Wait on a closed journal: %v", err)
	}
}

func TestConcurrentReaderSeesWholeRecordsInOrder(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Config{Dir: dir, SegmentBytes: 64 << 10})
	const writers, each = 4, 400
	var done atomic.Bool
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				r := Record{Type: ReqChunk, At: int64(i), Payload: payload(uint64(w*each+i), (i*37)%3000)}
				r.ID[0] = byte(w)
				if err := j.Append(r); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	go func() { group.Wait(); done.Store(true) }()
	r := reader(t, dir, Position{})
	next := [writers]int{}
	for total := 0; ; {
		finished := done.Load()
		rec, _, err := r.Next()
		if err == io.EOF {
			if finished {
				if total != writers*each || r.Skipped() != 0 {
					t.Errorf("read %d of %d, skipped %d", total, writers*each, r.Skipped())
				}
				return
			}
			runtime.Gosched()
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		w, i := int(rec.ID[0]), int(rec.At)
		if next[w] != i || !bytes.Equal(rec.Payload, payload(uint64(w*each+i), (i*37)%3000)) {
			t.Fatalf("writer %d: record %d came where %d was due, or differs", w, i, next[w])
		}
		next[w]++
		total++
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{100, 4 << 10, 32 << 10} {
		b.Run(fmt.Sprintf("%d", size), func(b *testing.B) {
			j := open(b, Config{Dir: b.TempDir()})
			r := record(1, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if err := j.Append(r); err != nil {
					b.Fatal(err)
				}
				if p := j.Position(); p.Offset < 2*int64(size)+200 {
					_ = j.Release(p) // keep the disk from filling
				}
			}
		})
	}
}
