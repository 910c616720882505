// Package proxy is the hot path: it checks the write key, picks the upstream,
// streams both ways and appends every byte to the journal.
//
// Guarantees: the client gets the upstream's status, headers and bytes, in the
// upstream's rhythm. A reply's bytes are in the journal before the client has
// them. A failing journal never delays or changes traffic. No body is held in
// memory but a chat completion of up to 4 MB, and no timeout of ours cuts a
// stream. The write key goes to no
// upstream and to no record. Nothing can be read here: the only answers of our
// own are errors and /healthz.
//
// What it changes of a request, and nothing else: Host becomes the upstream's;
// the write key and X-OpenWebUI-* and Helicone-* headers (who asked, which stays
// in this house) are taken out; a stored provider key replaces the client's.
//
// Test it with: go test ./backend/proxy
package proxy

import (
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"sync"
	"sync/atomic"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/journal"
	"gumshoe/backend/openwebui"
	"gumshoe/backend/secrets"
	"gumshoe/backend/upstream"
)

// Appender keeps records; *journal.Journal is one.
type Appender interface {
	Append(list ...journal.Record) error
}

// Config is what a Proxy needs.
type Config struct {
	// WriteKey is the key that lets traffic through; never "". MoreKeys are
	// further ones (SetKeys changes them).
	WriteKey  string
	MoreKeys  []string
	Upstreams *upstream.Registry
	// ProviderKey returns the stored key of an upstream, "" for none.
	ProviderKey func(u upstream.Upstream) (string, error)
	Journal     Appender
	// Identity is how users are told apart; nil: by the usual headers.
	Identity func() openwebui.Config
	// Origins are those of web pages that may use the proxy from a browser, such
	// as "https://chat.example.org"; none by default.
	Origins []string
	// Closed is what every client that has the key is told in the place of being
	// forwarded and recorded; "" forwards.
	Closed string
	// Recording is told when appending begins to fail, and with nil when it
	// works again. May be nil; must be quick.
	Recording func(err error)
	// Ready says whether proxy and UI both accept, for /healthz.
	Ready func() bool
	Log   *slog.Logger     // nil: discarded
	Now   func() time.Time // nil: time.Now
}

// Proxy is the handler of the proxy's port.
type Proxy struct {
	cfg       Config
	log       *slog.Logger
	now       func() time.Time
	reverse   *httputil.ReverseProxy
	transport *http.Transport
	lanes     *lanes
	live      *Live
	keys      atomic.Pointer[keyring]
	refused   atomic.Int64
	guesses   secrets.Guesses
	failing   atomic.Bool
	ids       ids
}

// New makes a Proxy.
func New(cfg Config) *Proxy {
	p := &Proxy{cfg: cfg, log: cfg.Log, now: cfg.Now, live: newLive()}
	p.SetKeys(cfg.MoreKeys)
	if p.cfg.Identity == nil {
		p.cfg.Identity = func() openwebui.Config { return openwebui.Config{} }
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if p.now == nil {
		p.now = time.Now
	}
	p.transport = newTransport()
	p.lanes = &lanes{next: p.transport, dial: net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}}
	p.reverse = &httputil.ReverseProxy{
		Rewrite:        rewrite,
		ModifyResponse: modifyResponse,
		ErrorHandler:   p.upstreamFailed,
		Transport:      &askUsage{next: p.lanes},
		FlushInterval:  headerWait,
		BufferPool:     &buffers{},
		ErrorLog:       slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}
	return p
}

// headerWait is how long the header of a reply of known length may wait for its
// first bytes, to go out in one write with them. Streams never wait: of those the
// ReverseProxy flushes all at once.
const headerWait = time.Millisecond

// newTransport has no timeout that a slow model could meet: only dialling and
// the TLS handshake are bounded.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		OnProxyConnectResponse: upstream.Tunnel,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxIdleConns:           512,
		MaxIdleConnsPerHost:    256,
		IdleConnTimeout:        60 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		ExpectContinueTimeout:  time.Second,
		WriteBufferSize:        32 << 10,
		ReadBufferSize:         32 << 10,
	}
}

// buffers keeps copy buffers between replies.
type buffers struct{ pool sync.Pool }

// Get returns a buffer of 32 KiB.
func (b *buffers) Get() []byte {
	if p, ok := b.pool.Get().(*[]byte); ok {
		return *p
	}
	return make([]byte, 32<<10)
}

// Put takes a buffer back.
func (b *buffers) Put(p []byte) { b.pool.Put(&p) }

// Live is the table of running exchanges.
func (p *Proxy) Live() *Live { return p.live }

// Refused counts the requests that were turned away for a missing or wrong key
// or an unknown upstream.
func (p *Proxy) Refused() int64 { return p.refused.Load() }

// CloseIdle lets go of idle connections to upstreams.
func (p *Proxy) CloseIdle() {
	p.transport.CloseIdleConnections()
	p.lanes.closeIdle()
}

// ServeHTTP forwards one request.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw := requestPath(r)
	if raw == "/healthz" {
		p.healthz(w, r)
		return
	}
	if p.preflight(w, r) {
		return
	}
	c := p.controls(r)
	t, status, problem := p.route(r, raw, c)
	if p.cfg.Closed != "" && status != http.StatusUnauthorized {
		// Clients would try 503 again.
		status, problem, c = http.StatusForbidden, p.cfg.Closed, openwebui.Controls{}
	}
	if c.BadTarget && status != http.StatusUnauthorized {
		// Sent on as if it had named none, it would hand one provider's key and
		// prompt to another.
		status, problem = http.StatusBadRequest, "Gumshoe refused this request: the Helicone-Target-URL can't be read; it is http:// or https:// and the root of an upstream"
	}
	if c.Target != nil && (problem == "" || status == http.StatusNotFound) {
		t, status, problem = p.retarget(t, c.Target)
	}
	if problem != "" {
		p.refused.Add(1)
		if status == http.StatusUnauthorized && !p.guesses.Wrong(r.Context(), p.now()) {
			status, problem = http.StatusTooManyRequests, "Gumshoe refused this request: too many come with a wrong write key; copy the base URL from its Setup page"
		}
		writeError(w, t.up.Kind, status, problem)
		return
	}
	if leaves(t.up.Root().EscapedPath(), t.rest) {
		p.refused.Add(1)
		writeError(w, t.up.Kind, http.StatusBadRequest, "Gumshoe refused this request: its path goes above the upstream's root")
		return
	}
	if p.secret().Has(t.rest) {
		p.refused.Add(1)
		writeError(w, t.up.Kind, http.StatusBadRequest, "Gumshoe refused this request: the write key stands in this URL twice; paste the base URL once")
		return
	}
	if r.Method == http.MethodTrace && p.storedKey(t.up) != "" {
		// The upstream would send back what it was sent, to one who may not see it.
		p.refused.Add(1)
		writeError(w, t.up.Kind, http.StatusMethodNotAllowed, "Gumshoe refused this request: TRACE would show the provider key that is stored for this upstream")
		return
	}
	p.forward(w, r, t, c)
}

// storedKey is the stored provider key of an upstream, "" where there is none.
func (p *Proxy) storedKey(up upstream.Upstream) string {
	if p.cfg.ProviderKey == nil {
		return ""
	}
	key, err := p.cfg.ProviderKey(up)
	if err != nil {
		p.log.Warn("reading a stored key", "upstream", up.Name, "error", err)
	}
	return key
}

func (p *Proxy) healthz(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		writeError(w, exchange.KindOpenAI, http.StatusMethodNotAllowed, "healthz takes GET")
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if p.cfg.Ready != nil && !p.cfg.Ready() {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("starting\n"))
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}

// recorded tells the owner when recording begins to fail or works again.
func (p *Proxy) recorded(err error) {
	if failing := err != nil; p.failing.Swap(failing) != failing && p.cfg.Recording != nil {
		p.cfg.Recording(err)
	}
}
