package main

import (
	"sync"
	"time"
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
func (h *health) now() (ok bool, since int64, why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.journalErr != nil:
		return false, h.journalSince.UnixMicro(), h.journalErr.Error()
	case h.recorderErr != nil:
		return false, h.storeSince.UnixMicro(), h.recorderErr.Error()
	}
	return true, 0, ""
}
