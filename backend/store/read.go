package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"

	"gumshoe/backend/exchange"
	"gumshoe/backend/query"

	"github.com/google/uuid"
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
	limit := min(max(at.Limit, 1), MaxPage)
	pos, err := at.position()
	if err != nil {
		return nil, false, err
	}
	ways, err := s.plans(ctx, f, pos, limit)
	if err != nil {
		return nil, false, err
	}
	for _, way := range ways {
		p, err := way()
		if err != nil {
			return nil, false, err
		}
		if list, err = s.page(ctx, p, pos, limit+1); err != nil {
			return nil, false, err
		}
		if p.exact || len(list) > limit {
			break
		}
	}
	if more = len(list) > limit; more {
		list = list[:limit]
	}
	if pos.up {
		slices.Reverse(list)
	}
	return list, more, nil
}

// Newest is when the newest exchange began, in microseconds; 0 where there is none.
func (s *Store) Newest(ctx context.Context) (micros int64, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT started_at FROM exchange ORDER BY id DESC LIMIT 1`).Scan(&micros)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, damaged("looking for the newest exchange", err)
	}
	return micros, nil
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
	rows.Close() // its connection, for the block
	p, err := s.unpack(ctx, s.read, data)
	if err != nil {
		return Row{}, packed{}, fmt.Errorf("reading exchange %s: %w", id, err)
	}
	return row, p, nil
}

func (s *Store) unpack(ctx context.Context, q querier, data []byte) (packed, error) {
	plain, err := s.plain(ctx, q, data)
	if err != nil {
		return packed{}, err
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

// EachUp is Each, oldest first. It ends with what had begun when it was called: rows
// go on coming at that end.
func (s *Store) EachUp(ctx context.Context, f query.Filter, fn func(exchange.Exchange) error) error {
	last, _, err := s.Page(ctx, query.Filter{}, PageAt{Limit: 1})
	if err != nil || len(last) == 0 {
		return err
	}
	at := PageAt{Limit: MaxPage, AfterID: uuid.Nil.String()}
	for {
		list, more, err := s.Page(ctx, f, at)
		if err != nil {
			return err
		}
		for _, r := range slices.Backward(list) {
			if r.ID > last[0].ID {
				return nil
			}
			if err := fn(r.Exchange); err != nil {
				return err
			}
		}
		if !more {
			return nil
		}
		at.AfterID = list[0].ID
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
		plain, err := b.s.plain(b.ctx, b.s.read, data)
		if err != nil {
			return 0, fmt.Errorf("unpacking a body: %w", err)
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
