package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"gumshoe/backend/query"
)

// exactIndex is how many rows an index reads one by one; of more it takes the
// sums by the hour, where they can answer the filter.
const exactIndex = 20_000

// Index counts the rows of a filter and names about every step-th, newest first,
// so that a list can jump anywhere by key. Of a long list the names may be of
// times between rows and the distances not quite step.
func (s *Store) Index(ctx context.Context, f query.Filter, step int64) (total int64, anchors []string, err error) {
	step = max(step, 1)
	list, ok, err := s.reduce(ctx, f)
	if err != nil {
		return 0, nil, err
	}
	if ok {
		sum, err := s.total(ctx, list)
		if err != nil {
			return 0, nil, err
		}
		if sum.Requests > exactIndex {
			anchors, err := s.estimatedIndex(ctx, list, step)
			return sum.Requests, anchors, err
		}
	}
	return s.exactIndex(ctx, f, step)
}

func (s *Store) exactIndex(ctx context.Context, f query.Filter, step int64) (total int64, anchors []string, err error) {
	cond, args, err := s.where(ctx, f)
	if err != nil {
		return 0, nil, err
	}
	rows, err := s.read.QueryContext(ctx, `SELECT id FROM exchange WHERE `+cond+` ORDER BY id DESC`, args...)
	if err != nil {
		return 0, nil, damaged("indexing the list", err)
	}
	defer rows.Close()
	var id sql.RawBytes
	for rows.Next() {
		if total%step == 0 {
			if err := rows.Scan(&id); err != nil {
				return 0, nil, damaged("indexing the list", err)
			}
			u, err := uuid.FromBytes(id)
			if err != nil {
				return 0, nil, fmt.Errorf("reading a row's id: %w", err)
			}
			anchors = append(anchors, u.String())
		}
		total++
	}
	if err := rows.Err(); err != nil {
		return 0, nil, damaged("indexing the list", err)
	}
	return total, anchors, nil
}

// estimatedIndex takes the rows of an hour as evenly spread.
func (s *Store) estimatedIndex(ctx context.Context, list []scope, step int64) (anchors []string, err error) {
	hours := map[int64]*tally{}
	for _, sc := range list {
		if err := s.sums(ctx, sc, func(_ string, at int64) *tally {
			h := at / hourMicros
			if hours[h] == nil {
				hours[h] = &tally{}
			}
			return hours[h]
		}); err != nil {
			return nil, err
		}
	}
	order := make([]int64, 0, len(hours))
	for h := range hours {
		order = append(order, h)
	}
	slices.Sort(order)
	slices.Reverse(order)
	next, seen := int64(0), int64(0) // the position of the next anchor; the rows of newer hours
	for _, h := range order {
		n := hours[h].n[nRequests]
		for ; next < seen+n; next += step {
			at := (h+1)*hourMicros - hourMicros*(next-seen)/n
			u, err := uuid.FromBytes(idAt(at))
			if err != nil {
				return nil, fmt.Errorf("naming a time: %w", err)
			}
			anchors = append(anchors, u.String())
		}
		seen += n
	}
	return anchors, nil
}
