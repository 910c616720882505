//go:build unix

package proxy

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// scripted is an upstream that answers each request on a connection by the next
// of some texts; an empty one closes the connection.
type scripted struct {
	net.Listener
	conns atomic.Int64
	seen  chan string
}

func script(t *testing.T, replies ...string) *scripted {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &scripted{Listener: l, seen: make(chan string, 64)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.conns.Add(1)
			s.serve(c, replies)
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return s
}

func (s *scripted) serve(c net.Conn, replies []string) {
	defer c.Close()
	r := bufio.NewReader(c)
	for _, text := range replies {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		s.seen <- req.Method + " " + req.RequestURI + " " + string(body)
		if text == "" {
			return
		}
		if _, err := io.WriteString(c, text); err != nil {
			return
		}
	}
}

// none is a transport for what may not come to it.
type none struct{ t *testing.T }

func (n none) RoundTrip(req *http.Request) (*http.Response, error) {
	n.t.Errorf("%s %s went past the lanes", req.Method, req.URL)
	return nil, errors.New("not here")
}

func laneRequest(t *testing.T, ctx context.Context, s *scripted, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.Addr().String()+"/v1/chat/completions", bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

const laneOK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func get(t *testing.T, l *lanes, req *http.Request) string {
	t.Helper()
	res, err := l.RoundTrip(req)
	if err != nil {
		return "error: " + err.Error()
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return string(b) + " and then " + err.Error()
	}
	return string(b)
}

func TestLanesUseAConnectionAgain(t *testing.T) {
	defer goleak.VerifyNone(t)
	chunked := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n3\r\nabc\r\n0\r\nX-End: yes\r\n\r\n"
	s := script(t, laneOK, chunked, "HTTP/1.1 204 No Content\r\n\r\n", laneOK)
	defer s.Close()
	l := &lanes{next: none{t}}
	defer l.closeIdle()
	for i, want := range []string{"ok", "abc", "", "ok"} {
		req := laneRequest(t, t.Context(), s, "body")
		res, err := l.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		if err != nil || string(b) != want {
			t.Errorf("reply %d: %q, %v", i, b, err)
		}
		if i == 1 && res.Trailer.Get("X-End") != "yes" {
			t.Errorf("the trailer is %v", res.Trailer)
		}
		if got := <-s.seen; got != "POST /v1/chat/completions body" {
			t.Errorf("the upstream saw %q", got)
		}
	}
	if n := s.conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestLanesDropWhatIsNotTheirs(t *testing.T) {
	defer goleak.VerifyNone(t)
	for name, c := range map[string]struct {
		replies []string
		first   string
	}{
		"closed while idle":        {[]string{laneOK}, "ok"},
		"a reply nobody asked for": {[]string{laneOK + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"}, "ok"},
		"connection: close":        {[]string{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"}, "ok"},
		"no length":                {[]string{"HTTP/1.0 200 OK\r\n\r\nok"}, "ok"},
	} {
		t.Run(name, func(t *testing.T) {
			s := script(t, c.replies...)
			defer s.Close()
			l := &lanes{next: none{t}}
			defer l.closeIdle()
			for i := range 2 {
				if got := get(t, l, laneRequest(t, t.Context(), s, "x")); got != c.first {
					t.Fatalf("reply %d: %q", i, got)
				}
				<-s.seen
				time.Sleep(20 * time.Millisecond) // what the upstream does behind its reply arrives
			}
			if n := s.conns.Load(); n != 2 {
				t.Errorf("%d connections for two replies", n)
			}
		})
	}
}

func TestLanesNeverSendTwice(t *testing.T) {
	defer goleak.VerifyNone(t)
	s := script(t, laneOK, "")
	defer s.Close()
	l := &lanes{next: none{t}}
	defer l.closeIdle()
	if got := get(t, l, laneRequest(t, t.Context(), s, "1")); got != "ok" {
		t.Fatal(got)
	}
	if got := get(t, l, laneRequest(t, t.Context(), s, "2")); !strings.HasPrefix(got, "error: ") {
		t.Errorf("a reply came from nowhere: %q", got)
	}
	if len(s.seen) != 2 {
		t.Errorf("the upstream saw %d requests", len(s.seen))
	}
}

func TestLanesEndWithTheClient(t *testing.T) {
	defer goleak.VerifyNone(t)
	s := script(t, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", laneOK)
	defer s.Close()
	l := &lanes{next: none{t}}
	defer l.closeIdle()
	ctx, cancel := context.WithCancel(t.Context())
	res, err := l.RoundTrip(laneRequest(t, ctx, s, "x"))
	if err != nil {
		t.Fatal(err)
	}
	if b := make([]byte, 2); true {
		if _, err := io.ReadFull(res.Body, b); err != nil || string(b) != "ok" {
			t.Errorf("%q, %v", b, err)
		}
	}
	cancel()
	if _, err := io.ReadAll(res.Body); !errors.Is(err, context.Canceled) {
		t.Errorf("the body ended with %v", err)
	}
	if len(l.idle) != 0 {
		t.Error("a connection with half a reply on it is kept")
	}
	waiting, stop := context.WithCancel(t.Context())
	silent, err := net.Listen("tcp", "127.0.0.1:0") // nobody accepts: what is sent waits in the kernel
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	time.AfterFunc(20*time.Millisecond, stop)
	if _, err := l.RoundTrip(laneRequest(t, waiting, &scripted{Listener: silent}, "x")); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}

func TestLanesBoundTheHeaderAndPassOnInformation(t *testing.T) {
	defer goleak.VerifyNone(t)
	endless := script(t, "HTTP/1.1 200 OK\r\n"+strings.Repeat("X-Long: "+strings.Repeat("a", 1<<20)+"\r\n", 11)+"\r\n")
	defer endless.Close()
	l := &lanes{next: none{t}}
	defer l.closeIdle()
	if got := get(t, l, laneRequest(t, t.Context(), endless, "x")); !strings.Contains(got, "too large") {
		t.Errorf("11 MB of header: %.80q", got)
	}
	early := script(t, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"+laneOK)
	defer early.Close()
	var codes []int
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
		codes = append(codes, code)
		return nil
	}})
	if got := get(t, l, laneRequest(t, ctx, early, "x")); got != "ok" || len(codes) != 2 || codes[0] != 103 {
		t.Errorf("%q after %v", got, codes)
	}
}

func TestLanesLetIdleConnectionsGo(t *testing.T) {
	defer goleak.VerifyNone(t)
	s := script(t, laneOK, laneOK)
	defer s.Close()
	l := &lanes{next: none{t}}
	if got := get(t, l, laneRequest(t, t.Context(), s, "x")); got != "ok" || l.all != 1 {
		t.Fatalf("%q, %d idle", got, l.all)
	}
	l.drop(l.idle[s.Addr().String()][0]) // as the timer does after a minute
	if l.all != 0 || len(l.idle[s.Addr().String()]) != 0 {
		t.Errorf("%d are idle", l.all)
	}
	if got := get(t, l, laneRequest(t, t.Context(), s, "x")); got != "ok" || s.conns.Load() != 2 {
		t.Errorf("%q by %d connections", got, s.conns.Load())
	}
	l.closeIdle()
	if l.all != 0 {
		t.Errorf("%d are idle after all", l.all)
	}
}
