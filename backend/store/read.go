package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
)

// PageAt says where a page begins: at most one of the ids is set.
type PageAt struct {
	FromID   string // this row and older
	BeforeID string // older than this row
	AfterID  string // newer than this row: the page next to it
	Limit    int    // at most MaxPage
}

// MaxPage is the most rows of one page.
const MaxPage = 500

// Page reads one page, newest first; more says whether another row lies further
// in that direction.
func (s *Store) Page(ctx context.Context, f query.Filter, at PageAt) (list []Row, more bool, err error) {
	cond, args := where(f)
	limit := min(max(at.Limit, 1), MaxPage)
	order, id, cmp := "DESC", at.FromID, "<="
	switch {
	case at.BeforeID != "":
		id, cmp = at.BeforeID, "<"
	case at.AfterID != "":
		id, cmp, order = at.AfterID, ">", "ASC"
	}
	if id != "" {
		b, err := idBytes(id)
		if err != nil {
			return nil, false, err
		}
		cond += " AND id " + cmp + " ?"
		args = append(args, b)
	}
	rows, err := s.read.QueryContext(ctx,
		`SELECT id, `+rowColumns+` FROM exchange WHERE `+cond+` ORDER BY id `+order+` LIMIT ?`, append(args, limit+1)...)
	if err != nil {
		return nil, false, damaged("reading a page", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r Row
		if err := scanRow(rows, &r); err != nil {
			return nil, false, err
		}
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return nil, false, damaged("reading a page", err)
	}
	if more = len(list) > limit; more {
		list = list[:limit]
	}
	if order == "ASC" {
		slices.Reverse(list)
	}
	return list, more, nil
}

// Index counts the rows of a filter and names every step-th, newest first, so
// that a list can jump anywhere by key.
func (s *Store) Index(ctx context.Context, f query.Filter, step int64) (total int64, anchors []string, err error) {
	cond, args := where(f)
	rows, err := s.read.QueryContext(ctx, `SELECT id FROM exchange WHERE `+cond+` ORDER BY id DESC`, args...)
	if err != nil {
		return 0, nil, damaged("indexing the list", err)
	}
	defer rows.Close()
	var id sql.RawBytes
	for rows.Next() {
		if total%max(step, 1) == 0 {
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

// Facet is one value of a column and how many rows have it.
type Facet struct {
	Value string
	Count int64
}

// Facets are the values that a filter can take, the commonest first.
type Facets struct{ Models, Upstreams, States, Users, Tasks, Verdicts []Facet }

// Facets counts the values of the whole log.
func (s *Store) Facets(ctx context.Context) (Facets, error) {
	var out Facets
	for column, into := range map[string]*[]Facet{"shown_model": &out.Models, "upstream": &out.Upstreams, "state": &out.States,
		"user": &out.Users, "task": &out.Tasks, "verdicts": &out.Verdicts} {
		cond := ""
		if column == "user" || column == "task" || column == "verdicts" {
			cond = ` WHERE ` + column + ` <> ''` // as their indexes have it
		}
		rows, err := s.read.QueryContext(ctx, `SELECT `+column+`, count(*) FROM exchange`+cond+` GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 500`)
		if err != nil {
			return out, damaged("counting values", err)
		}
		for rows.Next() {
			var f Facet
			if err := rows.Scan(&f.Value, &f.Count); err != nil {
				rows.Close()
				return out, damaged("counting values", err)
			}
			if f.Value != "" {
				*into = append(*into, f)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return out, damaged("counting values", err)
		}
	}
	out.Verdicts = single(out.Verdicts)
	return out, nil
}

// single counts the codes of rows that have several.
func single(list []Facet) []Facet {
	counts := map[string]int64{}
	for _, f := range list {
		for code := range strings.FieldsSeq(f.Value) {
			counts[code] += f.Count
		}
	}
	var out []Facet
	for code, n := range counts {
		out = append(out, Facet{code, n})
	}
	slices.SortFunc(out, func(a, b Facet) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return out
}

// Get reads all that is kept of one exchange but its bodies' bytes. Prompt and
// Reply are empty: they are read from the bodies.
func (s *Store) Get(ctx context.Context, id string) (exchange.Record, error) {
	row, p, err := s.load(ctx, id)
	if err != nil {
		return exchange.Record{}, err
	}
	return exchange.Record{Exchange: row.Exchange, Start: p.start, Head: p.head, End: p.end, Chunks: p.chunks, SentAt: p.sentAt}, nil
}

// load reads the row and the packed rest of one exchange.
func (s *Store) load(ctx context.Context, id string) (Row, packed, error) {
	b, err := idBytes(id)
	if err != nil {
		return Row{}, packed{}, err
	}
	rows, err := s.read.QueryContext(ctx, `SELECT id, `+rowColumns+`, packed FROM exchange JOIN record USING (seq) WHERE exchange.id = ?`, b)
	if err != nil {
		return Row{}, packed{}, damaged("reading an exchange", err)
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return Row{}, packed{}, damaged("reading an exchange", err)
		}
		return Row{}, packed{}, ErrNotFound
	}
	var row Row
	var data []byte
	if err := scanRow(rows, &row, &data); err != nil {
		return Row{}, packed{}, err
	}
	p, err := s.unpack(data)
	if err != nil {
		return Row{}, packed{}, fmt.Errorf("reading exchange %s: %w", id, err)
	}
	return row, p, nil
}

func (s *Store) unpack(data []byte) (packed, error) {
	plain, err := s.unzip.DecodeAll(data, nil)
	if err != nil {
		return packed{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return unpack(plain)
}

// Each calls fn with every row of a filter, newest first. It reads by pages, so
// no read lasts long.
func (s *Store) Each(ctx context.Context, f query.Filter, fn func(exchange.Exchange) error) error {
	at := PageAt{Limit: MaxPage}
	for {
		list, more, err := s.Page(ctx, f, at)
		if err != nil {
			return err
		}
		for _, r := range list {
			if err := fn(r.Exchange); err != nil {
				return err
			}
		}
		if !more {
			return nil
		}
		at.BeforeID = list[len(list)-1].ID
	}
}

// Side is one of an exchange's two bodies.
type Side string

// The sides.
const (
	Request Side = "request"
	Reply   Side = "reply"
)

// Body gives the exact bytes of one body, piece by piece, and their number.
func (s *Store) Body(ctx context.Context, id string, side Side) (io.ReadCloser, int64, error) {
	_, p, err := s.load(ctx, id)
	if err != nil {
		return nil, 0, err
	}
	if side == Reply {
		return &bodyReader{ctx: ctx, s: s, manifest: p.reply}, p.replyLen, nil
	}
	return &bodyReader{ctx: ctx, s: s, manifest: p.request}, p.requestLen, nil
}

type bodyReader struct {
	ctx      context.Context
	s        *Store
	manifest []byte
	piece    []byte
}

// Read gives the next bytes.
func (b *bodyReader) Read(p []byte) (int, error) {
	for len(b.piece) == 0 {
		if len(b.manifest) == 0 {
			return 0, io.EOF
		}
		n, literal, rest, err := entry(b.manifest)
		if err != nil {
			return 0, fmt.Errorf("reading a body: %w", err)
		}
		b.manifest = rest
		if b.piece = literal; n == 0 {
			continue
		}
		var data []byte
		if err := b.s.read.QueryRowContext(b.ctx, `SELECT data FROM piece WHERE n = ?`, n).Scan(&data); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				return 0, fmt.Errorf("a piece of the body is gone: %w", ErrNotFound)
			}
			return 0, damaged("reading a body", err)
		}
		plain, err := b.s.unzip.DecodeAll(data, nil)
		if err != nil {
			return 0, fmt.Errorf("unpacking a body (%w): %w", err, ErrDamaged)
		}
		b.piece = plain
	}
	n := copy(p, b.piece)
	b.piece = b.piece[n:]
	return n, nil
}

// Close does nothing: no connection is held between reads.
func (b *bodyReader) Close() error { return nil }

// Count is how many exchanges are kept.
func (s *Store) Count(ctx context.Context) (n int64, err error) {
	if err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM exchange`).Scan(&n); err != nil {
		return 0, damaged("counting exchanges", err)
	}
	return n, nil
}

// FirstSeen is when the oldest kept exchange began; nil where there is none.
func (s *Store) FirstSeen(ctx context.Context) (*int64, error) {
	var at *int64
	err := s.read.QueryRowContext(ctx, `SELECT started_at FROM exchange ORDER BY id LIMIT 1`).Scan(&at)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, damaged("looking for the first exchange", err)
	}
	return at, nil
}
