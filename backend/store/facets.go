package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"gumshoe/backend/query"
)

// Facet is one value of a column and how many rows have it.
type Facet struct {
	Value string
	Count int64
}

// Facets are the values that a filter can take, the commonest first. Since is 0
// where all rows were counted, else the time (microseconds) from which on they
// were. The last of Users has no value where requests are without a user.
type Facets struct {
	Models, Upstreams, States, Users, Tasks, Verdicts []Facet
	Since                                             int64
}

const (
	// maxFacets is how many values of a column are listed.
	maxFacets = 500
	// maxFacetRows is how many rows that fit are counted before no further window of
	// rows is looked through.
	maxFacetRows = 20_000
	// countFor is how long windows of rows are looked through.
	countFor = 300 * time.Millisecond
)

// facetFields are the fields of the columns whose values are counted.
func facetFields() map[int]query.Field {
	return map[int]query.Field{byModel: query.Model, byUpstream: query.Upstream, byState: query.State, byUser: query.User, byTask: query.Task, byVerdict: query.Verdict}
}

// Facets counts the values among the rows of a filter. What the filter says of a
// column itself is left out for that column: its counts say what choosing another
// value would show. Where a filter selects more rows than can be counted at once,
// the newest ones are.
func (s *Store) Facets(ctx context.Context, f query.Filter) (out Facets, err error) {
	count := map[int]map[string]int64{}
	passes := []facetPass{{filter: f}}
	for dim, field := range facetFields() {
		count[dim] = map[string]int64{}
		if other, own := exceptField(f, dim, field); own {
			passes = append(passes, facetPass{filter: other, dims: []int{dim}})
			continue
		}
		passes[0].dims = append(passes[0].dims, dim)
	}
	begun := time.Now()
	for i, p := range passes {
		// No pass takes the time of those after it.
		until := begun.Add(s.counting * time.Duration(i+1) / time.Duration(len(passes)))
		since, err := s.countFacets(ctx, p, until, count)
		if err != nil {
			return out, err
		}
		out.Since = max(out.Since, since)
	}
	for dim, into := range map[int]*[]Facet{byModel: &out.Models, byUpstream: &out.Upstreams, byState: &out.States, byUser: &out.Users, byTask: &out.Tasks, byVerdict: &out.Verdicts} {
		*into = ranked(count[dim])
	}
	if n := count[byUser][""]; n > 0 {
		out.Users = append(out.Users, Facet{Count: n})
	}
	return out, nil
}

// facetPass counts some columns' values among the rows of one filter.
type facetPass struct {
	filter query.Filter
	dims   []int
}

// exceptField is a filter without what it says of one column; own is false where
// it says nothing. Of a typed filter that is the first term that stands by itself,
// which is the one that the window's menus change.
func exceptField(f query.Filter, dim int, field query.Field) (out query.Filter, own bool) {
	out = f
	switch dim {
	case byModel:
		own, out.Models = len(f.Models) > 0, nil
	case byUpstream:
		own, out.Upstreams = len(f.Upstreams) > 0, nil
	case byState:
		own, out.States = len(f.States) > 0, nil
	case byUser:
		own, out.Users = len(f.Users) > 0, nil
	case byTask:
		own, out.Tasks = len(f.Tasks) > 0, nil
	case byVerdict:
		own, out.Verdicts = len(f.Verdicts) > 0, nil
	}
	if f.Where == nil {
		return out, own
	}
	is := func(n *query.Node) bool { return n.Kind == query.Is && n.Field == field }
	if is(f.Where) {
		out.Where = nil
		return out, true
	}
	if f.Where.Kind != query.And {
		return out, own
	}
	at := slices.IndexFunc(f.Where.Kids, is)
	if at < 0 {
		return out, own
	}
	rest := *f.Where
	rest.Kids = slices.Delete(slices.Clone(f.Where.Kids), at, at+1)
	if out.Where = &rest; len(rest.Kids) == 1 {
		out.Where = rest.Kids[0]
	}
	return out, true
}

func ranked(counts map[string]int64) []Facet {
	var list []Facet
	for v, n := range counts {
		if v != "" && n > 0 {
			list = append(list, Facet{v, n})
		}
	}
	slices.SortFunc(list, func(a, b Facet) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return list[:min(len(list), maxFacets)]
}

// countFacets takes the sums where they can say it, then the rows that an index
// finds where they are few, then windows of rows, the newest first.
func (s *Store) countFacets(ctx context.Context, p facetPass, until time.Time, count map[int]map[string]int64) (since int64, err error) {
	if len(p.dims) == 0 {
		return 0, nil
	}
	list, ok, err := s.reduce(ctx, p.filter)
	if err != nil {
		return 0, err
	}
	if ok && len(list) == 1 && list[0].dim == byAll {
		return 0, s.sumFacets(ctx, p, list[0], count)
	}
	look := s.looking(ctx)
	all := look.conds(p.filter, part{})
	if look.err != nil {
		return 0, look.err
	}
	leads, err := s.leads(ctx, all, s.window)
	if err == nil && len(leads) > 0 && leads[0].n > s.window/together {
		leads, err = s.leads(ctx, all, int(most*float64(s.window))) // what it may be joined with
	}
	if err != nil {
		return 0, err
	}
	if led, err := s.driven(look, p.filter, all, leads, nil); err != nil || led.from != table {
		if err == nil {
			_, err = s.countPlan(ctx, p, led, position{}, count)
		}
		return 0, err
	}
	at, found := position{cmp: "<"}, int64(0)
	for {
		w, err := s.windowed(ctx, look, p.filter, at, s.window)
		if err != nil || w.edge == nil {
			return 0, errors.Join(err, look.err)
		}
		n, err := s.countPlan(ctx, p, w, at, count)
		if err != nil {
			return 0, err
		}
		if at.id, found = w.edge, found+n; found >= maxFacetRows || !time.Now().Before(until) {
			return timeOf(at.id), nil
		}
	}
}

// sumFacets takes the values from the hourly sums.
func (s *Store) sumFacets(ctx context.Context, p facetPass, span scope, count map[int]map[string]int64) error {
	for _, dim := range p.dims {
		sums := map[string]*tally{}
		err := s.sums(ctx, scope{dim: dim, from: span.from, to: span.to, days: true}, func(v string, _ int64) *tally {
			if sums[v] == nil {
				sums[v] = &tally{}
			}
			return sums[v]
		})
		if err != nil {
			return err
		}
		for v, t := range sums {
			count[dim][v] = t.n[nRequests]
		}
	}
	return nil
}

// countPlan adds the values of the rows of a plan.
func (s *Store) countPlan(ctx context.Context, p facetPass, w plan, at position, count map[int]map[string]int64) (n int64, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT shown_model, upstream, state, user, task, verdicts FROM `+w.from+` WHERE `+w.cond+` AND `+at.cond(), append(slices.Clone(w.args), at.args()...)...)
	if err != nil {
		return 0, damaged("counting values", err)
	}
	defer rows.Close()
	for rows.Next() {
		var c counts
		if err := rows.Scan(&c.model, &c.upstream, &c.state, &c.user, &c.task, &c.verdicts); err != nil {
			return 0, damaged("counting values", err)
		}
		n++
		for _, dim := range p.dims {
			for _, v := range c.values(dim) {
				count[dim][v]++
			}
		}
	}
	if err := rows.Err(); err != nil {
		return 0, damaged("counting values", err)
	}
	return n, nil
}
