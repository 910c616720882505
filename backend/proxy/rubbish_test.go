package proxy_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/proxy"
	"gumshoe/backend/testkit/mockllm"
)

// logged is a log that tests read.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) text() string { l.mu.Lock(); defer l.mu.Unlock(); return l.buf.String() }

// TestRubbishIsNotQuoted: what an upstream sends in the place of a reply may be a
// secret, or meant to deceive: neither the client nor the record nor the log has any
// of it, by the short way to the upstream and by the long one.
func TestRubbishIsNotQuoted(t *testing.T) {
	t.Parallel()
	said := &logged{}
	r := setUp(t, mockllm.New(mockllm.Config{}), func(c *proxy.Config) {
		c.Log = slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	for _, fault := range []string{"fault-no-http", "fault-bad-header"} {
		for way, padding := range map[string]int{"short": 0, "long": 64 << 10} {
			body := fmt.Sprintf(`{"model":%q,"messages":[],"padding":"%s"}`, fault, strings.Repeat("x", padding))
			got := do(t, r.client, "POST", r.base("openai")+"/v1/chat/completions", body, http.Header{"Content-Type": {"application/json"}})
			f := r.tape.last(t)
			if got.status != http.StatusBadGateway || f.end.State != exchange.Failed || !strings.Contains(f.end.Error, "no reply in HTTP") || !strings.Contains(string(got.body), "no reply in HTTP") {
				t.Errorf("%s, the %s way: %d %s, recorded as %s %q", fault, way, got.status, got.body, f.end.State, f.end.Error)
			}
			for where, text := range map[string]string{"the client": string(got.body), "the record": string(f.everything), "the log": said.text()} {
				for _, part := range []string{"4242", "rubbish", "[31m"} {
					if strings.Contains(text, part) {
						t.Errorf("%s, the %s way: %s has %q", fault, way, where, part)
					}
				}
			}
		}
	}
}

// TestRubbishBehindTheBodyIsNotQuoted: the same where a reply breaks off in what
// follows its body.
func TestRubbishBehindTheBodyIsNotQuoted(t *testing.T) {
	t.Parallel()
	said := &logged{}
	r := setUp(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body) // what of it is missing is the client's to tell
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"+mockllm.Rubbish+"\r\n\r\n")
	}), func(c *proxy.Config) {
		c.Log = slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	for way, padding := range map[string]int{"short": 0, "long": 64 << 10} {
		body := fmt.Sprintf(`{"model":"m","messages":[],"padding":"%s"}`, strings.Repeat("x", padding))
		got := do(t, r.client, "POST", r.base("openai")+"/v1/chat/completions", body, http.Header{"Content-Type": {"application/json"}})
		f := r.tape.last(t)
		if f.end.State != exchange.Broken || string(got.body) != "{}" {
			t.Errorf("the %s way: %d %q, recorded as %s %q", way, got.status, got.body, f.end.State, f.end.Error)
		}
		for where, text := range map[string]string{"the client": string(got.body), "the record": string(f.everything), "the log": said.text()} {
			for _, part := range []string{"4242", "rubbish", "[31m"} {
				if strings.Contains(text, part) {
					t.Errorf("the %s way: %s has %q: %s", way, where, part, text)
				}
			}
		}
	}
}
