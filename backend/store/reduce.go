package store

import (
	"context"
	"math"
	"slices"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
)

// future is past any exchange, in microseconds.
func future() int64 { return time.Now().AddDate(2, 0, 0).UnixMicro() }

// reduce says how a filter can be answered from sums: as the sum of scopes that
// share no row. ok is false where rows have to be read.
func (s *Store) reduce(ctx context.Context, f query.Filter) (list []scope, ok bool, err error) {
	look := s.looking(ctx)
	f, ok = look.lift(f)
	if look.err != nil || !ok || f.Text != "" || len(f.Chats)+len(f.Answers) > 0 {
		return nil, false, look.err
	}
	base := scope{dim: byAll, one: true, from: max(f.From, 0), to: f.To}
	if base.to == 0 {
		base.to = future()
	}
	states := make([]string, len(f.States))
	for i, v := range f.States {
		states[i] = string(v)
	}
	used := 0
	for dim, values := range map[int][]string{byModel: f.Models, byUpstream: f.Upstreams, byUser: f.Users, byTask: f.Tasks, byState: states, byVerdict: f.Verdicts} {
		if len(values) == 0 {
			continue
		}
		if used++; used > 1 || dim == byVerdict && len(values) > 1 { // a row may have both
			return nil, false, nil
		}
		slices.Sort(values)
		for _, v := range slices.Compact(values) {
			one := base
			one.dim, one.value = dim, v
			list = append(list, one)
		}
	}
	if used == 0 {
		list = []scope{base}
	}
	return list, true, nil
}

// lift turns the simple terms of a typed filter into the filter's own fields; ok
// is false where something is left.
func (s *searching) lift(f query.Filter) (query.Filter, bool) {
	if f.Where == nil {
		return f, true
	}
	kids := []*query.Node{f.Where}
	if f.Where.Kind == query.And {
		kids = f.Where.Kids
	}
	f.Where = nil
	for _, k := range kids {
		if k.Kind != query.Is {
			return f, false
		}
		switch k.Field {
		case query.Since:
			f.From = max(f.From, int64(k.Values[0].Number))
		case query.Before:
			if at := int64(k.Values[0].Number); f.To == 0 || at < f.To {
				f.To = max(at, 1)
			}
		case query.Model, query.User, query.Task, query.Upstream:
			into := map[query.Field]*[]string{query.Model: &f.Models, query.User: &f.Users, query.Task: &f.Tasks, query.Upstream: &f.Upstreams}[k.Field]
			column := map[query.Field]string{query.Model: "shown_model", query.User: "user", query.Task: "task", query.Upstream: "upstream"}[k.Field]
			if len(*into) > 0 {
				return f, false
			}
			for _, v := range k.Values {
				if v.Text == "" && !v.Wild {
					*into = append(*into, "")
					continue
				}
				*into = append(*into, s.alike(k.Field, column, v)...)
			}
			if len(*into) == 0 {
				return f, false
			}
		case query.IsField:
			if len(f.States) > 0 || len(k.Values) > 1 || !isState(k.Values[0].Text) {
				return f, false
			}
			for _, v := range statesOf(k.Values[0].Text) {
				f.States = append(f.States, exchange.State(v))
			}
		case query.State:
			if len(f.States) > 0 {
				return f, false
			}
			for _, v := range k.Values {
				f.States = append(f.States, exchange.State(v.Text))
			}
		default:
			return f, false
		}
		if (k.Field == query.Since || k.Field == query.Before) && len(k.Values) > 1 {
			return f, false
		}
	}
	return f, true
}

func isState(word string) bool {
	spec, _ := query.Lookup(string(query.State))
	return slices.Contains(spec.Choices, word)
}

// total adds up what reduce gave.
func (s *Store) total(ctx context.Context, list []scope) (Figures, error) {
	var all tally
	for _, sc := range list {
		sc.days = true
		if err := s.sums(ctx, sc, func(string, int64) *tally { return &all }); err != nil {
			return Figures{}, err
		}
	}
	return all.figures(), nil
}

// Step is one bar of a histogram of requests.
type Step struct {
	At               int64 // its start, microseconds
	Requests, Errors int64
}

// maxRead is how many rows a histogram or the facets of a filter read at most,
// the newest ones.
const maxRead = 100_000

// Histogram counts the requests of a filter from bounds[0] to to, step by step;
// steps without any are left out. Of a filter that only rows can answer it reads
// the newest maxRead of them; since says from when on it is whole, 0 where it is.
func (s *Store) Histogram(ctx context.Context, f query.Filter, bounds []int64, to int64) (steps []Step, since int64, err error) {
	if len(bounds) == 0 {
		return nil, 0, nil
	}
	f.From, f.To = max(f.From, bounds[0]), to
	list, ok, err := s.reduce(ctx, f)
	if err != nil {
		return nil, 0, err
	}
	found := make([]tally, len(bounds))
	place := func(at int64) *tally {
		i, is := slices.BinarySearch(bounds, at)
		if !is {
			i--
		}
		if i < 0 {
			return nil
		}
		return &found[i]
	}
	if ok {
		for _, sc := range list {
			sc.cuts = bounds
			if err := s.sums(ctx, sc, func(_ string, at int64) *tally { return place(at) }); err != nil {
				return nil, 0, err
			}
		}
	} else if since, err = s.countRows(ctx, f, place); err != nil {
		return nil, 0, err
	}
	for i := range found {
		if t := &found[i]; t.n[nRequests] > 0 {
			steps = append(steps, Step{bounds[i], t.n[nRequests], t.n[nErrors]})
		}
	}
	return steps, since, nil
}

func (s *Store) countRows(ctx context.Context, f query.Filter, place func(at int64) *tally) (since int64, err error) {
	cond, args, err := s.where(ctx, f)
	if err != nil {
		return 0, err
	}
	rows, err := s.read.QueryContext(ctx, `SELECT started_at, state IN ('error', 'broken', 'interrupted') FROM exchange WHERE `+cond+` ORDER BY id DESC LIMIT ?`, append(args, maxRead)...)
	if err != nil {
		return 0, damaged("counting requests", err)
	}
	defer rows.Close()
	n, oldest := 0, int64(math.MaxInt64)
	for rows.Next() {
		var at int64
		var failed bool
		if err := rows.Scan(&at, &failed); err != nil {
			return 0, damaged("counting requests", err)
		}
		n, oldest = n+1, min(oldest, at)
		if t := place(at); t != nil {
			t.n[nRequests]++
			t.yes(nErrors, failed)
		}
	}
	if err := rows.Err(); err != nil {
		return 0, damaged("counting requests", err)
	}
	if n == maxRead {
		since = oldest
	}
	return since, nil
}
