package export

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// TestFileIsWhole: an export that breaks off leaves what was there before, and
// nothing beside it; one that does not takes its place.
func TestFileIsWhole(t *testing.T) {
	dir := t.TempDir()
	old, fresh := filepath.Join(dir, "old.csv"), filepath.Join(dir, "fresh.csv")
	if err := os.WriteFile(old, []byte("of yesterday"), 0o644); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("the log is damaged")
	half := func(w io.Writer) error {
		if _, err := io.WriteString(w, "half of it"); err != nil {
			return err
		}
		return broken
	}
	for _, path := range []string{old, fresh} {
		if err := File(path, half); !errors.Is(err, broken) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if b, err := os.ReadFile(old); err != nil || string(b) != "of yesterday" {
		t.Errorf("the file of yesterday is %q now, %v", b, err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("the folder holds %v, %v", list, err)
	}
	whole := func(w io.Writer) error { _, err := io.WriteString(w, "all of it"); return err }
	for _, path := range []string{old, fresh} {
		if err := File(path, whole); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		b, err := os.ReadFile(path)
		if err != nil || string(b) != "all of it" {
			t.Errorf("%s is %q, %v", path, b, err)
		}
		if info, err := os.Stat(path); runtime.GOOS != "windows" && (err != nil || info.Mode().Perm() != 0o600) {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if err := File(filepath.Join(dir, "none", "x.csv"), whole); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("into a folder that is not there: %v", err)
	}
}

// TestFileBehindALink: the file is replaced, and the link leads to it as before.
func TestFileBehindALink(t *testing.T) {
	dir, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "real.csv")
	link := filepath.Join(dir, "link.csv")
	if err := os.WriteFile(elsewhere, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, link); err != nil {
		t.Skip("no links here: ", err)
	}
	if err := File(link, func(w io.Writer) error { _, err := io.WriteString(w, "rows"); return err }); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(elsewhere); err != nil || string(b) != "rows" {
		t.Errorf("behind the link is %q, %v", b, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info.Mode(), err)
	}
}

// TestFileThatIsNone: a device is written to, and not replaced by a file.
func TestFileThatIsNone(t *testing.T) {
	info, err := os.Stat(os.DevNull)
	if err != nil || info.Mode().IsRegular() {
		t.Skip("no device to write to")
	}
	if err := File(os.DevNull, func(w io.Writer) error { _, err := io.WriteString(w, "rows"); return err }); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("%s is %v now, %v", os.DevNull, info.Mode(), err)
	}
}

// TestFileBehindNoLink: a link to nothing stays one.
func TestFileBehindNoLink(t *testing.T) {
	link := filepath.Join(t.TempDir(), "link.csv")
	if err := os.Symlink(link+".gone", link); err != nil {
		t.Skip("no links here: ", err)
	}
	if err := File(link, func(io.Writer) error { return nil }); err == nil {
		t.Error("it was replaced")
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info, err)
	}
}

// TestFileThatMayNotBeWritten: what this person may not write is not replaced either,
// by its own name or by a link.
func TestFileThatMayNotBeWritten(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write all")
	}
	dir := t.TempDir()
	path, link := filepath.Join(dir, "kept.csv"), filepath.Join(dir, "link.csv")
	if err := os.WriteFile(path, []byte("kept"), 0o400); err != nil {
		t.Fatal(err)
	}
	names := []string{path}
	if os.Symlink(path, link) == nil {
		names = append(names, link)
	}
	for _, name := range names {
		began := false
		err := File(name, func(w io.Writer) error { began = true; _, err := io.WriteString(w, "rows"); return err })
		if !errors.Is(err, os.ErrPermission) || began {
			t.Errorf("%s: %v, begun %v", name, err, began)
		}
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "kept" {
		t.Errorf("it is %q now, %v", b, err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != len(names) {
		t.Errorf("the folder holds %v, %v", list, err)
	}
}
