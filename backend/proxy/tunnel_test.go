package proxy_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gumshoe/backend/exchange"
)

// upgrades answers as a WebSocket server does, says back what it hears, and closes
// after "bye".
func upgrades(w http.ResponseWriter, _ *http.Request) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	for {
		line, err := rw.ReadString('\n')
		if err != nil {
			return
		}
		fmt.Fprint(conn, line)
		if line == "bye\n" {
			return
		}
	}
}

// TestTunnelsEnd: upgraded connections that the client drops, resets or stops
// reading, or that the upstream closes. Each is recorded with its bytes, and no
// goroutine and no connection stays.
func TestTunnelsEnd(t *testing.T) {
	before := goleak.IgnoreCurrent()
	files := openFiles(t)
	t.Run("tunnels", func(t *testing.T) {
		r := setUp(t, http.HandlerFunc(upgrades), nil)
		big := bytes.Repeat([]byte("0123456789abcde\n"), 64<<10) // 1 MB
		var wg sync.WaitGroup
		for _, end := range []func(conn net.Conn, rd *bufio.Reader){
			func(conn net.Conn, _ *bufio.Reader) { conn.Close() },
			func(conn net.Conn, _ *bufio.Reader) {
				if tcp, ok := conn.(*net.TCPConn); ok {
					_ = tcp.SetLinger(0) // a reset
				}
				conn.Close()
			},
			func(conn net.Conn, rd *bufio.Reader) {
				fmt.Fprint(conn, "bye\n")
				if b, err := io.ReadAll(rd); err != nil || string(b) != "bye\n" {
					t.Errorf("at the upstream's end: %q, %v", b, err)
				}
			},
			func(conn net.Conn, _ *bufio.Reader) { // it hears nothing of what comes back
				_ = conn.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
				for range 30 {
					if _, err := conn.Write(big); err != nil {
						break
					}
				}
			},
		} {
			for range 8 {
				wg.Go(func() {
					conn, err := net.Dial("tcp", r.front.Listener.Addr().String())
					if err != nil {
						t.Error(err)
						return
					}
					defer conn.Close()
					fmt.Fprintf(conn, "GET /%s/openai/v1/realtime HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", writeKey)
					_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
					rd := bufio.NewReader(conn)
					if res, err := http.ReadResponse(rd, nil); err != nil || res.StatusCode != http.StatusSwitchingProtocols {
						t.Errorf("%v, %v", res, err)
						return
					}
					fmt.Fprint(conn, "hello\n")
					if line, err := rd.ReadString('\n'); err != nil || line != "hello\n" {
						t.Errorf("%q, %v", line, err)
					}
					end(conn, rd)
				})
			}
		}
		wg.Wait()
		eventually(t, "the end of all tunnels", func() bool { return r.proxy.Live().Count() == 0 })
		list := r.tape.flights(t)
		for _, f := range list {
			if f.end == nil || f.end.State != exchange.OK && f.end.State != exchange.Cancelled || !bytes.HasPrefix(f.sent, []byte("hello\n")) || !bytes.HasPrefix(f.got, []byte("hello\n")) {
				t.Errorf("recorded %+v, %d bytes sent, %d received", f.end, len(f.sent), len(f.got))
			}
		}
		if len(list) != 32 {
			t.Errorf("%d are recorded", len(list))
		}
	})
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
	if now := openFiles(t); now > files+2 {
		t.Errorf("%d files are open, %d before", now, files)
	}
}
