package proxy_test

import (
	"bytes"
	"encoding"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
	"gumshoe/backend/journal"
	"gumshoe/backend/proxy"
	"gumshoe/backend/upstream"
)

const writeKey = "sk-gumshoe-test-1234567890"

// tape is an Appender that remembers all of it.
type tape struct {
	mu    sync.Mutex
	err   error
	order []uuid.UUID
	recs  map[uuid.UUID][]journal.Record
	ended int
}

func (a *tape) Append(list ...journal.Record) error {
	for _, r := range list {
		if err := a.one(r); err != nil {
			return err
		}
	}
	return nil
}

func (a *tape) one(r journal.Record) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err != nil {
		return a.err
	}
	if a.recs == nil {
		a.recs = map[uuid.UUID][]journal.Record{}
	}
	r.Payload = bytes.Clone(r.Payload)
	if _, ok := a.recs[r.ID]; !ok {
		a.order = append(a.order, r.ID)
	}
	a.recs[r.ID] = append(a.recs[r.ID], r)
	if r.Type == journal.End {
		a.ended++
	}
	return nil
}

func (a *tape) fail(err error) { a.mu.Lock(); a.err = err; a.mu.Unlock() }

// flown is one exchange as the tape has it.
type flown struct {
	start      exchange.Start
	head       *exchange.Head
	end        *exchange.End
	sent, got  []byte
	reqEnd     bool
	chunks     int
	everything []byte
}

func (a *tape) flights(t testing.TB) []flown {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]flown, len(a.order))
	for i, id := range a.order {
		out[i] = read(t, a.recs[id])
	}
	return out
}

func read(t testing.TB, recs []journal.Record) (f flown) {
	t.Helper()
	for i, r := range recs {
		f.everything = append(f.everything, r.Payload...)
		if (r.Type == journal.Start) != (i == 0) {
			t.Errorf("record %d of an exchange is of type %d", i, r.Type)
		}
		if f.end != nil {
			t.Errorf("a record of type %d after the end", r.Type)
		}
		switch r.Type {
		case journal.Start:
			decode(t, r.Payload, &f.start)
		case journal.ReqChunk:
			f.sent = append(f.sent, r.Payload...)
		case journal.ReqEnd:
			f.reqEnd = true
		case journal.Head:
			f.head = &exchange.Head{}
			decode(t, r.Payload, f.head)
		case journal.ReplyChunk:
			f.got = append(f.got, r.Payload...)
			f.chunks++
		case journal.End:
			f.end = &exchange.End{}
			decode(t, r.Payload, f.end)
		}
	}
	return f
}

func decode(t testing.TB, b []byte, into encoding.BinaryUnmarshaler) {
	t.Helper()
	if err := into.UnmarshalBinary(b); err != nil {
		t.Errorf("decoding a record %q: %v", b, err)
	}
}

// last waits until all exchanges have ended and gives the newest.
func (a *tape) last(t testing.TB) flown {
	t.Helper()
	var recs []journal.Record
	eventually(t, "an ended exchange", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		n := len(a.order)
		if n == 0 || a.ended < n {
			return false
		}
		recs = a.recs[a.order[n-1]]
		return true
	})
	return read(t, recs)
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

type rig struct {
	tape   *tape
	proxy  *proxy.Proxy
	up     *httptest.Server
	front  *httptest.Server
	reg    *upstream.Registry
	client *http.Client
}

// base is the base URL of an upstream.
func (r *rig) base(name string) string { return r.front.URL + "/" + writeKey + "/" + name }

func setUp(t testing.TB, h http.Handler, change func(*proxy.Config)) *rig {
	t.Helper()
	r := &rig{tape: &tape{}, up: httptest.NewServer(h)}
	t.Cleanup(r.up.Close)
	var list []upstream.Upstream
	for _, s := range []string{"ollama=ollama+" + r.up.URL, "openai=openai+" + r.up.URL + "/v1", "claude=anthropic+" + r.up.URL, "gem=gemini+" + r.up.URL} {
		u, err := upstream.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, u)
	}
	r.reg = upstream.NewRegistry(list)
	cfg := proxy.Config{WriteKey: writeKey, Upstreams: r.reg, Journal: r.tape}
	if change != nil {
		change(&cfg)
	}
	r.proxy = proxy.New(cfg)
	r.front = httptest.NewServer(r.proxy)
	t.Cleanup(func() { r.front.CloseClientConnections(); r.front.Close(); r.proxy.CloseIdle() })
	r.client = &http.Client{
		Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64, ExpectContinueTimeout: 5 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(r.client.CloseIdleConnections)
	return r
}

// answer is what a client saw.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	length  int64
	trailer http.Header
	failure string
}

func do(t testing.TB, c *http.Client, method, url, body string, header http.Header) answer {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	res, err := c.Do(req)
	if err != nil {
		return answer{failure: kind(err)}
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode, header: res.Header, length: res.ContentLength}
	a.body, err = io.ReadAll(res.Body)
	a.trailer = res.Trailer
	if err != nil {
		a.failure = kind(err)
	}
	return a
}

// kind tells a broken reply from a whole one. A reset may reach the client as
// either error, so both are one kind.
func kind(err error) string {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(err.Error(), "reset by peer"):
		return "broken off"
	case errors.Is(err, io.EOF):
		return "no reply"
	}
	return err.Error()
}
