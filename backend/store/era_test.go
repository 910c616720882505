package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gumshoe/backend/exchange"
)

// timed is a row with a figure, begun at a time that its id is a little off.
func timed(t *testing.T, ids *filler, at time.Time, off time.Duration, name string, ttft int64) Item {
	t.Helper()
	it := item(t, nil, nil)
	it.Record.ID = ids.id(at.Add(off))
	it.Record.StartedAt, it.Record.Client = at.UnixMicro(), name
	it.Record.Timing = exchange.Timing{TTFT: &ttft}
	it.Record.Cost = exchange.Cost{USD: exchange.Float64(1), Basis: exchange.Calculated}
	return it
}

// TestErasLoseNothing puts rows on both sides of the ends of eras, with ids that are
// on the other side.
func TestErasLoseNothing(t *testing.T) {
	s := open(t)
	s.window = 20
	const era = 1 << eraBits
	first := (time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).UnixMicro()>>eraBits + 1) << eraBits
	n, ids := 0, newFiller(false)
	var items []Item
	// So many others that a page is not found among the next rows.
	for i := range int64(60 * 40) {
		it := item(t, nil, nil)
		it.Record.StartedAt = first + i*era/40 + era/80
		it.Record.ID = ids.id(time.UnixMicro(it.Record.StartedAt))
		items = append(items, it)
	}
	for i := range int64(60) {
		for _, side := range []int64{-1, 0, 1} {
			at := time.UnixMicro(first + i*era + side)
			items = append(items, timed(t, ids, at, time.Duration(side)*-8*time.Second, fmt.Sprint("row", n), int64(n%3)*1e6))
			n++
		}
		items = append(items, timed(t, ids, time.UnixMicro(first+i*era).Add(-4*time.Second), 0, fmt.Sprint("before", i), 2e6))
	}
	save(t, s, items...)
	for text, want := range map[string]int{"ttft:>500ms": 180, "ttft:>1500ms": 120, "ttft:>500ms cost:>0.5": 180, "ttft:>1500ms cost:>0.5": 120, "ttft:>9s cost:>0.5": 0, "ttft:1s,2s": 180} {
		filter, got := parse(t, text), map[string]bool{}
		at := PageAt{Limit: 3}
		for {
			rows, more, err := s.Page(t.Context(), filter, at)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				got[r.Client] = true
			}
			if !more {
				break
			}
			at.BeforeID, at.Limit = rows[len(rows)-1].ID, 1+(at.Limit+1)%5
		}
		if len(got) != want {
			t.Errorf("%s finds %d, want %d", text, len(got), want)
		}
	}
}

// TestErasAreFew looks at what is read of a figure that many rows have.
func TestErasAreFew(t *testing.T) {
	s := open(t)
	s.window = 50
	f := newFiller(false)
	var items []Item
	for i := range 4000 {
		items = append(items, f.item(i, 4000))
	}
	save(t, s, items...)
	filter := parse(t, "ttft:>500ms tokens:>500")
	look := s.looking(t.Context())
	all := look.conds(filter, part{})
	names := func(sql string) int { return strings.Count(sql, ",") }
	p, err := s.sliced(t.Context(), look, filter, all, position{}, 20)
	if err != nil || !strings.Contains(p.from, ">> 37") {
		t.Fatalf("it is found by %+v, %v", p, err)
	}
	if few, many := names(p.from), names(all[0].sql); few*3 > many {
		t.Errorf("%d eras are read of %d", few, many)
	}
}

// TestErasOfAClockThatWasWrong has rows so far apart that no eras are named.
func TestErasOfAClockThatWasWrong(t *testing.T) {
	s := open(t)
	s.window = 2
	ids := newFiller(false)
	items := []Item{timed(t, ids, time.Unix(1000, 0), 0, "old", 5e6), timed(t, ids, time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC), 0, "late", 5e6)}
	for i := range 20 {
		items = append(items, timed(t, ids, time.Date(2026, 3, 1, 0, i, 0, 0, time.UTC), 0, "now", 5e6))
	}
	save(t, s, items...)
	if got := found(t, s, "ttft:>4s cost:>0.5"); got != "late"+strings.Repeat(" now", 20)+" old" {
		t.Errorf("finds %s", got)
	}
}
