package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// ErrExists says that a file stands where a new one was to be written.
var ErrExists = errors.New("there is such a file already")

// Backup writes the log as it is now, settings included, into one new file
// (mode 0600), also while a recorder writes to it. Keys are not in the log and
// so not in the file. The file is whole once it has its name.
func (s *Store) Backup(ctx context.Context, file string) (err error) {
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("writing the backup %s: %w", file, ErrExists)
	}
	// Beside the file, so that giving it its name can't fail for another disk.
	dir, err := os.MkdirTemp(filepath.Dir(file), ".gumshoe-backup-")
	if err != nil {
		return fmt.Errorf("writing the backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	part := filepath.Join(dir, "part")
	if err := private(part); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", dsn(s.path, "mode=ro", "busy_timeout(10000)"))
	if err != nil {
		return fmt.Errorf("opening the log for a backup: %w", err)
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, part); err != nil {
		return damaged("writing the backup", err)
	}
	if err := syncFile(part); err != nil {
		return err
	}
	// Link fails where something has taken the name meanwhile; some file systems
	// can't link.
	if err := os.Link(part, file); err == nil {
		return nil
	}
	if err := os.Rename(part, file); err != nil {
		return fmt.Errorf("naming the backup: %w", err)
	}
	return nil
}

func syncFile(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("bringing %s to the disk: %w", name, err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("bringing %s to the disk: %w", name, err)
	}
	return nil
}

// Restore puts a backup in the place of the log at path, which nobody may have
// open. The backup is checked first, as a copy: it is untrusted, and it is not
// touched. What stood there goes into a new folder beside it, whose name is
// returned; "" where there was nothing. The restored log has read nothing of the
// journal, so that what was not stored yet is stored into it.
func Restore(ctx context.Context, cfg Config, backup string) (old string, found Checked, err error) {
	fresh := cfg.Path + ".restore"
	defer func() {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(fresh + suffix)
		}
	}()
	if err := copyPrivate(backup, fresh); err != nil {
		return "", found, err
	}
	if err := isLog(fresh); err != nil {
		return "", found, fmt.Errorf("the backup %s can't be used: %w", backup, err)
	}
	part := cfg
	part.Path = fresh
	if found, err = checkFile(ctx, part); err != nil {
		return "", found, fmt.Errorf("the backup %s can't be used: %w", backup, err)
	}
	if found.Count > 0 {
		return "", found, fmt.Errorf("the backup %s is damaged (%s): %w", backup, found.Problems[0], ErrDamaged)
	}
	if old, err = putAside([]string{cfg.Path, cfg.Path + "-wal", cfg.Path + "-shm"}); err != nil {
		return old, found, err
	}
	if err := os.Rename(fresh, cfg.Path); err != nil {
		return old, found, fmt.Errorf("putting the backup in its place: %w", err)
	}
	return old, found, nil
}

// isLog refuses what the program would take for a log that is still to be made.
func isLog(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("reading it: %w", err)
	}
	defer f.Close()
	head := make([]byte, 64) // "SQLite format 3", and user_version at 60
	if _, err := io.ReadFull(f, head); err != nil || !bytes.HasPrefix(head, []byte("SQLite format 3\x00")) || bytes.Equal(head[60:], make([]byte, 4)) {
		return errors.New("it is no log of Gumshoe's")
	}
	return nil
}

// checkFile opens a log as the program would, which migrates it, checks it and
// forgets its place in a journal that is not here.
func checkFile(ctx context.Context, cfg Config) (c Checked, err error) {
	s, err := Open(ctx, cfg)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if c, err = s.Check(ctx); err != nil {
		return c, err
	}
	if _, err := s.write.ExecContext(ctx, `DELETE FROM progress`); err != nil {
		return c, damaged("preparing the log for its journal", err)
	}
	return c, errors.Join(s.checkpoint(ctx), dropCopies(s.path))
}

func copyPrivate(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("reading the backup: %w", err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("copying the backup: %w", err)
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("copying the backup: %w", err)
	}
	return nil
}

// Replaced is how the folders are named into which Restore puts what it replaced.
const Replaced = "replaced-"

func putAside(names []string) (dir string, err error) {
	for _, name := range names {
		if _, err := os.Lstat(name); errors.Is(err, os.ErrNotExist) {
			continue
		}
		if dir == "" {
			dir = filepath.Join(filepath.Dir(names[0]), Replaced+time.Now().UTC().Format("20060102T150405.000000"))
			if err := os.Mkdir(dir, 0o700); err != nil {
				return "", fmt.Errorf("putting the old log aside: %w", err)
			}
		}
		if err := os.Rename(name, filepath.Join(dir, filepath.Base(name))); err != nil {
			return dir, fmt.Errorf("putting the old log aside: %w", err)
		}
	}
	return dir, nil
}
