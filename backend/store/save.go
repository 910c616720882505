package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
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
}

// snippetRunes is how much of the last user message stands in the row.
const snippetRunes = 200

// Save stores the items and the progress in one transaction, or nothing.
func (s *Store) Save(ctx context.Context, items []Item, p Progress) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning to store: %w", err)
	}
	defer tx.Rollback()
	for _, it := range items {
		if err := s.saveOne(ctx, tx, it); err != nil {
			return fmt.Errorf("storing exchange %s: %w", it.Record.ID, err)
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO progress (one, read, keep) VALUES (1, ?, ?)
		ON CONFLICT (one) DO UPDATE SET read = excluded.read, keep = excluded.keep`, p.Read, p.Keep)
	if err != nil {
		return fmt.Errorf("storing the progress: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing %d exchanges: %w", len(items), err)
	}
	return nil
}

func (s *Store) saveOne(ctx context.Context, tx *sql.Tx, it Item) error {
	r := it.Record
	id, err := uuid.Parse(r.ID)
	if err != nil {
		return fmt.Errorf("reading its id: %w", err)
	}
	var seq int64
	args := append([]any{id[:]}, rowValues(&r)...)
	err = tx.QueryRowContext(ctx, insertRow, args...).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // it is there already
	}
	if err != nil {
		return fmt.Errorf("inserting its row: %w", err)
	}
	request, requestLen, err := s.savePieces(ctx, tx, it.Request, it.RequestLen)
	if err != nil {
		return fmt.Errorf("storing its request: %w", err)
	}
	reply, replyLen, err := s.savePieces(ctx, tx, it.Reply, it.ReplyLen)
	if err != nil {
		return fmt.Errorf("storing its reply: %w", err)
	}
	start, err1 := json.Marshal(r.Start)
	ending, err2 := json.Marshal(r.End)
	var head any
	var err3 error
	if r.Head != nil {
		var b []byte
		b, err3 = json.Marshal(r.Head)
		head = string(b)
	}
	if err := errors.Join(err1, err2, err3); err != nil {
		return fmt.Errorf("describing it: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO record (seq, start, head, ending, chunks, sent_at, prompt, reply,
		request_manifest, request_len, reply_manifest, reply_len) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`,
		seq, string(start), head, string(ending), packChunks(r.Chunks), r.SentAt,
		s.zip.EncodeAll([]byte(r.Prompt), nil), s.zip.EncodeAll([]byte(r.Reply), nil), request, requestLen, reply, replyLen)
	if err != nil {
		return fmt.Errorf("inserting its record: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO search (rowid, text) VALUES (?, ?)`, seq, searchText(&r)); err != nil {
		return fmt.Errorf("indexing its text: %w", err)
	}
	return nil
}

// savePieces stores one body and returns its manifest, a list of piece numbers.
func (s *Store) savePieces(ctx context.Context, tx *sql.Tx, r io.Reader, size int64) (manifest []byte, total int64, err error) {
	manifest = []byte{}
	if r == nil {
		return manifest, 0, nil
	}
	add := func(piece []byte) error {
		n, err := s.savePiece(ctx, tx, piece)
		manifest = binary.AppendUvarint(manifest, uint64(n))
		total += int64(len(piece))
		return err
	}
	if size > maxCut {
		buf := make([]byte, maxPiece)
		for {
			n, err := io.ReadFull(r, buf)
			if n > 0 {
				if err := add(buf[:n]); err != nil {
					return nil, 0, err
				}
			}
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return manifest, total, nil
			}
			if err != nil {
				return nil, 0, err
			}
		}
	}
	body, err := io.ReadAll(io.LimitReader(r, maxCut+1))
	if err != nil {
		return nil, 0, err
	}
	at := 0
	for _, n := range cut(body) {
		if err := add(body[at : at+n]); err != nil {
			return nil, 0, err
		}
		at += n
	}
	return manifest, total, nil
}

func (s *Store) savePiece(ctx context.Context, tx *sql.Tx, piece []byte) (n int64, err error) {
	hash := sha256.Sum256(piece)
	err = tx.QueryRowContext(ctx, `UPDATE piece SET refs = refs + 1 WHERE hash = ? RETURNING n`, hash[:]).Scan(&n)
	if !errors.Is(err, sql.ErrNoRows) {
		return n, err
	}
	err = tx.QueryRowContext(ctx, `INSERT INTO piece (hash, data, refs) VALUES (?, ?, 1) RETURNING n`,
		hash[:], s.zip.EncodeAll(piece, nil)).Scan(&n)
	return n, err
}

// packChunks writes chunk times and sizes as varints, times as differences.
func packChunks(chunks []exchange.Chunk) []byte {
	out := make([]byte, 0, 4*len(chunks))
	last := int64(0)
	for _, c := range chunks {
		out = binary.AppendVarint(out, c.At-last)
		out = binary.AppendUvarint(out, uint64(c.Len))
		last = c.At
	}
	return out
}

func unpackChunks(b []byte) []exchange.Chunk {
	var out []exchange.Chunk
	last := int64(0)
	for len(b) > 0 {
		d, n := binary.Varint(b)
		if n <= 0 {
			return out
		}
		size, m := binary.Uvarint(b[n:])
		if m <= 0 {
			return out
		}
		last += d
		out = append(out, exchange.Chunk{At: last, Len: int64(size)})
		b = b[n+m:]
	}
	return out
}

// Snippet is the start of a prompt on one line.
func Snippet(s string) string {
	if len(s) > 8*snippetRunes {
		s = s[:8*snippetRunes]
	}
	s = strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "")
	if utf8.RuneCountInString(s) <= snippetRunes {
		return s
	}
	return string([]rune(s)[:snippetRunes])
}
