package store

import (
	"context"
	"fmt"
	"strings"

	"gumshoe/backend/query"
)

// DeleteWhere deletes what a filter finds at this moment, newest first, and says
// how many went; what comes meanwhile stays. An error, as of a context that ends,
// leaves deleted what was. progress (nil for nobody) is told after every batch how
// many are gone.
func (s *Store) DeleteWhere(ctx context.Context, f query.Filter, progress func(gone int64)) (total int64, err error) {
	at := PageAt{Limit: batch}
	for more := true; more && err == nil; {
		var list []Row
		if list, more, err = s.Page(ctx, f, at); err != nil || len(list) == 0 {
			break
		}
		ids := make([]string, len(list))
		for i, r := range list {
			ids[i] = r.ID
		}
		var n int64
		n, err = s.deleteIDs(ctx, ids)
		if total += n; progress != nil {
			progress(total)
		}
		at.BeforeID = ids[len(ids)-1]
	}
	if err != nil {
		return total, fmt.Errorf("deleting what a filter finds: %w", err)
	}
	return total, s.clean(ctx)
}

// DeleteIDs deletes exchanges by their ids and says how many there were of them, to
// progress too, as DeleteWhere.
func (s *Store) DeleteIDs(ctx context.Context, ids []string, progress func(gone int64)) (total int64, err error) {
	for len(ids) > 0 {
		some := ids[:min(len(ids), batch)]
		ids = ids[len(some):]
		n, err := s.deleteIDs(ctx, some)
		if total += n; progress != nil {
			progress(total)
		}
		if err != nil {
			return total, err
		}
	}
	return total, s.clean(ctx)
}

// deleteIDs deletes up to batch exchanges, in as many transactions as that takes.
func (s *Store) deleteIDs(ctx context.Context, ids []string) (total int64, err error) {
	keys := make([]any, 0, len(ids))
	for _, id := range ids {
		if b, err := idBytes(id); err == nil {
			keys = append(keys, b)
		}
	}
	if len(keys) == 0 {
		return 0, nil
	}
	cond := `exchange.id IN (?` + strings.Repeat(",?", len(keys)-1) + `)`
	for {
		n, err := s.deleteBatch(ctx, cond, keys)
		if total += n; err != nil || n == 0 || total >= int64(len(keys)) {
			return total, err
		}
	}
}
