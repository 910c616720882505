package proxy

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"gumshoe/backend/upstream"
)

// requestBody copies what the upstream is sent to the journal.
type requestBody struct {
	io.ReadCloser
	f       *flight
	trailer http.Header // filled in by the server at the body's end
	mu      sync.Mutex  // a read and what is kept of it are one step
}

// Read keeps the bytes before it hands them on.
func (b *requestBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		if b.f.sent.Load() == 0 {
			b.f.look(p[:n])
		}
		b.f.sent.Add(int64(n))
		if err == io.EOF {
			b.f.requestEnds(p[:n])
		} else {
			b.f.keepRequest(p[:n])
		}
	}
	switch {
	case err == io.EOF:
		b.f.proxy.withoutKey(b.trailer)
		b.f.requestDone()
	case err != nil && !errors.Is(err, http.ErrBodyReadAfterClose):
		b.f.clientBroke.Store(true)
	}
	return n, err
}

// Close leaves the body to the server, which closes it behind the exchange:
// where no upstream took it, it is still read for the record.
func (b *requestBody) Close() error { return nil }

const (
	drainBytes = 32 << 20
	drainTime  = 2 * time.Second
)

// drain reads what a client wanted to send to an upstream that can't be had, so
// that the record has the prompt: as much of it as comes soon.
func (f *flight) drain(w http.ResponseWriter) {
	if f.body == nil || f.sentAll() || f.clientBroke.Load() || f.expects {
		return // a client that waits for "100 Continue" need not send anything
	}
	control := http.NewResponseController(w)
	if control.SetReadDeadline(time.Now().Add(drainTime)) != nil {
		return
	}
	_, err := io.Copy(io.Discard, io.LimitReader(f.body, drainBytes))
	if err != nil {
		f.clientBroke.Store(false) // it was us who stopped
	}
	_ = control.SetReadDeadline(time.Time{})
}

// replyBody copies what the client is sent to the journal.
type replyBody struct {
	io.ReadCloser
	f   *flight
	res *http.Response
}

// Read keeps the bytes before it hands them on.
func (b *replyBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.f.replyBytes(p[:n])
	switch {
	case err == io.EOF:
		b.f.mu.Lock()
		b.f.trailers = b.f.redact.Headers(b.res.Trailer)
		b.f.mu.Unlock()
		b.f.replyDone.Store(true)
	case err != nil:
		b.f.replyBroke.Store(true)
		if !errors.Is(err, context.Canceled) { // ReverseProxy logs any other
			err = upstream.Told(err)
		}
	}
	return n, err
}

// tunnel is both directions of an upgraded connection (WebSocket). Its bytes are
// kept as they are, frames and all.
type tunnel struct {
	*replyBody
	out io.Writer
}

// Write keeps what the client sends before it hands it on.
func (t *tunnel) Write(p []byte) (int, error) {
	t.f.sent.Add(int64(len(p)))
	t.f.keepRequest(p)
	return t.out.Write(p)
}
