package ollama

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"gumshoe/backend/upstream"
)

const (
	// Every is how often Follow asks while there is a reason to.
	Every = 3 * time.Second
	// interest is for how long a look at the page is such a reason.
	interest = 15 * time.Second
)

// Follow asks every few seconds while busy says that Ollama has traffic, or
// while somebody looks at the page, until ctx ends.
func (w *Watch) Follow(ctx context.Context, busy func() bool) {
	t := time.NewTicker(Every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			w.step(ctx, busy())
		}
	}
}

func (w *Watch) step(ctx context.Context, busy bool) {
	if !busy && w.now().UnixMicro()-w.looked.Load() > interest.Microseconds() {
		return
	}
	w.poll(ctx)
	for _, m := range w.stays.unasked() {
		u, ok := w.upstreams.Get(m.Upstream)
		if !ok {
			continue
		}
		n, err := w.show(ctx, u, m.Model)
		if err != nil && ctx.Err() != nil {
			return
		}
		w.stays.told(m.Digest, n) // 0 where it would not say: it is not asked again
	}
}

// show reads what a model was trained for, in tokens; 0 where it does not say.
func (w *Watch) show(ctx context.Context, u upstream.Upstream, model string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	body, err := json.Marshal(map[string]string{"model": model})
	if err != nil {
		return 0, fmt.Errorf("asking for a model: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.Root().String()+"/api/show", bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("asking for a model: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	w.polls.Add(1)
	res, err := w.client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("asking for a model: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("asking for a model: HTTP %d", res.StatusCode)
	}
	var said struct {
		Info map[string]json.RawMessage `json:"model_info"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 8<<20)).Decode(&said); err != nil {
		return 0, fmt.Errorf("reading a model's description: %w", err)
	}
	for name, raw := range said.Info {
		var n int64
		if strings.HasSuffix(name, ".context_length") && json.Unmarshal(raw, &n) == nil {
			return n, nil
		}
	}
	return 0, nil
}
