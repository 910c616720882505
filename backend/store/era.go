package store

import (
	"strconv"
	"strings"
)

// eraBits part the time into eras of 2^37 microseconds, a day and a half: the
// indexes of figures have their rows by era, then by the figure.
const eraBits = 37

// maxEras is how many eras a condition names at most, 43 years of them; an index is not
// used for more.
const maxEras = 10_000

// eras are the first and the last that the log has.
type eras struct{ first, last int64 }

// erasOf are those of some ids, whose times may differ a little from the rows' own.
func erasOf(from, to []byte) eras {
	return eras{(timeOf(from) - slack) >> eraBits, (timeOf(to) + slack) >> eraBits}
}

// allEras looks up what there is, once a search.
func (s *searching) allEras() (e eras, ok bool) {
	if s.all == nil {
		var first, last []byte
		if err := s.db.QueryRowContext(s.ctx, `SELECT (SELECT min(id) FROM exchange), (SELECT max(id) FROM exchange)`).Scan(&first, &last); err != nil {
			s.err = damaged("reading the log's time", err)
			return eras{}, false
		}
		s.all = &eras{0, -1}
		if len(first) == 16 && len(last) == 16 {
			*s.all = erasOf(first, last)
			s.all.last++ // a row may come in before it is asked
		}
	}
	return *s.all, s.all.last-s.all.first < maxEras
}

// sql names them.
func (e eras) sql() string {
	var b strings.Builder
	b.WriteString("started_at >> " + strconv.Itoa(eraBits) + " IN (")
	for n := e.first; n <= e.last; n++ {
		if n > e.first {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(n, 10))
	}
	return b.String() + ")"
}
