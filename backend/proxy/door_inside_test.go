package proxy

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"gumshoe/backend/upstream"
)

// TestSlowHeadersAreEnded: who sends a request's header for ever, a byte now and
// then, is let go; bodies may take their time.
func TestSlowHeadersAreEnded(t *testing.T) {
	s := NewServer(New(Config{WriteKey: "k-1234567890", Upstreams: upstream.NewRegistry(nil)}), nil)
	if d := s.http.ReadHeaderTimeout; d <= 0 || d > time.Minute {
		t.Fatalf("a header may take %v", d)
	}
	if s.http.ReadTimeout != 0 || s.http.WriteTimeout != 0 {
		t.Error("a body's time is bounded: a slow model would be cut off")
	}
	s.http.ReadHeaderTimeout = 100 * time.Millisecond // for this test to end
	if err := s.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Shutdown(time.Second) })
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, bufio.NewReader(conn))
		ended <- err
	}()
	for _, b := range []byte("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ") {
		if _, err := conn.Write([]byte{b}); err != nil {
			break
		}
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(20 * time.Second); ; {
		select {
		case <-ended:
			if res, err := http.Get("http://" + s.Addr() + "/healthz"); err != nil || res.StatusCode != http.StatusOK {
				t.Errorf("the next client: %v %v", res, err)
			} else {
				res.Body.Close()
			}
			return
		case <-limit:
			t.Fatal("it is still waited for")
		case <-tick.C:
			_, _ = conn.Write([]byte("x")) // its end is told by the reader
		}
	}
}
