package clock

import (
	"testing"
	"time"
)

// step is a look at the clock: how long after the one before by the time that
// passed and by the machine's sleep, how far the clock was set beside that, and
// whether it is believed. A step of a new run has no time that passed.
type step struct {
	passed, slept, set time.Duration
	run                bool
	want               bool
}

const day = 24 * time.Hour

// TestBelieve walks clocks through what happens to them, one look after the other.
func TestBelieve(t *testing.T) {
	look := func(passed time.Duration, want bool) step { return step{passed: passed, want: want} }
	set := func(by time.Duration, want bool) step { return step{passed: time.Minute, set: by, want: want} }
	sleep := func(long time.Duration, want bool) step {
		return step{passed: time.Minute, slept: long, want: want}
	}
	run := func(later time.Duration, want bool) step { return step{set: later, run: true, want: want} }
	hours := func(n int, want bool) (list []step) {
		for range n {
			list = append(list, look(time.Hour, want))
		}
		return list
	}
	for name, list := range map[string][][]step{
		"goes on":                      {hours(50, true)},
		"asleep over night":            {{set(10*time.Hour, true)}, hours(2, true)},
		"closed for a day":             {hours(2, true), {run(23*time.Hour, true)}},
		"closed for sixty days":        {hours(2, true), {run(60*day, false)}, hours(5, false), hours(3, true), {run(time.Hour, true)}},
		"used for two hours each week": {{run(7*day, false)}, hours(2, false), {run(7*day, false)}, hours(2, false), {run(7*day, false)}, hours(1, false), hours(2, true)},
		"closed for longer and longer": {{run(7*day, false)}, hours(5, false), {run(400*day, false)}, hours(5, false), hours(2, true)},
		"asleep for a week, up for two hours": {{sleep(7*day, false)}, hours(2, false), {sleep(7*day, false)}, hours(2, false), {sleep(7*day, false)},
			hours(1, false), hours(2, true), {sleep(20*time.Hour, true), sleep(7*day, false)}, hours(2, false)},
		"sleep alone is not steady":         {{sleep(7*day, false), sleep(7*day, false), sleep(20*day, false), sleep(20*time.Hour, false)}, hours(5, false), hours(2, true)},
		"asleep for longer than it was":     {hours(2, true), {sleep(2*day, false)}, hours(5, false), {step{passed: time.Minute, slept: 2 * day, set: 3 * day, want: false}}, hours(5, false), hours(2, true)},
		"asleep for years, says the system": {{sleep(7*day, false)}, hours(5, false), {sleep(3650*day, false)}, hours(5, false), hours(2, true)},
		"jumps by years":                    {hours(2, true), {set(3650*day, false)}, hours(5, false)},
		"jumps and is put right":            {hours(2, true), {set(3650*day, false)}, hours(3, false), {set(-3650*day, true)}, hours(2, true)},
		"jumps twice":                       {{set(40*day, false)}, hours(5, false), {set(3650*day, false)}, hours(5, false), hours(2, true)},
		"is put right, but not all":         {{set(3650*day, false)}, hours(5, false), {set(-3000*day, false)}, hours(5, false), hours(2, true)},
		"wrong in one run, less in a next":  {{set(3650*day, false)}, hours(5, false), {run(-3000*day, false)}, hours(5, false), hours(2, true)},
		"set back":                          {{set(-3650*day, true)}, hours(2, true), {run(-day, true)}},
		"set back and put right":            {{set(-3650*day, true)}, {set(3650*day, false)}, hours(5, false), hours(2, true)},
	} {
		at, ran, slept, n := int64(1_800_000_000_000_000), time.Minute, 99*day, 0
		w := New(Kept{}, at-time.Hour.Microseconds())
		if !w.Believe(at, ran, slept) {
			t.Errorf("%s: not believed at first", name)
		}
		for _, part := range list {
			for _, s := range part {
				n++
				if s.run {
					w, ran, slept = New(w.Kept(), 0), 0, 0
				}
				ran += s.passed
				slept += s.slept
				at += (s.passed + s.slept + s.set).Microseconds()
				if got := w.Believe(at, ran, slept); got != s.want {
					t.Errorf("%s: look %d: believed is %v, with %+v", name, n, got, w.Kept())
				}
			}
		}
	}
}

// TestFirstLook: a log of an earlier Gumshoe, or a restored one, has its newest row
// only; where it is empty there is nothing to lose.
func TestFirstLook(t *testing.T) {
	const at = int64(1_800_000_000_000_000)
	for _, c := range []struct {
		newest int64
		want   bool
	}{{0, true}, {at, true}, {at + day.Microseconds()*99, true}, {at - day.Microseconds(), true}, {at - day.Microseconds() - 1, false}, {1, false}} {
		if got := New(Kept{}, c.newest).Believe(at, 0, 0); got != c.want {
			t.Errorf("with a newest row at %d the clock's %d is believed: %v", c.newest, at, got)
		}
	}
}
