package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"gumshoe/backend/query"
)

// searching is one search: the log as one read sees it.
type searching struct {
	ctx context.Context
	db  *sql.DB
	all *eras // nil until they are looked up
	err error

	stretch int64 // the Store's
}

func (s *Store) looking(ctx context.Context) *searching {
	return &searching{ctx: ctx, db: s.read, stretch: s.stretch}
}

// alike lists the values of a column that a typed one means: the same without
// regard to case; of a model also without its tag, of a user also without what
// follows the @, of a task also its first word; in quotation marks only itself.
func (s *searching) alike(f query.Field, column string, v query.Value) (list []string) {
	some := ""
	if column == "user" || column == "task" {
		some = " AND " + column + " <> ''"
	}
	want := strings.ToLower(v.Text)
	for _, have := range s.values(column, some) {
		if means(f, v, want, strings.ToLower(have)) && len(list) < maxAlike {
			list = append(list, have)
		}
	}
	return list
}

// values lists what a column has, by steps through its index; some is the
// condition of that index.
func (s *searching) values(column, some string) (list []string) {
	rows, err := s.db.QueryContext(s.ctx, strings.NewReplacer("$c", column, "$some", some).Replace(`WITH RECURSIVE v (value) AS (
			SELECT min($c) FROM exchange WHERE $c > ''$some
			UNION ALL
			SELECT (SELECT min($c) FROM exchange WHERE $c > v.value$some) FROM v WHERE v.value IS NOT NULL
		) SELECT value FROM v WHERE value IS NOT NULL`))
	if err != nil {
		s.err = damaged("listing values", err)
		return nil
	}
	defer rows.Close()
	for rows.Next() {
		var have string
		if err := rows.Scan(&have); err != nil {
			s.err = damaged("listing values", err)
			return nil
		}
		list = append(list, have)
	}
	if err := rows.Err(); err != nil {
		s.err = damaged("listing values", err)
	}
	return list
}

// maxAlike bounds the values that one word may mean.
const maxAlike = 500

func means(f query.Field, v query.Value, want, have string) bool {
	if v.Wild {
		return fits(want, have)
	}
	if have == want || v.Quoted {
		return have == want
	}
	end := map[query.Field]string{query.Model: ":", query.User: "@", query.Task: "_"}[f]
	first, _, ok := strings.Cut(have, end)
	return ok && end != "" && first == want
}

// fits says whether text is as a pattern whose "*" stand for anything.
func fits(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	last := parts[len(parts)-1]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(text, p)
		if i < 0 {
			return false
		}
		text = text[i+len(p):]
	}
	return strings.HasSuffix(text, last)
}

// joined is the condition of all conds.
func joined(list []cond) (string, []any) {
	texts, args := []string{"1"}, []any{}
	for _, c := range list {
		texts = append(texts, "("+c.sql+")")
		args = append(args, c.args...)
	}
	return strings.Join(texts, " AND "), args
}

// where is the SQL of a whole filter.
func (s *Store) where(ctx context.Context, f query.Filter) (string, []any, error) {
	look := s.looking(ctx)
	text, args := joined(look.conds(f, part{}))
	return text, args, look.err
}

const (
	// defaultWindow is how many rows in their order are looked through first: of a
	// filter that many rows pass they hold a page.
	defaultWindow = 12_000
	// few is how many rows, in windows, an index may find and still be the quicker
	// way; most how many two indexes may find each before they are joined.
	few, most = 2.5, 10.0
	// together is the part of a window from which on two indexes are joined: to look
	// a row up costs a hundred times what an entry of an index does.
	together = 16
	// crowd is how many times as many as the first the second of two may find, where
	// the first alone finds too many.
	crowd = 3
)

// plan is how a page is read.
type plan struct {
	from  string // "exchange", or what leads to its rows
	cond  string
	args  []any
	exact bool   // the whole filter; else only a window of rows
	edge  []byte // the far end of that window
}

// table is what a plain plan reads.
const table = "exchange"

// plans are the ways to read a page, to be tried in order until one fills it:
// first the rows of a window in their order, then the index that finds the
// fewest rows, or all rows in their order.
func (s *Store) plans(ctx context.Context, f query.Filter, at position, limit int) ([]func() (plan, error), error) {
	look := s.looking(ctx)
	all := look.conds(f, part{})
	if look.err != nil {
		return nil, look.err
	}
	if len(all) == 0 {
		return []func() (plan, error){func() (plan, error) { return plan{from: table, cond: "1", exact: true}, nil }}, nil
	}
	var leads []lead
	return []func() (plan, error){
		func() (plan, error) { return s.windowed(ctx, look, f, at, s.window) },
		func() (plan, error) { return s.sliced(ctx, look, f, all, at, limit) },
		func() (plan, error) {
			var err error
			if leads, err = s.leads(ctx, all, int(most*float64(s.window))); err != nil || len(leads) == 0 {
				return s.driven(look, f, all, leads, err)
			}
			// Of rows that are not so rare a longer window costs less than to look
			// each of them up.
			size, err := s.longer(ctx, leads[0].n, limit)
			if err != nil || size == 0 {
				return s.driven(look, f, all, leads, err)
			}
			return s.windowed(ctx, look, f, at, size)
		},
		func() (plan, error) { return s.driven(look, f, all, leads, nil) },
	}, nil
}

// windowed looks through the next rows in their order.
func (s *Store) windowed(ctx context.Context, look *searching, f query.Filter, at position, size int) (plan, error) {
	order, beyond := "DESC", ">="
	if at.up {
		order, beyond = "ASC", "<="
	}
	var edge []byte
	var low, high sql.NullInt64
	// min(id) and max(id) of the window, whichever is its far end.
	err := s.read.QueryRowContext(ctx, `SELECT `+map[bool]string{false: "min", true: "max"}[at.up]+`(id), min(seq), max(seq) FROM
		(SELECT id, seq FROM exchange WHERE `+at.cond()+` ORDER BY id `+order+` LIMIT ?)`, append(at.args(), size)...).Scan(&edge, &low, &high)
	if err != nil {
		return plan{}, damaged("reading a page", err)
	}
	if !low.Valid {
		return plan{from: table, cond: "0", exact: true}, nil
	}
	text, args := joined(look.conds(f, part{plain: true, from: low.Int64, to: high.Int64}))
	return plan{from: table, cond: text + " AND id " + beyond + " ?", args: append(args, edge), edge: edge}, look.err
}

// lead is a condition, by its place, and how many rows its index finds.
type lead struct{ i, n int }

// leads counts what indexes find, up to a limit, the fewest first; those that find more
// are left out, but beside one that finds nearly as many.
func (s *Store) leads(ctx context.Context, all []cond, limit int) (list []lead, err error) {
	var many []int
	best := limit
	for _, text := range []bool{false, true} { // a text that does not lead bounds itself
		for i := range all {
			if !all[i].indexed || all[i].words != text {
				continue
			}
			enough := limit
			if text {
				enough = max(best, 1)
			}
			n, err := s.hitCount(ctx, all[i], enough)
			if err != nil {
				return nil, err
			}
			if best = min(best, n); n < enough {
				list = append(list, lead{i, n})
			} else if !text {
				many = append(many, i)
			}
		}
	}
	if len(list) == 1 && float64(list[0].n) >= few*float64(s.window) {
		for _, i := range many {
			n, err := s.hitCount(ctx, all[i], crowd*limit)
			if err != nil {
				return nil, err
			}
			if n < crowd*list[0].n {
				list = append(list, lead{i, n})
			}
		}
	}
	slices.SortFunc(list, func(a, b lead) int { return a.n - b.n })
	return list, nil
}

// hitCount counts what an index finds, up to a limit.
func (s *Store) hitCount(ctx context.Context, c cond, limit int) (n int, err error) {
	text, args := c.hits()
	if c.rows != "" {
		text = c.rows // about as many
	}
	if err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM (`+text+` LIMIT ?)`, append(slices.Clone(args), limit)...).Scan(&n); err != nil {
		return 0, damaged("reading a page", err)
	}
	return n, nil
}

// longer is the size of a window that probably holds a page of rows of which
// there are n in all; 0 where looking them up costs less.
func (s *Store) longer(ctx context.Context, n, limit int) (int, error) {
	var total sql.NullInt64
	if err := s.read.QueryRowContext(ctx, `SELECT max(seq) FROM exchange`).Scan(&total); err != nil {
		return 0, damaged("reading a page", err)
	}
	if n == 0 {
		return 0, nil
	}
	const spare, dearer = 6, 3 // other conditions; a row by its number against one in order
	size := spare * limit * int(total.Int64) / n
	if size <= s.window || size > dearer*n {
		return 0, nil
	}
	return size, nil
}

// driven lets the index that finds the fewest rows lead, or the two that do
// together.
func (s *Store) driven(look *searching, f query.Filter, all []cond, leads []lead, err error) (plan, error) {
	if err != nil {
		return plan{}, err
	}
	p, led := plan{from: table, exact: true}, []lead(nil)
	switch {
	case len(leads) > 1 && leads[0].n > s.window/together:
		one, args := all[leads[0].i].hits()
		two, more := all[leads[1].i].hits()
		// INTERSECT would walk the table in the order of its rows.
		p.from, p.args, led = `SELECT hit FROM (`+one+`) WHERE +hit IN (`+two+`)`, append(append(p.args, args...), more...), leads[:2]
	case len(leads) > 0 && float64(leads[0].n) < few*float64(s.window):
		p.from, p.args = all[leads[0].i].hits()
		p.args, led = slices.Clone(p.args), leads[:1]
	}
	return look.among(f, all, p, led)
}

// among completes a plan whose hits lead by the filter's conditions. The full text is not
// asked again where it leads, nor for rows beyond the hits.
func (s *searching) among(f query.Filter, all []cond, p plan, led []lead) (plan, error) {
	asked := func(i int) bool {
		return all[i].rows != "" && slices.ContainsFunc(led, func(l lead) bool { return l.i == i })
	}
	near, words := part{plain: true}, false
	for i := range all {
		words = words || all[i].words && !asked(i)
	}
	if p.from != table {
		if words {
			var low, high sql.NullInt64
			if err := s.db.QueryRowContext(s.ctx, `SELECT min(hit), max(hit) FROM (`+p.from+`)`, p.args...).Scan(&low, &high); err != nil {
				return plan{}, damaged("reading a page", err)
			}
			near.from, near.to = max(low.Int64, 1), max(high.Int64, 1)
		}
		// A cross join is not turned round: what leads is read first.
		p.from = `(` + p.from + `) CROSS JOIN exchange ON exchange.seq = hit`
	}
	var rest []cond
	for i, c := range s.conds(f, near) {
		if !asked(i) {
			rest = append(rest, c)
		}
	}
	text, args := joined(rest)
	p.cond, p.args = text, append(p.args, args...)
	return p, s.err
}

// Match says which of some rows pass a filter, in the order in which they were
// given.
func (s *Store) Match(ctx context.Context, f query.Filter, ids []string) (list []string, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var keys []any
	for _, id := range ids {
		b, err := idBytes(id)
		if err != nil {
			return nil, err
		}
		keys = append(keys, b)
	}
	marks := "?" + strings.Repeat(",?", len(keys)-1)
	var low, high sql.NullInt64
	if err := s.read.QueryRowContext(ctx, `SELECT min(seq), max(seq) FROM exchange WHERE id IN (`+marks+`)`, keys...).Scan(&low, &high); err != nil {
		return nil, damaged("matching rows", err)
	}
	if !low.Valid {
		return nil, nil
	}
	look := s.looking(ctx)
	text, args := joined(look.conds(f, part{plain: true, from: low.Int64, to: high.Int64}))
	if look.err != nil {
		return nil, look.err
	}
	rows, err := s.read.QueryContext(ctx, `SELECT id FROM exchange WHERE id IN (`+marks+`) AND `+text, append(keys, args...)...)
	if err != nil {
		return nil, damaged("matching rows", err)
	}
	defer rows.Close()
	found := map[string]bool{}
	for rows.Next() {
		var id []byte
		if err := rows.Scan(&id); err != nil {
			return nil, damaged("matching rows", err)
		}
		found[string(id)] = true
	}
	if err := rows.Err(); err != nil {
		return nil, damaged("matching rows", err)
	}
	for i, id := range ids {
		if b, ok := keys[i].([]byte); ok && found[string(b)] {
			list = append(list, id)
		}
	}
	return list, nil
}

// position is where a page begins and in which direction it goes.
type position struct {
	id  []byte // nil: at the newest row
	cmp string
	up  bool // towards newer rows
}

func (p position) cond() string {
	if p.id == nil {
		return "1"
	}
	return "id " + p.cmp + " ?"
}

func (p position) args() []any {
	if p.id == nil {
		return nil
	}
	return []any{p.id}
}

func (at PageAt) position() (p position, err error) {
	id := at.FromID
	switch p.cmp = "<="; {
	case at.BeforeID != "":
		id, p.cmp = at.BeforeID, "<"
	case at.AfterID != "":
		id, p.cmp, p.up = at.AfterID, ">", true
	}
	if id != "" {
		p.id, err = idBytes(id)
	}
	return p, err
}

// page reads the rows of one plan, in its direction.
func (s *Store) page(ctx context.Context, p plan, at position, limit int) (list []Row, err error) {
	order := "DESC"
	if at.up {
		order = "ASC"
	}
	tail := ` FROM ` + p.from + ` WHERE ` + p.cond + ` AND ` + at.cond() + ` ORDER BY id ` + order + ` LIMIT ?`
	text := `SELECT id, ` + rowColumns + tail
	if p.from != table { // to sort ids is quicker than to sort rows
		text = `SELECT id, ` + rowColumns + ` FROM exchange WHERE id IN (SELECT id` + tail + `) ORDER BY id ` + order
	}
	rows, err := s.read.QueryContext(ctx, text, append(append(append([]any{}, p.args...), at.args()...), limit)...)
	if err != nil {
		return nil, damaged("reading a page", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r Row
		if err := scanRow(rows, &r); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return nil, damaged("reading a page", fmt.Errorf("%w", err))
	}
	return list, nil
}
