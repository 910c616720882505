package journal

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// TestFolderIsTakenAway: somebody deletes the journal, or its folder, while it is
// written. From the next sync on what comes is kept under a name again, and a
// reader that was following sees all of it.
func TestFolderIsTakenAway(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows lets nobody delete a file that is open")
	}
	for what, take := range map[string]func(dir string) error{
		"the folder":  os.RemoveAll,
		"the segment": func(dir string) error { return os.Remove(filepath.Join(dir, segmentName(1))) },
	} {
		dir := filepath.Join(t.TempDir(), "journal")
		j := open(t, Config{Dir: dir, SyncEvery: time.Hour})
		r := reader(t, dir, Position{})
		var want, later, got []Record
		for i := range 30 {
			switch i {
			case 10:
				got = readAll(t, r)
				if err := take(dir); err != nil {
					t.Fatal(err)
				}
			case 20:
				if err := j.Sync(); !errors.Is(err, errTaken) {
					t.Errorf("%s: Sync gives %v", what, err)
				}
			}
			rec := record(uint64(i), 50)
			if err := j.Append(rec); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if want = append(want, rec); i >= 20 {
				later = append(later, rec)
			}
		}
		equal(t, append(got, readAll(t, r)...), want)
		if r.Skipped() != 0 {
			t.Errorf("%s: %d skipped", what, r.Skipped())
		}
		equal(t, readAll(t, reader(t, dir, Position{})), later) // the next start
		if err := j.Sync(); err != nil {
			t.Errorf("%s: the next Sync gives %v", what, err)
		}
	}
}
