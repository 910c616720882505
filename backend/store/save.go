package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
)

// Item is one exchange to store. Request and Reply give the exact bytes of its
// bodies, once; nil is an empty body.
type Item struct {
	Record               exchange.Record
	Request, Reply       io.Reader
	RequestLen, ReplyLen int64
	// Adopts are ids of earlier exchanges without a chat that turned out to
	// belong to this one's chat and answer.
	Adopts []string
}

const (
	// snippetRunes is how much of the last user message stands in the row.
	snippetRunes = 200
	// smallBody is a body that lies with its exchange as a whole: sharing it
	// would cost more than it saves. Streams repeat nothing.
	smallBody, smallStream = 2 << 10, 256 << 10
	// smallPiece is a piece that lies with its exchange, for the same reason.
	smallPiece = 256
	// maxKnown bounds the memory of pieces that were seen lately.
	maxKnown = 8 << 10
)

// statements are what Save runs, prepared once.
type statements struct {
	row, record, text, quoted, progress, find, insert, use, adopt, piece *sql.Stmt
}

func (s *Store) prepare(ctx context.Context) (err error) {
	for _, p := range []struct {
		into **sql.Stmt
		text string
	}{
		{&s.stmt.row, insertRow},
		{&s.stmt.record, `INSERT INTO record (seq, packed) VALUES (?, ?)`},
		{&s.stmt.text, `INSERT INTO search (rowid, text) VALUES (?, ?)`},
		{&s.stmt.quoted, `INSERT INTO quoted (rowid, text) VALUES (?, ?)`},
		{&s.stmt.progress, `INSERT INTO progress (one, read, keep) VALUES (1, ?, ?)
			ON CONFLICT (one) DO UPDATE SET read = excluded.read, keep = excluded.keep`},
		{&s.stmt.find, `SELECT n FROM piece WHERE hash IN (?1, substr(?1, 1, 16))`}, // 16: settledHash,
		{&s.stmt.insert, `INSERT INTO piece (hash, data, refs) VALUES (?, ?, 0)`},
		{&s.stmt.adopt, `UPDATE exchange SET chat = ?, chat_basis = 'inferred',
			answer = CASE WHEN answer = '' THEN ? ELSE answer END, answer_basis = CASE WHEN answer = '' THEN 'inferred' ELSE answer_basis END
			WHERE id = ? AND chat = ''`},
		{&s.stmt.piece, `SELECT data, hash, refs FROM piece WHERE n = ?`},
		{&s.stmt.use, `UPDATE piece SET refs = refs + ? WHERE n = ?`},
	} {
		if *p.into, err = s.write.PrepareContext(ctx, p.text); err != nil {
			return damaged("preparing to store", err)
		}
	}
	return nil
}

// saving is one call of Save.
type saving struct {
	s     *Store
	ctx   context.Context
	tx    *sql.Tx
	uses  map[int64]int64 // piece number: how many entries name it now
	texts []indexed
}

type indexed struct {
	seq          int64
	text, quoted string
}

// Save stores the items and the progress in one transaction, or nothing.
func (s *Store) Save(ctx context.Context, items []Item, p Progress) (err error) {
	// A context that can end costs a goroutine per statement; a batch is short.
	ctx = context.WithoutCancel(ctx)
	s.saving.Lock()
	defer s.saving.Unlock()
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning to store: %w", err)
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback()
			clear(s.known) // it may name what was rolled back
		}
	}()
	v := &saving{s: s, ctx: ctx, tx: tx, uses: map[int64]int64{}}
	for _, it := range items {
		if err := v.one(it); err != nil {
			return fmt.Errorf("storing exchange %s: %w", it.Record.ID, err)
		}
	}
	for n, times := range v.uses {
		if _, err := tx.StmtContext(ctx, s.stmt.use).ExecContext(ctx, times, n); err != nil {
			return fmt.Errorf("counting the uses of pieces: %w", err)
		}
	}
	// Last and together: statements that can fail half-way make the index
	// write out what it has gathered.
	for _, t := range v.texts {
		if _, err := tx.StmtContext(ctx, s.stmt.text).ExecContext(ctx, t.seq, t.text); err != nil {
			return fmt.Errorf("indexing text: %w", err)
		}
		if t.quoted == "" {
			continue
		}
		if _, err := tx.StmtContext(ctx, s.stmt.quoted).ExecContext(ctx, t.seq, t.quoted); err != nil {
			return fmt.Errorf("indexing text: %w", err)
		}
	}
	if _, err := tx.StmtContext(ctx, s.stmt.progress).ExecContext(ctx, p.Read, p.Keep); err != nil {
		return fmt.Errorf("storing the progress: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing %d exchanges: %w", len(items), err)
	}
	return nil
}

func (v *saving) one(it Item) error {
	r := it.Record
	id, err := uuid.Parse(r.ID)
	if err != nil {
		return fmt.Errorf("reading its id: %w", err)
	}
	res, err := v.tx.StmtContext(v.ctx, v.s.stmt.row).ExecContext(v.ctx, rowValues(id[:], &r)...)
	if err != nil {
		return fmt.Errorf("inserting its row: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err // it is there already
	}
	seq, err := res.LastInsertId()
	if err != nil {
		return fmt.Errorf("inserting its row: %w", err)
	}
	p := packed{start: r.Start, head: r.Head, end: r.End, chunks: r.Chunks, sentAt: r.SentAt}
	if p.request, p.requestLen, err = v.body(it.Request, it.RequestLen, smallBody); err != nil {
		return fmt.Errorf("storing its request: %w", err)
	}
	small := int64(smallBody)
	if r.Stream != nil && *r.Stream {
		small = smallStream
	}
	if p.reply, p.replyLen, err = v.body(it.Reply, it.ReplyLen, small); err != nil {
		return fmt.Errorf("storing its reply: %w", err)
	}
	plain, err := p.pack()
	if err != nil {
		return err
	}
	if _, err := v.tx.StmtContext(v.ctx, v.s.stmt.record).ExecContext(v.ctx, seq, v.s.quick.EncodeAll(plain, nil)); err != nil {
		return fmt.Errorf("inserting its record: %w", err)
	}
	text, quoted := searchText(&r)
	v.texts = append(v.texts, indexed{seq, text, quoted})
	for _, other := range it.Adopts {
		b, err := idBytes(other)
		if err != nil {
			return fmt.Errorf("adopting %q: %w", other, err)
		}
		if _, err := v.tx.StmtContext(v.ctx, v.s.stmt.adopt).ExecContext(v.ctx, r.Chat, r.Answer, b); err != nil {
			return fmt.Errorf("adopting %s: %w", other, err)
		}
	}
	return nil
}

// body stores one body and returns its manifest. Up to small bytes it lies in
// the manifest itself.
func (v *saving) body(r io.Reader, size, small int64) (manifest []byte, total int64, err error) {
	if r == nil {
		return nil, 0, nil
	}
	var literal []byte
	settle := func() {
		if len(literal) > 0 {
			manifest = binary.AppendUvarint(manifest, uint64(len(literal))<<1|1)
			manifest = append(manifest, literal...)
			literal = literal[:0]
		}
	}
	c := &cutter{piece: v.s.scratch[:0], emit: func(piece []byte) error {
		total += int64(len(piece))
		if len(piece) < smallPiece || size <= small && total <= maxPiece {
			literal = append(literal, piece...)
			return nil
		}
		n, err := v.piece(piece)
		if err != nil {
			return err
		}
		settle()
		manifest = binary.AppendUvarint(manifest, uint64(n)<<1)
		return nil
	}}
	c.begun = size <= small
	c.plain = c.begun // nothing to share, nothing to look for
	if _, err = io.CopyBuffer(struct{ io.Writer }{c}, r, v.s.buffer); err == nil {
		err = c.Close()
	}
	settle()
	v.s.scratch = c.piece
	return manifest, total, err
}

// piece stores one piece if it is new, and counts its use.
func (v *saving) piece(piece []byte) (n int64, err error) {
	hash := sha256.Sum256(piece)
	n, ok := v.s.known[hash]
	if !ok {
		err = v.tx.StmtContext(v.ctx, v.s.stmt.find).QueryRowContext(v.ctx, hash[:]).Scan(&n)
		if errors.Is(err, sql.ErrNoRows) {
			var res sql.Result
			res, err = v.tx.StmtContext(v.ctx, v.s.stmt.insert).ExecContext(v.ctx, hash[:], v.s.zip.EncodeAll(piece, nil))
			if err == nil {
				n, err = res.LastInsertId()
			}
		}
		if err != nil {
			return 0, err
		}
		if len(v.s.known) >= maxKnown {
			clear(v.s.known)
		}
		v.s.known[hash] = n
	}
	v.uses[n]++
	return n, nil
}

// Snippet is the start of a prompt on one line.
func Snippet(s string) string {
	var b strings.Builder
	runes, space := 0, false
	for _, c := range s {
		switch {
		case unicode.IsSpace(c):
			space = runes > 0
			continue
		case c == utf8.RuneError:
			continue
		case space && runes+2 <= snippetRunes:
			b.WriteByte(' ')
			runes++
		case space:
			return b.String()
		}
		space = false
		b.WriteRune(c)
		if runes++; runes == snippetRunes {
			return b.String()
		}
	}
	return b.String()
}
