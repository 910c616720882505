// Package clock says whether the computer's clock is to be believed before what
// is "too old" by it is deleted for good.
//
// The rule: the clock is believed while it goes on from where it was last
// believed. Once it is more than a day ahead of that, either Gumshoe was not used
// for a while or the clock is wrong, and nothing tells the two apart at once. So it
// is believed again after Gumshoe has run for six hours in which the clock went
// with the time that passed; runs add up, and a clock that jumps or goes back
// begins anew. A clock that was set back is believed: by it less is too old.
//
// Guarantees: no I/O and no clock of its own. The time that passed is the caller's,
// by the clock that nobody sets; where the machine sleeps, it may stand still.
//
// Test it with: go test ./backend/clock
package clock

import "time"

const (
	// Ahead is how far the clock may be ahead of when it was last believed.
	Ahead = 24 * time.Hour
	// Steady is how long it has to go with the time that passes where it is more.
	Steady = 6 * time.Hour
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

// Believe is told what the clock says, in microseconds, and how long this run has
// gone on by the time that passed. It says whether to believe the clock.
func (w *Watch) Believe(at int64, ran time.Duration) bool {
	passed := time.Duration(0)
	if w.looked {
		passed = ran - w.ran
	}
	again := w.looked
	w.looked, w.ran = true, ran
	if w.kept.Believed == 0 || at <= w.kept.Believed+Ahead.Microseconds() {
		return w.believed(at)
	}
	jumped := at < w.kept.Looked || again && at-w.kept.Looked-passed.Microseconds() > Ahead.Microseconds()
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
