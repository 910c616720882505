package main

import (
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
)

// folderWatch says whether others on this machine can look into the data folder: that
// is mended, and undone, while the program runs.
type folderWatch struct {
	dir  string
	log  *slog.Logger
	open atomic.Bool // when last looked at
}

// began is told what there was to see at the start.
func (w *folderWatch) began(open bool, err error) {
	if w.open.Store(open); open || err != nil {
		w.warn("error", err)
	}
}

// look looks again; a folder that can't be seen is taken for what it was.
func (w *folderWatch) look() bool {
	open, err := isOpen(w.dir)
	if err != nil {
		return w.open.Load()
	}
	if !w.open.Swap(open) && open {
		w.warn()
	}
	return open
}

func (w *folderWatch) warn(more ...any) {
	w.log.Warn("others on this machine can look into the data folder, or change it: close it (chmod 700), or choose another with --data", append([]any{"folder", w.dir}, more...)...)
}

// oursAlone says whether a folder of these names holds nothing, or a log and nothing
// but what Gumshoe makes.
func oursAlone(names []string) bool {
	for _, name := range names {
		known := slices.Contains([]string{"gumshoe.db", "gumshoe.lock", "journal", "running.json", "running.json.tmp", "raise", "prices.json", "prices.json.tmp", demoMark, "secrets.enc", "secrets.key"}, name)
		known = known || slices.ContainsFunc([]string{"gumshoe.db-", "gumshoe.db.", "replaced-", ".keys-", ".probe-"}, func(p string) bool { return strings.HasPrefix(name, p) })
		if !known {
			return false
		}
	}
	return len(names) == 0 || slices.Contains(names, "gumshoe.db")
}

// folderSize is how much the data folder takes, in bytes.
func folderSize(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // what can't be read now is left out
		}
		if info, err := d.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	return n
}
