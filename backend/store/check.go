package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// Checked is what Check looked at and found.
type Checked struct {
	Exchanges, Bodies, Pieces int64
	Bytes                     int64 // of all bodies, as they were sent and received
	// Problems are the first maxProblems, in words for a person; Count is how
	// many there are.
	Problems []string
	Count    int64
}

const maxProblems = 100

func (c *Checked) add(format string, args ...any) {
	if c.Count++; c.Count <= maxProblems {
		c.Problems = append(c.Problems, fmt.Sprintf(format, args...))
	}
}

// Check reads everything that is kept and compares it with its hashes: the
// file's structure, each piece with its SHA-256, each exchange's record with its
// checksum, each body with its length and its pieces. It changes nothing, may
// run beside a recorder, and sees the log as it was when it began. An error says
// that it could not go on; what is wrong with the log is in Checked.
func (s *Store) Check(ctx context.Context) (Checked, error) {
	var c Checked
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return c, damaged("beginning to check", err)
	}
	defer tx.Rollback()
	k := &checking{Checked: &c, s: s, ctx: ctx, tx: tx, sizes: map[int64]int64{}, uses: map[int64]int64{}}
	for _, step := range []func() error{k.structure, k.schema, k.pieces, k.records, k.counts} {
		if err := step(); err != nil {
			return c, err
		}
	}
	return c, nil
}

// checking is one call of Check.
type checking struct {
	*Checked
	s     *Store
	ctx   context.Context
	tx    *sql.Tx
	sizes map[int64]int64 // by piece: plain bytes, -1 where it can't be read
	uses  map[int64]int64 // by piece: manifest entries that name it
}

// structure lets SQLite look at its own pages, indexes and references.
func (k *checking) structure() error {
	// The index's own check trusts what its connection remembers of the index; a
	// search makes it look whether others have written since.
	for _, table := range []string{"search", "quoted"} {
		var n int64
		err := k.tx.QueryRowContext(k.ctx, `SELECT rowid FROM `+table+` WHERE `+table+` MATCH '"gumshoe"' LIMIT 1`).Scan(&n)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			k.add("the index of words: %v", err)
		}
	}
	rows, err := k.tx.QueryContext(k.ctx, fmt.Sprintf(`PRAGMA integrity_check(%d)`, maxProblems))
	if err != nil {
		return damaged("checking the file's structure", err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return damaged("checking the file's structure", err)
		}
		if text != "ok" {
			k.add("the file's structure: %s", text)
		}
	}
	if err := rows.Err(); err != nil {
		k.add("the file's structure: %v", err)
	}
	return k.ctx.Err()
}

// schema looks for what Gumshoe did not make: a trigger in a file that somebody
// sent would run with everything that is stored.
func (k *checking) schema() error {
	mem, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return fmt.Errorf("making an empty log to compare with: %w", err)
	}
	defer mem.Close()
	mem.SetMaxOpenConns(1) // each connection has a memory of its own
	empty := &Store{write: mem, path: ":memory:", log: k.s.log}
	if err := empty.migrate(k.ctx); err != nil {
		return fmt.Errorf("making an empty log to compare with: %w", err)
	}
	want, err := schemaOf(k.ctx, mem)
	if err != nil {
		return err
	}
	have, err := schemaOf(k.ctx, k.tx)
	if err != nil {
		return err
	}
	for name, text := range have {
		if want[name] != text {
			k.add("the file's schema: %s is not as Gumshoe makes it", name)
		}
	}
	for name := range want {
		if _, ok := have[name]; !ok {
			k.add("the file's schema: %s is gone", name)
		}
	}
	return nil
}

// schemaOf is the SQL of everything in a database, but of what SQLite adds.
func schemaOf(ctx context.Context, q interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}) (map[string]string, error) {
	rows, err := q.QueryContext(ctx, `SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
	if err != nil {
		return nil, damaged("reading the file's schema", err)
	}
	defer rows.Close()
	all := map[string]string{}
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return nil, damaged("reading the file's schema", err)
		}
		all[name] = text
	}
	if err := rows.Err(); err != nil {
		return nil, damaged("reading the file's schema", err)
	}
	return all, nil
}

func (k *checking) pieces() error {
	rows, err := k.tx.QueryContext(k.ctx, `SELECT n, hash, data, refs FROM piece ORDER BY n`)
	if err != nil {
		return damaged("checking pieces of bodies", err)
	}
	defer rows.Close()
	for rows.Next() {
		var n, refs int64
		var hash, data sql.RawBytes
		if err := rows.Scan(&n, &hash, &data, &refs); err != nil {
			return damaged("checking pieces of bodies", err)
		}
		k.Pieces++
		k.uses[n] = -refs
		k.sizes[n] = -1
		plain, err := k.s.plain(k.ctx, k.tx, data)
		if err != nil {
			k.add("piece %d of the bodies can't be unpacked: %v", n, err)
			continue
		}
		if sum := sha256.Sum256(plain); len(hash) < settledHash || !bytes.HasPrefix(sum[:], hash) {
			k.add("piece %d of the bodies is not what was stored: its SHA-256 differs", n)
			continue
		}
		k.sizes[n] = int64(len(plain))
	}
	if err := rows.Err(); err != nil {
		k.add("the pieces of bodies can't be read to their end: %v", err)
	}
	return k.ctx.Err()
}

func (k *checking) records() error {
	rows, err := k.tx.QueryContext(k.ctx, `SELECT id, request_bytes, response_bytes, packed FROM exchange LEFT JOIN record USING (seq) ORDER BY seq`)
	if err != nil {
		return damaged("checking exchanges", err)
	}
	defer rows.Close()
	for rows.Next() {
		var raw, data sql.RawBytes
		var sent, received int64
		if err := rows.Scan(&raw, &sent, &received, &data); err != nil {
			return damaged("checking exchanges", err)
		}
		k.Exchanges++
		id := "of an unreadable id"
		if u, err := uuid.FromBytes(raw); err == nil {
			id = u.String()
		}
		if data == nil {
			k.add("exchange %s has lost its headers and bodies", id)
			continue
		}
		p, err := k.s.unpack(k.ctx, k.tx, data)
		if err != nil {
			k.add("exchange %s: its headers and bodies can't be read: %v", id, err)
			continue
		}
		k.body(id, Request, p.request, p.requestLen, sent, p.start.OmitRequest)
		k.body(id, Reply, p.reply, p.replyLen, received, p.start.OmitReply)
	}
	if err := rows.Err(); err != nil {
		k.add("the exchanges can't be read to their end: %v", err)
	}
	return k.ctx.Err()
}

// body follows one manifest. told is the length in the row, which counts also
// what was not kept.
func (k *checking) body(id string, side Side, manifest []byte, size, told int64, omitted bool) {
	if size == 0 && len(manifest) == 0 {
		if told != 0 && !omitted {
			k.add("exchange %s: the %s has lost its body", id, side)
		}
		return
	}
	k.Bodies++
	total := int64(0)
	for len(manifest) > 0 {
		n, literal, rest, err := entry(manifest)
		if err != nil {
			k.add("exchange %s: the %s body's list of pieces is damaged", id, side)
			return
		}
		manifest = rest
		if total += int64(len(literal)); n == 0 {
			continue
		}
		length, ok := k.sizes[n]
		switch {
		case !ok:
			k.add("exchange %s: piece %d of the %s body is gone", id, n, side)
			return
		case length < 0:
			k.add("exchange %s: the %s body has the damaged piece %d", id, side, n)
			return
		}
		k.uses[n]++
		total += length
	}
	if total != size || told != size && !omitted {
		k.add("exchange %s: the %s body has %d bytes, not %d", id, side, total, told)
		return
	}
	k.Bytes += total
}

// counts says where pieces are counted too low: they would be deleted while
// something names them. One counted too high only takes space.
func (k *checking) counts() error {
	low := 0
	for _, more := range k.uses {
		if more > 0 {
			low++
		}
	}
	if low > 0 {
		k.add("%d pieces of bodies are used more often than is counted", low)
	}
	var n int64
	err := k.tx.QueryRowContext(k.ctx, `SELECT count(*) FROM record WHERE seq NOT IN (SELECT seq FROM exchange)`).Scan(&n)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return damaged("checking exchanges", err)
	}
	if n > 0 {
		k.add("%d exchanges have lost their rows", n)
	}
	return nil
}
