package api

import (
	"context"
	"net/http"
	"sync"
)

// turnHeader names a place of a page that shows one answer: a newer question of the
// same name ends the one before. The window does not say when a page has given a
// request up, and a question about a filter that nobody looks at any more can keep a
// core busy for seconds.
const turnHeader = "X-Gumshoe-Turn"

// turns are the questions that run, by those names.
type turns struct {
	mu      sync.Mutex
	running map[string]*turn
}

type turn struct{ cancel context.CancelFunc }

// take begins a question and ends the one before it; done is to be called at its end.
func (t *turns) take(ctx context.Context, name string) (own context.Context, done func()) {
	own, cancel := context.WithCancel(ctx)
	mine := &turn{cancel}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running == nil {
		t.running = map[string]*turn{}
	}
	if before := t.running[name]; before != nil {
		before.cancel()
	}
	t.running[name] = mine
	return own, func() {
		cancel()
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.running[name] == mine {
			delete(t.running, name)
		}
	}
}

// inTurn answers the newest question of a name only.
func (a *API) inTurn(h func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		name := r.Header.Get(turnHeader)
		if name == "" || len(name) > 100 {
			return h(w, r)
		}
		ctx, done := a.turns.take(r.Context(), name)
		defer done()
		err := h(w, r.WithContext(ctx))
		if err != nil && ctx.Err() != nil {
			return problem(http.StatusConflict, "aborted", "a newer question took its place")
		}
		return err
	}
}
