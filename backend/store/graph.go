package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sort"
	"strings"
)

// Of narrows a graph: at most one field, or Model and User together.
type Of struct{ Model, Upstream, User, Task string }

func cut(joined string) (left, right string, ok bool) { return strings.Cut(joined, pair) }

// scope is the dimension that an Of selects.
func (o Of) scope(from, to int64) scope {
	sc := scope{from: from, to: to, one: true, dim: byAll}
	switch {
	case o.Model != "" && o.User != "":
		sc.dim, sc.value = byUserModel, o.User+pair+o.Model
	case o.Model != "":
		sc.dim, sc.value = byModel, o.Model
	case o.Upstream != "":
		sc.dim, sc.value = byUpstream, o.Upstream
	case o.User != "":
		sc.dim, sc.value = byUser, o.User
	case o.Task != "":
		sc.dim, sc.value = byTask, o.Task
	}
	return sc
}

// Slot is one step of a graph.
type Slot struct {
	At int64 // its start, microseconds
	Figures
}

// Graph sums [bounds[0], to) up, step by step: bounds are the steps' starts in
// order. An hour that one of them parts is read from rows: of a long range they are
// few, or whole hours. Slots are those with requests.
func (s *Store) Graph(ctx context.Context, of Of, bounds []int64, to int64) (total Figures, slots []Slot, err error) {
	if len(bounds) == 0 {
		return total, nil, nil
	}
	sc := of.scope(bounds[0], to)
	sc.wide, sc.cuts = true, bounds
	for i := 2; i < len(bounds); i++ {
		sc.fine = sc.fine || bounds[i]-bounds[i-1] < hourMicros
	}
	steps := make([]*tally, len(bounds))
	err = s.sums(ctx, sc, func(_ string, at int64) *tally {
		i := sort.Search(len(bounds), func(i int) bool { return bounds[i] > at }) - 1
		if i < 0 {
			return nil
		}
		if steps[i] == nil {
			steps[i] = &tally{}
		}
		return steps[i]
	})
	if err != nil {
		return total, nil, err
	}
	var all tally
	for i, t := range steps {
		if t != nil {
			slots = append(slots, Slot{bounds[i], t.figures()})
			all.merge(t)
		}
	}
	return all.figures(), slots, nil
}

// Sum sums [from, to) up.
func (s *Store) Sum(ctx context.Context, of Of, from, to int64) (Figures, error) {
	sc := of.scope(from, to)
	sc.wide, sc.days = true, true
	var all tally
	err := s.sums(ctx, sc, func(string, int64) *tally { return &all })
	return all.figures(), err
}

// Group is one value of a dimension.
type Group struct {
	Value string
	Figures
	Before *Figures // the period of the same length before, without spreads; nil where it has none
	Trend  []int64  // requests of each of at most 32 equal parts
	Peers  int64    // of a model its users, of a user their models
}

// By is a dimension by which exchanges are grouped.
type By string

// The dimensions.
const (
	ByModel    By = "model"
	ByUpstream By = "upstream"
	ByUser     By = "user"
	ByTask     By = "task"
)

// gathered is what Groups gathers of one value.
type gathered struct {
	tally
	trend []int64
}

// Groups sums [from, to) up by a dimension, the most requests first. Of may name
// the user whose models, or the model whose users, are wanted.
func (s *Store) Groups(ctx context.Context, by By, of Of, from, to int64) ([]Group, error) {
	sc := scope{dim: by.dim(), from: from, to: to, wide: true, days: true}
	switch {
	case by == ByModel && of.User != "":
		sc.dim, sc.prefix = byUserModel, of.User+pair
	case by == ByUser && of.Model != "":
		sc.dim, sc.prefix = byModelUser, of.Model+pair
	}
	all, err := s.gather(ctx, sc)
	if err != nil {
		return nil, err
	}
	if err := s.trends(ctx, sc, func(v string) []int64 {
		g := all[v]
		if g == nil {
			return nil
		}
		if g.trend == nil {
			g.trend = make([]int64, trendCut(from, to).parts)
		}
		return g.trend
	}); err != nil {
		return nil, err
	}
	peers, err := s.peers(ctx, sc)
	if err != nil {
		return nil, err
	}
	return s.groups(ctx, sc, all, peers)
}

// Tops are Groups in brief, for a list of the first few: without spreads, trends and
// peers.
func (s *Store) Tops(ctx context.Context, by By, from, to int64) ([]Group, error) {
	sc := scope{dim: by.dim(), from: from, to: to, days: true}
	all, err := s.gather(ctx, sc)
	if err != nil {
		return nil, err
	}
	return s.groups(ctx, sc, all, nil)
}

func (by By) dim() int {
	return map[By]int{ByModel: byModel, ByUpstream: byUpstream, ByUser: byUser, ByTask: byTask}[by]
}

func (s *Store) gather(ctx context.Context, sc scope) (map[string]*gathered, error) {
	all := map[string]*gathered{}
	err := s.sums(ctx, sc, func(v string, _ int64) *tally {
		if all[v] == nil {
			all[v] = &gathered{}
		}
		return &all[v].tally
	})
	return all, err
}

// groups compares what was gathered with the time before, and sorts it.
func (s *Store) groups(ctx context.Context, sc scope, all map[string]*gathered, peers map[string]int64) ([]Group, error) {
	before, earlier := map[string]*tally{}, sc
	earlier.from, earlier.to, earlier.wide = max(sc.from-(sc.to-sc.from), 0), sc.from, false
	if err := s.sums(ctx, earlier, func(v string, _ int64) *tally {
		if before[v] == nil {
			before[v] = &tally{}
		}
		return before[v]
	}); err != nil {
		return nil, err
	}
	list := make([]Group, 0, len(all))
	for v, g := range all {
		one := Group{Value: strings.TrimPrefix(v, sc.prefix), Figures: g.figures(), Trend: g.trend, Peers: peers[v]}
		if t := before[v]; t != nil && t.n[nRequests] > 0 {
			f := t.figures()
			one.Before = &f
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b Group) int {
		if a.Requests != b.Requests {
			return int(b.Requests - a.Requests)
		}
		return strings.Compare(a.Value, b.Value)
	})
	return list, nil
}

// Served says which upstream answered each of some models last; a model that was
// never asked is left out.
func (s *Store) Served(ctx context.Context, models []string) (map[string]string, error) {
	find, err := s.read.PrepareContext(ctx, `SELECT upstream FROM exchange WHERE shown_model = ? ORDER BY id DESC LIMIT 1`)
	if err != nil {
		return nil, damaged("looking for upstreams", err)
	}
	defer find.Close()
	out := map[string]string{}
	for _, m := range models {
		var name string
		switch err := find.QueryRowContext(ctx, m).Scan(&name); {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return nil, damaged("looking for upstreams", err)
		default:
			out[m] = name
		}
	}
	return out, nil
}

// trends counts the requests of each part of a range.
func (s *Store) trends(ctx context.Context, sc scope, of func(value string) []int64) error {
	cut := trendCut(sc.from, sc.to)
	sc.wide, sc.days, sc.fine = false, cut.unit == dayHours*hourMicros, cut.unit == 0
	parts := map[string][]tally{}
	err := s.sums(ctx, sc, func(v string, at int64) *tally {
		if parts[v] == nil {
			parts[v] = make([]tally, cut.parts)
		}
		return &parts[v][cut.part(at)]
	})
	for v, list := range parts {
		if trend := of(v); trend != nil {
			for i := range list {
				trend[i] = list[i].n[nRequests]
			}
		}
	}
	return err
}

// trend is how a range is cut for a trend: into whole hours or days, of which each
// part has equally many, as sums of them fall into parts of another length unevenly.
type trend struct {
	from, to int64
	unit     int64 // microseconds; 0 is parts that are no whole hours
	each     int64 // units in a part
	parts    int64
}

const trendParts = 32 // the most, and so many days a month may touch

func trendCut(from, to int64) trend {
	const day = dayHours * hourMicros
	t := trend{from: from, to: max(to, from+1), unit: hourMicros}
	switch span := t.to - from; {
	case span <= 6*hourMicros:
		return trend{from: from, to: t.to, parts: 24}
	case span > 8*day:
		t.unit = day
	}
	units := (t.to-1)/t.unit - from/t.unit + 1
	t.each = (units + trendParts - 1) / trendParts
	t.parts = (units + t.each - 1) / t.each
	return t
}

func (t trend) part(at int64) int64 {
	i := (at - t.from) * t.parts / (t.to - t.from)
	if t.unit > 0 {
		i = (at/t.unit - t.from/t.unit) / t.each
	}
	return min(max(i, 0), t.parts-1)
}

// peers counts the users of each model or the models of each user.
func (s *Store) peers(ctx context.Context, sc scope) (map[string]int64, error) {
	out := map[string]int64{}
	switch sc.dim {
	case byModel:
		sc.dim = byModelUser
	case byUser:
		sc.dim = byUserModel
	default:
		return out, nil
	}
	sc.wide, sc.any = false, true
	seen := map[string]*tally{}
	err := s.sums(ctx, sc, func(v string, _ int64) *tally {
		if seen[v] == nil {
			seen[v] = &tally{}
		}
		return seen[v]
	})
	for v, t := range seen {
		if left, _, ok := cut(v); ok && t.n[nRequests] > 0 {
			out[left]++
		}
	}
	return out, err
}

// Bin is one bar of a distribution: values in [From, To).
type Bin struct {
	From, To float64
	Count    int64
}

// maxBins bounds the bars of a distribution.
const maxBins = 40

// Distribution says how a figure ("ttft", "duration", "generation", "prompt" or
// "context") is spread in [from, to), and how many requests lack it.
func (s *Store) Distribution(ctx context.Context, of Of, figure string, from, to int64) (bins []Bin, count, lacks int64, err error) {
	i, ok := map[string]int{"ttft": ofTTFT, "duration": ofDuration, "generation": ofGeneration, "prompt": ofPrompt, "context": ofContext}[figure]
	if !ok {
		return nil, 0, 0, ErrNotFound
	}
	sc := of.scope(from, to)
	sc.wide, sc.days = true, true
	var all tally
	if err := s.sums(ctx, sc, func(string, int64) *tally { return &all }); err != nil {
		return nil, 0, 0, err
	}
	sp := &all.by[i]
	first, last := -1, -1
	for place, c := range sp.counts {
		if c > 0 {
			if first < 0 {
				first = place
			}
			last = place
		}
	}
	if first >= 0 {
		width := (last - first + maxBins) / maxBins
		for at := first; at <= last; at += width {
			b := Bin{From: sp.edge(at), To: sp.edge(at + width)}
			for _, c := range sp.counts[at:min(at+width, spreadPlaces)] {
				b.Count += int64(c)
			}
			bins = append(bins, b)
		}
	}
	return bins, sp.n, all.n[nRequests] - sp.n, nil
}
