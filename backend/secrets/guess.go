package secrets

import (
	"context"
	"sync"
	"time"
)

const (
	// freeGuesses are the wrong keys of a minute that are answered at once: a
	// client that was set up wrongly tries a few times.
	freeGuesses = 20
	guessPause  = time.Second
	// maxWaiting bounds who is kept waiting; more are turned away at once.
	maxWaiting = 64
)

// Guesses slows down who tries key after key. Right keys never wait. The zero
// value is ready, and safe for concurrent use.
type Guesses struct {
	mu      sync.Mutex
	since   time.Time
	n       int
	waiting int
}

// Wrong counts a wrong key and holds its answer back where there were many. It
// is false where too many wait already.
func (g *Guesses) Wrong(ctx context.Context, now time.Time) bool {
	g.mu.Lock()
	if now.Sub(g.since) > time.Minute || now.Before(g.since) {
		g.since, g.n = now, 0
	}
	if g.n++; g.n <= freeGuesses {
		g.mu.Unlock()
		return true
	}
	if g.waiting == maxWaiting {
		g.mu.Unlock()
		return false
	}
	g.waiting++
	g.mu.Unlock()
	select {
	case <-time.After(guessPause):
	case <-ctx.Done():
	}
	g.mu.Lock()
	g.waiting--
	g.mu.Unlock()
	return true
}
