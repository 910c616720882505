//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDataFolderIsClosed: a folder that was there before is closed to others where it
// is this person's own and empty, or a log's and nothing else's; any other is left as
// it is, and the log and the window say so.
func TestDataFolderIsClosed(t *testing.T) {
	used := func(dir string) error {
		if err := os.WriteFile(filepath.Join(dir, "gumshoe.db"), nil, 0o600); err != nil {
			return err
		}
		return os.Mkdir(filepath.Join(dir, "journal"), 0o700)
	}
	with := func(more string) func(string) error {
		return func(dir string) error {
			if err := used(dir); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(dir, more), nil, 0o600)
		}
	}
	for name, c := range map[string]struct {
		mode, want os.FileMode
		fill       func(dir string) error
	}{
		"empty":                        {0o755, 0o700, nil},
		"empty, of a group":            {0o770, 0o700, nil},
		"closed already":               {0o700, 0o700, nil},
		"a log":                        {0o755, 0o700, used},
		"a log, its keys and its past": {0o755, 0o700, with("secrets.enc")},
		"a log, killed at its prices":  {0o755, 0o700, with("prices.json.tmp")},
		"a log put aside":              {0o755, 0o700, with("replaced-20261123T120000.000000")},
		"a log among other things":     {0o755, 0o755, with("index.html")},
		"other things":                 {0o755, 0o755, func(dir string) error { return os.Mkdir(filepath.Join(dir, "photos"), 0o700) }},
		"writable by anybody":          {0o777, 0o777, nil},
		"sticky, as /tmp":              {0o755 | os.ModeSticky, 0o755 | os.ModeSticky, nil},
		"somebody else's":              {0o755, 0o755, func(dir string) error { return os.Chown(dir, 12345, -1) }},
	} {
		dir := t.TempDir()
		if c.fill != nil {
			if err := c.fill(dir); os.IsPermission(err) && name == "somebody else's" {
				t.Logf("%s: to give a folder away takes more rights than these", name)
				continue
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(dir, c.mode); err != nil {
			t.Fatal(err)
		}
		open, err := closeFolder(dir)
		if err != nil || open != (c.want.Perm()&0o077 != 0) {
			t.Errorf("%s: open %v, %v", name, open, err)
		}
		if st, err := os.Stat(dir); err != nil || st.Mode() != c.want|os.ModeDir {
			t.Errorf("%s: its mode is %v, not %v, %v", name, st.Mode(), c.want, err)
		}
	}
}

// TestOpenFolderIsTold: serve closes an empty folder, and says where one stays open.
func TestOpenFolderIsTold(t *testing.T) {
	for name, want := range map[string]bool{"": false, "notes.txt": true} {
		dir := t.TempDir()
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if name != "" {
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		c := serve(t, dir)
		st, err := os.Stat(dir)
		if err != nil || (st.Mode().Perm() == 0o755) != want {
			t.Errorf("with %q: %v, %v", name, st.Mode(), err)
		}
		if got := c.status(t).DataOpen; got != want || strings.Contains(c.said(), "chmod 700") != want {
			t.Errorf("with %q: the window says %v, the log %q", name, got, c.said())
		}
		// What is changed meanwhile the window says at the next look.
		for _, mode := range []os.FileMode{0o700, 0o755, 0o700} {
			if err := os.Chmod(dir, mode); err != nil {
				t.Fatal(err)
			}
			if got := c.status(t).DataOpen; got != (mode != 0o700) {
				t.Errorf("with %q, at %v: the window says %v", name, mode, got)
			}
		}
		if !strings.Contains(c.said(), "chmod 700") {
			t.Errorf("with %q: that it was opened is not in the log", name)
		}
	}
}
