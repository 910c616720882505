package journal

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// platter is what a disk has kept of the files: what was synced and no more.
type platter struct {
	mu     sync.Mutex
	synced map[string][]byte
	fail   error
	syncs  int
}

type platterFile struct {
	*os.File
	on   *platter
	name string
}

func (p *platter) open(name string, flag int, perm os.FileMode) (File, error) {
	f, err := os.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return platterFile{f, p, filepath.Base(name)}, nil
}

func (f platterFile) Sync() error {
	f.on.mu.Lock()
	defer f.on.mu.Unlock()
	f.on.syncs++
	if f.on.fail != nil {
		return f.on.fail
	}
	b, err := os.ReadFile(f.File.Name())
	if err == nil {
		f.on.synced[f.name] = b
	}
	return err
}

// after makes the folder that is found when the power is back: what was synced
// and, behind it, what the disk has made of the rest.
func (p *platter) after(t *testing.T, dir string, rest func(synced, written []byte) []byte) string {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	found := t.TempDir()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		written, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		synced, ok := p.synced[e.Name()]
		if !ok && rest == nil {
			continue
		}
		if rest != nil {
			synced = append(synced[:len(synced):len(synced)], rest(synced, written)...)
		}
		if err := os.WriteFile(filepath.Join(found, e.Name()), synced, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// TestPowerCut: what was synced is read whatever became of the rest, and nothing
// is read that was not written.
func TestPowerCut(t *testing.T) {
	src := rand.New(rand.NewPCG(5, 6))
	for name, rest := range map[string]func(synced, written []byte) []byte{
		"nothing of it": nil,
		"zeros": func(synced, written []byte) []byte {
			return make([]byte, len(written)-len(synced))
		},
		"a part": func(synced, written []byte) []byte {
			return written[len(synced) : len(synced)+src.IntN(len(written)-len(synced)+1)]
		},
		"pages in any order": func(synced, written []byte) []byte {
			b := append([]byte(nil), written[len(synced):]...)
			for at := 0; at < len(b); at += 64 {
				if src.IntN(2) == 0 {
					clear(b[at:min(at+64, len(b))])
				}
			}
			return b
		},
	} {
		t.Run(name, func(t *testing.T) {
			for round := range 40 {
				dir, disk := t.TempDir(), &platter{synced: map[string][]byte{}}
				j := open(t, Config{Dir: dir, SegmentBytes: 1000, SyncEvery: time.Hour, OpenFile: disk.open})
				var safe, all []Record
				for i := range 60 {
					r := record(uint64(round*100+i), 10+src.IntN(90))
					if err := j.Append(r); err != nil {
						t.Fatal(err)
					}
					if all = append(all, r); src.IntN(9) == 0 {
						if err := j.Sync(); err != nil {
							t.Fatal(err)
						}
						safe = all
					}
				}
				found := disk.after(t, dir, rest)
				open(t, Config{Dir: found}) // the next start
				known := map[string]Record{}
				for _, r := range all {
					known[r.ID.String()] = r
				}
				got := readAll(t, reader(t, found, Position{}))
				if len(got) < len(safe) {
					t.Fatalf("%d records are left of %d that were synced", len(got), len(safe))
				}
				equal(t, got[:len(safe)], safe)
				for _, r := range got {
					equal(t, []Record{r}, []Record{known[r.ID.String()]})
				}
			}
		})
	}
}

// TestSyncedInTime: nobody calls Sync, and what was written gets to the disk.
func TestSyncedInTime(t *testing.T) {
	if DefaultSyncEvery >= time.Second {
		t.Errorf("%v is more than the second that is promised", DefaultSyncEvery)
	}
	dir, disk := t.TempDir(), &platter{synced: map[string][]byte{}, fail: errors.New("the cable came off")}
	j := open(t, Config{Dir: dir, SegmentBytes: 1000, SyncEvery: time.Millisecond, OpenFile: disk.open})
	var want []Record
	for i := range 40 {
		if i == 20 {
			disk.mu.Lock()
			disk.fail = nil // and is in again
			disk.mu.Unlock()
			if err := j.Rotate(); err != nil {
				t.Fatal(err)
			}
		}
		r := record(uint64(i), 60)
		if err := j.Append(r); err != nil {
			t.Fatal(err)
		}
		if i >= 20 {
			want = append(want, r)
		}
	}
	deadline := time.Now().Add(10 * time.Second)
	for {
		got := readAll(t, reader(t, disk.after(t, dir, nil), Position{}))
		if n := len(got) - len(want); n >= 0 {
			equal(t, got[n:], want)
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d records are on the disk", len(got), len(want))
		}
		time.Sleep(time.Millisecond)
	}
	disk.mu.Lock()
	before := disk.syncs
	disk.mu.Unlock()
	time.Sleep(20 * time.Millisecond) // nothing is written: nothing to sync
	disk.mu.Lock()
	defer disk.mu.Unlock()
	if disk.syncs > before+1 {
		t.Errorf("%d syncs while nothing was written", disk.syncs-before)
	}
}

// TestNumbersAreNotUsedAgain: a power cut took a segment that the recorder had
// read; what is written next must not lie in one of the same number.
func TestNumbersAreNotUsedAgain(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Config{Dir: dir, After: 7})
	if p := j.Position(); p.Segment != 8 {
		t.Fatalf("writes to segment %d", p.Segment)
	}
	want := record(1, 9)
	if err := j.Append(want); err != nil {
		t.Fatal(err)
	}
	equal(t, readAll(t, reader(t, dir, Position{Segment: 7, Offset: 4000})), []Record{want})
	if j := open(t, Config{Dir: dir, After: 3}); j.Position().Segment != 9 {
		t.Errorf("the next writes to segment %d", j.Position().Segment)
	}
}
