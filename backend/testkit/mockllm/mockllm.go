// Package mockllm is a fake LLM upstream for tests and benchmarks: OpenAI (chat and
// Responses), native Ollama, Anthropic and Gemini endpoints, streamed or not, with
// faults chosen by model name.
// It keeps the SHA-256 of every body it received and sent, so that a client can
// ask afterwards whether what came through a proxy is byte for byte the same.
//
// Each New is a server of its own; nothing is shared between two. It listens on
// nothing by itself: tests give it to httptest, the command in cmd to a port.
//
// Test it with: go test ./backend/proxy
package mockllm

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Config is what a request that does not say otherwise gets. The zero value
// means 16 tokens of 5 bytes, at once, and 2 minutes of silence where a fault
// asks for it.
type Config struct {
	Tokens int           // completion tokens of the model "mock"
	Bytes  int           // bytes per token
	Delay  time.Duration // between tokens
	TTFT   time.Duration // before the first byte
	Hang   time.Duration // silence of fault-hang and fault-stall-mid-stream
}

type mock struct {
	def  spec
	hang time.Duration
	seq  atomic.Int64
	st   *state
}

// New makes a mock upstream.
func New(c Config) http.Handler {
	if c.Tokens == 0 {
		c.Tokens = 16
	}
	if c.Bytes == 0 {
		c.Bytes = 5
	}
	if c.Hang == 0 {
		c.Hang = 2 * time.Minute
	}
	m := &mock{def: spec{tokens: c.Tokens, bytes: c.Bytes, delay: c.Delay, ttft: c.TTFT}, hang: c.Hang, st: newState()}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", m.llm(openaiChat{}))
	mux.HandleFunc("POST /api/chat", m.llm(ollama{chat: true}))
	mux.HandleFunc("POST /api/generate", m.llm(ollama{}))
	mux.HandleFunc("POST /v1/responses", m.llm(responses{}))
	mux.HandleFunc("POST /v1/messages", m.llm(anthropic{}))
	mux.HandleFunc("POST /v1beta/models/{call}", m.generate())
	mux.HandleFunc("POST /v1/embeddings", m.embed)
	mux.HandleFunc("POST /api/embed", m.embed)
	mux.HandleFunc("GET /v1/models", lists)
	mux.HandleFunc("GET /api/tags", lists)
	mux.HandleFunc("GET /api/ps", lists)
	mux.HandleFunc("POST /api/show", lists)
	mux.HandleFunc("GET /api/version", lists)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "Ollama is running") })
	mux.HandleFunc("HEAD /{$}", func(w http.ResponseWriter, r *http.Request) {})
	mux.HandleFunc("GET /_mock/stats", m.stats)
	mux.HandleFunc("POST /_mock/reset", func(w http.ResponseWriter, r *http.Request) {
		n, st := newState(), m.st
		st.mu.Lock()
		st.sent, st.received, st.counts, st.last = n.sent, n.received, n.counts, nil
		st.mu.Unlock()
	})
	mux.HandleFunc("POST /_mock/verify", m.verify)
	return mux
}

// state is what /_mock/* answers from.
type state struct {
	mu       sync.Mutex
	sent     map[[32]byte]struct{} // bodies sent whole
	received map[[32]byte]struct{}
	counts   map[string]int64
	last     map[string]any
}

func newState() *state {
	return &state{sent: map[[32]byte]struct{}{}, received: map[[32]byte]struct{}{}, counts: map[string]int64{}}
}

func (s *state) count(k string, n int64) { s.mu.Lock(); s.counts[k] += n; s.mu.Unlock() }

func (s *state) add(set map[[32]byte]struct{}, h [32]byte) {
	s.mu.Lock()
	if len(set) < 4_000_000 {
		set[h] = struct{}{}
	}
	s.mu.Unlock()
}

// verify reads one hex SHA-256 a line and answers how many of them are of
// bodies that the mock sent (?side=sent) or received (?side=received).
func (m *mock) verify(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	var ok, bad int
	st := m.st
	st.mu.Lock()
	set := st.sent
	if r.URL.Query().Get("side") == "received" {
		set = st.received
	}
	for _, l := range strings.Fields(string(b)) {
		var h [32]byte
		if n, err := hex.Decode(h[:], []byte(l)); err == nil && n == 32 {
			if _, in := set[h]; in {
				ok++
				continue
			}
		}
		bad++
	}
	st.mu.Unlock()
	writeJSON(w, map[string]int{"exact": ok, "differ": bad})
}

func (m *mock) stats(w http.ResponseWriter, r *http.Request) {
	st := m.st
	st.mu.Lock()
	all := map[string]any{"counts": maps.Clone(st.counts), "last_request": st.last, "bodies_sent": len(st.sent)}
	st.mu.Unlock()
	writeJSON(w, all)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

// request is the part of a request body that the mock looks at. It is found by
// scanning, not by decoding: a 1 MB prompt must not cost the upstream more than
// reading it. So a prompt must not itself contain these keys.
type request struct {
	body   []byte
	model  string
	stream string // "", "true" or "false"
	usage  bool
}

func field(b []byte, key string) []byte {
	i := bytes.Index(b, []byte(`"`+key+`"`))
	if i < 0 {
		return nil
	}
	return bytes.TrimLeft(b[i+len(key)+2:], ": \t\r\n")
}

func readRequest(r *http.Request) (request, error) {
	b, err := io.ReadAll(io.LimitReader(r.Body, 128<<20))
	if err != nil {
		return request{}, err
	}
	q := request{body: b, model: "mock"}
	if f := field(b, "model"); len(f) > 1 && f[0] == '"' {
		if i := bytes.IndexByte(f[1:], '"'); i >= 0 {
			q.model = string(f[1 : 1+i])
		}
	}
	for _, v := range []string{"true", "false"} {
		if bytes.HasPrefix(field(b, "stream"), []byte(v)) {
			q.stream = v
		}
	}
	q.usage = bytes.HasPrefix(field(b, "include_usage"), []byte("true"))
	q.fromPath(r)
	return q, nil
}

// body writes a response and hashes what it writes.
type body struct {
	w    http.ResponseWriter
	rc   *http.ResponseController
	sum  hash.Hash
	n    int64
	zip  *gzip.Writer
	size int // flush in pieces of this many bytes; 0: whole writes
}

func (b *body) Write(p []byte) (int, error) {
	b.sum.Write(p)
	b.n += int64(len(p))
	return b.w.Write(p)
}

// chunk writes one chunk of a stream and flushes it.
func (b *body) chunk(p []byte) error {
	var out io.Writer = b
	if b.zip != nil {
		out = b.zip
	}
	for len(p) > 0 {
		n := len(p)
		if b.size > 0 {
			n = min(n, b.size)
		}
		if _, err := out.Write(p[:n]); err != nil {
			return err
		}
		if b.zip != nil {
			b.zip.Flush()
		}
		if err := b.rc.Flush(); err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// kill ends the connection with a reset (rst) or without the closing chunk.
func (b *body) kill(rst bool) {
	time.Sleep(20 * time.Millisecond) // let what was sent arrive
	c, _, err := b.rc.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if t, ok := c.(*net.TCPConn); ok && rst {
		t.SetLinger(0)
	}
	c.Close()
}

// Rubbish is what the faults no-http and bad-header have in the place of a status
// line and of a header.
const Rubbish = "sk-mock-4242424242424242 \x1b[31m<b>rubbish"

// rubbish answers with what can't be read as HTTP.
func (b *body) rubbish(inHeader bool) error {
	c, _, err := b.rc.Hijack()
	if err != nil {
		return err
	}
	defer c.Close()
	first := ""
	if inHeader {
		first = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
	}
	if _, err := io.WriteString(c, first+Rubbish+"\r\n\r\nhi"); err != nil {
		return err
	}
	return errors.New("rubbish")
}

// dialect renders one API's bodies.
type dialect interface {
	streams(q request) bool
	contentType(stream bool) string
	token(b []byte, s *spec, id int64, i int) []byte             // one stream event
	end(b []byte, s *spec, id int64, q request, t times) []byte  // the closing events
	full(b []byte, s *spec, id int64, q request, t times) []byte // a whole reply
	midError() []byte
}

type times struct{ start, first time.Time }

var errCancelled = errors.New("client went away")

func (m *mock) llm(d dialect) http.HandlerFunc {
	st := m.st
	return func(w http.ResponseWriter, r *http.Request) {
		t := times{start: time.Now()}
		id := m.seq.Add(1)
		q, err := readRequest(r)
		if err != nil {
			st.count("bad_request_body", 1)
			return
		}
		h := sha256.Sum256(q.body)
		st.add(st.received, h)
		s := parseModel(q.model, m.def)
		st.mu.Lock()
		st.counts["requests"]++
		st.counts["model:"+q.model]++
		st.last = map[string]any{"path": r.URL.Path, "headers": r.Header, "body_sha256": hex.EncodeToString(h[:]), "body_bytes": len(q.body), "host": r.Host}
		st.mu.Unlock()
		b := &body{w: w, rc: http.NewResponseController(w), sum: sha256.New()}
		w.Header().Set("X-Mock-Id", strconv.FormatInt(id, 10))
		err = m.reply(d, b, r, q, &s, id, t)
		switch {
		case err != nil && (errors.Is(err, errCancelled) || r.Context().Err() != nil):
			st.count("cancelled", 1)
		case err != nil:
			st.count("write_error", 1)
		default:
			st.count("sent_whole", 1)
			st.count("bytes", b.n)
			st.add(st.sent, [32]byte(b.sum.Sum(nil)))
		}
	}
}

func wait(r *http.Request, until time.Time) error {
	d := time.Until(until)
	if d <= 0 {
		return nil
	}
	tm := time.NewTimer(d)
	defer tm.Stop()
	select {
	case <-tm.C:
		return nil
	case <-r.Context().Done():
		return errCancelled
	}
}

func (m *mock) reply(d dialect, b *body, r *http.Request, q request, s *spec, id int64, t times) error {
	stream := d.streams(q)
	h := b.w.Header()
	switch s.fault {
	case "500", "503", "429", "401", "404":
		code, _ := strconv.Atoi(s.fault)
		if code == 429 {
			h.Set("Retry-After", "1")
		}
		h.Set("Content-Type", "application/json")
		b.w.WriteHeader(code)
		fmt.Fprintf(b, `{"error":{"message":"mock fault %d","type":"mock_error","code":%d}}`, code, code)
		return nil
	case "hang":
		return wait(r, time.Now().Add(m.hang))
	case "reset-early":
		b.kill(true)
		return errors.New("reset")
	case "no-http", "bad-header":
		return b.rubbish(s.fault == "bad-header")
	case "garbage":
		h.Set("Content-Type", d.contentType(stream))
		p := make([]byte, 4096)
		for i := range p {
			p[i] = byte(i*7 + i>>5 + int(id))
		}
		_, err := b.Write(p)
		return err
	case "split":
		b.size = 3
	}
	if err := wait(r, t.start.Add(s.ttft)); err != nil {
		return err
	}
	t.first = time.Now()
	h.Set("Content-Type", d.contentType(stream))
	if s.gzip {
		h.Set("Content-Encoding", "gzip")
		b.zip = gzip.NewWriter(b)
	}
	if !stream {
		return m.whole(d, b, r, q, s, id, t)
	}
	h.Set("Cache-Control", "no-cache")
	if s.fault != "crlf" {
		return m.stream(d, b, r, q, s, id, t, b.chunk)
	}
	return m.stream(d, b, r, q, s, id, t, func(p []byte) error {
		return b.chunk(append([]byte(": keep-alive\r\n\r\n"), bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))...))
	})
}

// whole writes a reply that is no stream.
func (m *mock) whole(d dialect, b *body, r *http.Request, q request, s *spec, id int64, t times) error {
	h := b.w.Header()
	if err := wait(r, t.first.Add(s.delay*time.Duration(s.tokens))); err != nil {
		return err
	}
	p := d.full(nil, s, id, q, t)
	switch s.fault {
	case "truncated-json":
		p = p[:len(p)*2/3]
	case "short-body", "reset-mid-stream", "abort-mid-stream", "stall-mid-stream":
		h.Set("Content-Length", strconv.Itoa(len(p)))
		b.Write(p[:len(p)/2])
		b.rc.Flush()
		if s.fault == "stall-mid-stream" {
			return wait(r, time.Now().Add(m.hang))
		}
		b.kill(s.fault == "reset-mid-stream")
		return errors.New("cut")
	}
	if b.zip != nil {
		b.zip.Write(p)
		return b.zip.Close()
	}
	h.Set("Content-Length", strconv.Itoa(len(p)))
	_, err := b.Write(p)
	return err
}

// stream writes a stream's events, each through put.
func (m *mock) stream(d dialect, b *body, r *http.Request, q request, s *spec, id int64, t times, put func([]byte) error) error {
	buf := make([]byte, 0, 512)
	for i := range s.tokens {
		if s.delay > 0 {
			if err := wait(r, t.first.Add(s.delay*time.Duration(i))); err != nil {
				return err
			}
		} else if r.Context().Err() != nil {
			return errCancelled
		}
		if i == s.tokens/2 {
			switch s.fault {
			case "reset-mid-stream", "abort-mid-stream", "short-body":
				b.kill(s.fault == "reset-mid-stream")
				return errors.New("cut")
			case "stall-mid-stream":
				return wait(r, time.Now().Add(m.hang))
			case "error-in-stream":
				return put(d.midError())
			}
		}
		if err := put(d.token(buf[:0], s, id, i)); err != nil {
			return err
		}
	}
	p := d.end(nil, s, id, q, t)
	if s.fault == "truncated-json" {
		p = p[:min(len(p), 40)]
	}
	if err := put(p); err != nil {
		return err
	}
	if b.zip != nil {
		return b.zip.Close()
	}
	return nil
}
