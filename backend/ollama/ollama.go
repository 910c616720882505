// Package ollama asks Ollama upstreams what they have in memory, and keeps who
// was loaded when and what made room for what. It asks the upstream itself, not
// through the proxy, so its questions are no exchanges.
//
// Sources: GET /api/ps (api/types.go, ProcessModelResponse) takes a few
// milliseconds and reads no disk; POST /api/show, asked once for each model
// digest, reads the model's description. Neither loads a model nor keeps one
// alive. Nothing is asked while nobody sends traffic and nobody looks; answers
// are kept for a second so that several pages cost one question.
//
// Test it with: go test ./backend/ollama
package ollama

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/upstream"
)

// Model is one model in memory. Sizes are bytes, ExpiresAt microseconds.
type Model struct {
	Upstream, Name string
	Size, SizeVRAM int64
	Context        *int64 // tokens; nil where Ollama does not say
	ExpiresAt      *int64 // nil where it does not say
	Forever        bool   // keep_alive -1
	Params, Quant  string // "8.0B", "Q4_K_M"
	Digest         string
}

// Loaded is what all Ollama upstreams have in memory.
type Loaded struct {
	At     int64 // microseconds
	Models []Model
	Errors map[string]string // upstream name → why it could not be asked
}

// Watch asks; safe for concurrent use.
type Watch struct {
	upstreams *upstream.Registry
	client    *http.Client
	now       func() time.Time

	polls  atomic.Int64
	looked atomic.Int64 // when somebody last asked by Loaded, microseconds

	mu   sync.Mutex
	last Loaded

	stays stays
}

// timeout is how long one upstream may take to answer.
const timeout = 4 * time.Second

// NewWatch makes a Watch. client nil takes one without a proxy.
func NewWatch(upstreams *upstream.Registry, client *http.Client, now func() time.Time) *Watch {
	if client == nil {
		client = &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, OnProxyConnectResponse: upstream.Tunnel, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute}}
	}
	if now == nil {
		now = time.Now
	}
	return &Watch{upstreams: upstreams, client: client, now: now}
}

// Polls counts the questions asked.
func (w *Watch) Polls() int64 { return w.polls.Load() }

// Loaded asks every Ollama upstream, all at once.
func (w *Watch) Loaded(ctx context.Context) Loaded {
	w.looked.Store(w.now().UnixMicro())
	return w.poll(ctx)
}

func (w *Watch) poll(ctx context.Context) Loaded {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now().UnixMicro()
	if w.last.At != 0 && now-w.last.At < time.Second.Microseconds() {
		return w.last
	}
	out := Loaded{At: now, Errors: map[string]string{}}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, u := range w.upstreams.All() {
		if u.Kind != exchange.KindOllama {
			continue
		}
		wg.Go(func() {
			list, err := w.ask(ctx, u)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				out.Errors[u.Name] = err.Error()
			}
			out.Models = append(out.Models, list...)
		})
	}
	wg.Wait()
	slices.SortFunc(out.Models, func(a, b Model) int { return strings.Compare(a.Upstream+" "+a.Name, b.Upstream+" "+b.Name) })
	w.last = out
	w.stays.see(out, w.upstreams.All())
	return out
}

func (w *Watch) ask(ctx context.Context, u upstream.Upstream) ([]Model, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.Root().String()+"/api/ps", nil)
	if err != nil {
		return nil, fmt.Errorf("asking for models in memory: %w", err)
	}
	w.polls.Add(1)
	res, err := w.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking for models in memory: %w", upstream.Told(err))
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("asking for models in memory: HTTP %d", res.StatusCode)
	}
	var ps struct {
		Models []struct {
			Name      string    `json:"name"`
			Size      int64     `json:"size"`
			SizeVRAM  int64     `json:"size_vram"`
			ExpiresAt time.Time `json:"expires_at"`
			Context   *int64    `json:"context_length"`
			Digest    string    `json:"digest"`
			Details   struct {
				Params string `json:"parameter_size"`
				Quant  string `json:"quantization_level"`
			} `json:"details"`
		} `json:"models"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 4<<20)).Decode(&ps); err != nil {
		// The text of err may quote what was sent.
		return nil, errors.New("reading the models in memory: the answer is not the list that Ollama gives")
	}
	var out []Model
	for _, m := range ps.Models {
		one := Model{Upstream: u.Name, Name: m.Name, Size: m.Size, SizeVRAM: m.SizeVRAM, Context: m.Context, Params: m.Details.Params, Quant: m.Details.Quant, Digest: m.Digest}
		if !m.ExpiresAt.IsZero() {
			at := m.ExpiresAt.UnixMicro()
			one.ExpiresAt = &at
			one.Forever = m.ExpiresAt.After(w.now().AddDate(50, 0, 0))
		}
		out = append(out, one)
	}
	return out, nil
}
