package proxy_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gumshoe/backend/testkit/mockllm"
)

// operations are one request of each dialect, streamed or not.
func operations() map[string]string {
	all := map[string]string{}
	for _, stream := range []string{"true", "false"} {
		all["openai/v1/chat/completions "+stream] = `{"model":%q,"stream":` + stream + `,"messages":[{"role":"user","content":"hi"}]}`
		all["openai/v1/responses "+stream] = `{"model":%q,"stream":` + stream + `,"input":"hi"}`
		all["ollama/api/chat "+stream] = `{"model":%q,"stream":` + stream + `,"messages":[{"role":"user","content":"hi"}]}`
		all["ollama/api/generate "+stream] = `{"model":%q,"stream":` + stream + `,"prompt":"hi"}`
		all["claude/v1/messages "+stream] = `{"model":%q,"stream":` + stream + `,"max_tokens":9,"messages":[{"role":"user","content":"hi"}]}`
	}
	all["gem/v1beta/models/%s:streamGenerateContent?alt=sse x"] = `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`
	all["gem/v1beta/models/%s:generateContent x"] = `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`
	return all
}

// TestNothingIsLeftBehind: after every fault of the mock in every dialect, with
// clients that read, leave or stop reading, no goroutine and no connection stays.
func TestNothingIsLeftBehind(t *testing.T) {
	before := goleak.IgnoreCurrent()
	files := openFiles(t)
	t.Run("faults", func(t *testing.T) {
		r := setUp(t, mockllm.New(mockllm.Config{Hang: 200 * time.Millisecond}), nil)
		n := 0
		var wg sync.WaitGroup
		limit := make(chan struct{}, 16)
		for op, body := range operations() {
			path, _, _ := strings.Cut(op, " ")
			for fault := range strings.FieldsSeq("mock mock-t200-d1 500 503 429 401 404 hang reset-early reset-mid-stream abort-mid-stream error-in-stream truncated-json short-body stall-mid-stream garbage no-http bad-header gzip no-usage split crlf") {
				if !strings.HasPrefix(fault, "mock") {
					fault = "fault-" + fault
				}
				url, text := r.front.URL+"/"+writeKey+"/"+path, body
				if strings.Contains(path, "%s") {
					url = r.front.URL + "/" + writeKey + "/" + fmt.Sprintf(path, fault)
				} else {
					text = fmt.Sprintf(body, fault)
				}
				for _, client := range []func(context.Context, *rig, string, string){reads, leaves, stalls} {
					n++
					limit <- struct{}{}
					wg.Go(func() { client(t.Context(), r, url, text); <-limit })
				}
			}
		}
		wg.Wait()
		eventually(t, "the end of all exchanges", func() bool { return r.proxy.Live().Count() == 0 })
		if got := len(r.tape.flights(t)); got < n*9/10 { // some leave before anything came
			t.Errorf("%d of %d are recorded", got, n)
		}
		for _, f := range r.tape.flights(t) {
			if f.end == nil {
				t.Errorf("%s has no end", f.start.Path)
			}
		}
		t.Logf("%d exchanges", n)
	})
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
	if now := openFiles(t); now > files+2 { // the runtime's own poller
		t.Errorf("%d files are open, %d before", now, files)
	}
}

func ask(ctx context.Context, r *rig, url, body string) (*http.Response, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	req, err := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader(body))
	if err != nil {
		return nil, cancel
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := r.client.Do(req)
	if err != nil {
		return nil, cancel
	}
	return res, cancel
}

func reads(ctx context.Context, r *rig, url, body string) {
	res, cancel := ask(ctx, r, url, body)
	defer cancel()
	if res != nil {
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
}

// leaves goes away after the first bytes.
func leaves(ctx context.Context, r *rig, url, body string) {
	res, cancel := ask(ctx, r, url, body)
	defer cancel()
	if res != nil {
		_, _ = res.Body.Read(make([]byte, 10))
		res.Body.Close()
	}
}

// stalls sends half of its request or never reads, and then half-closes.
func stalls(_ context.Context, r *rig, url, body string) {
	c, err := net.Dial("tcp", r.front.Listener.Addr().String())
	if err != nil {
		return
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(300 * time.Millisecond))
	path := strings.TrimPrefix(url, r.front.URL)
	fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body[:len(body)/(1+len(body)%2)])
	if tcp, ok := c.(*net.TCPConn); ok && len(body)%3 == 0 {
		_ = tcp.CloseWrite()
	}
	time.Sleep(50 * time.Millisecond)
}

// TestIdleConnectionsCostLittle opens a thousand connections that say nothing,
// and sends ten thousand requests beside them.
func TestIdleConnectionsCostLittle(t *testing.T) {
	before := goleak.IgnoreCurrent()
	files := openFiles(t)
	t.Run("idle", func(t *testing.T) {
		r := setUp(t, &echo{}, nil)
		var idle []net.Conn
		for range 1000 {
			c, err := net.Dial("tcp", r.front.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			idle = append(idle, c)
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 1250 {
					if a := do(t, r.client, "POST", r.base("ollama")+"/api/chat", "{}", nil); a.status != http.StatusOK {
						t.Errorf("%d %s", a.status, a.failure)
						return
					}
				}
			})
		}
		wg.Wait()
		for _, c := range idle {
			c.Close()
		}
		if n := len(r.tape.flights(t)); n != 10_000 {
			t.Errorf("%d are recorded", n)
		}
	})
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
	if now := openFiles(t); now > files+2 {
		t.Errorf("%d files are open, %d before", now, files)
	}
}

// openFiles counts this process's files and connections; 0 where that can't be
// known.
func openFiles(t *testing.T) int {
	t.Helper()
	if runtime.GOOS != "linux" {
		return 0
	}
	runtime.GC() // what nobody holds any more is closed
	time.Sleep(50 * time.Millisecond)
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
