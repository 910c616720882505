package main

import (
	"context"
	"encoding/json"
	"fmt"

	"gumshoe/backend/api"
	"gumshoe/backend/api/dto"
	"gumshoe/backend/exchange"
	"gumshoe/backend/recorder"
	"gumshoe/backend/store"
	"gumshoe/backend/webhook"
	"gumshoe/backend/wire/dialects"

	"github.com/google/uuid"
)

// openWebhook starts what tells another program of stored exchanges; nil where
// none was asked for.
func (p *program) openWebhook() (*webhook.Hook, error) {
	if p.opts.webhook == "" {
		return nil, nil
	}
	hook, err := webhook.New(webhook.Config{URL: p.opts.webhook, Log: p.log})
	if err != nil {
		return nil, fmt.Errorf("--webhook: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { hook.Run(ctx); close(done) }()
	p.onClose(func() error { stop(); <-done; return nil })
	return hook, nil
}

// startRecorder follows the journal into the log, and tells the UI and the webhook of
// each exchange that is stored.
func (p *program) startRecorder() {
	rec := recorder.New(recorder.Config{
		Dir: journalPath(p.dir), Journal: p.journal, Store: sink{p.store}, Dialect: dialects.For,
		Insight: p.recorderInsight(),
		Announce: func(e exchange.Exchange, prompt string) {
			if e.Kind == exchange.KindOllama {
				p.lastOllama.Store(p.opts.now().UnixMicro())
			}
			row := api.Row(e, store.Snippet(prompt))
			if p.hook != nil {
				if b, err := json.Marshal(row); err == nil { // numbers and strings: it can't fail
					p.hook.Send(b)
				}
			}
			p.bus.Publish(dto.Event{Type: "exchange", Row: &row})
		},
		Trouble: p.health.recorder,
		Alive:   func(id uuid.UUID) bool { return p.proxy.Live().Has(id) },
		Log:     p.log,
		Now:     p.opts.now,
	})
	// The recorder outlives the context that ends the program: it stops when
	// the proxy has.
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		if err := behind(); err != nil {
			p.log.Debug("recording beside the traffic", "error", err)
		}
		done <- rec.Run(ctx)
	}()
	p.onClose(func() error { stop(); return <-done })
}

// sink gives the recorder's items to the store.
type sink struct{ *store.Store }

// Save stores a batch.
func (s sink) Save(ctx context.Context, items []recorder.Item, progress recorder.Progress) error {
	list := make([]store.Item, len(items))
	for i, it := range items {
		list[i] = store.Item(it)
	}
	return s.Store.Save(ctx, list, store.Progress(progress))
}

// Progress reads how far the recorder is.
func (s sink) Progress(ctx context.Context) (recorder.Progress, error) {
	progress, err := s.Store.Progress(ctx)
	return recorder.Progress(progress), err
}
