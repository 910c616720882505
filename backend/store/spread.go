package store

import (
	"encoding/binary"
	"errors"
	"math"
)

// spread is how a figure's values are spread: counts of values that lie within a
// factor of 1.04 of each other, so that a quantile is right within 2 %, and two
// spreads add up to the spread of both.
type spread struct {
	counts []uint32 // by place; nil where there is no value
	n      int64
}

const (
	spreadStep   = 1.04
	spreadPlaces = 768
	spreadZero   = 160 // the place of 1: values from 0.002 to 2e10 have a place of their own
)

var errSpread = errors.New("a histogram is damaged")

func (s *spread) add(v float64) {
	if math.IsNaN(v) || v < 0 {
		return
	}
	place := 0
	if v > 0 {
		place = min(max(int(math.Round(math.Log(v)/math.Log(spreadStep)))+spreadZero, 1), spreadPlaces-1)
	}
	s.put(place, 1)
}

func (s *spread) put(place int, count uint32) {
	if s.counts == nil {
		s.counts = make([]uint32, spreadPlaces)
	}
	s.counts[place] += count
	s.n += int64(count)
}

// value is the middle of a place.
func (s *spread) value(place int) float64 {
	if place == 0 {
		return 0
	}
	return math.Pow(spreadStep, float64(place-spreadZero))
}

// quantile is the p-th of 100, by the nearest rank; nil of no values.
func (s *spread) quantile(p int64) *float64 {
	if s.n == 0 {
		return nil
	}
	rank := max((s.n*p+99)/100, 1)
	var seen int64
	for place, c := range s.counts {
		if seen += int64(c); seen >= rank {
			v := s.value(place)
			return &v
		}
	}
	return nil
}

func (s *spread) merge(o *spread) {
	for place, c := range o.counts {
		if c > 0 {
			s.put(place, c)
		}
	}
}

// pack appends the places that have values, as distances and counts.
func (s *spread) pack(to []byte) []byte {
	used := 0
	for _, c := range s.counts {
		if c > 0 {
			used++
		}
	}
	to = binary.AppendUvarint(to, uint64(used))
	last := 0
	for place, c := range s.counts {
		if c > 0 {
			to = binary.AppendUvarint(to, uint64(place-last))
			to = binary.AppendUvarint(to, uint64(c))
			last = place
		}
	}
	return to
}

// unpack adds what pack wrote and returns what follows it.
func (s *spread) unpack(from []byte) ([]byte, error) {
	used, n := binary.Uvarint(from)
	if n <= 0 || used > spreadPlaces {
		return nil, errSpread
	}
	from = from[n:]
	place := uint64(0)
	for range used {
		step, n := binary.Uvarint(from)
		if n <= 0 {
			return nil, errSpread
		}
		from = from[n:]
		count, n := binary.Uvarint(from)
		if n <= 0 || count > math.MaxUint32 {
			return nil, errSpread
		}
		from = from[n:]
		if place += step; place >= spreadPlaces {
			return nil, errSpread
		}
		s.put(int(place), uint32(count))
	}
	return from, nil
}

// edge is the lower end of a place.
func (s *spread) edge(place int) float64 {
	if place == 0 {
		return 0
	}
	return math.Pow(spreadStep, float64(place-spreadZero)-0.5)
}
