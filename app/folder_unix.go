//go:build unix

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// isOpen says whether others on this machine can look into a folder.
func isOpen(dir string) (bool, error) {
	st, err := os.Stat(dir)
	if err != nil {
		return false, fmt.Errorf("looking at the data folder: %w", err)
	}
	return st.Mode().Perm()&0o077 != 0, nil
}

// closeFolder keeps others on this machine out of the data folder: files in it are
// closed anyway, but their names and sizes are to be seen, and where the folder can be
// written they can be replaced. It changes a folder of this person's own only, which is
// empty or Gumshoe's alone and is not meant to be shared (sticky, or writable by
// anybody); what was made for something else may be read by somebody who needs it.
// open says that others can look in still.
func closeFolder(dir string) (open bool, err error) {
	f, err := os.Open(dir)
	if err != nil {
		return false, fmt.Errorf("looking at the data folder: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return false, fmt.Errorf("looking at the data folder: %w", err)
	}
	mode := st.Mode()
	if mode.Perm()&0o077 == 0 {
		return false, nil
	}
	const most = 100 // names; more than Gumshoe makes
	names, err := f.Readdirnames(most)
	if err != nil && !errors.Is(err, io.EOF) {
		return true, fmt.Errorf("looking at the data folder: %w", err)
	}
	owner, ok := st.Sys().(*syscall.Stat_t)
	mine := ok && int64(owner.Uid) == int64(os.Geteuid())
	if !mine || len(names) == most || !oursAlone(names) || mode&fs.ModeSticky != 0 || mode.Perm()&0o002 != 0 {
		return true, nil
	}
	// Of the open folder, and not of its name: that may be another one by now.
	if err := f.Chmod(mode &^ 0o077); err != nil {
		return true, fmt.Errorf("closing the data folder to others: %w", err)
	}
	return false, nil
}
