package proxy_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"gumshoe/backend/exchange"
)

// The write key stays in this house wherever a client repeats it.
func TestKeyStaysHereWhereverItStands(t *testing.T) {
	t.Parallel()
	e := &echo{}
	r := setUp(t, e, nil)
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("user:"+writeKey))
	for name, c := range map[string]struct {
		query  string
		header http.Header
		keeps  string // a header that must still reach the upstream, "name: value"
	}{
		"a second value":    {"", http.Header{"Authorization": {"Bearer other", "Bearer " + writeKey}}, "Authorization: Bearer other"},
		"a query parameter": {"?key=" + writeKey + "&model=m", nil, ""},
		"encoded":           {"?key=%73" + writeKey[1:] + "&model=m", nil, ""},
		"a referrer":        {"", http.Header{"Referer": {"http://127.0.0.1:8731/" + writeKey + "/ollama"}, "X-Other": {"stays"}}, "X-Other: stays"},
		"basic":             {"", http.Header{"Authorization": {basic}}, ""},
		"without a scheme":  {"", http.Header{"Authorization": {writeKey}}, ""},
		"a cookie":          {"", http.Header{"Cookie": {"k=" + writeKey}}, ""},
		"any other header":  {"", http.Header{"X-Forwarded-Uri": {"/" + writeKey + "/ollama/api/chat"}, "Forwarded": {"for=" + writeKey}}, ""},
	} {
		raw(t, r.front.Listener.Addr().String(), "GET", "/"+writeKey+"/ollama/api/tags"+c.query, c.header)
		uri, head, _ := e.seen()
		if all := strings.ToLower(fmt.Sprint(uri, head)); strings.Contains(all, writeKey[1:]) || strings.Contains(all, strings.ToLower(basic)) {
			t.Errorf("%s: the upstream got %s %v", name, uri, head)
		}
		if n, v, ok := strings.Cut(c.keeps, ": "); ok && head.Get(n) != v {
			t.Errorf("%s: the upstream misses %s: %v", name, c.keeps, head)
		}
		if c.query != "" && !strings.HasSuffix(uri, "?model=m") {
			t.Errorf("%s: the upstream got %s", name, uri)
		}
		f := r.tape.last(t)
		if bytes.Contains(bytes.ToLower(f.everything), []byte(writeKey[1:])) || bytes.Contains(f.everything, []byte(basic)) {
			t.Errorf("%s: the journal has %s", name, f.everything)
		}
	}
	_, _, before := e.seen()
	a := do(t, r.client, "GET", r.base("ollama")+"/"+writeKey+"/ollama/api/tags", "", nil)
	if _, _, after := e.seen(); a.status != http.StatusBadRequest || after != before || !strings.Contains(string(a.body), "once") {
		t.Errorf("a base URL pasted twice: %d %s", a.status, a.body)
	}
}

func TestRequestTrailersGoOn(t *testing.T) {
	t.Parallel()
	got := make(chan http.Header, 1)
	r := setUp(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body)
		got <- q.Trailer.Clone()
	}), nil)
	conn, err := net.Dial("tcp", r.front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /%s/ollama/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, X-Key\r\n\r\n2\r\nab\r\n0\r\nX-Sum: 42\r\nX-Key: %s\r\n\r\n", writeKey, writeKey)
	if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
		t.Fatal(err)
	}
	if h := <-got; h.Get("X-Sum") != "42" || h.Get("X-Key") != "" {
		t.Errorf("the upstream got the trailers %v", h)
	}
}

// What a client asked is recorded also where nobody was there to answer.
func TestUpstreamDownKeepsThePrompt(t *testing.T) {
	t.Parallel()
	r := setUp(t, &echo{}, nil)
	r.up.Close()
	const ask = `{"model":"m","messages":[{"role":"user","content":"anyone there?"}]}`
	if a := do(t, r.client, "POST", r.base("ollama")+"/api/chat", ask, nil); a.status != http.StatusBadGateway {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if f := r.tape.last(t); string(f.sent) != ask || !f.reqEnd || f.end.State != exchange.Failed {
		t.Errorf("recorded %q, %+v", f.sent, f.end)
	}
	// A client that never ends its request gets its answer all the same.
	conn, err := net.Dial("tcp", r.front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /%s/ollama/api/chat HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n{\"model\":", writeKey)
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != http.StatusBadGateway {
		t.Fatalf("an unfinished request: %v, %v", res, err)
	}
	if f := r.tape.last(t); string(f.sent) != `{"model":` || f.reqEnd || f.end.State != exchange.Failed {
		t.Errorf("an unfinished request is recorded as %q, %+v", f.sent, f.end)
	}
}

// An upgraded connection passes both ways and is counted.
func TestUpgradePasses(t *testing.T) {
	t.Parallel()
	r := setUp(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		line, _ := rw.ReadString('\n')
		fmt.Fprintf(conn, "you said %s", line)
	}), nil)
	conn, err := net.Dial("tcp", r.front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /%s/openai/v1/realtime HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: realtime, openai-insecure-api-key.sk-abc\r\n\r\n", writeKey)
	rd := bufio.NewReader(conn)
	res, err := http.ReadResponse(rd, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v, %v", res, err)
	}
	fmt.Fprint(conn, "hello\n")
	if b, err := io.ReadAll(rd); string(b) != "you said hello\n" {
		t.Errorf("came back %q, %v", b, err)
	}
	conn.Close()
	f := r.tape.last(t)
	if string(f.sent) != "hello\n" || string(f.got) != "you said hello\n" || f.end.State != exchange.OK || f.head.Status != 101 {
		t.Errorf("recorded %q, %q, %+v", f.sent, f.got, f.end)
	}
	if bytes.Contains(f.everything, []byte("sk-abc")) || !bytes.Contains(f.everything, []byte("realtime")) {
		t.Errorf("the journal says %s", f.everything)
	}
}
