package main

import (
	"context"
	"fmt"

	"gumshoe/backend/settings"
	"gumshoe/backend/upstream"
)

// configured are the upstreams in use, and what is behind them.
type configured struct {
	*upstream.Registry
	fromRun  map[string]bool // given by a flag of this run
	shadowed []string        // stored ones whose names a flag has taken
}

// upstreams are those of the flags and, behind them, the stored ones; the very
// first time Ollama on its usual port.
func upstreams(ctx context.Context, s *settings.Settings, flags []string) (c configured, err error) {
	stored, ok, err := s.Upstreams(ctx)
	if err != nil {
		return c, err
	}
	if !ok {
		stored = []string{"ollama=ollama+http://127.0.0.1:11434"}
	}
	c = configured{Registry: upstream.NewRegistry(nil), fromRun: map[string]bool{}}
	for _, text := range flags {
		u, err := upstream.Parse(text)
		if err != nil {
			return c, fmt.Errorf("--upstream: %w", err)
		}
		c.fromRun[u.Name] = true
		c.Put(u)
	}
	for _, text := range stored {
		u, err := upstream.Parse(text)
		if err != nil {
			return c, fmt.Errorf("a stored upstream: %w", err)
		}
		if c.fromRun[u.Name] {
			c.shadowed = append(c.shadowed, text)
		} else {
			c.Put(u)
		}
	}
	return c, nil
}
