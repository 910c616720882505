package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"gumshoe/backend/query"
)

// Facet is one value of a column and how many rows have it.
type Facet struct {
	Value string
	Count int64
}

// Facets are the values that a filter can take, the commonest first. Newest is 0
// where all rows were counted, else how many of the newest ones.
type Facets struct {
	Models, Upstreams, States, Users, Tasks, Verdicts []Facet
	Newest                                            int64
}

const (
	// maxFacets is how many values of a column are listed.
	maxFacets = 500
	// maxFacetRows is how many rows of a filter are counted.
	maxFacetRows = 20_000
)

// Facets counts the values among the rows of a filter: of all rows, or of the
// newest ones where a filter selects more than can be counted at once.
func (s *Store) Facets(ctx context.Context, f query.Filter) (Facets, error) {
	var out Facets
	count := map[int]map[string]int64{byModel: {}, byUpstream: {}, byState: {}, byUser: {}, byTask: {}, byVerdict: {}}
	list, ok, err := s.reduce(ctx, f)
	switch {
	case err != nil:
		return out, err
	case ok && len(list) == 1 && list[0].dim == byAll:
		for dim, values := range count {
			sums := map[string]*tally{}
			err := s.sums(ctx, scope{dim: dim, from: list[0].from, to: list[0].to, days: true}, func(v string, _ int64) *tally {
				if sums[v] == nil {
					sums[v] = &tally{}
				}
				return sums[v]
			})
			if err != nil {
				return out, err
			}
			for v, t := range sums {
				values[v] = t.n[nRequests]
			}
		}
	default:
		if out.Newest, err = s.countFacets(ctx, f, count); err != nil {
			return out, err
		}
	}
	for dim, into := range map[int]*[]Facet{byModel: &out.Models, byUpstream: &out.Upstreams, byState: &out.States, byUser: &out.Users, byTask: &out.Tasks, byVerdict: &out.Verdicts} {
		*into = ranked(count[dim])
	}
	return out, nil
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

// countFacets reads rows.
func (s *Store) countFacets(ctx context.Context, f query.Filter, count map[int]map[string]int64) (newest int64, err error) {
	look := &searching{ctx: ctx, db: s.read}
	all := look.conds(f, part{})
	if look.err != nil {
		return 0, look.err
	}
	leads, err := s.leads(ctx, all)
	if err != nil {
		return 0, err
	}
	p := s.driven(look, f, all, leads)
	if look.err != nil {
		return 0, look.err
	}
	rows, err := s.read.QueryContext(ctx, `SELECT shown_model, upstream, state, user, task, verdicts FROM `+p.from+` WHERE `+p.cond+` ORDER BY id DESC LIMIT ?`, append(p.args, maxFacetRows)...)
	if err != nil {
		return 0, damaged("counting values", err)
	}
	defer rows.Close()
	n := int64(0)
	for rows.Next() {
		var c counts
		if err := rows.Scan(&c.model, &c.upstream, &c.state, &c.user, &c.task, &c.verdicts); err != nil {
			return 0, damaged("counting values", err)
		}
		n++
		for dim, values := range count {
			for _, v := range c.values(dim) {
				values[v]++
			}
		}
	}
	if err := rows.Err(); err != nil {
		return 0, damaged("counting values", err)
	}
	if n < maxFacetRows {
		n = 0
	}
	return n, nil
}
