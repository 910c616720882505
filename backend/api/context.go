package api

import (
	"context"
	"time"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/ollama"
	"gumshoe/backend/price"
	"gumshoe/backend/store"
)

// The bases of a context length.
const (
	contextAllocated = "allocated" // what Ollama had set aside for the model, as /api/ps said
	contextTable     = "table"     // what the price table says that the provider takes
)

// contexts says how long the contexts of models were in a period; models of which
// nothing says so are left out.
func (a *API) contexts(ctx context.Context, groups []store.Group, from, to int64) (map[string]*dto.ContextLength, error) {
	out := map[string]*dto.ContextLength{}
	var rest []string
	var stays []ollama.Stay
	if a.Watch != nil {
		stays = a.Watch.Stays(from, to)
	}
	for _, g := range groups {
		if c := allocated(stays, g.Value); c != nil {
			out[g.Value] = c
		} else if g.Value != "" {
			rest = append(rest, g.Value)
		}
	}
	if a.Prices == nil || len(rest) == 0 {
		return out, nil
	}
	served, err := a.Log.Served(ctx, rest)
	if err != nil {
		return nil, err
	}
	for model, name := range served {
		u, ok := a.Upstreams.Get(name)
		// What a local server sets aside no table knows.
		if !ok || u.URL == nil || price.Local(u, model) {
			continue
		}
		if e, ok := a.Prices.Table().Find(price.Where{Kind: u.Kind, URL: u.URL.String()}, model, time.UnixMicro(to)); ok && e.Context != nil {
			out[model] = &dto.ContextLength{Tokens: *e.Context, Basis: contextTable}
		}
	}
	return out, nil
}

// allocated is the latest context length of a model that Ollama had in memory;
// stays come the latest first.
func allocated(stays []ollama.Stay, model string) (c *dto.ContextLength) {
	for _, s := range stays {
		if s.Context == nil || *s.Context <= 0 || s.Model != model && s.Model != model+":latest" {
			continue
		}
		if c == nil {
			c = &dto.ContextLength{Tokens: *s.Context, Basis: contextAllocated}
		}
		c.Varied = c.Varied || *s.Context != c.Tokens
	}
	return c
}
