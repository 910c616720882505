package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// some puts exchanges with bodies of all kinds into a log.
func some(t *testing.T, s *Store) []Item {
	t.Helper()
	src := mrand.New(mrand.NewPCG(3, 4))
	shared := bytes.Repeat([]byte(`{"role":"system","content":"You are a detective."},`), 400)
	var all []Item
	for i := range 30 {
		noise := make([]byte, src.IntN(40_000))
		for k := range noise {
			noise[k] = byte(src.Uint32())
		}
		it := item(t, append(append([]byte(fmt.Sprint(i)), shared...), noise...), noise[:len(noise)/2])
		switch i {
		case 5:
			it = item(t, nil, nil)
		case 6:
			it.Record.Start.OmitRequest, it.Request, it.RequestLen = true, nil, 0
		}
		save(t, s, it)
		all = append(all, it)
	}
	return all
}

func TestCheckFindsNothingWrong(t *testing.T) {
	s := open(t)
	some(t, s)
	c, err := s.Check(t.Context())
	if err != nil || c.Count != 0 {
		t.Fatalf("%v, %v", err, c.Problems)
	}
	if c.Exchanges != 30 || c.Bodies != 57 || c.Pieces == 0 || c.Bytes < 600_000 {
		t.Errorf("%+v", c)
	}
	ro, err := OpenReadOnly(t.Context(), Config{Path: s.path})
	if err != nil {
		t.Fatal(err)
	}
	defer ro.Close()
	if again, err := ro.Check(t.Context()); err != nil || fmt.Sprint(again) != fmt.Sprint(c) {
		t.Errorf("beside the recorder: %v, %+v", err, again)
	}
}

func TestCheckFindsDamage(t *testing.T) {
	for change, want := range map[string]string{
		`UPDATE piece SET data = substr(data, 1, length(data) - 3) WHERE n = 2`:              "piece 2 of the bodies can't be unpacked",
		`UPDATE piece SET data = (SELECT data FROM piece WHERE n = 3) WHERE n = 2`:           "piece 2 of the bodies is not what was stored",
		`UPDATE piece SET hash = randomblob(32) WHERE n = 2`:                                 "SHA-256 differs",
		`DELETE FROM piece WHERE n = 2`:                                                      "piece 2 of the re",
		`UPDATE piece SET refs = refs - 1 WHERE n = 2`:                                       "used more often",
		`DELETE FROM record WHERE seq = 4`:                                                   "lost its headers and bodies",
		`UPDATE record SET packed = substr(packed, 1, 40) WHERE seq = 4`:                     "its headers and bodies can't be read",
		`UPDATE record SET packed = (SELECT packed FROM record WHERE seq = 5) WHERE seq = 4`: "the request body has",
		`UPDATE record SET packed = (SELECT packed FROM record WHERE seq = 6) WHERE seq = 4`: "the request has lost its body",
		`DELETE FROM exchange WHERE seq = 4`:                                                 "1 exchanges have lost their rows",
		`UPDATE exchange SET response_bytes = 7 WHERE seq = 4`:                               "not 7",
		`CREATE TRIGGER spy AFTER INSERT ON record BEGIN DELETE FROM piece; END`:             "trigger spy is not as Gumshoe makes it",
		`DROP VIEW v_days`: "view v_days is gone",
		`PRAGMA writable_schema = 1; DELETE FROM sqlite_schema WHERE name = 'exchange_model'`:              "exchange_model is gone",
		`DROP VIEW v_days; CREATE VIEW v_days AS SELECT randomblob(9) AS day, value AS model FROM setting`: "view v_days is not as Gumshoe makes it",
	} {
		s := open(t)
		some(t, s)
		if _, err := s.write.ExecContext(t.Context(), change); err != nil {
			t.Fatalf("%s: %v", change, err)
		}
		c, err := s.Check(t.Context())
		if text := strings.Join(c.Problems, "\n"); err != nil || c.Count == 0 || !strings.Contains(text, want) {
			t.Errorf("%s\n%v: %d problems: %s", change, err, c.Count, text)
		}
	}
}

// TestCheckOfRubbish: a byte changed anywhere in the file is found, or did not
// matter; it never panics and never gives a body that is not the one stored.
func TestCheckOfRubbish(t *testing.T) {
	s := open(t)
	items := some(t, s)
	path := s.path
	want := map[string][]byte{}
	for _, it := range items {
		for _, side := range []Side{Request, Reply} {
			want[it.Record.ID+string(side)] = body(t, s, it.Record.ID, side)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	src := mrand.New(mrand.NewPCG(7, 8))
	found := 0
	for range 150 {
		b := bytes.Clone(whole)
		for range 1 + src.IntN(3) {
			b[src.IntN(len(b))] ^= byte(1 + src.IntN(255))
		}
		name := filepath.Join(t.TempDir(), "gumshoe.db")
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if rotten(t, name, items, want) {
			found++
		}
	}
	if found < 75 {
		t.Errorf("only %d of 150 are noticed", found)
	}
}

func rotten(t *testing.T, name string, items []Item, want map[string][]byte) bool {
	s, err := OpenReadOnly(t.Context(), Config{Path: name})
	if err != nil {
		return true
	}
	defer s.Close()
	c, err := s.Check(t.Context())
	if err != nil || c.Count > 0 {
		return true
	}
	for _, it := range items {
		for _, side := range []Side{Request, Reply} {
			if !bytes.Equal(body(t, s, it.Record.ID, side), want[it.Record.ID+string(side)]) {
				t.Errorf("nothing was found, and the %s of %s differs", side, it.Record.ID)
			}
		}
	}
	return false
}

func TestBackupAndRestore(t *testing.T) {
	s := open(t)
	items := some(t, s)
	if err := s.SetSetting(t.Context(), "language", "zh-TW"); err != nil {
		t.Fatal(err)
	}
	// A recorder goes on meanwhile.
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			if err := s.Save(ctx, []Item{item(t, []byte("later"), bytes.Repeat([]byte("and later "), 900))}, Progress{Read: "9:9", Keep: "9:9"}); err != nil {
				t.Error(err)
				return
			}
		}
	})
	file := filepath.Join(t.TempDir(), "backup.db")
	err := s.Backup(t.Context(), file)
	cancel()
	wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), file); !errors.Is(err, ErrExists) {
		t.Errorf("a second backup over the first: %v", err)
	}
	if st, err := os.Stat(file); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the backup's mode: %v, %v", st.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("beside the backup lies %v", left)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}

	dir := t.TempDir()
	cfg := Config{Path: filepath.Join(dir, "gumshoe.db")}
	old, found, err := Restore(t.Context(), cfg, file)
	if err != nil || old != "" || found.Exchanges < 30 {
		t.Fatalf("%q, %v, %+v", old, err, found)
	}
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the backup was changed: %v", err)
	}
	r, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		for _, side := range []Side{Request, Reply} {
			if !bytes.Equal(body(t, r, it.Record.ID, side), body(t, s, it.Record.ID, side)) {
				t.Errorf("the %s of %s differs", side, it.Record.ID)
			}
		}
	}
	if v, _, err := r.Setting(t.Context(), "language"); err != nil || v != "zh-TW" {
		t.Errorf("the setting is %q, %v", v, err)
	}
	save(t, r, item(t, []byte("a"), []byte("b")))
	n, err := r.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.Close()

	// Over a log: that one is put aside, and deleting all deletes it, too.
	old, _, err = Restore(t.Context(), cfg, file)
	if err != nil || old == "" {
		t.Fatalf("%q, %v", old, err)
	}
	aside, err := OpenReadOnly(t.Context(), Config{Path: filepath.Join(old, "gumshoe.db")})
	if err != nil {
		t.Fatal(err)
	}
	if k, err := aside.Count(t.Context()); err != nil || k != n {
		t.Errorf("%d of %d exchanges were put aside, %v", k, n, err)
	}
	aside.Close()
	if r, err = Open(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.DeleteAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("what was put aside is still there: %v", err)
	}
}

func TestRestoreRefuses(t *testing.T) {
	s := open(t)
	some(t, s)
	good := filepath.Join(t.TempDir(), "good.db")
	if err := s.Backup(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.ExecContext(t.Context(), `CREATE TRIGGER spy AFTER INSERT ON record BEGIN DELETE FROM piece; END`); err != nil {
		t.Fatal(err)
	}
	trapped := filepath.Join(t.TempDir(), "trapped.db")
	if err := s.Backup(t.Context(), trapped); err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.db")
	text := filepath.Join(t.TempDir(), "notes.txt")
	empty, other := filepath.Join(t.TempDir(), "empty.db"), filepath.Join(t.TempDir(), "other.db")
	db, err := sql.Open("sqlite", other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`CREATE TABLE holidays (day TEXT)`); err != nil {
		t.Fatal(err)
	}
	db.Close()
	for name, b := range map[string][]byte{empty: nil, cut: whole[:len(whole)/2], text: []byte(strings.Repeat("not a log ", 999))} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	cfg := Config{Path: filepath.Join(dir, "gumshoe.db")}
	if err := os.WriteFile(cfg.Path, []byte("what was there"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{trapped, cut, text, empty, other, t.TempDir(), filepath.Join(dir, "missing")} {
		if _, _, err := Restore(t.Context(), cfg, name); err == nil {
			t.Errorf("%s was restored", filepath.Base(name))
		}
		if b, err := os.ReadFile(cfg.Path); err != nil || string(b) != "what was there" {
			t.Fatalf("after %s the log is %q, %v", name, b, err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("beside the log lies %v, %v", left, err)
	}
}
