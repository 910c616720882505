package proxy_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/journal"
	"gumshoe/backend/proxy"
)

// counter is a journal that keeps the sizes only, so that a test can tell what
// the proxy itself holds.
type counter struct {
	sent, got, ended atomic.Int64
}

func (c *counter) Append(records ...journal.Record) error {
	for _, r := range records {
		switch r.Type {
		case journal.ReqChunk:
			c.sent.Add(int64(len(r.Payload)))
		case journal.ReplyChunk:
			c.got.Add(int64(len(r.Payload)))
		case journal.End:
			c.ended.Add(1)
		}
	}
	return nil
}

// heap is what lives, in bytes.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what was freed by a finalizer
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestFloodOfHalfRequests: many clients send the most that is read ahead, but for
// the end, and wait. What is held of them is bounded, others go through, and in
// the end each is answered.
func TestFloodOfHalfRequests(t *testing.T) {
	const clients, size = 48, 4 << 20
	var whole atomic.Int64
	c := &counter{}
	r := setUp(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if n, _ := io.Copy(io.Discard, q.Body); n >= size-100 {
			whole.Add(1)
		}
		io.WriteString(w, "{}")
	}), func(cfg *proxy.Config) { cfg.Journal = c })
	body := []byte(`{"model":"m","stream":true,"pad":"` + strings.Repeat("x", size) + `"}`)[:size]
	copy(body[size-2:], `"}`)
	before := heap()
	var conns []net.Conn
	for range clients {
		conn, err := net.Dial("tcp", r.front.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST /%s/openai/v1/chat/completions HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", writeKey, size)
		if _, err := conn.Write(body[:size-2]); err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	eventually(t, "all that was sent", func() bool { return c.sent.Load() == clients*(size-2) })
	held := heap() - before
	t.Logf("%d MB of %d are held", held>>20, clients*size>>20)
	if held > 48<<20 {
		t.Errorf("%d MB are held of %d MB that clients sent", held>>20, clients*size>>20)
	}
	if a := do(t, r.client, "POST", r.base("openai")+"/v1/chat/completions", `{"model":"m"}`, http.Header{"Content-Type": {"application/json"}}); a.status != http.StatusOK {
		t.Errorf("another client: %d %s %s", a.status, a.body, a.failure)
	}
	for _, conn := range conns {
		if _, err := conn.Write(body[size-2:]); err != nil {
			t.Fatal(err)
		}
	}
	for _, conn := range conns {
		_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
		if res, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("%v, %v", res, err)
		}
	}
	if n := whole.Load(); n != clients {
		t.Errorf("%d of %d came whole", n, clients)
	}
}

// TestClientsThatStopReading: the upstream is held back instead of memory filling,
// whoever reads on gets every byte, and whoever goes is cancelled.
func TestClientsThatStopReading(t *testing.T) {
	const clients, size = 24, 64 << 20
	var written atomic.Int64
	piece := bytes.Repeat([]byte("0123456789abcde\n"), 2<<10)
	c := &counter{}
	r := setUp(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		for at := 0; at < size; at += len(piece) {
			if _, err := w.Write(piece); err != nil {
				return
			}
			written.Add(int64(len(piece)))
		}
	}), func(cfg *proxy.Config) { cfg.Journal = c })
	before := heap()
	var list []*http.Response
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	for range clients {
		list = append(list, open(t, ctx, r.client, r.base("ollama")+"/api/chat"))
	}
	last := int64(-1)
	eventually(t, "everybody to stand still", func() bool {
		now := written.Load()
		still := now == last && now > 0
		last = now
		time.Sleep(100 * time.Millisecond)
		return still
	})
	if got := c.got.Load(); got > clients*size/2 {
		t.Errorf("%d MB were taken from the upstream for clients that read nothing", got>>20)
	}
	t.Logf("%d MB of %d were taken", c.got.Load()>>20, clients*size>>20)
	if held := heap() - before; held > 16<<20 {
		t.Errorf("%d MB are held for %d clients", held>>20, clients)
	}
	if a := do(t, r.client, "GET", r.front.URL+"/healthz", "", nil); a.status != http.StatusOK {
		t.Errorf("beside them: %+v", a)
	}
	var got int64
	for b := make([]byte, len(piece)); ; { // slowly, and exact
		n, err := io.ReadFull(list[0].Body, b)
		if err == io.EOF {
			break
		}
		if got += int64(n); err != nil || !bytes.Equal(b, piece) {
			t.Fatalf("after %d bytes: %v", got, err)
		}
	}
	if got != size {
		t.Errorf("%d of %d bytes came", got, size)
	}
	leave()
	eventually(t, "the end of all", func() bool { return c.ended.Load() == clients && r.proxy.Live().Count() == 0 })
}

// TestHalfClosed: to a server the end of what a client sends is the client's end.
// The upstream is told, the record has what came, and nothing stays behind.
func TestHalfClosed(t *testing.T) {
	t.Parallel()
	g := newGate()
	r := setUp(t, g, nil)
	conn, err := net.Dial("tcp", r.front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /%s/ollama/api/chat HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}", writeKey)
	g.next <- "one\n"
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, res.Body, "one\n")
	if tcp, ok := conn.(*net.TCPConn); !ok || tcp.CloseWrite() != nil {
		t.Fatal("half of the connection can't be closed")
	}
	left(t, g)
	if f := r.tape.last(t); f.end.State != exchange.Cancelled || string(f.got) != "one\n" || !f.reqEnd {
		t.Errorf("recorded %+v %q", f.end, f.got)
	}
}
