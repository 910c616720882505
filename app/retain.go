package main

import (
	"context"
	"encoding/json"
	"time"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/clock"
)

const (
	// clockName is the setting in which what is known of the clock is kept.
	clockName = "clock"
	// keepClock is how often it is, after the first look.
	keepClock = 10 * time.Minute
)

// retain keeps the log within the limits of the settings.
func (p *program) retain(ctx context.Context) {
	began, kept := time.Now(), time.Time{}
	r := retention{program: p}
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if err := r.look(ctx, time.Since(began), slept()); err != nil && ctx.Err() == nil {
			p.log.Error("deleting what is past the limits", "error", err)
		}
		if time.Since(kept) >= keepClock {
			kept = time.Now()
			r.keep(ctx)
		}
		select {
		case <-ctx.Done():
			r.keep(context.WithoutCancel(ctx))
			return
		case <-tick.C:
		}
	}
}

// retention is what retain knows from look to look.
type retention struct {
	*program
	watch   *clock.Watch // nil until what earlier runs knew of the clock is read
	doubted bool
}

// look deletes what is past the limits; by age only where the clock is believed.
// This run has gone on for so long while the machine was awake, which has slept for
// so long.
func (r *retention) look(ctx context.Context, ran, slept time.Duration) error {
	if r.watch == nil {
		if err := r.read(ctx); err != nil {
			return err
		}
	}
	now := r.opts.now()
	believed := r.watch.Believe(now.UnixMicro(), ran, slept)
	if !believed && !r.doubted {
		r.log.Warn("the clock is far ahead of when it was last believed: nothing is deleted as too old until it has been steady for a while", "clock", now, "steady", clock.Steady)
	}
	r.doubted = !believed
	v, err := r.settings.Values(ctx)
	var n, m int64
	if err == nil && v.RetentionDays > 0 && believed {
		n, err = r.store.DeleteBefore(ctx, now.AddDate(0, 0, -int(v.RetentionDays)).UnixMicro())
	}
	if err == nil && v.RetentionGB > 0 {
		m, err = r.store.TrimTo(ctx, v.RetentionGB*1_000_000_000)
	}
	if n+m > 0 {
		r.bus.Publish(dto.Event{Type: "changed", What: "deleted"})
	}
	return err
}

// read reads what earlier runs knew of the clock.
func (r *retention) read(ctx context.Context) error {
	text, _, err := r.store.Setting(ctx, clockName)
	if err != nil {
		return err
	}
	var kept clock.Kept
	if json.Unmarshal([]byte(text), &kept) != nil {
		kept = clock.Kept{} // none, or a damaged one: the newest row says enough
	}
	newest, err := r.store.Newest(ctx)
	if err != nil {
		return err
	}
	r.watch = clock.New(kept, newest)
	return nil
}

// keep tells the next run.
func (r *retention) keep(ctx context.Context) {
	if r.watch == nil {
		return
	}
	b, err := json.Marshal(r.watch.Kept())
	if err == nil {
		err = r.store.SetSetting(ctx, clockName, string(b))
	}
	if err != nil && ctx.Err() == nil {
		r.log.Warn("keeping what is known of the clock", "error", err)
	}
}
