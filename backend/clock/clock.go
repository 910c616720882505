// Package clock says whether the computer's clock is to be believed before what
// is "too old" by it is deleted for good.
//
// The rule: the clock is believed while it goes on from where it was last
// believed. Once it is more than a day ahead of that, either Gumshoe was not used
// for a while or the clock is wrong, and nothing tells the two apart at once. So it
// is believed again after Gumshoe has run for six hours in which the clock went
// with the time that passed; runs add up, and so do the times between two sleeps of
// the machine, for a laptop may never be awake for six hours. A clock that jumps or
// goes back begins anew, as does one that claims a month or more of closed lid or
// closed Gumshoe: that is rather a wrong clock, and what was steady before it says
// nothing of it. A clock that was set back is believed: by it less is too old.
//
// Guarantees: no I/O and no clock of its own. The time that passed, and the time that
// the machine slept, are the caller's, by clocks that nobody sets. Sleep is no time in
// which a person or the network could have put the clock right: it counts for nothing.
//
// Test it with: go test ./backend/clock
package clock

import "time"

const (
	// Ahead is how far the clock may be ahead of when it was last believed.
	Ahead = 24 * time.Hour
	// Steady is how long it has to go with the time that passes where it is more.
	Steady = 6 * time.Hour
	// Away is how long Gumshoe may be away and go on with the time that was steady.
	Away = 31 * 24 * time.Hour
)

// Kept is what one run tells the next, as JSON.
type Kept struct {
	Believed int64         `json:"believed"` // when the clock was last believed, by itself, in microseconds; 0 never
	Looked   int64         `json:"looked"`   // when it was last looked at
	Waited   time.Duration `json:"waited"`   // how long it has been steady since it is not believed
}

// Watch judges the clock. It is for one goroutine.
type Watch struct {
	kept   Kept
	looked bool          // in this run
	ran    time.Duration // at that look
	slept  time.Duration // likewise
}

// New makes a Watch that goes on from an earlier run. Where there was none, newest
// is the time of the newest row in the log, in microseconds; 0 where it is empty.
func New(kept Kept, newest int64) *Watch {
	if kept.Believed == 0 {
		kept = Kept{Believed: newest}
	}
	return &Watch{kept: kept}
}

// Kept is what to tell the next run.
func (w *Watch) Kept() Kept { return w.kept }

// Believe is told what the clock says, in microseconds, how long this run has gone on
// by the time that passed, and how long the machine has slept beside that; 0 where
// that is not known or counts as passed. It says whether to believe the clock.
func (w *Watch) Believe(at int64, ran, slept time.Duration) bool {
	passed, asleep := time.Duration(0), time.Duration(0)
	if w.looked {
		passed, asleep = ran-w.ran, slept-w.slept
	}
	again := w.looked
	w.looked, w.ran, w.slept = true, ran, slept
	if w.kept.Believed == 0 || at <= w.kept.Believed+Ahead.Microseconds() {
		return w.believed(at)
	}
	gone := at - w.kept.Looked - passed.Microseconds()
	jumped := at < w.kept.Looked || gone > Away.Microseconds() || again && gone-asleep.Microseconds() > Ahead.Microseconds()
	if w.kept.Looked = at; jumped {
		w.kept.Waited = 0
		return false
	}
	if w.kept.Waited += passed; w.kept.Waited < Steady {
		return false
	}
	return w.believed(at)
}

func (w *Watch) believed(at int64) bool {
	w.kept = Kept{Believed: at, Looked: at}
	return true
}
