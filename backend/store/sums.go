package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
)

// scope is what a graph is of: one dimension in a stretch of time.
type scope struct {
	dim      int
	value    string // of the dimension, where one is true
	one      bool   // only value; else all values
	prefix   string // of a dimension of pairs: values that begin with it
	from, to int64  // microseconds
	// days allows whole days to be added at once: at is then the day's first hour.
	days bool
	// cuts are where steps begin, in order: a day that none lies in is added at once,
	// an hour that one lies in is read from rows.
	cuts []int64
	zone *time.Location // hours that its hours part are read from rows too
	// brief reads of rows that are not summed up only times, tokens and costs: of one
	// value alone.
	brief bool
	wide  bool // histograms too
	// fine takes nothing from the sums, for steps shorter than their hours.
	fine bool
	// any wants to know only whether there is anything: a tally then counts too few.
	any bool
}

// sink gives the tally to add to; at is microseconds, of a row or of the first
// of a step. nil leaves it out.
type sink func(value string, at int64) *tally

// stretch is some hours, [from, to).
type stretch struct{ from, to int64 }

// sums adds up what lies in a scope: whole hours (or days) from the sums, rows
// where the sums do not reach or are stale. It sees one state of the log.
func (s *Store) sums(ctx context.Context, sc scope, into sink) error {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return damaged("summing up", err)
	}
	defer tx.Rollback()
	var rolled int64
	if err := tx.QueryRowContext(ctx, `SELECT seq FROM rolled`).Scan(&rolled); err != nil {
		return damaged("summing up", err)
	}
	first, end := (sc.from+hourMicros-1)/hourMicros, sc.to/hourMicros
	if sc.fine || first >= end {
		return sc.rows(ctx, tx, sc.from, sc.to, into)
	}
	stale, err := staleHours(ctx, tx, first, end)
	if err != nil {
		return err
	}
	stale = sc.parted(stale, first, end)
	if err := sc.rows(ctx, tx, sc.from, first*hourMicros, into); err != nil {
		return err
	}
	if err := sc.rows(ctx, tx, end*hourMicros, sc.to, into); err != nil {
		return err
	}
	for _, st := range runs(stale) {
		if err := sc.rows(ctx, tx, st.from*hourMicros, st.to*hourMicros, into); err != nil {
			return err
		}
	}
	if err := sc.unrolled(ctx, tx, rolled, first, end, stale, into); err != nil {
		return err
	}
	values, err := sc.values(ctx, tx)
	if err != nil {
		return err
	}
	hours, days := split(first, end, stale, sc.wholeDay)
	for span, list := range map[int][]stretch{1: hours, dayHours: days} {
		for _, st := range list {
			if err := sc.rolled(ctx, tx, span, st, values, into); err != nil {
				return err
			}
		}
	}
	return nil
}

func staleHours(ctx context.Context, tx *sql.Tx, from, to int64) (list []int64, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT hour FROM stale WHERE hour >= ? AND hour < ? ORDER BY hour`, from, to)
	if err != nil {
		return nil, damaged("summing up", err)
	}
	defer rows.Close()
	for rows.Next() {
		var h int64
		if err := rows.Scan(&h); err != nil {
			return nil, damaged("summing up", err)
		}
		list = append(list, h)
	}
	if err := rows.Err(); err != nil {
		return nil, damaged("summing up", err)
	}
	return list, nil
}

// runs joins hours that follow each other.
func runs(hours []int64) (list []stretch) {
	for _, h := range hours {
		if n := len(list); n > 0 && list[n-1].to == h {
			list[n-1].to++
			continue
		}
		list = append(list, stretch{h, h + 1})
	}
	return list
}

// wholeDay says whether the day that begins with an hour may be added at once.
func (sc *scope) wholeDay(hour int64) bool {
	if sc.days || sc.cuts == nil {
		return sc.days
	}
	at, inside := slices.BinarySearch(sc.cuts, hour*hourMicros+1)
	return !inside && (at == len(sc.cuts) || sc.cuts[at] >= (hour+dayHours)*hourMicros)
}

// split divides [first, end) into stretches without stale hours; whole days
// without any apart from the rest, where they may be added at once.
func split(first, end int64, stale []int64, days func(hour int64) bool) (hours, whole []stretch) {
	add := func(list *[]stretch, from, to int64) {
		if n := len(*list); n > 0 && (*list)[n-1].to == from {
			(*list)[n-1].to = to
		} else if from < to {
			*list = append(*list, stretch{from, to})
		}
	}
	for at := first; at < end; {
		next := min(at-at%dayHours+dayHours, end)
		k, _ := slices.BinarySearch(stale, at)
		clean := k == len(stale) || stale[k] >= next
		switch {
		case clean && next-at == dayHours && days(at):
			add(&whole, at, next)
		case clean:
			add(&hours, at, next)
		default:
			for h := at; h < next; h++ {
				if _, is := slices.BinarySearch(stale, h); !is {
					add(&hours, h, h+1)
				}
			}
		}
		at = next
	}
	return hours, whole
}

// cond is the scope's dimension as a condition on rows. Mark "+" keeps its columns
// from being looked up in an index.
func (sc *scope) cond(mark string) (string, []any) {
	model, user := mark+"shown_model = ?", mark+"user = ? AND "+mark+"user <> ''"
	switch left, right, _ := cut(sc.value + sc.prefix); {
	case sc.dim == byUserModel && sc.one:
		return user + ` AND ` + model, []any{left, right}
	case sc.dim == byUserModel && sc.prefix != "":
		return user, []any{left}
	case sc.dim == byModelUser && sc.prefix != "":
		return model + ` AND ` + mark + `user <> ''`, []any{left}
	case sc.dim == byUserModel || sc.dim == byModelUser:
		return mark + `user <> ''`, nil
	case sc.dim == byVerdict:
		return mark + `verdicts <> ''`, nil
	case sc.dim == byOllamaModel:
		return mark + `kind = 'ollama'`, nil
	case !sc.one || sc.dim == byAll:
		return `1`, nil
	}
	column := map[int]string{byModel: "shown_model", byUpstream: "upstream", byUser: "user", byTask: "task", byState: "state"}[sc.dim]
	return mark + column + ` = ?`, []any{sc.value}
}

// put adds a row to each value of the dimension that it counts for.
func (sc *scope) put(c *counts, into sink) {
	for _, v := range c.values(sc.dim) {
		if sc.one && v != sc.value || !strings.HasPrefix(v, sc.prefix) {
			continue
		}
		if t := into(v, c.at); t != nil {
			t.row(c)
		}
	}
}

// rows adds the rows of [from, to).
func (sc *scope) rows(ctx context.Context, tx *sql.Tx, from, to int64, into sink) error {
	if from >= to {
		return nil
	}
	own, args := sc.cond("")
	cond, times := between(from, to)
	if sc.brief {
		return sc.briefRows(ctx, tx, own+` AND `+cond, append(args, times...), into)
	}
	_, err := readCounts(ctx, tx, own+` AND `+cond, append(args, times...), func(_ int64, c *counts) {
		sc.put(c, into)
	})
	return err
}

// unrolled adds the rows that are not in the sums yet and lie in whole hours
// that are not stale.
func (sc *scope) unrolled(ctx context.Context, tx *sql.Tx, rolled, first, end int64, stale []int64, into sink) error {
	own, args := sc.cond("+")
	_, err := readCounts(ctx, tx, own+` AND seq > ?`, append(args, rolled), func(_ int64, c *counts) {
		hour := c.at / hourMicros
		if _, is := slices.BinarySearch(stale, hour); is || hour < first || hour >= end {
			return
		}
		sc.put(c, into)
	})
	return err
}

// values lists the dimension's values that may have sums.
func (sc *scope) values(ctx context.Context, tx *sql.Tx) (list []string, err error) {
	switch {
	case sc.one || sc.dim == byAll:
		return []string{sc.value}, nil
	case sc.dim == byModelUser && sc.prefix != "":
		users, err := rolledValues(ctx, tx, byUser, dayHours, "")
		for _, u := range users {
			list = append(list, sc.prefix+u)
		}
		return list, err
	case sc.dim == byModelUser:
		pairs, err := rolledValues(ctx, tx, byUserModel, dayHours, "")
		for _, p := range pairs {
			list = append(list, swapped(p))
		}
		slices.Sort(list)
		return list, err
	}
	return rolledValues(ctx, tx, sc.dim, dayHours, sc.prefix)
}

// kept is how a value's sums are kept.
func (sc *scope) kept(value string) (dim int, keptAs string) {
	if sc.dim == byModelUser {
		return byUserModel, swapped(value)
	}
	return sc.dim, value
}

// swapped is a pair the other way round.
func swapped(value string) string {
	left, right, _ := cut(value)
	return right + pair + left
}

// rolledValues lists the values of a dimension that begin with something.
func rolledValues(ctx context.Context, tx *sql.Tx, dim, span int, prefix string) (list []string, err error) {
	end := "\U0010FFFF"
	if prefix != "" {
		end = prefix + end
	}
	// One step of the index a value: a walk over all rows would be long.
	rows, err := tx.QueryContext(ctx, `WITH RECURSIVE v (value) AS (
			SELECT min(value) FROM rollup WHERE dim = ?1 AND span = ?4 AND value >= ?2 AND value < ?3
			UNION ALL
			SELECT (SELECT min(value) FROM rollup WHERE dim = ?1 AND span = ?4 AND value > v.value AND value < ?3) FROM v WHERE v.value IS NOT NULL
		) SELECT value FROM v WHERE value IS NOT NULL`, dim, prefix, end, span)
	if err != nil {
		return nil, damaged("listing values", err)
	}
	defer rows.Close()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, damaged("listing values", err)
		}
		list = append(list, v)
	}
	if err := rows.Err(); err != nil {
		return nil, damaged("listing values", err)
	}
	return list, nil
}

// rolled adds the sums of some hours or days.
func (sc *scope) rolled(ctx context.Context, tx *sql.Tx, span int, st stretch, values []string, into sink) error {
	columns := `at, sums`
	if sc.wide {
		columns += `, spread`
	}
	limit := ``
	if sc.any {
		limit = ` LIMIT 1`
	}
	find, err := tx.PrepareContext(ctx, `SELECT `+columns+` FROM rollup WHERE dim = ? AND span = ? AND value = ? AND at >= ? AND at < ?`+limit)
	if err != nil {
		return damaged("summing up", err)
	}
	defer find.Close()
	for _, v := range values {
		if err := sc.rolledOne(ctx, find, span, st, v, into); err != nil {
			return err
		}
	}
	return nil
}

func (sc *scope) rolledOne(ctx context.Context, find *sql.Stmt, span int, st stretch, value string, into sink) error {
	dim, kept := sc.kept(value)
	rows, err := find.QueryContext(ctx, dim, span, kept, st.from, st.to)
	if err != nil {
		return damaged("summing up", err)
	}
	defer rows.Close()
	var at int64
	var sums, wide sql.RawBytes
	dest := []any{&at, &sums}
	if sc.wide {
		dest = append(dest, &wide)
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return damaged("summing up", err)
		}
		t := into(value, at*hourMicros)
		if t == nil {
			continue
		}
		if err := t.unpackSums(sums); err != nil {
			return fmt.Errorf("reading sums: %w", err)
		}
		if !sc.wide {
			continue
		}
		if err := t.unpackSpread(wide); err != nil {
			return fmt.Errorf("reading sums: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return damaged("summing up", err)
	}
	return nil
}
