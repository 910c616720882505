package api

import (
	"net/url"
	"slices"
	"testing"
	"time"
)

func at(t *testing.T, s string) int64 {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v.UnixMicro()
}

func zoneNamed(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := zoneOf(url.Values{"zone": {name}})
	if err != nil || name != zone.String() {
		t.Fatal(name, zone, err)
	}
	return zone
}

func TestBounds(t *testing.T) {
	hour := time.Hour.Microseconds()
	taipei := time.FixedZone("", 8*3600)
	for _, c := range []struct {
		name, from, to string
		step           int64
		unit           string
		zone           *time.Location
		first, second  string
		n              int
	}{
		{"short steps", "2026-11-24T10:00:30Z", "2026-11-24T10:10:00Z", hour / 60, "", time.UTC, "2026-11-24T10:00:30Z", "2026-11-24T10:01:00Z", 10},
		{"long ranges have whole hours", "2026-11-20T00:30:00Z", "2026-11-24T00:00:00Z", hour / 60, "", time.UTC, "2026-11-20T00:30:00Z", "2026-11-20T01:00:00Z", 96},
		{"days of a zone", "2026-11-01T00:00:00Z", "2026-11-30T00:00:00Z", 24 * hour, "", taipei, "2026-11-01T00:00:00Z", "2026-11-01T16:00:00Z", 30},
		{"calendar days", "2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z", 0, "day", taipei, "2026-11-01T00:00:00Z", "2026-11-01T16:00:00Z", 3},
		{"weeks begin on Monday", "2026-11-24T00:00:00Z", "2026-12-08T00:00:00Z", 0, "week", time.UTC, "2026-11-24T00:00:00Z", "2026-11-30T00:00:00Z", 3},
		{"months", "2026-01-31T00:00:00Z", "2026-04-01T00:00:00Z", 0, "month", time.UTC, "2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z", 3},
		{"half hours", "2026-11-24T10:00:00Z", "2026-11-24T20:00:00Z", hour, "", zoneNamed(t, "Asia/Kolkata"), "2026-11-24T10:00:00Z", "2026-11-24T10:30:00Z", 11},
		{"months over summer time", "2025-10-01T00:00:00+01:00", "2026-07-10T00:00:00+01:00", 0, "month", zoneNamed(t, "Europe/London"), "2025-09-30T23:00:00Z", "2025-11-01T00:00:00Z", 10},
		{"October ends where November begins", "2026-10-31T00:00:00-04:00", "2026-11-02T00:00:00-05:00", 0, "month", zoneNamed(t, "America/New_York"), "2026-10-31T04:00:00Z", "2026-11-01T04:00:00Z", 2},
		{"a day of 25 hours", "2026-11-01T04:00:00Z", "2026-11-03T00:00:00-05:00", 0, "day", zoneNamed(t, "America/New_York"), "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", 2},
		{"a day of 23 hours", "2026-03-29T00:00:00Z", "2026-03-31T00:00:00+01:00", 0, "day", zoneNamed(t, "Europe/London"), "2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z", 2},
		{"a week of 169 hours", "2026-10-19T00:00:00+01:00", "2026-11-02T00:00:00Z", 0, "week", zoneNamed(t, "Europe/London"), "2026-10-18T23:00:00Z", "2026-10-26T00:00:00Z", 2},
		{"no midnight", "2026-09-05T00:00:00-04:00", "2026-09-08T00:00:00-03:00", 0, "day", zoneNamed(t, "America/Santiago"), "2026-09-05T04:00:00Z", "2026-09-06T04:00:00Z", 3},
		{"midnight twice", "2026-10-31T00:00:00-04:00", "2026-11-02T00:00:00-05:00", 0, "day", zoneNamed(t, "America/Havana"), "2026-10-31T04:00:00Z", "2026-11-01T04:00:00Z", 2},
		{"no such day", "2011-12-29T00:00:00-10:00", "2012-01-01T00:00:00+14:00", 0, "day", zoneNamed(t, "Pacific/Apia"), "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", 2},
	} {
		list, _, err := bounds(at(t, c.from), at(t, c.to), c.step, c.unit, c.zone)
		if err != nil || len(list) != c.n || list[0] != at(t, c.first) || list[1] != at(t, c.second) || !slices.IsSorted(list) {
			t.Errorf("%s: %d steps from %v and %v, %v", c.name, len(list), time.UnixMicro(list[0]).UTC(), time.UnixMicro(list[1]).UTC(), err)
		}
	}
	if list, step, err := bounds(1, at(t, "2200-01-01T00:00:00Z"), 1, "", time.UTC); err != nil || len(list) > maxSteps || step%hour != 0 {
		t.Errorf("a range of centuries gives %d steps of %d, %v", len(list), step, err)
	}
}

func TestZoneOf(t *testing.T) {
	for query, want := range map[string]int{"zone=Asia/Kolkata&tz=1": 19800, "tz=480": 28800, "zone=Nowhere/Land&tz=-150": -9000, "zone=Local&tz=60": 3600, "zone=../etc&tz=60": 3600, "": 0} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		zone, err := zoneOf(q)
		if err != nil {
			t.Fatal(query, err)
		}
		if _, east := time.UnixMicro(at(t, "2026-11-24T10:00:00Z")).In(zone).Zone(); east != want {
			t.Errorf("%q is %d seconds east, want %d", query, east, want)
		}
	}
}
