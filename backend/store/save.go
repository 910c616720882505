package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
)

// Item is one exchange to store. Request and Reply give the exact bytes of its
// bodies, once; nil is an empty body. One that has them all in memory may have a
// method Whole() []byte, which gives them at once.
type Item struct {
	Record               *exchange.Record
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
	smallPiece   = 256
	giveWayEvery = 500 * time.Microsecond
	// maxKnown bounds the memory of pieces that were seen lately.
	maxKnown = 8 << 10
)

// What Save runs, beside the rows (direct.row).
const (
	insertRecord = `INSERT INTO record (seq, packed) VALUES (?, ?)`
	insertText   = `INSERT INTO search (rowid, text) VALUES (?, ?)`
	insertQuoted = `INSERT INTO quoted (rowid, text) VALUES (?, ?)`
	setProgress  = `INSERT INTO progress (one, read, keep) VALUES (1, ?, ?)
		ON CONFLICT (one) DO UPDATE SET read = excluded.read, keep = excluded.keep`
	lastUnmarked = `SELECT after FROM stretched`
	findPiece    = `SELECT n FROM piece WHERE hash IN (?1, substr(?1, 1, 16))` // 16: settledHash
	insertPiece  = `INSERT INTO piece (hash, data, refs) VALUES (?, ?, 0)`
	usePiece     = `UPDATE piece SET refs = refs + ? WHERE n = ?`
	adoptRow     = `UPDATE exchange SET chat = ?, chat_basis = 'inferred',
		answer = CASE WHEN answer = '' THEN ? ELSE answer END, answer_basis = CASE WHEN answer = '' THEN 'inferred' ELSE answer_basis END
		WHERE id = ? AND chat = ''`
)

// saving is one call of Save.
type saving struct {
	*direct
	s     *Store
	ctx   context.Context
	uses  map[int64]int64 // piece number: how many entries name it now
	texts []indexed
	after int64     // the last row whose words have no marks
	gave  time.Time // when it last gave way
}

type indexed struct {
	seq          int64
	text, quoted string
}

// Save stores the items and the progress in one transaction, or nothing.
func (s *Store) Save(ctx context.Context, items []Item, p Progress) error {
	// A context that can end costs a goroutine per statement; a batch is short.
	ctx = context.WithoutCancel(ctx)
	s.saving.Lock()
	defer s.saving.Unlock()
	if err := s.writable(ctx); err != nil {
		return err
	}
	return named(s.withDirect(ctx, func(d *direct) (err error) {
		s.lock.wait()
		tx, err := d.begin(ctx)
		s.lock.got(err)
		if err != nil {
			return fmt.Errorf("beginning to store: %w", err)
		}
		defer func() {
			if err != nil {
				_ = tx.Rollback()
				clear(s.known) // it may name what was rolled back
			}
		}()
		v := &saving{direct: d, s: s, ctx: ctx, uses: map[int64]int64{}}
		if err := v.all(items, p); err != nil {
			return err
		}
		if err := tx.Commit(); err != nil {
			return fmt.Errorf("committing %d exchanges: %w", len(items), err)
		}
		return nil
	}))
}

func (v *saving) all(items []Item, p Progress) (err error) {
	if v.after, err = v.number(v.ctx, lastUnmarked); err != nil {
		return fmt.Errorf("reading what is indexed: %w", err)
	}
	for _, it := range items {
		v.giveWay()
		if err := v.one(it); err != nil {
			return fmt.Errorf("storing exchange %s: %w", it.Record.ID, err)
		}
	}
	for n, times := range v.uses {
		if _, err := v.exec(v.ctx, usePiece, times, n); err != nil {
			return fmt.Errorf("counting the uses of pieces: %w", err)
		}
	}
	// Last and together: statements that can fail half-way make the index
	// write out what it has gathered.
	for _, t := range v.texts {
		v.giveWay()
		if _, err := v.exec(v.ctx, insertText, t.seq, t.text); err != nil {
			return fmt.Errorf("indexing text: %w", err)
		}
		if t.quoted == "" {
			continue
		}
		if _, err := v.exec(v.ctx, insertQuoted, t.seq, t.quoted); err != nil {
			return fmt.Errorf("indexing text: %w", err)
		}
	}
	if _, err := v.exec(v.ctx, setProgress, p.Read, p.Keep); err != nil {
		return fmt.Errorf("storing the progress: %w", err)
	}
	return nil
}

// giveWay lets other goroutines go first now and then: a batch takes milliseconds,
// and a token that comes meanwhile is to wait for none of them. More often would
// cost more than the rows do, for each time an idle thread is woken.
func (v *saving) giveWay() {
	if now := time.Now(); now.Sub(v.gave) > giveWayEvery {
		runtime.Gosched()
		v.gave = now
	}
}

func (v *saving) one(it Item) error {
	r := it.Record
	id, err := uuid.Parse(r.ID)
	if err != nil {
		return fmt.Errorf("reading its id: %w", err)
	}
	v.s.values = rowValues(v.s.values[:0], id[:], r)
	res, err := v.row(v.ctx, v.s.values)
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
	if p.request, p.requestLen, err = v.body(v.s.manifests[0][:0], it.Request, it.RequestLen, smallBody); err != nil {
		return fmt.Errorf("storing its request: %w", err)
	}
	small := int64(smallBody)
	if r.Stream != nil && *r.Stream {
		small = smallStream
	}
	if p.reply, p.replyLen, err = v.body(v.s.manifests[1][:0], it.Reply, it.ReplyLen, small); err != nil {
		return fmt.Errorf("storing its reply: %w", err)
	}
	v.s.manifests = [2][]byte{kept(p.request), kept(p.reply)}
	plain, err := p.pack(v.s.unpressed[:0])
	if err != nil {
		return err
	}
	v.s.unpressed = kept(plain)
	if _, err := v.exec(v.ctx, insertRecord, seq, v.press(plain)); err != nil {
		return fmt.Errorf("inserting its record: %w", err)
	}
	text, quoted := searchText(r, markOf(seq, v.after, v.s.stretch))
	v.texts = append(v.texts, indexed{seq, text, quoted})
	for _, other := range it.Adopts {
		b, err := idBytes(other)
		if err != nil {
			return fmt.Errorf("adopting %q: %w", other, err)
		}
		if _, err := v.exec(v.ctx, adoptRow, r.Chat, r.Answer, b); err != nil {
			return fmt.Errorf("adopting %s: %w", other, err)
		}
	}
	return nil
}

// kept is a buffer to be used again, unless one great record has blown it up.
func kept(b []byte) []byte {
	if cap(b) > 4*smallStream {
		return nil
	}
	return b
}

// body stores one body and appends its manifest to into. Up to small bytes it
// lies in the manifest itself.
func (v *saving) body(into []byte, r io.Reader, size, small int64) (manifest []byte, total int64, err error) {
	if r == nil || size == 0 {
		return nil, 0, nil
	}
	if size <= small {
		return literalBody(into, r, size)
	}
	manifest = into
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
		if len(piece) < smallPiece {
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
	if _, err = io.CopyBuffer(struct{ io.Writer }{c}, r, v.s.buffer); err == nil {
		err = c.Close()
	}
	settle()
	v.s.scratch = c.piece
	return manifest, total, err
}

// literalBody is the manifest of a body that lies in it.
func literalBody(into []byte, r io.Reader, size int64) ([]byte, int64, error) {
	into = binary.AppendUvarint(into, uint64(size)<<1|1)
	if whole, ok := r.(interface{ Whole() []byte }); ok {
		if b := whole.Whole(); int64(len(b)) == size {
			return append(into, b...), size, nil
		}
	}
	at := len(into)
	into = slices.Grow(into, int(size))[:at+int(size)]
	if _, err := io.ReadFull(r, into[at:]); err != nil {
		return nil, 0, err
	}
	var more [1]byte
	if n, err := r.Read(more[:]); n > 0 {
		return nil, 0, errors.New("a body is longer than it was said to be")
	} else if err != nil && err != io.EOF {
		return nil, 0, err
	}
	return into, size, nil
}

// piece stores one piece if it is new, and counts its use.
func (v *saving) piece(piece []byte) (n int64, err error) {
	hash := sha256.Sum256(piece)
	n, ok := v.s.known[hash]
	if !ok {
		n, err = v.number(v.ctx, findPiece, hash[:])
		if errors.Is(err, sql.ErrNoRows) {
			var res driver.Result
			res, err = v.exec(v.ctx, insertPiece, hash[:], v.s.zip.EncodeAll(piece, nil))
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
