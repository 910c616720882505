package store

import (
	"context"
	"fmt"

	"gumshoe/backend/exchange"
)

// Repriced is what other prices change, or have changed.
type Repriced struct {
	Rows          int64   // looked at: all but what an upstream charged itself
	Changed       int64   // rows whose cost or price differs
	Before, After float64 // US dollars, the sums over the rows that have a cost
	UnpricedAfter int64   // rows that take tokens and still have no price
}

// Reprice asks price for the cost of every row, the oldest first, and keeps it
// where apply says so; without it nothing changes. What an upstream charged
// itself stays. Other work goes on in between.
func (s *Store) Reprice(ctx context.Context, price func(e *exchange.Exchange) exchange.Cost, apply bool) (out Repriced, err error) {
	last := []byte{}
	for {
		page, err := s.pricePage(ctx, last)
		if err != nil {
			return out, err
		}
		if len(page) == 0 {
			return out, nil
		}
		var changed []exchange.Exchange
		for _, e := range page {
			old := e.Cost
			e.Cost = price(&e)
			out.Rows++
			out.Before += value(old.USD)
			out.After += value(e.Cost.USD)
			if e.Cost.USD == nil && e.Usage.Basis != exchange.Missing {
				out.UnpricedAfter++
			}
			if !sameCost(old, e.Cost) {
				out.Changed++
				changed = append(changed, e)
			}
		}
		if apply && len(changed) > 0 {
			if err := s.keepCosts(ctx, changed); err != nil {
				return out, err
			}
		}
		if last, err = idBytes(page[len(page)-1].ID); err != nil {
			return out, fmt.Errorf("pricing anew: %w", err)
		}
	}
}

func value(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}

func sameCost(a, b exchange.Cost) bool {
	return (a.USD == nil) == (b.USD == nil) && value(a.USD) == value(b.USD) && a.Basis == b.Basis && a.Price == b.Price && a.Source == b.Source
}

func (s *Store) pricePage(ctx context.Context, after []byte) (page []exchange.Exchange, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, `+rowColumns+` FROM exchange WHERE id > ? AND cost_basis <> 'charged' ORDER BY id LIMIT ?`, after, batch)
	if err != nil {
		return nil, damaged("pricing anew", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r Row
		if err := scanRow(rows, &r); err != nil {
			return nil, err
		}
		page = append(page, r.Exchange)
	}
	if err := rows.Err(); err != nil {
		return nil, damaged("pricing anew", err)
	}
	return page, nil
}

func (s *Store) keepCosts(ctx context.Context, list []exchange.Exchange) error {
	if err := s.take(); err != nil {
		return err
	}
	defer s.saving.Unlock()
	if err := s.writable(ctx); err != nil {
		return err
	}
	tx, err := s.begin(ctx)
	if err != nil {
		return fmt.Errorf("beginning to price anew: %w", err)
	}
	defer tx.Rollback()
	hours := map[int64]bool{}
	for i := range list {
		e := &list[i]
		hours[e.StartedAt/hourMicros] = true
		id, err := idBytes(e.ID)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE exchange SET cost = ?, cost_basis = ?, more = ? WHERE id = ?`,
			e.Cost.USD, string(e.Cost.Basis), moreOf(e), id); err != nil {
			return damaged("pricing anew", err)
		}
	}
	if err := markStale(ctx, tx.Tx, hours); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("pricing %d exchanges anew: %w", len(list), err)
	}
	return nil
}
