package proxy_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"gumshoe/backend/proxy"
	"gumshoe/backend/upstream"
)

// counting answers, and counts how often each request came.
type counting struct {
	mu   sync.Mutex
	came map[string]int
}

func (h *counting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	h.mu.Lock()
	h.came[r.Header.Get("X-Number")]++
	h.mu.Unlock()
	w.Header().Set("Content-Length", "2")
	fmt.Fprint(w, "{}")
}

// TestIdleConnectionsThatTheUpstreamCloses: servers close a connection once it
// was idle for a while, and say nothing before. A request that comes later takes
// another connection; one that comes in that very moment may fail, since nobody
// knows whether the server read it, but is never sent twice.
func TestIdleConnectionsThatTheUpstreamCloses(t *testing.T) {
	for _, c := range []struct {
		name     string
		close    func() time.Duration // after a connection became idle
		pause    func() time.Duration // between requests
		requests int
		mayFail  bool
	}{
		{"long before", func() time.Duration { return 0 }, func() time.Duration { return 100 * time.Millisecond }, 30, false},
		{"in that moment", func() time.Duration { return time.Duration(rand.IntN(2000)) * time.Microsecond },
			func() time.Duration { return time.Duration(rand.IntN(2500)) * time.Microsecond }, 600, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &counting{came: map[string]int{}}
			up := httptest.NewUnstartedServer(h)
			up.Config.ConnState = func(conn net.Conn, s http.ConnState) {
				if s == http.StateIdle {
					time.AfterFunc(c.close(), func() { conn.Close() })
				}
			}
			up.Start()
			t.Cleanup(up.Close)
			u, err := upstream.Parse("openai=openai+" + up.URL + "/v1")
			if err != nil {
				t.Fatal(err)
			}
			r := setUp(t, h, func(c *proxy.Config) { c.Upstreams = upstream.NewRegistry([]upstream.Upstream{u}) })
			for i := range c.requests {
				path := []string{"/chat/completions", "/embeddings"}[i%2]
				body := `{"model":"m","input":"` + strings.Repeat("x", []int{10, 3000, 200_000}[i%3]) + `"}`
				a := do(t, r.client, "POST", r.base("openai")+path, body, http.Header{"Content-Type": {"application/json"}, "X-Number": {fmt.Sprint(i)}})
				h.mu.Lock()
				came := h.came[fmt.Sprint(i)]
				h.mu.Unlock()
				switch {
				case a.status == http.StatusOK && came != 1, came > 1:
					t.Errorf("request %d came %d times, the client got %d", i, came, a.status)
				case a.status != http.StatusOK && !c.mayFail, a.status != http.StatusOK && a.status != http.StatusBadGateway:
					t.Errorf("request %d: %d %s", i, a.status, a.body)
				}
				time.Sleep(c.pause())
			}
		})
	}
}
