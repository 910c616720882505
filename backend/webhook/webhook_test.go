package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// stage is a hook to a server that answers as it is told.
type stage struct {
	hook   *Hook
	mu     sync.Mutex
	bodies []string
	pauses []time.Duration
}

func open(t *testing.T, answer func(n int) int) *stage {
	t.Helper()
	s := &stage{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Content-Type") != "application/json" || r.Method != http.MethodPost {
			t.Error(r.Method, r.Header, err)
		}
		s.mu.Lock()
		s.bodies = append(s.bodies, string(b))
		n := len(s.bodies)
		s.mu.Unlock()
		if code := answer(n); code == http.StatusFound {
			http.Redirect(w, r, "/elsewhere", code)
		} else {
			w.WriteHeader(code)
		}
	}))
	t.Cleanup(server.Close)
	hook, err := New(Config{URL: server.URL + "/hook", Pause: func(_ context.Context, d time.Duration) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.pauses = append(s.pauses, d)
		return true
	}})
	if err != nil {
		t.Fatal(err)
	}
	s.hook = hook
	return s
}

func (s *stage) await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 1000 {
		s.mu.Lock()
		done := ok()
		s.mu.Unlock()
		if done {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("waited in vain for %s: %q", what, s.bodies)
}

func (s *stage) run(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { s.hook.Run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
}

// A webhook to this machine works, and is tried again.
func TestHelicone17WebhookToLoopbackIsRetried(t *testing.T) {
	s := open(t, func(n int) int {
		return map[bool]int{true: 503, false: 200}[n <= 2]
	})
	s.run(t)
	s.hook.Send([]byte(`{"a":1}`))
	s.hook.Send([]byte(`{"b":2}`))
	s.await(t, "both", func() bool { return len(s.bodies) == 4 })
	if got := fmt.Sprint(s.bodies, s.pauses, s.hook.Dropped()); got != `[{"a":1} {"a":1} {"a":1} {"b":2}] [1s 2s] 0` {
		t.Error(got)
	}
}

func TestWhatCannotBeDeliveredIsDropped(t *testing.T) {
	for code, sent := range map[int]int{500: tries, 429: tries, 404: 1, 302: 1} {
		s := open(t, func(int) int { return code })
		s.run(t)
		s.hook.Send([]byte(`{}`))
		s.await(t, "it to be given up", func() bool { return s.hook.Dropped() == 1 })
		if len(s.bodies) != sent {
			t.Errorf("%d: sent %d times, want %d", code, len(s.bodies), sent)
		}
	}
}

func TestSendNeverWaits(t *testing.T) {
	s := open(t, func(int) int { return 200 })
	for range maxWaiting + 7 {
		s.hook.Send([]byte(`{}`))
	}
	if s.hook.Dropped() != 7 {
		t.Errorf("%d are dropped", s.hook.Dropped())
	}
}

func TestAddresses(t *testing.T) {
	for _, u := range []string{"", "example.org", "ftp://x", "http://", "javascript:alert(1)", "://"} {
		if _, err := New(Config{URL: u}); !errors.Is(err, ErrURL) {
			t.Errorf("%q: %v", u, err)
		}
	}
}
