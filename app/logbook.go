package main

import (
	"context"
	"time"

	"gumshoe/backend/journal"
	"gumshoe/backend/query"
	"gumshoe/backend/store"
)

// patience is how long a deletion waits for the recorder to catch up.
const patience = 3 * time.Second

// lingering is how long it waits for what may just be ending.
const lingering = 500 * time.Millisecond

// logbook is the log as the UI sees it: the store, and what the journal has
// not handed over yet.
type logbook struct {
	*store.Store
	program *program
}

// DeleteAll empties the store and the journal. What runs at this moment is
// recorded once it has ended.
func (l logbook) DeleteAll(ctx context.Context) (total int64, err error) {
	end := l.turnPage()
	// Twice where the recorder could not catch up for a full disk: what the
	// first time gives back lets it store the rest.
	for try := 0; ; try++ {
		caughtUp := l.wait(ctx, end)
		n, err := l.Store.DeleteAll(ctx)
		total += n
		if err != nil || caughtUp || try > 0 {
			return total, err
		}
	}
}

// DeleteWhere deletes what a filter finds, from the journal, too.
func (l logbook) DeleteWhere(ctx context.Context, f query.Filter, progress func(int64)) (int64, error) {
	l.wait(ctx, l.turnPage())
	return l.Store.DeleteWhere(ctx, f, progress)
}

// DeleteIDs deletes exchanges, from the journal, too.
func (l logbook) DeleteIDs(ctx context.Context, ids []string, progress func(int64)) (int64, error) {
	l.wait(ctx, l.turnPage())
	return l.Store.DeleteIDs(ctx, ids, progress)
}

// turnPage begins a segment of the journal: once the recorder is there, those
// before it go, but for what still runs.
func (l logbook) turnPage() (end journal.Position) {
	if err := l.program.journal.Rotate(); err != nil {
		l.program.log.Warn("beginning a journal segment", "error", err)
		return l.program.journal.Position()
	}
	end.Segment = l.program.journal.Position().Segment
	return end
}

// wait says whether the recorder has stored all before a place in the journal. It
// gives it time to let go of that, too: an exchange whose reply has just gone out
// may not have its end there yet.
func (l logbook) wait(ctx context.Context, end journal.Position) bool {
	stored := time.Time{}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		p, err := l.Store.Progress(ctx)
		if err != nil || ctx.Err() != nil {
			return false
		}
		read, errRead := journal.ParsePosition(p.Read)
		keep, errKeep := journal.ParsePosition(p.Keep)
		if errRead != nil || errKeep != nil || read.Less(end) {
			continue
		}
		if stored.IsZero() {
			stored = time.Now()
		}
		released := !keep.Less(end) && !l.program.journal.Releases(end)
		if running := keep.Less(end) && time.Since(stored) > lingering; released || running {
			return true
		}
	}
	return !stored.IsZero()
}
