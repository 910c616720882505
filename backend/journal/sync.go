package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
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
	file, full, made := j.file, j.full, j.made
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
	return failed
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
