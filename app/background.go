package main

import (
	"context"
	"time"
)

// sumUp keeps the sums behind the graphs up to date.
func (p *program) sumUp(ctx context.Context) {
	p.inSteps(ctx, "summing the log up", 15*time.Second, 5*time.Millisecond, p.store.RollUp)
}

// settle packs exchanges together that have come to rest and, where there are none,
// what an earlier Gumshoe packed.
func (p *program) settle(ctx context.Context) {
	const rest = 10 * time.Minute
	p.inSteps(ctx, "packing the log", time.Minute, 200*time.Millisecond, func(ctx context.Context) (more bool, err error) {
		if more, err := p.store.Settle(ctx, p.opts.now().Add(-rest).UnixMicro()); more || err != nil {
			return more, err
		}
		return p.store.Repack(ctx)
	})
}

// inSteps does background work until ctx ends: it waits between steps, as others
// write, too, and is calm where no more is left or a step failed.
func (p *program) inSteps(ctx context.Context, what string, calm, between time.Duration, step func(context.Context) (more bool, err error)) {
	for {
		more, err := step(ctx)
		if err != nil && ctx.Err() == nil {
			p.log.Error(what, "error", err)
			more = false
		}
		pause := calm
		if more {
			pause = between
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}
