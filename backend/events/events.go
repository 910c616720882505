// Package events is the in-process bus: what happened, to whoever listens. A
// subscriber that does not keep up loses events, which are counted; it never
// delays the publisher, because the publisher may be the recorder.
//
// Test it with: go test ./backend/events
package events

import (
	"sync"
	"sync/atomic"
)

// Bus carries values of one type. Make it with New.
type Bus[T any] struct {
	mu      sync.Mutex
	subs    map[chan T]struct{}
	closed  bool
	dropped atomic.Int64
}

// New makes a Bus.
func New[T any]() *Bus[T] { return &Bus[T]{subs: map[chan T]struct{}{}} }

// Subscribe gives a channel with room for that many events, and a function that
// ends the subscription. The channel is closed when the bus is.
func (b *Bus[T]) Subscribe(room int) (<-chan T, func()) {
	c := make(chan T, max(room, 1))
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		close(c)
		return c, func() {}
	}
	b.subs[c] = struct{}{}
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.subs, c)
	}
}

// Publish gives v to every subscriber that has room.
func (b *Bus[T]) Publish(v T) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.subs {
		select {
		case c <- v:
		default:
			b.dropped.Add(1)
		}
	}
}

// Listeners is how many subscribers there are.
func (b *Bus[T]) Listeners() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.subs)
}

// Dropped counts the events that a slow subscriber lost.
func (b *Bus[T]) Dropped() int64 { return b.dropped.Load() }

// Close ends all subscriptions.
func (b *Bus[T]) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	b.closed = true
	for c := range b.subs {
		close(c)
	}
	b.subs = map[chan T]struct{}{}
}
