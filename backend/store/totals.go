package store

import (
	"context"
	"slices"

	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
)

// Totals sums a filter up, and says what the sums lack.
type Totals struct {
	Requests, Errors int64 // of state error, broken or interrupted count as errors
	// Input, Output and Cost are sums over the rows that know theirs; nil where
	// none does.
	Input, Output *int64
	Cost          *float64 // US dollars
	// NoTokens and Unpriced count the rows that the sums lack, EstimatedTokens
	// and EstimatedCost those that are in them as estimates.
	NoTokens, EstimatedTokens, Unpriced, EstimatedCost int64
}

// uncounted are rows that should have tokens and lack them: what NoTokens counts.
const uncounted = `(tokens_basis = '' AND state NOT IN ('error', 'running') AND (api LIKE '%.chat' OR api LIKE '%.messages' OR api LIKE '%.generate' OR api IN
	('openai.completions', 'openai.responses', 'openai.embeddings', 'ollama.embed', 'ollama.embeddings', 'gemini.embed')))`

// Totals sums a filter up, from hourly sums where they can say it. A row of an API that takes no tokens (a
// list of models) lacks none, nor does one that was refused; a row whose tokens
// are not known has no price to lack.
func (s *Store) Totals(ctx context.Context, f query.Filter) (t Totals, err error) {
	if list, ok, err := s.reduce(ctx, f); err != nil {
		return t, err
	} else if ok {
		sum, err := s.total(ctx, list)
		return Totals{Requests: sum.Requests, Errors: sum.Errors, Input: sum.Input, Output: sum.Output, Cost: sum.Cost, NoTokens: sum.NoTokens,
			EstimatedTokens: sum.EstimatedTokens, Unpriced: sum.Unpriced, EstimatedCost: sum.EstimatedCost}, err
	}
	cond, args, err := s.where(ctx, f)
	if err != nil {
		return t, err
	}
	err = s.read.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(state IN ('error', 'broken', 'interrupted')), 0), sum(input_tokens), sum(output_tokens), sum(cost),
		coalesce(sum(`+uncounted+`), 0), coalesce(sum(tokens_basis = 'estimated'), 0),
		coalesce(sum(tokens_basis <> '' AND cost IS NULL), 0), coalesce(sum(cost_basis = 'estimated'), 0)
		FROM exchange WHERE `+cond, args...).Scan(&t.Requests, &t.Errors, &t.Input, &t.Output, &t.Cost,
		&t.NoTokens, &t.EstimatedTokens, &t.Unpriced, &t.EstimatedCost)
	if err != nil {
		return t, damaged("summing up", err)
	}
	return t, nil
}

// Recent reads the latest rows, the oldest of them first.
func (s *Store) Recent(ctx context.Context, limit int) ([]exchange.Exchange, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, `+rowColumns+` FROM exchange ORDER BY id DESC LIMIT ?`, limit)
	if err != nil {
		return nil, damaged("reading the latest", err)
	}
	defer rows.Close()
	var out []exchange.Exchange
	for rows.Next() {
		var r Row
		if err := scanRow(rows, &r); err != nil {
			return nil, err
		}
		out = append(out, r.Exchange)
	}
	if err := rows.Err(); err != nil {
		return nil, damaged("reading the latest", err)
	}
	slices.Reverse(out)
	return out, nil
}
