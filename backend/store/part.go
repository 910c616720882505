package store

import (
	"slices"
	"time"
)

// parted adds to hours of [first, end) those that lie in no one step of the scope: a
// cut or a zone's hour parts them, so that their sums can't be put anywhere.
func (sc *scope) parted(hours []int64, first, end int64) []int64 {
	n := len(hours)
	for _, at := range sc.cuts {
		if h := at / hourMicros; at%hourMicros != 0 && h >= first && h < end {
			hours = append(hours, h)
		}
	}
	if sc.zone != nil {
		hours = append(hours, oddHours(sc.zone, first, end)...)
	}
	if len(hours) == n {
		return hours
	}
	slices.Sort(hours)
	return slices.Compact(hours)
}

// oddHours lists the hours of [first, end) in which a zone's clock shows two: where
// it is not whole hours from UTC, or is put forward or back within one.
func oddHours(zone *time.Location, first, end int64) (list []int64) {
	for h := first; h < end; {
		_, until := time.UnixMicro(h * hourMicros).In(zone).ZoneBounds()
		next := end // hours before the next change
		if !until.IsZero() {
			next = max(min(until.Unix()/3600, end), h)
		}
		if odd(zone, h) {
			for ; h < next; h++ {
				list = append(list, h)
			}
		}
		if h = next; h < end && !until.IsZero() && until.Unix()%3600 != 0 {
			list = append(list, h)
			h++
		}
	}
	return list
}

// odd says whether a zone is not whole hours from UTC as an hour begins.
func odd(zone *time.Location, hour int64) bool {
	_, seconds := time.UnixMicro(hour * hourMicros).In(zone).Zone()
	return seconds%3600 != 0
}
