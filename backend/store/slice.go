package store

import (
	"context"
	"database/sql"
	"slices"

	"gumshoe/backend/query"
)

// nothing is the plan that finds no row and leaves the search to the next.
func nothing() plan { return plan{from: table, cond: "0"} }

const (
	// sample is the part of the log's time in which conditions are counted.
	sample = 16
	// widest is the part of the time from which on a slice is not worth it.
	widest = 0.7
)

// sliced reads only the next stretch of time of the indexes that have rows by their
// ids or eras: as long a stretch as probably holds a page. Of a filter whose rows all are
// next, or that no such index finds, it is nothing.
func (s *Store) sliced(ctx context.Context, look *searching, f query.Filter, all []cond, at position, limit int) (plan, error) {
	list := slices.DeleteFunc(slices.Clone(all), func(c cond) bool { return !c.timed() })
	if len(list) == 0 {
		return nothing(), nil
	}
	var first, last []byte
	var total sql.NullInt64
	if err := s.read.QueryRowContext(ctx, `SELECT (SELECT min(id) FROM exchange), (SELECT max(id) FROM exchange), (SELECT max(seq) FROM exchange)`).Scan(&first, &last, &total); err != nil {
		return plan{}, damaged("reading a page", err)
	}
	if len(first) < 16 || len(last) < 16 {
		return nothing(), nil
	}
	near, span := timeOf(last), timeOf(last)-timeOf(first)
	if at.id != nil {
		near = timeOf(at.id)
	} else if at.up {
		near = timeOf(first)
	}
	reach := func(edge []byte) eras { // of the stretch up to an edge
		from, to := edge, idAt(near)
		if at.up {
			from, to = to, from
		}
		e, log := erasOf(from, to), erasOf(first, last)
		return eras{max(e.first, log.first), min(e.last, log.last) + 1} // a row may just have come in
	}
	edge := edgeAt(near, span/sample, at.up)
	counted, err := s.near(ctx, list, at, edge, reach(edge))
	if err != nil || len(counted) == 0 {
		return nothing(), err
	}
	// As if conditions knew nothing of each other; of those that no index has by
	// id, a quarter of the rows is guessed to pass.
	here := float64(total.Int64) / sample
	expected := here
	for _, c := range counted {
		expected *= float64(c.n) / here
	}
	if len(all) > len(list) {
		expected /= 4
	}
	const spare = 1.5
	part := spare * float64(limit) / max(expected, 1) / sample
	if part > widest {
		return nothing(), nil
	}
	edge = edgeAt(near, int64(part*float64(span)), at.up)
	return s.slice(look, f, all, list, counted, at, edge, reach(edge))
}

// edgeAt is an id so many microseconds further in a page's direction.
func edgeAt(near, span int64, up bool) []byte {
	if up {
		return idAt(near + span)
	}
	return idAt(near - span)
}

// near counts what conditions find between a page's position and an edge, the
// fewest first; nothing where all find many.
func (s *Store) near(ctx context.Context, list []cond, at position, edge []byte, e eras) (counted []lead, err error) {
	limit := int(few * float64(s.window))
	if len(list) > 1 {
		limit = int(most * float64(s.window))
	}
	for i := range list {
		text, args := list[i].within(at.beyond(), edge, e)
		if list[i].byID {
			text, args = text+` AND `+at.cond(), append(args, at.args()...)
		}
		var n int
		err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM (`+text+` LIMIT ?)`, append(args, limit)...).Scan(&n)
		if err != nil {
			return nil, damaged("reading a page", err)
		}
		counted = append(counted, lead{i, n})
	}
	slices.SortFunc(counted, func(a, b lead) int { return a.n - b.n })
	if counted[0].n >= int(few*float64(s.window)) {
		return nil, nil
	}
	return counted, nil
}

// slice lets one index lead, or two together, between a page's position and an
// edge.
func (s *Store) slice(look *searching, f query.Filter, all, list []cond, counted []lead, at position, edge []byte, e eras) (plan, error) {
	p := plan{edge: edge}
	p.from, p.args = list[counted[0].i].within(at.beyond(), edge, e)
	if len(counted) > 1 && counted[1].n < int(most*float64(s.window)) {
		two, more := list[counted[1].i].within(at.beyond(), edge, e)
		p.from, p.args = `SELECT hit FROM (`+p.from+`) WHERE +hit IN (`+two+`)`, append(p.args, more...)
	}
	p, err := look.among(f, all, p, nil)
	if err != nil {
		return plan{}, err
	}
	p.cond, p.args = p.cond+` AND id `+at.beyond()+` ?`, append(p.args, edge)
	return p, nil
}

// beyond compares ids with the far end of what is read.
func (p position) beyond() string {
	if p.up {
		return "<="
	}
	return ">="
}
