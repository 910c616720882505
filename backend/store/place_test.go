package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"gumshoe/backend/query"
)

// TestFilesThatAreTakenAway: what is saved to a file that has no name any more is
// gone with the process, so nothing is, and the journal keeps it; with the files
// back it goes on.
func TestFilesThatAreTakenAway(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows lets nobody move a file that is open")
	}
	names := []string{"gumshoe.db", "gumshoe.db-wal", "gumshoe.db-shm"}
	for what, c := range map[string]struct {
		gone []string
		put  func(name string) error // in their place
	}{
		"all of it":             {names, nil},
		"the database":          {names[:1], nil},
		"its write-ahead log":   {names[1:2], nil},
		"a folder in its place": {names[:1], func(name string) error { return os.Mkdir(name, 0o700) }},
		"another log":           {names, func(name string) error { return os.WriteFile(name, nil, 0o600) }},
	} {
		dir, aside := t.TempDir(), t.TempDir()
		s, err := Open(t.Context(), Config{Path: filepath.Join(dir, names[0])})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		kept := item(t, []byte("q"), []byte("a"))
		save(t, s, kept)
		for _, n := range c.gone {
			if err := os.Rename(filepath.Join(dir, n), filepath.Join(aside, n)); err != nil {
				t.Fatal(err)
			}
			if c.put != nil {
				if err := c.put(filepath.Join(dir, n)); err != nil {
					t.Fatal(err)
				}
			}
		}
		later := item(t, []byte("later"), []byte("a"))
		if err := s.Save(t.Context(), []Item{later}, Progress{}); !errors.Is(err, ErrMoved) {
			t.Errorf("%s: Save gives %v", what, err)
		}
		if err := s.SetSetting(t.Context(), "theme", "dark"); !errors.Is(err, ErrMoved) {
			t.Errorf("%s: SetSetting gives %v", what, err)
		}
		for how, err := range deletions(t, s, kept.Record.ID) {
			if !errors.Is(err, ErrMoved) {
				t.Errorf("%s: %s gives %v, and people see another file", what, how, err)
			}
		}
		if err := s.Sync(); !errors.Is(err, ErrMoved) {
			t.Errorf("%s: Sync gives %v, and the journal would be released", what, err)
		}
		for _, n := range c.gone {
			if c.put != nil {
				if err := os.Remove(filepath.Join(dir, n)); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Rename(filepath.Join(aside, n), filepath.Join(dir, n)); err != nil {
				t.Fatal(err)
			}
		}
		if seeker, ok := later.Request.(io.Seeker); ok {
			if _, err := seeker.Seek(0, io.SeekStart); err != nil {
				t.Fatal(err)
			}
		}
		save(t, s, later)
		if n, err := s.Count(t.Context()); err != nil || n != 2 || s.Sync() != nil {
			t.Errorf("%s, back again: %d exchanges, %v", what, n, err)
		}
	}
}

// TestAskOfAnotherFile: a person's own SQL is not answered from a log that merely has
// the name by now, nor from none, and is again once the log is back.
func TestAskOfAnotherFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows lets nobody move a file that is open")
	}
	dir, aside := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "gumshoe.db")
	s, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	save(t, s, item(t, []byte("q"), []byte("a")))
	ask := func() (string, error) {
		a, err := s.Ask(t.Context(), `SELECT count(*) FROM v_exchanges`)
		return fmt.Sprint(a.Rows), err
	}
	move := func(from, to string) {
		t.Helper()
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if err := os.Rename(filepath.Join(from, "gumshoe.db"+suffix), filepath.Join(to, "gumshoe.db"+suffix)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, err := ask(); err != nil || got != "[[1]]" { // connections of the pool are open from now on
		t.Fatalf("the answer is %s, %v", got, err)
	}
	move(dir, aside)
	if got, err := ask(); !errors.Is(err, ErrMoved) {
		t.Errorf("without a file the answer is %s, %v", got, err)
	}
	other, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	save(t, other, item(t, []byte("q"), []byte("a")), item(t, []byte("q"), []byte("a")))
	if got, err := ask(); !errors.Is(err, ErrMoved) {
		t.Errorf("with another log in its place the answer is %s, %v", got, err)
	}
	if err := errors.Join(other.Close(), os.Remove(path)); err != nil {
		t.Fatal(err)
	}
	move(aside, dir)
	if got, err := ask(); err != nil || got != "[[1]]" {
		t.Errorf("with the log back the answer is %s, %v", got, err)
	}
}

// TestOverwrittenUnderTheProgram: what connections remember of the file hides that
// its bytes are others by now. Nothing is taken for stored then.
func TestOverwrittenUnderTheProgram(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows lets nobody write over a file that is locked")
	}
	s := open(t)
	var ids [3]string
	for i := range ids {
		it := item(t, []byte("q"), []byte("a"))
		save(t, s, it)
		ids[i] = it.Record.ID
	}
	for _, suffix := range []string{"", "-wal"} {
		st, err := os.Stat(s.path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.path+suffix, bytes.Repeat([]byte("rubbish!"), int(st.Size()/8)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Sync(); !errors.Is(err, ErrDamaged) {
		t.Errorf("Sync gives %v, and the journal would be released", err)
	}
	s.files.sound.Store(0) // a while later
	if err := s.Save(t.Context(), []Item{item(t, []byte("q"), []byte("a"))}, Progress{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("Save gives %v", err)
	}
	for how, err := range deletions(t, s, ids[0]) {
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s gives %v", how, err)
		}
	}
}

// deletions tries every way to delete, and to change, what is stored.
func deletions(t *testing.T, s *Store, id string) map[string]error {
	t.Helper()
	ctx, out := t.Context(), map[string]error{}
	_, out["DeleteIDs"] = s.DeleteIDs(ctx, []string{id}, nil)
	_, out["DeleteWhere"] = s.DeleteWhere(ctx, query.Filter{Models: []string{"m"}}, nil)
	_, out["DeleteBefore"] = s.DeleteBefore(ctx, time.Now().Add(time.Hour).UnixMicro())
	_, out["DeleteAll"] = s.DeleteAll(ctx)
	out["SetMark"] = s.SetMark(ctx, id, Mark{Starred: true})
	return out
}
