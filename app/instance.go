package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// instance is the claim of one process on a data folder. The lock file decides
// who is first (the system drops it with the process, however that ends);
// running.json only tells others what runs, and the file "raise" asks a window
// to come to the front.
type instance struct {
	dir  string
	lock *flock.Flock
}

// running is what running.json says. It holds no secret.
type running struct {
	PID    int    `json:"pid"`
	Window bool   `json:"window"`
	Proxy  string `json:"proxy"`
	UI     string `json:"ui"` // without the token
	// Upstreams are those in use, as upstream.Parse takes them.
	Upstreams []string `json:"upstreams"`
	// OwnKey says that a flag gave the write key, which then is nowhere kept.
	OwnKey bool `json:"own_key"`
}

// errTaken says that another process has the data folder.
type errTaken struct {
	dir  string
	by   running
	seen bool // running.json could be read
}

func (e errTaken) Error() string {
	switch {
	case e.seen && e.by.Window:
		return fmt.Sprintf("Gumshoe already runs on %s (process %d): use its window, or choose another folder with --data", e.dir, e.by.PID)
	case e.seen:
		return fmt.Sprintf("Gumshoe already runs on %s (process %d): open %s in a browser, or choose another folder with --data", e.dir, e.by.PID, e.by.UI)
	}
	return fmt.Sprintf("Gumshoe already runs on %s: use that one, or choose another folder with --data", e.dir)
}

// claim takes the folder, or says who has it.
func claim(dir string) (*instance, error) {
	in := &instance{dir: dir, lock: flock.New(filepath.Join(dir, "gumshoe.lock"), flock.SetPermissions(0o600))}
	ok, err := in.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking the data folder %s: %w", dir, err)
	}
	if !ok {
		by, seen := readRunning(dir)
		return nil, errTaken{dir: dir, by: by, seen: seen}
	}
	os.Remove(in.path("raise"))
	return in, nil
}

func (in *instance) path(name string) string { return filepath.Join(in.dir, name) }

// tell writes what runs, for others to read.
func (in *instance) tell(r running) error {
	r.PID = os.Getpid()
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("describing this process: %w", err)
	}
	tmp := in.path("running.json.tmp")
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return fmt.Errorf("writing running.json: %w", err)
	}
	if err := os.Rename(tmp, in.path("running.json")); err != nil {
		return fmt.Errorf("writing running.json: %w", err)
	}
	return nil
}

func (in *instance) release() {
	os.Remove(in.path("running.json"))
	if err := in.lock.Unlock(); err != nil {
		return // the process ends, and the lock with it
	}
}

func readRunning(dir string) (running, bool) {
	b, err := os.ReadFile(filepath.Join(dir, "running.json"))
	var r running
	return r, err == nil && json.Unmarshal(b, &r) == nil
}

// runningNow is what runs on the folder at this moment; what a killed process
// left behind does not count.
func runningNow(dir string) (running, bool) {
	lock := flock.New(filepath.Join(dir, "gumshoe.lock"), flock.SetPermissions(0o600))
	if free, err := lock.TryRLock(); err == nil && free {
		_ = lock.Unlock()
		return running{}, false
	}
	return readRunning(dir)
}

// raise asks the window that has the folder to come to the front, and reports
// whether it took notice within a few seconds.
func raise(dir string) bool {
	p := filepath.Join(dir, "raise")
	if err := os.WriteFile(p, nil, 0o600); err != nil {
		return false
	}
	for range 30 {
		time.Sleep(100 * time.Millisecond)
		if _, err := os.Stat(p); errors.Is(err, os.ErrNotExist) {
			return true
		}
	}
	os.Remove(p)
	return false
}
