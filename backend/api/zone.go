package api

import (
	"net/http"
	"net/url"
	"time"
	_ "time/tzdata" // Windows has no names of zones
)

const (
	// maxSteps bounds the steps of a graph.
	maxSteps = 2000
	// wholeHours is the range from which on steps are whole hours.
	wholeHours = 48 * time.Hour
)

// zoneOf reads zone, a name as of "Europe/London", else – where it is not given or not
// known – tz, minutes east of UTC.
func zoneOf(q url.Values) (*time.Location, error) {
	tz, err := number(q, "tz", 0)
	if err == nil && (tz < -18*60 || tz > 18*60) {
		err = problem(http.StatusBadRequest, "bad_number", "tz is minutes east of UTC")
	}
	if err != nil {
		return nil, err
	}
	// "Local" would be this machine's, which need not be where the browser is.
	if name := q.Get("zone"); name != "" && name != "Local" && len(name) < 64 {
		if zone, err := time.LoadLocation(name); err == nil {
			return zone, nil
		}
	}
	return time.FixedZone("", int(tz)*60), nil
}

// bounds are the starts of a graph's steps. unit is "" or a calendar's.
func bounds(from, to, step int64, unit string, zone *time.Location) (list []int64, used int64, err error) {
	hour := time.Hour.Microseconds()
	if unit == "" {
		step = max(step, time.Second.Microseconds())
		if to-from > wholeHours.Microseconds() {
			step = (step + hour - 1) / hour * hour
		}
		for (to-from)/step >= maxSteps {
			step *= 2
		}
		// Steps of hours begin as the clock at the end shows them, all equally long.
		_, east := time.UnixMicro(to).In(zone).Zone()
		first := from - (from+int64(east)*time.Second.Microseconds())%step
		for at := first; at < to; at += step {
			list = append(list, max(at, from))
		}
		return list, step, nil
	}
	y, m, d := time.UnixMicro(from).In(zone).Date()
	var days, months int
	switch unit {
	case "day":
		days = 1
	case "week":
		days, d = 7, d-(int(time.UnixMicro(from).In(zone).Weekday())+6)%7
	case "month":
		months, d = 1, 1
	default:
		return nil, 0, problem(http.StatusBadRequest, "bad_filter", "unit is day, week or month")
	}
	for ; len(list) < maxSteps; m, d = m+time.Month(months), d+days {
		start := midnight(y, m, d, zone).UnixMicro()
		if start >= to {
			break
		}
		// A zone that changed sides of the date line has no such day.
		if n := len(list); n == 0 || start > list[n-1] {
			list = append(list, max(start, from))
		}
	}
	return list, 0, nil
}

// midnight is the first moment of a date, also where clocks are put forward or back
// over it.
func midnight(y int, m time.Month, d int, zone *time.Location) time.Time {
	want := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	at := time.Date(y, m, d, 0, 0, 0, 0, zone)
	if at.Day() != want.Day() { // no clock shows it: the date begins with the change
		start, end := at.ZoneBounds()
		if _, east := at.Zone(); at.Add(time.Duration(east) * time.Second).After(want) {
			return start
		}
		return end
	}
	if start, _ := at.ZoneBounds(); !start.IsZero() { // or shows it twice
		_, east := start.Add(-time.Nanosecond).Zone()
		if first := want.Add(-time.Duration(east) * time.Second); first.Before(start) && first.Before(at) {
			return first.In(zone)
		}
	}
	return at
}
