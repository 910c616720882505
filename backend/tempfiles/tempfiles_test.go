package tempfiles

import (
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sorted has SQLite sort so many rows of 100 KB.
func sorted(t *testing.T, file string, rows int) error {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?vfs="+Name+"&_pragma=temp_store(1)&_pragma=cache_size(-1000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var last string
	return db.QueryRow(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT max(x) FROM (SELECT i || printf('%100000s', i) AS x FROM n ORDER BY x LIMIT -1 OFFSET 0)`, rows).Scan(&last)
}

func TestFilesShareABound(t *testing.T) {
	if err := errors.Join(Register(), Register()); err != nil {
		t.Fatal(err)
	}
	const limit = 10 << 20
	SetLimit(limit)
	defer SetLimit(Limit)
	file := filepath.Join(t.TempDir(), "a.db")
	if err := sorted(t, file, 50); err != nil || Used().Peak < 3<<20 {
		t.Errorf("%v, %+v", err, Used())
	}
	var full *sqlite.Error
	if err := sorted(t, file, 300); !errors.As(err, &full) || full.Code() != sqlite3.SQLITE_FULL {
		t.Errorf("what has no room ends with %v", err)
	}
	var beside sync.WaitGroup
	failed := make([]error, 4)
	for i := range failed {
		beside.Go(func() { failed[i] = sorted(t, filepath.Join(t.TempDir(), "b.db"), 60) })
	}
	beside.Wait()
	if use := Used(); use.Bytes != 0 || use.Files != 0 || use.Peak > limit {
		t.Errorf("%+v are left", use)
	}
	if err := sorted(t, file, 50); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestAFileGivesBackWhatItLoses(t *testing.T) {
	r := roomy{limit: 100, files: map[uintptr]*tempFile{1: {}, 2: {}}}
	for i, c := range []struct {
		file   uintptr
		size   int64
		shrink bool
		ok     bool
		used   int64
	}{{1, 60, false, true, 60}, {1, 30, false, true, 60}, {2, 41, false, false, 60}, {2, 40, false, true, 100}, {1, 61, false, false, 100}, {1, 10, true, true, 50}, {2, 90, true, true, 100}, {2, 0, true, true, 10}} {
		if _, ok := r.grow(c.file, c.size, c.shrink); ok != c.ok || r.used != c.used {
			t.Errorf("%d: %v, %d", i, ok, r.used)
		}
	}
	if r.peak != 100 {
		t.Errorf("the peak is %d", r.peak)
	}
}
