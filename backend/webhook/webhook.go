// Package webhook tells another program of every stored exchange: one HTTP POST
// each, to the address that the person gave, this machine's own included.
//
// Guarantees: Send never waits; what can't be delivered is tried again for about
// half a minute and then dropped and counted, as is what comes when too many
// wait; exchanges are delivered in their order, one at a time. Redirects are not
// followed.
//
// Test it with: go test ./backend/webhook
package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

const (
	// maxWaiting is how many messages wait at most.
	maxWaiting = 1000
	// tries is how often one message is sent; the pauses double from firstPause.
	tries      = 6
	firstPause = time.Second
	timeout    = 10 * time.Second
)

// ErrURL is an address that can't be posted to.
var ErrURL = errors.New("a webhook's address begins with http:// or https:// and names a host")

// Config says where to post.
type Config struct {
	URL   string
	Log   *slog.Logger                                         // nil: discarded
	Pause func(ctx context.Context, d time.Duration) (ok bool) // between tries; nil: waits
}

// Hook posts messages. Its zero value is not usable: see New.
type Hook struct {
	cfg     Config
	client  *http.Client
	waiting chan []byte
	dropped atomic.Int64
}

// New makes a Hook; Run has to be called for it to send.
func New(cfg Config) (*Hook, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, ErrURL
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Pause == nil {
		cfg.Pause = pause
	}
	return &Hook{cfg: cfg, waiting: make(chan []byte, maxWaiting), client: &http.Client{Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

// Send has a message (JSON) delivered soon.
func (h *Hook) Send(message []byte) {
	select {
	case h.waiting <- message:
	default:
		h.dropped.Add(1)
	}
}

// Dropped counts the messages that were given up.
func (h *Hook) Dropped() int64 { return h.dropped.Load() }

// Run delivers until the context ends.
func (h *Hook) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-h.waiting:
			h.deliver(ctx, m)
		}
	}
}

func (h *Hook) deliver(ctx context.Context, message []byte) {
	wait := firstPause
	for n := 1; ; n++ {
		again, err := h.post(ctx, message)
		if err == nil || ctx.Err() != nil {
			return
		}
		if !again || n == tries || !h.cfg.Pause(ctx, wait) {
			h.dropped.Add(1)
			h.cfg.Log.Warn("a webhook could not be delivered", "tries", n, "error", err)
			return
		}
		wait *= 2
	}
}

// post sends once; again says whether another try may help.
func (h *Hook) post(ctx context.Context, message []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.cfg.URL, bytes.NewReader(message))
	if err != nil {
		return false, fmt.Errorf("preparing a webhook: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Gumshoe")
	res, err := h.client.Do(req)
	if err != nil {
		var detail *url.Error // its text has the address, which may hold a secret
		if errors.As(err, &detail) {
			err = detail.Err
		}
		return true, fmt.Errorf("calling a webhook: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection can be used again
	switch {
	case res.StatusCode < 300:
		return false, nil
	case res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusRequestTimeout:
		return true, fmt.Errorf("the webhook answered %s", res.Status)
	}
	return false, fmt.Errorf("the webhook answered %s", res.Status)
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
