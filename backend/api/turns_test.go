package api

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestNewerQuestionEndsTheOneBefore asks under one name twice, and under another.
func TestNewerQuestionEndsTheOneBefore(t *testing.T) {
	s := newStage(t)
	begun := make(chan struct{}, 3)
	h := s.wrap(s.inTurn(func(_ http.ResponseWriter, r *http.Request) error {
		if r.URL.Query().Has("quick") {
			return nil
		}
		begun <- struct{}{}
		<-r.Context().Done()
		return r.Context().Err()
	}))
	ask := func(ctx context.Context, name, path string) <-chan *httptest.ResponseRecorder {
		out := make(chan *httptest.ResponseRecorder, 1)
		go func() {
			r := httptest.NewRequestWithContext(ctx, "GET", path, nil)
			r.Header.Set(turnHeader, name)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			out <- w
		}()
		return out
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	first, other := ask(ctx, "tab-list", "/x"), ask(ctx, "tab-bars", "/x")
	<-begun
	<-begun
	if w := <-ask(ctx, "tab-list", "/x?quick"); w.Code != http.StatusOK {
		t.Errorf("the newer one: %d %s", w.Code, w.Body)
	}
	select {
	case w := <-first:
		if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "aborted") {
			t.Errorf("the one before: %d %s", w.Code, w.Body)
		}
	case <-time.After(5 * time.Second):
		t.Error("the one before goes on")
	}
	select {
	case w := <-other:
		t.Errorf("another one was ended, too: %d", w.Code)
	default:
	}
	cancel(errors.New("left"))
	<-other
	if len(s.turns.running) != 0 {
		t.Errorf("%d are remembered", len(s.turns.running))
	}
}
