package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Cell is one hour of the week; weekday 0 is Monday.
type Cell struct {
	Weekday, Hour int
	Figures
}

// maxParted is how many rows Week reads at most where sums of hours don't tell a
// zone's hours apart, the newest ones.
const maxParted = 40_000

// Week sums requests, tokens and costs of [from, to) up by weekday and hour of a zone; cells without requests are
// left out. Of a zone that is no whole hours from UTC it reads the newest maxParted
// rows; since says from when on it is whole, 0 where it is.
func (s *Store) Week(ctx context.Context, of Of, from, to int64, zone *time.Location) (cells []Cell, since int64, err error) {
	first, err := s.FirstSeen(ctx)
	if err != nil || first == nil {
		return nil, 0, err
	}
	// Rows stand in the order of their ids, whose times may differ a little.
	from, to = max(from, *first-slack), min(to, future())
	sc := of.scope(from, to)
	sc.zone, sc.brief = zone, true
	if len(oddHours(zone, from/hourMicros, to/hourMicros)) > 0 {
		if since, err = s.newest(ctx, sc, maxParted); err != nil {
			return nil, 0, err
		}
		sc.from = max(from, since)
	}
	var all [7][24]tally
	err = s.sums(ctx, sc, func(_ string, at int64) *tally {
		local := time.UnixMicro(at).In(zone)
		return &all[(int(local.Weekday())+6)%7][local.Hour()]
	})
	if err != nil {
		return nil, 0, err
	}
	for d := range all {
		for h := range all[d] {
			if t := &all[d][h]; t.n[nRequests] > 0 {
				cells = append(cells, Cell{d, h, t.figures()})
			}
		}
	}
	return cells, since, nil
}

// newest is about the time from which on a scope has n rows, 0 where it has no more.
func (s *Store) newest(ctx context.Context, sc scope, n int) (since int64, err error) {
	own, args := sc.cond("")
	err = s.read.QueryRowContext(ctx, `SELECT started_at FROM exchange WHERE `+own+` AND id >= ? AND id < ? ORDER BY id DESC LIMIT 1 OFFSET ?`,
		append(args, idAt(sc.from), idAt(sc.to), n)...).Scan(&since)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, damaged("looking for the newest rows", err)
	}
	return since, nil
}

// briefRows adds times, tokens and costs of rows: a third of what reading them whole takes.
func (sc *scope) briefRows(ctx context.Context, tx *sql.Tx, cond string, args []any, into sink) error {
	rows, err := tx.QueryContext(ctx, `SELECT started_at, input_tokens, output_tokens, cost FROM exchange WHERE `+cond, args...)
	if err != nil {
		return damaged("summing up", err)
	}
	defer rows.Close()
	for rows.Next() {
		var at int64
		var input, output sql.NullInt64
		var cost sql.NullFloat64
		if err := rows.Scan(&at, &input, &output, &cost); err != nil {
			return damaged("summing up", err)
		}
		t := into(sc.value, at)
		if t == nil {
			continue
		}
		t.n[nRequests]++
		if input.Valid {
			t.sum(nInput, &input.Int64)
		}
		if output.Valid {
			t.sum(nOutput, &output.Int64)
		}
		if cost.Valid {
			t.cost += cost.Float64
			t.n[nCostKnown]++
		}
	}
	if err := rows.Err(); err != nil {
		return damaged("summing up", err)
	}
	return nil
}
