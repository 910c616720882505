package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"gumshoe/backend/exchange"
)

// The dimensions of the sums.
const (
	byAll = iota
	byModel
	byUpstream
	byUser
	byTask
	byUserModel
	byModelUser // only asked for: kept as byUserModel
	byState
	byVerdict     // a row counts for each of its codes
	byOllamaModel // upstream and model, of what Ollama generated or embedded
)

// pair joins two values of a dimension of pairs.
const pair = "\x01"

const (
	hourMicros = 3_600_000_000
	dayHours   = 24
	// defaultRoll is how many rows one transaction adds to the sums: short ones let
	// the recorder in between.
	defaultRoll = 2000
)

// rollKey names one row of sums of an hour.
type rollKey struct {
	dim   int
	value string
	hour  int64
}

// keys are the sums that a row belongs to.
func (c *counts) keys() []rollKey {
	hour := c.at / hourMicros
	var list []rollKey
	for dim := byAll; dim <= byOllamaModel; dim++ {
		if dim == byModelUser {
			continue
		}
		for _, v := range c.values(dim) {
			list = append(list, rollKey{dim, v, hour})
		}
	}
	return list
}

// values are the values of a dimension that a row counts for.
func (c *counts) values(dim int) []string {
	switch dim {
	case byAll:
		return []string{""}
	case byModel:
		return []string{c.model}
	case byUpstream:
		return []string{c.upstream}
	case byUser:
		return []string{c.user}
	case byTask:
		return []string{c.task}
	case byState:
		return []string{c.state}
	case byVerdict:
		return strings.Fields(c.verdicts)
	}
	switch {
	case dim == byUserModel && c.user != "":
		return []string{c.user + pair + c.model}
	case dim == byModelUser && c.user != "":
		return []string{c.model + pair + c.user}
	case dim == byOllamaModel && c.ollama():
		return []string{c.upstream + pair + c.model}
	}
	return nil
}

// ollama says whether the Ollama page counts a row.
func (c *counts) ollama() bool {
	switch exchange.API(c.api) {
	case exchange.OllamaChat, exchange.OllamaGenerate, exchange.OllamaEmbed, exchange.OpenAIChat:
		return c.kind == string(exchange.KindOllama)
	}
	return false
}

// RollUp brings the sums behind the graphs up to date, a bounded step a call;
// more says whether anything is left. Graphs are right without it, but read more
// rows.
func (s *Store) RollUp(ctx context.Context) (more bool, err error) {
	n, err := s.rollNew(ctx)
	if err != nil || n == s.roll {
		return err == nil, err
	}
	return s.rollStale(ctx)
}

// rollNew adds rows that are not in the sums.
func (s *Store) rollNew(ctx context.Context) (n int, err error) {
	if err := s.take(); err != nil {
		return 0, err
	}
	defer s.saving.Unlock()
	tx, err := s.begin(ctx)
	if err != nil {
		return 0, fmt.Errorf("beginning to sum up: %w", err)
	}
	defer tx.Rollback()
	sums := map[rollKey]*tally{}
	last := int64(0)
	n, err = readCounts(ctx, tx.Tx, `seq > (SELECT seq FROM rolled) ORDER BY seq LIMIT ?`, []any{s.roll}, func(seq int64, c *counts) {
		last = seq
		for _, k := range c.keys() {
			addTo(sums, k).row(c)
		}
	})
	if err != nil || n == 0 {
		return 0, err
	}
	days := map[rollKey]*tally{}
	for k, t := range sums {
		addTo(days, k.day()).merge(t)
	}
	if err := mergeSums(ctx, tx.Tx, 1, sums); err != nil {
		return 0, err
	}
	if err := mergeSums(ctx, tx.Tx, dayHours, days); err != nil {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE rolled SET seq = ?`, last); err != nil {
		return 0, damaged("summing up", err)
	}
	if err := tx.Commit(); err != nil {
		return 0, fmt.Errorf("summing up: %w", err)
	}
	return n, nil
}

func (k rollKey) day() rollKey {
	k.hour -= k.hour % dayHours
	return k
}

func addTo(m map[rollKey]*tally, k rollKey) *tally {
	t := m[k]
	if t == nil {
		t = &tally{}
		m[k] = t
	}
	return t
}

// readCounts calls fn with every row of a condition.
func readCounts(ctx context.Context, tx *sql.Tx, cond string, args []any, fn func(seq int64, c *counts)) (n int, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT seq, `+countColumns+` FROM exchange WHERE `+cond, args...)
	if err != nil {
		return 0, damaged("summing up", err)
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var c counts
		if err := rows.Scan(append([]any{&seq}, c.into()...)...); err != nil {
			return n, damaged("summing up", err)
		}
		fn(seq, &c)
		n++
	}
	if err := rows.Err(); err != nil {
		return n, damaged("summing up", err)
	}
	return n, nil
}

// mergeSums adds to the rows of sums, and makes those that are missing.
func mergeSums(ctx context.Context, tx *sql.Tx, span int, sums map[rollKey]*tally) error {
	find, err := tx.PrepareContext(ctx, `SELECT sums, spread FROM rollup WHERE dim = ? AND span = ? AND value = ? AND at = ?`)
	if err != nil {
		return damaged("summing up", err)
	}
	defer find.Close()
	put, err := tx.PrepareContext(ctx, `INSERT INTO rollup (dim, span, value, at, sums, spread) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (dim, span, value, at) DO UPDATE SET sums = excluded.sums, spread = excluded.spread`)
	if err != nil {
		return damaged("summing up", err)
	}
	defer put.Close()
	for k, t := range sums {
		var have, wide []byte
		switch err := find.QueryRowContext(ctx, k.dim, span, k.value, k.hour).Scan(&have, &wide); {
		case err == sql.ErrNoRows:
		case err != nil:
			return damaged("summing up", err)
		default:
			if err := t.unpack(have, wide); err != nil {
				return fmt.Errorf("summing up: %w", err)
			}
		}
		if _, err := put.ExecContext(ctx, k.dim, span, k.value, k.hour, t.packSums(), t.packSpread()); err != nil {
			return damaged("summing up", err)
		}
	}
	return nil
}

// unpack adds what a row of sums holds.
func (t *tally) unpack(sums, spread []byte) error {
	if err := t.unpackSums(sums); err != nil {
		return err
	}
	return t.unpackSpread(spread)
}

// rollStale makes the sums of one day anew whose rows were changed or deleted.
func (s *Store) rollStale(ctx context.Context) (more bool, err error) {
	if err := s.take(); err != nil {
		return false, err
	}
	defer s.saving.Unlock()
	tx, err := s.begin(ctx)
	if err != nil {
		return false, fmt.Errorf("beginning to sum up anew: %w", err)
	}
	defer tx.Rollback()
	var day sql.NullInt64
	if err := tx.QueryRowContext(ctx, `SELECT hour - hour % 24 FROM stale ORDER BY hour LIMIT 1`).Scan(&day); err == sql.ErrNoRows {
		return false, nil
	} else if err != nil {
		return false, damaged("summing up anew", err)
	}
	from, to := day.Int64, day.Int64+dayHours
	hours := map[rollKey]*tally{}
	days := map[rollKey]*tally{}
	cond, args := between(from*hourMicros, to*hourMicros)
	if _, err := readCounts(ctx, tx.Tx, cond+` AND seq <= (SELECT seq FROM rolled)`, args, func(_ int64, c *counts) {
		for _, k := range c.keys() {
			addTo(hours, k).row(c)
			addTo(days, k.day()).row(c)
		}
	}); err != nil {
		return false, err
	}
	if err := dropSums(ctx, tx.Tx, from, to); err != nil {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM stale WHERE hour >= ? AND hour < ?`, from, to); err != nil {
		return false, damaged("summing up anew", err)
	}
	if err := mergeSums(ctx, tx.Tx, 1, hours); err != nil {
		return false, err
	}
	if err := mergeSums(ctx, tx.Tx, dayHours, days); err != nil {
		return false, err
	}
	if err := tx.Commit(); err != nil {
		return false, fmt.Errorf("summing up anew: %w", err)
	}
	return true, nil
}

// dropSums deletes the sums of [from, to), value by value: an index by time would
// take a third of what the sums do.
func dropSums(ctx context.Context, tx *sql.Tx, from, to int64) error {
	drop, err := tx.PrepareContext(ctx, `DELETE FROM rollup WHERE dim = ? AND span = ? AND value = ? AND at >= ? AND at < ?`)
	if err != nil {
		return damaged("summing up anew", err)
	}
	defer drop.Close()
	for dim := byAll; dim <= byOllamaModel; dim++ {
		for _, span := range []int{1, dayHours} {
			values, err := rolledValues(ctx, tx, dim, span, "")
			if err != nil {
				return err
			}
			for _, v := range values {
				if _, err := drop.ExecContext(ctx, dim, span, v, from, to); err != nil {
					return damaged("summing up anew", err)
				}
			}
		}
	}
	return nil
}

// between is the condition of a stretch of time, for the index on ids.
func between(from, to int64) (string, []any) {
	return `started_at >= ? AND started_at < ? AND id >= ? AND id < ?`, []any{from, to, idAt(from - slack), idAt(to + slack)}
}
