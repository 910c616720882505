package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"gumshoe/backend/query"
)

// Values counts the values of a field, for a completion: of a field with a fixed list
// each of its words, of tags those that people gave, of a column the ones that hold a
// text, without regard to case. Fields without a column give none. Where there are
// more rows than can be counted at once the newest ones are: since is when they
// begin (microseconds), 0 for all.
func (s *Store) Values(ctx context.Context, field query.Field, holds string) (list []Facet, since int64, err error) {
	spec, _ := query.Lookup(string(field))
	count := map[string]int64{}
	switch {
	case field == "tag":
		err = s.countTags(ctx, count)
	case spec.Type == query.Choice:
		since, err = s.countWindows(ctx, func(look *searching, w plan, at position) (int64, error) {
			return s.countChoices(ctx, look, spec, w, at, count)
		})
	case slices.Contains([]query.Field{"api", "finish", "method", "client", query.Chat}, field): // columns of that name
		since, err = s.countWindows(ctx, func(_ *searching, w plan, at position) (int64, error) {
			return s.countColumn(ctx, string(field), w, at, count)
		})
	}
	if err != nil {
		return nil, 0, err
	}
	for v := range count {
		if !strings.Contains(strings.ToLower(v), strings.ToLower(holds)) {
			delete(count, v)
		}
	}
	return ranked(count), since, nil
}

// countWindows looks through windows of rows, the newest first, till all rows or
// enough of them were counted, or the time for it is over.
func (s *Store) countWindows(ctx context.Context, count func(look *searching, w plan, at position) (int64, error)) (since int64, err error) {
	until := time.Now().Add(s.counting)
	look := s.looking(ctx)
	at, found := position{cmp: "<"}, int64(0)
	for {
		w, err := s.windowed(ctx, look, query.Filter{}, at, s.window)
		if err != nil || w.edge == nil {
			return 0, errors.Join(err, look.err)
		}
		n, err := count(look, w, at)
		if err != nil {
			return 0, err
		}
		if at.id, found = w.edge, found+n; n < int64(s.window) {
			return 0, nil
		}
		if found >= maxFacetRows || !time.Now().Before(until) {
			return timeOf(at.id), nil
		}
	}
}

// countColumn adds the values of a column among the rows of a plan.
func (s *Store) countColumn(ctx context.Context, column string, w plan, at position, count map[string]int64) (n int64, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+column+`, count(*) FROM `+w.from+` WHERE `+w.cond+` AND `+at.cond()+` GROUP BY 1`, append(slices.Clone(w.args), at.args()...)...)
	if err != nil {
		return 0, damaged("counting values", err)
	}
	defer rows.Close()
	for rows.Next() {
		var v string
		var some int64
		if err := rows.Scan(&v, &some); err != nil {
			return 0, damaged("counting values", err)
		}
		count[v] += some
		n += some
	}
	if err := rows.Err(); err != nil {
		return 0, damaged("counting values", err)
	}
	return n, nil
}

// countChoices adds how many rows of a plan each word of a field selects.
func (s *Store) countChoices(ctx context.Context, look *searching, spec query.Spec, w plan, at position, count map[string]int64) (n int64, err error) {
	sums, args := []string{"count(*)"}, []any{}
	found := make([]int64, len(spec.Choices))
	into := []any{&n}
	for i, word := range spec.Choices {
		c := look.chosen(spec.Name, word, part{plain: true})
		sums = append(sums, "coalesce(sum(("+c.sql+")), 0)")
		args = append(args, c.args...)
		into = append(into, &found[i])
	}
	if look.err != nil {
		return 0, look.err
	}
	args = append(append(args, w.args...), at.args()...)
	if err := s.read.QueryRowContext(ctx, `SELECT `+strings.Join(sums, ", ")+` FROM `+w.from+` WHERE `+w.cond+` AND `+at.cond(), args...).Scan(into...); err != nil {
		return 0, damaged("counting values", err)
	}
	for i, word := range spec.Choices {
		count[word] += found[i]
	}
	return n, nil
}

// countTags counts the tags that people gave: by hand, and never many.
func (s *Store) countTags(ctx context.Context, count map[string]int64) error {
	rows, err := s.read.QueryContext(ctx, `SELECT tags FROM mark WHERE tags <> '' LIMIT ?`, maxFacetRows)
	if err != nil {
		return damaged("counting tags", err)
	}
	defer rows.Close()
	for rows.Next() {
		var tags string
		if err := rows.Scan(&tags); err != nil {
			return damaged("counting tags", err)
		}
		for _, t := range strings.Split(strings.Trim(tags, tagEnd), tagEnd) {
			count[t]++
		}
	}
	if err := rows.Err(); err != nil {
		return damaged("counting tags", err)
	}
	return nil
}
