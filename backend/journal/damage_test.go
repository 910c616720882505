package journal

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// damaged writes two segments of ten records and lets harm change the first.
func damaged(t *testing.T, harm func(b []byte) []byte) (r *Reader, want []Record) {
	t.Helper()
	dir := t.TempDir()
	for s := range 2 {
		j := open(t, Config{Dir: dir})
		for i := range 10 {
			want = append(want, record(uint64(s*10+i), 50))
			if err := j.Append(want[len(want)-1]); err != nil {
				t.Fatal(err)
			}
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(dir, segmentName(1))
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, harm(b), 0o600); err != nil {
		t.Fatal(err)
	}
	return reader(t, dir, Position{}), want
}

const oneFrame = frameSize + 50

func TestTornTailsAreSkipped(t *testing.T) {
	for cut := 1; cut < oneFrame; cut++ {
		r, want := damaged(t, func(b []byte) []byte { return b[:len(b)-cut] })
		equal(t, readAll(t, r), append(want[:9:9], want[10:]...))
		if r.Skipped() != 1 {
			t.Errorf("cut by %d: skipped %d, want 1", cut, r.Skipped())
		}
	}
}

func TestFlippedBitsLoseOneRecord(t *testing.T) {
	start := headerSize + 4*oneFrame
	for at := range oneFrame {
		r, want := damaged(t, func(b []byte) []byte { b[start+at] ^= 0x10; return b })
		equal(t, readAll(t, r), append(want[:4:4], want[5:]...))
		if r.Skipped() != 1 {
			t.Errorf("byte %d: skipped %d, want 1", at, r.Skipped())
		}
	}
}

func TestBadHeaderLosesOneSegment(t *testing.T) {
	for at := range headerSize {
		r, want := damaged(t, func(b []byte) []byte { b[at] ^= 1; return b })
		equal(t, readAll(t, r), want[10:])
		if r.Skipped() != 1 {
			t.Errorf("byte %d: skipped %d, want 1", at, r.Skipped())
		}
	}
	for size := range headerSize {
		r, want := damaged(t, func(b []byte) []byte { return b[:size] })
		equal(t, readAll(t, r), want[10:])
	}
}

// A body that holds a journal must not bring its records to life when the
// record that carries it is torn.
func TestForeignFramesInPayloadStayDead(t *testing.T) {
	r, want := damaged(t, func(b []byte) []byte {
		header, salt := newHeader()
		evil := appendFrame(header, record(666, 20), salt)
		evil = appendFrame(evil, record(667, 20), 0)
		_, own := parseHeader(b)
		if !own {
			t.Fatal("no header")
		}
		mine, _ := parseHeader(b)
		torn := appendFrame(nil, Record{Type: ReqChunk, Payload: append(evil, make([]byte, 500)...)}, mine)
		return append(b, torn[:len(torn)-400]...)
	})
	equal(t, readAll(t, r), want)
	if r.Skipped() != 1 {
		t.Errorf("skipped %d, want 1", r.Skipped())
	}
}

func TestLiveSegmentWaitsForTornTailAndJumpsDamage(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Config{Dir: dir})
	var want []Record
	for i := range 5 {
		want = append(want, record(uint64(i), 50))
		if err := j.Append(want[i]); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(dir, segmentName(1))
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, int64(len(whole)-3)); err != nil {
		t.Fatal(err)
	}
	r := reader(t, dir, Position{})
	equal(t, readAll(t, r), want[:4])
	if err := os.WriteFile(name, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	equal(t, readAll(t, r), want[4:])
	if r.Skipped() != 0 {
		t.Errorf("a tail still being written was counted as skipped")
	}
	whole[headerSize+oneFrame+40] ^= 1
	if err := os.WriteFile(name, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	r = reader(t, dir, Position{})
	equal(t, readAll(t, r), append(want[:1:1], want[2:]...))
	if r.Skipped() != 1 {
		t.Errorf("skipped %d, want 1", r.Skipped())
	}
}

func TestReadingFromWhereNothingIs(t *testing.T) {
	if got := readAll(t, reader(t, filepath.Join(t.TempDir(), "none"), Position{})); got != nil {
		t.Errorf("a missing folder has records: %v", got)
	}
	if end, err := EndOf(t.TempDir()); err != nil || end != (Position{}) {
		t.Errorf("an empty folder ends at %v, %v", end, err)
	}
	r, want := damaged(t, func(b []byte) []byte { return b })
	past := reader(t, r.dir, Position{Segment: 1, Offset: 1 << 30})
	equal(t, readAll(t, past), want[10:])
	if err := past.ReadAt(make([]byte, 4), Position{Segment: 77}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("ReadAt of a missing segment: %v", err)
	}
}

// limited is a disk that takes a number of bytes.
type limited struct {
	left    int64
	noTrunc bool
}

var errFull = errors.New("no space left on device")

type limitedFile struct {
	*os.File
	disk *limited
}

func (d *limited) open(name string, flag int, perm os.FileMode) (File, error) {
	f, err := os.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return limitedFile{f, d}, nil
}

func (f limitedFile) WriteAt(p []byte, off int64) (int, error) {
	if int64(len(p)) <= f.disk.left {
		f.disk.left -= int64(len(p))
		return f.File.WriteAt(p, off)
	}
	n, _ := f.File.WriteAt(p[:f.disk.left], off)
	f.disk.left = 0
	return n, errFull
}

func (f limitedFile) Truncate(size int64) error {
	if f.disk.noTrunc {
		return errFull
	}
	return f.File.Truncate(size)
}

func TestDiskFullIsReportedAndHeals(t *testing.T) {
	for _, noTrunc := range []bool{false, true} {
		for room := int64(0); room < 4*oneFrame; room += 7 {
			dir := t.TempDir()
			disk := &limited{left: headerSize + room, noTrunc: noTrunc}
			j := open(t, Config{Dir: dir, SegmentBytes: 2 * oneFrame, OpenFile: disk.open})
			r := reader(t, dir, Position{})
			var want, got []Record
			for i := range 12 {
				if i == 8 {
					disk.left = 1 << 20 // somebody made room
				}
				rec := record(uint64(i), 50)
				if err := j.Append(rec); err == nil {
					want = append(want, rec)
				} else if !errors.Is(err, errFull) {
					t.Fatal(err)
				} else if i >= 8 {
					t.Errorf("room %d: Append %d still fails: %v", room, i, err)
				}
				got = append(got, readAll(t, r)...)
			}
			equal(t, got, want)
			equal(t, readAll(t, reader(t, dir, Position{})), want)
			if len(want) < 4 || len(want) > 8 {
				t.Errorf("room %d: %d records were accepted", room, len(want))
			}
		}
	}
}
