package export

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// File writes a file that is whole once it has its name: what fails leaves the
// file that was there before as it was, or none. Others can't read it. What is
// no file (a pipe, a device) is written as it comes, and what may not be written
// is not replaced either.
func File(path string, write func(io.Writer) error) (err error) {
	path, file, err := place(path)
	if err != nil {
		return fmt.Errorf("writing the export: %w", err)
	}
	if !file {
		return straight(path, write)
	}
	// Beside the file, so that giving it its name can't fail for another disk.
	f, err := os.CreateTemp(filepath.Dir(path), ".gumshoe-export-*") // mode 0600
	if err != nil {
		return fmt.Errorf("writing the export beside %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = f.Close() // where it is closed already there is nothing to say
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("writing the export: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("writing the export: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("naming the export: %w", err)
	}
	return nil
}

// place is where a file of this name is to be: what a link leads to, and not the
// link, is replaced. What is there is opened first, by its name: the system says
// what may not be written, and which links others may have laid (protected_symlinks),
// and a rename asks for neither. file is false for what is none.
func place(path string) (to string, file bool, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(path); err == nil {
			return path, true, fmt.Errorf("%s is a link that leads nowhere", path)
		}
		return path, true, nil
	}
	if err != nil || !info.Mode().IsRegular() {
		return path, false, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return path, true, err
	}
	if err := f.Close(); err != nil {
		return path, true, err
	}
	if link, err := os.Lstat(path); err != nil || link.Mode()&fs.ModeSymlink == 0 {
		return path, true, err
	}
	if to, err = filepath.EvalSymlinks(path); err != nil {
		return path, true, err
	}
	if there, err := os.Stat(to); err != nil || !os.SameFile(there, info) {
		return path, true, errors.Join(fmt.Errorf("%s leads elsewhere than a moment ago", path), err)
	}
	return to, true, nil
}

// straight writes to what is there already and can't be replaced.
func straight(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("writing the export: %w", err)
	}
	err = write(f)
	if e := f.Close(); err == nil && e != nil {
		err = fmt.Errorf("writing the export: %w", e)
	}
	return err
}
