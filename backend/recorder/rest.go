package recorder

import (
	"context"
	"time"

	"gumshoe/backend/journal"
)

const (
	// shift is how long the recorder works before it rests, where there is more to
	// do: that is a burst, and clients wait for the same processors.
	shift = 8 * time.Millisecond
	// maxRest bounds one rest.
	maxRest = 40 * time.Millisecond
	// maxLag is how far what is read may be behind before no rest is taken.
	maxLag = 3 * time.Second
	// giveWayEvery is after how much work other goroutines go first.
	giveWayEvery = 500 * time.Microsecond
	// lookEvery is after how many records the clock is looked at.
	lookEvery = 16
)

// rest is how long to leave the processors to the traffic after so much work
// without a pause, where what was read last is so old.
func rest(worked, lag time.Duration) time.Duration {
	if worked < shift || lag > maxLag {
		return 0
	}
	return min(2*worked, maxRest)
}

// giveWay rests in the middle of a burst.
func (r *Recorder) giveWay(ctx context.Context, rec journal.Record) {
	if d := rest(r.now.Sub(r.woke), r.now.Sub(time.UnixMicro(rec.At))); d > 0 {
		r.sleep(ctx, d)
		r.now = r.cfg.Now()
		r.woke = r.now
	}
}
