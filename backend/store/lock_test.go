package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
)

// lockedBy has another connection, as of another program, hold the lock on the log.
func lockedBy(t *testing.T, path string) (unlock func()) {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path, "mode=rw", "busy_timeout(5000)"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), `BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := conn.ExecContext(context.Background(), `ROLLBACK`); err != nil {
			t.Error(err)
		}
	}
}

// TestLocked: what waits for another program says so before it gives up, whichever
// of the store's own work came first, and Save goes through as soon as it may.
func TestLocked(t *testing.T) {
	s, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "gumshoe.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	unlock := lockedBy(t, s.path)
	began, settled, saved := time.Now(), make(chan error, 1), make(chan error, 1)
	go func() { _, err := s.Settle(context.Background(), time.Now().UnixMicro()); settled <- err }()
	go func() { saved <- s.Save(context.Background(), nil, Progress{Read: "1:1", Keep: "1:1"}) }()
	if err := s.Locked(); err != nil {
		t.Errorf("at once it is %v", err)
	}
	for s.Locked() == nil {
		if time.Since(began) > 8*time.Second {
			t.Fatal("it is not said that another program has the lock")
		}
		time.Sleep(20 * time.Millisecond)
	}
	asked := time.Now()
	for how, err := range deletions(t, s, uuid.NewString()) {
		if !errors.Is(err, ErrLocked) {
			t.Errorf("meanwhile %s gives %v", how, err)
		}
	}
	if err := s.SetSetting(t.Context(), "a", "b"); !errors.Is(err, ErrLocked) {
		t.Errorf("meanwhile SetSetting gives %v", err)
	}
	if took := time.Since(asked); took > 5*time.Second {
		t.Errorf("a person was told after %v", took)
	}
	unlock()
	for what, done := range map[string]chan error{"settling": settled, "saving": saved} {
		if err := <-done; err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := s.Locked(); err != nil {
		t.Errorf("afterwards it is %v", err)
	}
	if p, err := s.Progress(t.Context()); err != nil || p.Read != "1:1" {
		t.Errorf("the progress is %v, %v", p, err)
	}
}

// Giving up is told in words, too, and leaves the connection for the next.
func TestLockedForTooLong(t *testing.T) {
	s, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "gumshoe.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.write.Exec(`PRAGMA busy_timeout = 50`); err != nil {
		t.Fatal(err)
	}
	unlock := lockedBy(t, s.path)
	for what, try := range map[string]func() error{
		"saving":     func() error { return s.Save(t.Context(), nil, Progress{Read: "1:1"}) },
		"settling":   func() error { _, err := s.Settle(t.Context(), 1); return err },
		"deleting":   func() error { _, err := s.DeleteAll(t.Context()); return err },
		"a setting":  func() error { return s.SetSetting(t.Context(), "a", "b") },
		"summing up": func() error { _, err := s.RollUp(t.Context()); return err },
	} {
		if err := try(); !errors.Is(err, ErrLocked) {
			t.Errorf("%s: %v", what, err)
		}
	}
	unlock()
	if err := s.Save(t.Context(), nil, Progress{Read: "1:1"}); err != nil {
		t.Error(err)
	}
}
