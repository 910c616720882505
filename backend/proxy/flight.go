package proxy

import (
	"context"
	"encoding"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
	"gumshoe/backend/journal"
	"gumshoe/backend/openwebui"
	"gumshoe/backend/redact"
)

// flight is one exchange while it runs.
type flight struct {
	proxy       *Proxy
	id          uuid.UUID
	began       time.Time
	startedAt   int64 // began in microseconds since the epoch
	start       exchange.Start
	target      target
	providerKey string
	origin      string // of the web page that asks, "" for other clients
	redact      redact.Redactor
	body        *requestBody // nil where the request has none
	expects     bool         // the client waits for "100 Continue"
	who         openwebui.Config
	usage       *bool // whether to ask for usage; nil: as the upstream's switch says
	cancel      context.CancelCauseFunc

	model                 atomic.Pointer[string]
	sent, received        atomic.Int64 // body bytes: request, reply
	firstByte             atomic.Int64 // microseconds since the epoch; 0 none
	requestRead           atomic.Bool
	replyDone, replyBroke atomic.Bool
	clientBroke, asked    atomic.Bool

	mu       sync.Mutex // below: request and reply are read by two goroutines
	begun    bool       // the Start record is kept
	landed   bool       // the End record is kept, or was tried to be
	heading  []byte     // the reply's Head, until it is kept with what comes next
	batch    [4]journal.Record
	gap      bool // something could not be kept
	state    exchange.State
	problem  string
	trailers []exchange.Header
}

func (p *Proxy) takeOff(r *http.Request, t target, c openwebui.Controls, cancel context.CancelCauseFunc) *flight {
	red := p.secret()
	began := p.now()
	f := &flight{proxy: p, began: began, startedAt: began.UnixMicro(), target: t, redact: red, cancel: cancel,
		expects: r.Header.Get("Expect") != "", origin: r.Header.Get("Origin")}
	f.id = p.ids.next(began)
	f.providerKey = p.storedKey(t.up)
	root := t.up.Root()
	root.User = nil
	query := red.Query(r.URL.RawQuery)
	path := red.Text(t.rest)
	full := root.String() + path
	if query != "" {
		full += "?" + query
	}
	remote, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		remote = r.RemoteAddr
	}
	f.start = exchange.Start{
		Upstream: t.up.Name, Kind: t.up.Kind, Method: r.Method, Path: path, Query: query, URL: full,
		Headers: red.Headers(r.Header), Remote: remote, ContentLength: r.ContentLength,
	}
	f.control(c)
	f.whoAsks(r)
	if f.expects || r.ContentLength < 0 || r.ContentLength > soon {
		f.keep(journal.ReqChunk, nil) // only the Start record: there is no chunk yet
	}
	p.live.add(f)
	return f
}

// whoAsks takes the signed token that says who sent the request: it is a secret
// and goes no further. The rest is read by who wants to know.
func (f *flight) whoAsks(r *http.Request) {
	f.who = f.proxy.cfg.Identity()
	signed := false
	for i, h := range f.start.Headers {
		if openwebui.Secret(h.Name, f.who) {
			f.start.Headers[i].Value, signed = redact.Mark, true
		}
	}
	if signed {
		claims, err := openwebui.Token(openwebui.Fields(r.Header), f.who, f.proxy.now())
		if err != nil {
			f.proxy.log.Warn("reading an identity token", "error", err)
		}
		f.start.Claims = claims
	}
}

// now is the time in microseconds since the epoch, by the clock that nobody sets:
// an exchange during which the time is changed lasts as long as it lasts.
func (f *flight) now() int64 { return f.startedAt + f.proxy.now().Sub(f.began).Microseconds() }

// soon is the size of a request, in bytes, up to which its body comes with its
// header and the exchange's Start is kept together with it.
const soon = 64 << 10

// keep appends a record, after the exchange's Start and the reply's Head where
// these were not kept before. What can't be kept is marked and never holds
// traffic up.
func (f *flight) keep(t journal.Type, payload []byte) { f.keepEnding(t, payload, 0) }

// keepEnding is keep with a second record that holds nothing but its type; 0 is
// none.
func (f *flight) keepEnding(t journal.Type, payload []byte, ending journal.Type) {
	now := f.now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.landed {
		return // an upgraded connection's other half: the client has gone
	}
	f.landed = t == journal.End
	list, err := f.before(now)
	if chunk := t == journal.ReqChunk || t == journal.ReplyChunk; !chunk || len(payload) > 0 {
		list = append(list, journal.Record{Type: t, ID: f.id, At: now, Payload: payload})
	}
	if ending != 0 {
		list = append(list, journal.Record{Type: ending, ID: f.id, At: now})
	}
	if err == nil && len(list) > 0 {
		err = f.proxy.cfg.Journal.Append(list...)
	}
	clear(f.batch[:])
	if err == nil {
		f.begun, f.heading = true, nil
	} else {
		f.gap = true
	}
	f.proxy.recorded(err)
}

// before is what has to be kept before the next record.
func (f *flight) before(now int64) (list []journal.Record, err error) {
	list = f.batch[:0]
	if !f.begun {
		b, err := f.start.AppendBinary(nil)
		if err != nil {
			return nil, err
		}
		list = append(list, journal.Record{Type: journal.Start, ID: f.id, At: f.startedAt, Payload: b})
	}
	if f.heading != nil {
		list = append(list, journal.Record{Type: journal.Head, ID: f.id, At: now, Payload: f.heading})
	}
	return list, nil
}

// keepHeading keeps the reply's Head where it was not kept yet. It comes before
// the header goes to the client.
func (f *flight) keepHeading() {
	f.mu.Lock()
	waits := f.heading != nil
	f.mu.Unlock()
	if waits {
		f.keep(journal.ReplyChunk, nil)
	}
}

func (f *flight) describe(t journal.Type, v encoding.BinaryAppender) {
	b, err := v.AppendBinary(nil)
	if err != nil {
		f.proxy.log.Error("describing an exchange", "error", err)
		return
	}
	f.keep(t, b)
}

// head takes the reply's header; it is kept before the client gets any of it.
func (f *flight) head(h exchange.Head) {
	b, err := h.AppendBinary(nil)
	if err != nil {
		f.proxy.log.Error("describing an exchange", "error", err)
		return
	}
	f.mu.Lock()
	f.heading = b
	f.mu.Unlock()
}

func (f *flight) replyBytes(p []byte) {
	if len(p) == 0 {
		return
	}
	if !f.start.OmitReply {
		f.keep(journal.ReplyChunk, p)
	}
	f.received.Add(int64(len(p)))
	f.firstByte.CompareAndSwap(0, f.now())
}

func (f *flight) keepRequest(p []byte) {
	if !f.start.OmitRequest {
		f.keep(journal.ReqChunk, p)
	}
}

func (f *flight) requestDone() {
	if !f.requestRead.Swap(true) {
		f.keep(journal.ReqEnd, nil)
	}
}

// requestEnds is keepRequest of the last bytes and requestDone in one.
func (f *flight) requestEnds(p []byte) {
	switch {
	case f.start.OmitRequest || f.requestRead.Swap(true):
		f.keepRequest(p)
		f.requestDone()
	default:
		f.keepEnding(journal.ReqChunk, p, journal.ReqEnd)
	}
}

// sentAll reports whether the request body was read to its end.
func (f *flight) sentAll() bool {
	return f.requestRead.Load() || f.start.ContentLength >= 0 && f.sent.Load() >= f.start.ContentLength
}

// fail says what became of the exchange; the first word counts.
func (f *flight) fail(s exchange.State, problem string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state == "" {
		f.state, f.problem = s, problem
	}
}

// land ends the record. aborted says that the reply was cut off.
func (f *flight) land(ctx context.Context, aborted bool) {
	f.proxy.live.remove(f)
	switch {
	case errors.Is(context.Cause(ctx), errShutdown):
		f.override(exchange.Interrupted, errShutdown.Error())
	case errors.Is(context.Cause(ctx), errStopped):
		f.override(exchange.Cancelled, errStopped.Error())
	case aborted && f.replyBroke.Load() && ctx.Err() == nil:
		f.fail(exchange.Broken, "the upstream broke off in the middle of its reply")
	case aborted || ctx.Err() != nil && !f.replyDone.Load():
		f.fail(exchange.Cancelled, "the client left")
	}
	f.fail(exchange.OK, "")
	f.mu.Lock()
	end := exchange.End{State: f.state, Error: f.problem, Trailers: f.trailers, Gap: f.gap}
	f.mu.Unlock()
	if f.start.OmitRequest || f.start.OmitReply {
		end.Sent, end.Received = f.sent.Load(), f.received.Load()
		if m := f.model.Load(); m != nil {
			end.Model = *m
		}
	}
	f.describe(journal.End, end)
}

// override replaces what was said before: our own doing explains the rest.
func (f *flight) override(s exchange.State, problem string) {
	f.mu.Lock()
	f.state, f.problem = s, problem
	f.mu.Unlock()
}
