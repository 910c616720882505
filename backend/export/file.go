package export

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// File writes a file that is whole once it has its name: what fails leaves the
// file that was there before as it was, or none. Others can't read it. What is
// no file (a pipe, a device) is written as it comes.
func File(path string, write func(io.Writer) error) (err error) {
	if to, err := filepath.EvalSymlinks(path); err == nil {
		path = to // the file that a link leads to, and not the link, is replaced
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
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
