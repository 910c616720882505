package store

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
)

func zoneOf(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// TestPartedHours compares steps and hours of the week that part the hours of the
// sums with what rows say, in zones of half and quarter hours and over their changes.
func TestPartedHours(t *testing.T) {
	s := open(t)
	f := newFiller(false)
	var items []Item
	for i := range 400 {
		items = append(items, f.item(i, 400))
	}
	save(t, s, items...)
	rollUp(t, s)
	rng := rand.New(rand.NewPCG(5, 6))
	for _, name := range []string{"Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe", "America/New_York", "UTC"} {
		zone := zoneOf(t, name)
		from := fillEnd.Add(-fillSpan).UnixMicro() + rng.Int64N(hourMicros)
		for _, hours := range []int{1, 7, 24 * 30} {
			var bounds []int64
			y, m, d := time.UnixMicro(from).In(zone).Date()
			for at := time.Date(y, m, d, 0, 0, 0, 0, zone); at.Before(fillEnd) && len(bounds) < 2000; at = at.Add(time.Duration(hours) * time.Hour) {
				bounds = append(bounds, at.UnixMicro())
			}
			checkSteps(t, s, name, bounds, fillEnd.UnixMicro())
		}
		checkWeek(t, s, zone, from, fillEnd.UnixMicro())
	}
}

func checkSteps(t *testing.T, s *Store, name string, bounds []int64, to int64) {
	t.Helper()
	_, slots, err := s.Graph(t.Context(), Of{}, bounds, to)
	if err != nil || len(slots) == 0 {
		t.Fatal(len(slots), err)
	}
	steps, _, err := s.Histogram(t.Context(), query.Filter{}, bounds, to)
	if err != nil || len(steps) != len(slots) {
		t.Fatalf("%s: a histogram has %d bars, the graph %d (%v)", name, len(steps), len(slots), err)
	}
	for i := 0; i < len(slots); i += 1 + len(slots)/20 {
		slot, end := slots[i], to
		if k, _ := slices.BinarySearch(bounds, slot.At); k+1 < len(bounds) {
			end = bounds[k+1]
		}
		want := plainly(t, s, Of{}, slot.At, end)
		if !sameFigures(slot.Figures, want) || steps[i].Requests != want.Requests {
			t.Fatalf("%s: the step at %v has %d requests, in the histogram %d; rows say %d", name, time.UnixMicro(slot.At), slot.Requests, steps[i].Requests, want.Requests)
		}
	}
}

func checkWeek(t *testing.T, s *Store, zone *time.Location, from, to int64) {
	t.Helper()
	want := map[[2]int]int64{}
	if err := s.Each(t.Context(), query.Filter{From: from, To: to}, func(e exchange.Exchange) error {
		local := time.UnixMicro(e.StartedAt).In(zone)
		want[[2]int{(int(local.Weekday()) + 6) % 7, local.Hour()}]++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	cells, since, err := s.Week(t.Context(), Of{}, from, to, zone)
	if err != nil || since != 0 || len(cells) != len(want) {
		t.Fatalf("%v: %d hours of the week, rows say %d; whole from %d, %v", zone, len(cells), len(want), since, err)
	}
	for _, c := range cells {
		if n := want[[2]int{c.Weekday, c.Hour}]; n != c.Requests {
			t.Errorf("%v: weekday %d at %d has %d requests, rows say %d", zone, c.Weekday, c.Hour, c.Requests, n)
		}
	}
}

func TestNewestRowsOfAScope(t *testing.T) {
	s := open(t)
	f := newFiller(false)
	for i := range 50 {
		save(t, s, f.item(i, 50))
	}
	sc := Of{}.scope(fillEnd.Add(-fillSpan).UnixMicro(), future())
	if since, err := s.newest(t.Context(), sc, 50); err != nil || since != 0 {
		t.Error("no more than all:", since, err)
	}
	since, err := s.newest(t.Context(), sc, 10)
	if err != nil {
		t.Fatal(err)
	}
	if got := plainly(t, s, Of{}, since, future()); got.Requests != 11 {
		t.Errorf("from the eleventh newest on there are %d", got.Requests)
	}
}

func TestOddHours(t *testing.T) {
	at := func(text string) int64 {
		v, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return v.Unix() / 3600
	}
	first, end := at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z")
	for name, want := range map[string]int64{"UTC": 0, "Europe/London": 0, "Asia/Kolkata": end - first, "Asia/Kathmandu": end - first,
		// Half an hour forward on 4 October, back on 5 April: from 15:00 UTC on it is 10:30 hours from UTC.
		"Australia/Lord_Howe": at("2026-10-03T16:00:00Z") - at("2026-04-04T15:00:00Z")} {
		if got := oddHours(zoneOf(t, name), first, end); int64(len(got)) != want || !slices.IsSorted(got) {
			t.Errorf("%s: %d odd hours, want %d", name, len(got), want)
		}
	}
}
