package proxy_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/proxy"
)

// raw sends a request whose target is written exactly so.
func raw(t *testing.T, addr, method, target string, h http.Header) *http.Response {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", method, target)
	_ = h.Write(&b)
	b.WriteString("\r\n")
	if _, err := c.Write(b.Bytes()); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res
}

// gate is an upstream that sends a line whenever it is told to.
type gate struct {
	next chan string
	left chan struct{} // its client went away
}

func newGate() *gate { return &gate{next: make(chan string), left: make(chan struct{}, 8)} }

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.WriteHeader(200)
	_ = http.NewResponseController(w).Flush()
	for {
		select {
		case s, ok := <-g.next:
			if !ok {
				return
			}
			_, _ = io.WriteString(w, s)
			_ = http.NewResponseController(w).Flush()
		case <-r.Context().Done():
			g.left <- struct{}{}
			return
		}
	}
}

func open(t *testing.T, ctx context.Context, c *http.Client, url string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader(`{"model":"m"}`))
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

func expect(t *testing.T, r io.Reader, want string) {
	t.Helper()
	b := make([]byte, len(want))
	if _, err := io.ReadFull(r, b); err != nil || string(b) != want {
		t.Fatalf("read %q, %v, want %q", b, err, want)
	}
}

func TestChunksComeOneByOneAndAfterTheJournal(t *testing.T) {
	t.Parallel()
	g := newGate()
	r := setUp(t, g, nil)
	res := open(t, t.Context(), r.client, r.base("ollama")+"/api/chat")
	all := ""
	for i := range 20 {
		s := fmt.Sprintf("{\"n\":%d}\n", i)
		g.next <- s
		expect(t, res.Body, s) // the next is not sent before this one is here
		all += s
		if got := r.tape.flights(t)[0].got; string(got) != all {
			t.Fatalf("the client has %d bytes, the journal %d", len(all), len(got))
		}
	}
	if l := r.proxy.Live().Snapshot(); len(l) != 1 || l[0].Phase != "streaming" || l[0].Model != "m" || l[0].ResponseBytes != int64(len(all)) {
		t.Errorf("live: %+v", l)
	}
	close(g.next)
	if _, err := io.ReadAll(res.Body); err != nil {
		t.Error(err)
	}
	if f := r.tape.last(t); f.chunks != 20 || f.end.State != exchange.OK {
		t.Errorf("%d chunks, %+v", f.chunks, f.end)
	}
}

func TestLeavingAndStopping(t *testing.T) {
	t.Parallel()
	g := newGate()
	r := setUp(t, g, nil)
	ctx, cancel := context.WithCancel(t.Context())
	res := open(t, ctx, r.client, r.base("ollama")+"/api/chat")
	g.next <- "x\n"
	expect(t, res.Body, "x\n")
	cancel()
	left(t, g)
	if f := r.tape.last(t); f.end.State != exchange.Cancelled || string(f.got) != "x\n" {
		t.Errorf("after the client left: %+v %q", f.end, f.got)
	}
	res = open(t, t.Context(), r.client, r.base("ollama")+"/api/chat")
	g.next <- "y\n"
	expect(t, res.Body, "y\n")
	id := r.proxy.Live().Snapshot()[0].ID
	if err := r.proxy.Live().Stop(id); err != nil {
		t.Fatal(err)
	}
	left(t, g)
	if _, err := io.ReadAll(res.Body); err == nil {
		t.Error("a stopped stream ended as if whole")
	}
	if f := r.tape.last(t); f.end.State != exchange.Cancelled || !strings.Contains(f.end.Error, "Gumshoe") {
		t.Errorf("after Stop: %+v", f.end)
	}
	if err := r.proxy.Live().Stop(id); !errors.Is(err, proxy.ErrNotRunning) {
		t.Errorf("stopping twice: %v", err)
	}
}

func left(t *testing.T, g *gate) {
	t.Helper()
	select {
	case <-g.left:
	case <-time.After(10 * time.Second):
		t.Fatal("the upstream was not told")
	}
}

func TestHelicone21FailingJournalLeavesTraffic(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var told []error
	r := setUp(t, &echo{}, func(c *proxy.Config) {
		c.Recording = func(err error) { mu.Lock(); told = append(told, err); mu.Unlock() }
	})
	full := errors.New("no space left")
	r.tape.fail(full)
	for range 3 {
		if a := do(t, r.client, "POST", r.base("ollama")+"/x", "{}", nil); string(a.body) != "POST /x" || a.failure != "" {
			t.Errorf("%q %s", a.body, a.failure)
		}
	}
	eventually(t, "landing", func() bool { return r.proxy.Live().Count() == 0 })
	r.tape.fail(nil)
	do(t, r.client, "POST", r.base("ollama")+"/x", "{}", nil)
	r.tape.last(t)
	mu.Lock()
	defer mu.Unlock()
	if len(told) != 2 || !errors.Is(told[0], full) || told[1] != nil {
		t.Errorf("told %v", told)
	}
}

func TestShutdownAndRebind(t *testing.T) {
	t.Parallel()
	g := newGate()
	r := setUp(t, g, nil)
	s := proxy.NewServer(r.proxy, nil)
	if err := s.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	first := s.Addr()
	res := open(t, t.Context(), r.client, "http://"+first+"/"+writeKey+"/ollama/api/chat")
	g.next <- "a\n"
	expect(t, res.Body, "a\n")
	if err := s.Rebind("127.0.0.1:0"); err != nil || s.Addr() == first {
		t.Fatalf("rebind: %v, %s", err, s.Addr())
	}
	g.next <- "b\n"
	expect(t, res.Body, "b\n")
	if c, err := net.Dial("tcp", first); err == nil {
		c.Close()
		t.Error("the old address still accepts")
	}
	if err := s.Rebind(r.up.Listener.Addr().String()); err == nil {
		t.Error("took an address in use")
	}
	if a := do(t, r.client, "GET", "http://"+s.Addr()+"/healthz", "", nil); a.status != 200 {
		t.Errorf("after a failed rebind: %+v", a)
	}
	if err := s.Shutdown(50 * time.Millisecond); err != nil {
		t.Error(err)
	}
	if f := r.tape.last(t); f.end.State != exchange.Interrupted || string(f.got) != "a\nb\n" {
		t.Errorf("%+v %q", f.end, f.got)
	}
}

func TestHeadTrailersContinueAndBigBodies(t *testing.T) {
	t.Parallel()
	r := setUp(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		switch q.URL.Path {
		case "/bare":
			w.Header()["Content-Type"], w.Header()["Date"] = nil, nil
			_, _ = io.WriteString(w, "<html>")
		case "/trail":
			w.Header().Set("Trailer", "X-Sum")
			_, _ = io.WriteString(w, "body")
			w.Header().Set("X-Sum", "42")
		case "/redirect":
			http.Redirect(w, q, "/elsewhere?token=abc", http.StatusFound)
		case "/refuse":
			w.WriteHeader(http.StatusExpectationFailed)
		default:
			w.Header().Set("Content-Length", "5")
			if n, _ := io.Copy(io.Discard, q.Body); q.Method == "POST" {
				w.Header().Del("Content-Length")
				_, _ = fmt.Fprint(w, n)
			}
		}
	}), nil)
	base := r.base("ollama")
	if a := do(t, r.client, "HEAD", base+"/x", "", nil); a.status != 200 || a.length != 5 || len(a.body) != 0 {
		t.Errorf("HEAD: %+v", a)
	}
	if a := do(t, r.client, "GET", base+"/bare", "", nil); a.header["Content-Type"] != nil || a.header["Date"] != nil || string(a.body) != "<html>" {
		t.Errorf("made up: %v", a.header)
	}
	a := do(t, r.client, "GET", base+"/trail", "", nil)
	if f := r.tape.last(t); a.trailer.Get("X-Sum") != "42" || len(f.end.Trailers) != 1 {
		t.Errorf("trailers %v, recorded %v", a.trailer, f.end.Trailers)
	}
	if a := do(t, r.client, "GET", base+"/redirect", "", nil); a.status != 302 || a.header.Get("Location") != "/elsewhere?token=abc" {
		t.Errorf("redirect: %d %v", a.status, a.header)
	}
	big := strings.Repeat("0123456789abcdef", 20<<20/16)
	if a := do(t, r.client, "POST", base+"/up", big, http.Header{"Expect": {"100-continue"}}); string(a.body) != fmt.Sprint(len(big)) {
		t.Errorf("upload: %d %q %s", a.status, a.body, a.failure)
	}
	if f := r.tape.last(t); string(f.sent) != big || !f.reqEnd {
		t.Errorf("the journal has %d of %d bytes", len(f.sent), len(big))
	}
	if a := do(t, r.client, "POST", base+"/refuse", big, http.Header{"Expect": {"100-continue"}}); a.status != http.StatusExpectationFailed {
		t.Errorf("refused upload: %d %s", a.status, a.failure)
	}
}
