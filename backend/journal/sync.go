package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// DefaultSyncEvery is how long what was written waits to be synced to the disk.
// With the time that a slow disk takes it stays under a second.
const DefaultSyncEvery = 500 * time.Millisecond

// due sees to it that what was written just now is synced in time. j.mu is held.
func (j *Journal) due() {
	if j.dirty || j.closed {
		return
	}
	j.dirty = true
	time.AfterFunc(j.every, func() {
		if err := j.Sync(); err != nil {
			j.log.Warn("a power cut now would lose what was just recorded", "error", err)
		}
	})
}

// Sync brings all that was appended so far to the disk. Appends go on meanwhile.
// What could not be synced is tried again after the next Append.
func (j *Journal) Sync() error {
	j.syncing.Lock()
	defer j.syncing.Unlock()
	j.mu.Lock()
	file, full, made, number := j.file, j.full, j.made, j.pos.Segment
	j.dirty, j.full, j.made = false, nil, false
	j.mu.Unlock()
	var failed error
	if made {
		if err := syncFolder(j.dir); err != nil {
			failed = fmt.Errorf("syncing the journal's folder: %w", err)
		}
	}
	// What the system could not write once it forgets: a second try of a full
	// segment would say that all is well.
	for _, f := range full {
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			failed = errors.Join(failed, fmt.Errorf("syncing a full journal segment: %w", err))
		}
	}
	// A segment that became full meanwhile is closed by the next Sync only, which
	// waits for this one; one that could not be healed may be closed already.
	if file != nil {
		if err := file.Sync(); err != nil && !errors.Is(err, fs.ErrClosed) {
			failed = errors.Join(failed, fmt.Errorf("syncing the journal: %w", err))
		}
	}
	if _, err := os.Lstat(filepath.Join(j.dir, segmentName(number))); file != nil && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)) {
		failed = errors.Join(failed, j.abandon(file))
	}
	return failed
}

// errTaken says that somebody moved or deleted the segment that is written. What
// is written to a file without a name is gone with the process.
var errTaken = errors.New("the journal's segment was moved or deleted; a new one is begun")

// abandon leaves a segment whose name is gone; the next Append begins another.
func (j *Journal) abandon(file File) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file != file {
		return nil // a new one was begun meanwhile
	}
	j.file = nil
	return errors.Join(errTaken, file.Close())
}

// syncFolder makes the names of new files last. Windows has no such call and
// needs none.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
