package proxy

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
	"gumshoe/backend/openwebui"
)

// ErrNotRunning says that no exchange of an id is running.
var ErrNotRunning = errors.New("this exchange is not running any more")

// Running is one running exchange. Times are microseconds since the epoch.
type Running struct {
	ID        string
	StartedAt int64
	// Phase: sending (the request), waiting (nothing came back yet), streaming.
	Phase         string
	Upstream      string
	Kind          exchange.Kind
	Method, Path  string
	Model         string // "" until known
	Client        string
	User          string
	Task          exchange.Task
	FirstByte     *int64 // microseconds after StartedAt
	RequestBytes  int64
	ResponseBytes int64
}

// Live is the table of running exchanges, safe for concurrent use.
type Live struct {
	mu      sync.Mutex
	flights map[uuid.UUID]*flight
}

func newLive() *Live { return &Live{flights: map[uuid.UUID]*flight{}} }

func (l *Live) add(f *flight) {
	l.mu.Lock()
	l.flights[f.id] = f
	l.mu.Unlock()
}

func (l *Live) remove(f *flight) {
	l.mu.Lock()
	delete(l.flights, f.id)
	l.mu.Unlock()
}

// Count is how many exchanges are running.
func (l *Live) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.flights)
}

// Has reports whether the exchange of an id is running.
func (l *Live) Has(id uuid.UUID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.flights[id] != nil
}

// Snapshot lists the running exchanges, newest first.
func (l *Live) Snapshot() []Running {
	l.mu.Lock()
	list := make([]*flight, 0, len(l.flights))
	for _, f := range l.flights {
		list = append(list, f)
	}
	l.mu.Unlock()
	out := make([]Running, 0, len(list))
	for _, f := range list {
		out = append(out, f.running())
	}
	slices.SortFunc(out, func(a, b Running) int { return strings.Compare(b.ID, a.ID) })
	return out
}

// Stop cancels a running exchange on both sides.
func (l *Live) Stop(id string) error { return l.end(id, errStopped) }

func (l *Live) end(id string, cause error) error {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return ErrNotRunning
	}
	l.mu.Lock()
	f := l.flights[parsed]
	l.mu.Unlock()
	if f == nil {
		return ErrNotRunning
	}
	f.cancel(cause)
	return nil
}

// endAll cancels everything that still runs, because the program ends.
func (l *Live) endAll() {
	for _, r := range l.Snapshot() {
		_ = l.end(r.ID, errShutdown) // it may have ended by itself
	}
}

func (f *flight) running() Running {
	who := openwebui.Identify(openwebui.Request{Headers: f.start.Headers, Claims: f.start.Claims}, f.who)
	r := Running{
		ID: f.id.String(), StartedAt: f.startedAt, Upstream: f.start.Upstream, Kind: f.start.Kind,
		Method: f.start.Method, Path: f.start.Path, User: who.User, Task: who.Task,
		RequestBytes: f.sent.Load(), ResponseBytes: f.received.Load(), Phase: "sending",
	}
	for _, h := range f.start.Headers {
		if h.Name == "User-Agent" {
			r.Client = h.Value
		}
	}
	if m := f.model.Load(); m != nil {
		r.Model = *m
	}
	if f.requestRead.Load() {
		r.Phase = "waiting"
	}
	if at := f.firstByte.Load(); at != 0 {
		r.FirstByte = exchange.Int64(at - f.startedAt)
		r.Phase = "streaming"
	}
	return r
}

// look finds the model's name in the first bytes of a request, for the live
// table only. It scans; it does not parse.
func (f *flight) look(p []byte) {
	i := bytes.Index(p, []byte(`"model"`))
	if i < 0 {
		return
	}
	p = bytes.TrimLeft(p[i+len(`"model"`):], ": \t\r\n")
	if len(p) < 2 || p[0] != '"' {
		return
	}
	end := bytes.IndexByte(p[1:], '"')
	if end < 0 || end > 300 {
		return
	}
	var name string
	if json.Unmarshal(p[:end+2], &name) == nil {
		f.model.Store(&name)
	}
}
