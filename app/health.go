package main

import (
	"errors"
	"io/fs"
	"runtime"
	"sync"
	"syscall"
	"time"

	"gumshoe/backend/recorder"
	"gumshoe/backend/store"
)

// health is whether recording works: the journal keeps what comes, and the
// recorder stores it. Since is when it began to fail.
type health struct {
	changed func() // is told when recording begins to fail or to work; nil: nobody

	mu                       sync.Mutex
	journalErr, recorderErr  error
	journalSince, storeSince time.Time
}

func (h *health) journal(err error)  { h.set(&h.journalErr, &h.journalSince, err) }
func (h *health) recorder(err error) { h.set(&h.recorderErr, &h.storeSince, err) }

func (h *health) set(to *error, since *time.Time, err error) {
	h.mu.Lock()
	turned := (err == nil) != (*to == nil)
	if err != nil && turned {
		*since = time.Now()
	}
	*to = err
	h.mu.Unlock()
	if turned && h.changed != nil {
		h.changed()
	}
}

// now says whether recording works, and since when and why not. A failing
// recorder alone loses nothing, the journal being the buffer, but what comes is
// not to be seen, which a person has to know as well.
func (h *health) now() recording {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.journalErr != nil:
		return recording{since: h.journalSince.UnixMicro(), code: journalTrouble(h.journalErr), detail: h.journalErr.Error()}
	case h.recorderErr != nil:
		return recording{since: h.storeSince.UnixMicro(), code: recorderTrouble(h.recorderErr), detail: h.recorderErr.Error()}
	}
	return recording{ok: true}
}

// recording is what health says. The UI words the code, in its languages; the detail
// is for experts, in English.
type recording struct {
	ok           bool
	since        int64
	code, detail string
}

// journalTrouble is why what passes is not kept at all.
func journalTrouble(err error) string {
	switch {
	case full(err):
		return "journal_full"
	case denied(err):
		return "journal_denied"
	}
	return "journal_failed"
}

// recorderTrouble is why what the journal keeps can't be stored.
func recorderTrouble(err error) string {
	for _, k := range []struct {
		err  error
		code string
	}{
		{store.ErrLocked, "log_locked"},
		{store.ErrMoved, "log_moved"},
		{store.ErrDamaged, "log_damaged"},
		{store.ErrFull, "log_full"},
		{store.ErrDenied, "log_denied"},
		{recorder.ErrUnread, "journal_unread"},
	} {
		if errors.Is(err, k.err) {
			return k.code
		}
	}
	switch {
	case full(err):
		return "log_full"
	case denied(err):
		return "log_denied"
	}
	return "log_failed"
}

// full says whether a disk has no room, or this person none on it.
func full(err error) bool {
	const handleFull, diskFull = syscall.Errno(39), syscall.Errno(112) // of Windows, where ENOSPC is none of the system's
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) ||
		runtime.GOOS == "windows" && (errors.Is(err, handleFull) || errors.Is(err, diskFull))
}

func denied(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}
