package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"gumshoe/backend/recorder"
	"gumshoe/backend/store"
)

func TestWhyRecordingFails(t *testing.T) {
	var h health
	turns := 0
	h.changed = func() { turns++ }
	if r := h.now(); !r.ok || r.code != "" {
		t.Errorf("at first it is %+v", r)
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{store.ErrLocked, "log_locked"},
		{store.ErrMoved, "log_moved"},
		{store.ErrDamaged, "log_damaged"},
		{store.ErrFull, "log_full"},
		{&fs.PathError{Op: "write", Err: syscall.ENOSPC}, "log_full"},
		{store.ErrDenied, "log_denied"},
		{fmt.Errorf("%w: %w", recorder.ErrUnread, fs.ErrPermission), "journal_unread"},
		{errors.New("disk I/O error"), "log_failed"},
	} {
		h.recorder(fmt.Errorf("storing: %w", c.err))
		if r := h.now(); r.ok || r.code != c.want || r.since == 0 || r.detail == "" {
			t.Errorf("%v is told as %+v", c.err, r)
		}
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{&fs.PathError{Op: "write", Err: syscall.ENOSPC}, "journal_full"},
		{&fs.PathError{Op: "open", Err: syscall.EACCES}, "journal_denied"},
		{&fs.PathError{Op: "open", Err: syscall.EROFS}, "journal_denied"},
		{errors.New("not a directory"), "journal_failed"},
	} {
		h.journal(c.err)
		if r := h.now(); r.ok || r.code != c.want {
			t.Errorf("%v is told as %+v", c.err, r)
		}
	}
	h.journal(nil)
	h.recorder(nil)
	if r := h.now(); !r.ok || turns != 4 {
		t.Errorf("in the end it is %+v after %d turns", r, turns)
	}
}

// Every code for why recording fails has words in every language, and no words are
// for none.
func TestEveryTroubleIsWorded(t *testing.T) {
	source, err := os.ReadFile("health.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for _, m := range regexp.MustCompile(`"((?:log|journal)_\w+)"`).FindAllSubmatch(source, -1) {
		codes[string(m[1])] = true
	}
	if len(codes) < 10 {
		t.Fatalf("only %d codes found: %v", len(codes), codes)
	}
	for _, language := range []string{"en", "zh-TW"} {
		b, err := os.ReadFile(filepath.Join("..", "frontend", "messages", language+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var words struct{ Trouble map[string]string }
		if err := json.Unmarshal(b, &words); err != nil {
			t.Fatal(err)
		}
		for c := range codes {
			if words.Trouble[c] == "" {
				t.Errorf("%s.json has no trouble.%s", language, c)
			}
		}
		if len(words.Trouble) != len(codes) {
			t.Errorf("%s.json words %d troubles, not %d", language, len(words.Trouble), len(codes))
		}
	}
}
