//go:build desktop || dev || bindings

package main

import (
	"context"
	"os"
	"time"
)

// closeChoice is what closing the window does: ask, yes (keep recording), no.
func (p *program) closeChoice() string {
	v, err := p.settings.Values(context.Background())
	if err != nil {
		return "no"
	}
	return v.KeepInBackground
}

func (p *program) setCloseChoice(choice string) {
	ctx := context.Background()
	v, err := p.settings.Values(ctx)
	if err == nil {
		v.KeepInBackground = choice
		err = p.settings.SetValues(ctx, v)
	}
	if err != nil {
		p.log.Warn("keeping what closing the window does", "error", err)
	}
}

func (p *program) language() string {
	v, err := p.settings.Values(context.Background())
	if err != nil {
		return ""
	}
	return v.Language
}

// watchRaise calls show whenever another launch asks for the window, until done
// is closed.
func (in *instance) watchRaise(done <-chan struct{}, show func()) {
	t := time.NewTicker(400 * time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-done:
			return
		case <-t.C:
			if os.Remove(in.path("raise")) == nil {
				show()
			}
		}
	}
}
