package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gumshoe/backend/squeeze"
)

const (
	// settleBytes is how much one block takes, before it is compressed: enough that
	// a chat finds its earlier turns, and little to unpack for one of them.
	settleBytes = 1 << 20
	// settleFresh is how much of that is text that repeats nothing.
	settleFresh = 128 << 10
	// settleRows bounds one step.
	settleRows = 1000
	// bigMember is a piece or record that stays by itself: it has nothing to gain.
	bigMember = 128 << 10
	// settledHash is how many bytes of a piece's SHA-256 are kept once it lies in a
	// block, in its row and in the index: enough to tell all pieces there will be apart.
	settledHash = 16
	// givePages is how many pages a step gives back at most: the writer waits for it.
	givePages = 2000
)

// Settle packs what has come to rest – exchanges that began before a time
// (microseconds) – together, a block a call: there a chat's answers, its next
// requests and the background tasks that quote them share their words, and the
// lines of streams what they repeat. more says whether another call has work; what
// would not fill a block waits for more. Everything reads as before.
func (s *Store) Settle(ctx context.Context, before int64) (more bool, err error) {
	if more, err := s.sweep(ctx); more || err != nil {
		return more, err
	}
	if err := s.take(); err != nil {
		return false, err
	}
	defer s.saving.Unlock()
	tx, err := s.begin(ctx)
	if err != nil {
		return false, fmt.Errorf("beginning to pack: %w", err)
	}
	defer tx.Rollback()
	v := &settling{s: s, ctx: ctx, tx: tx.Tx, text: squeeze.NewText(), seen: map[int64]bool{}}
	newest, err := v.newest(before)
	if err != nil || newest == s.waiting {
		return false, err
	}
	list, enough, err := v.next(before)
	if err != nil {
		return false, err
	}
	last := int64(0)
	for _, r := range list {
		if v.full() {
			break
		}
		if err := v.record(r); err != nil {
			return false, err
		}
		last = r.n
	}
	if !v.full() && !enough {
		s.waiting = newest
		return false, nil
	}
	if err := v.write(last); err != nil {
		return false, err
	}
	if err := tx.Commit(); err != nil {
		return false, fmt.Errorf("packing: %w", err)
	}
	return true, s.giveBack(ctx)
}

// giveBack gives some of the free pages back where they are a good part of the
// file; what is saved next takes the others.
func (s *Store) giveBack(ctx context.Context) error {
	var free, all int64
	if err := s.write.QueryRowContext(ctx, `SELECT freelist_count, page_count FROM pragma_freelist_count, pragma_page_count`).Scan(&free, &all); err != nil {
		return damaged("looking for free space", err)
	}
	if free < all/8 {
		return nil
	}
	return s.vacuum(ctx, givePages)
}

// settling is one call of Settle.
type settling struct {
	s       *Store
	ctx     context.Context
	tx      *sql.Tx
	members []member
	owners  []owner
	text    *squeeze.Text
	size    int
	seen    map[int64]bool // pieces
}

// owner is the row that a member belongs to; of a piece all that stays of it.
type owner struct {
	n, refs int64
	hash    []byte // nil of a record
}

type column struct {
	n    int64
	data []byte
}

// newest is the seq of the newest exchange that has come to rest; -1 without one.
func (v *settling) newest(before int64) (seq int64, err error) {
	err = v.tx.QueryRowContext(v.ctx, `SELECT seq FROM exchange WHERE id < ? ORDER BY id DESC LIMIT 1`, idAt(before)).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return -1, nil
	}
	if err != nil {
		return 0, damaged("looking for what to pack", err)
	}
	return seq, nil
}

// next reads the records that come next; enough says that more follow.
func (v *settling) next(before int64) (list []column, enough bool, err error) {
	rows, err := v.tx.QueryContext(v.ctx, `SELECT seq, packed, started_at FROM record JOIN exchange USING (seq)
		WHERE seq > (SELECT seq FROM settled) ORDER BY seq LIMIT ?`, settleRows+1)
	if err != nil {
		return nil, false, damaged("looking for what to pack", err)
	}
	defer rows.Close()
	size := 0
	for rows.Next() {
		var c column
		var at int64
		if err := rows.Scan(&c.n, &c.data, &at); err != nil {
			return nil, false, damaged("looking for what to pack", err)
		}
		if at >= before {
			break
		}
		list = append(list, c)
		if size += len(c.data); size > v.s.blockBytes || len(list) == settleRows {
			enough = true
			break
		}
	}
	if err := rows.Err(); err != nil {
		return nil, false, damaged("looking for what to pack", err)
	}
	return list, enough, nil
}

// record adds a record after the pieces that its bodies are the first to name. A
// damaged one stays as it is.
func (v *settling) record(r column) error {
	if _, ok, err := placed(r.data); ok || err != nil {
		return nil
	}
	plain, err := v.s.unpress(r.data)
	if err != nil {
		return nil
	}
	p, err := unpack(plain)
	if err != nil {
		return nil
	}
	for _, manifest := range [][]byte{p.request, p.reply} {
		for len(manifest) > 0 {
			n, _, rest, err := entry(manifest)
			if err != nil {
				return nil
			}
			if manifest = rest; n != 0 && !v.seen[n] {
				v.seen[n] = true
				if err := v.piece(n); err != nil {
					return err
				}
			}
		}
	}
	m, err := p.squeeze()
	if err != nil {
		return err
	}
	v.add(owner{n: r.n}, m)
	return nil
}

func (v *settling) piece(n int64) error {
	var data []byte
	o := owner{n: n}
	err := v.tx.QueryRowContext(v.ctx, `SELECT data, hash, refs FROM piece WHERE n = ?`, n).Scan(&data, &o.hash, &o.refs)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // the check of the log says so
	}
	if err != nil {
		return damaged("reading what to pack", err)
	}
	if _, ok, err := placed(data); ok || err != nil || len(data) > bigMember {
		return nil
	}
	plain, err := v.s.unpress(data)
	if err != nil {
		return nil
	}
	v.add(o, member{data: plain})
	return nil
}

func (v *settling) add(o owner, m member) {
	if len(m.data) > bigMember || v.size+len(m.data) > maxBlock || len(v.members) == maxMembers {
		return
	}
	v.members, v.owners = append(v.members, m), append(v.owners, o)
	v.text.Add(m.data[:len(m.data)-m.numbers])
	v.size += len(m.data)
}

// full says that the block has enough, of text or of what takes time to read.
func (v *settling) full() bool { return v.size >= v.s.blockBytes || v.text.Fresh() >= settleFresh }

// write stores the block and has its members' rows name it.
func (v *settling) write(last int64) error {
	if len(v.members) > 0 {
		res, err := v.tx.ExecContext(v.ctx, `INSERT INTO block (data) VALUES (?)`, v.s.joinBlock(v.members, v.text))
		if err != nil {
			return damaged("storing a block", err)
		}
		n, err := res.LastInsertId()
		if err != nil {
			return damaged("storing a block", err)
		}
		if err := v.point(n); err != nil {
			return damaged("pointing to a block", err)
		}
	}
	if _, err := v.tx.ExecContext(v.ctx, `UPDATE setting SET value = CAST(? AS TEXT) WHERE name = ? AND value = (SELECT CAST(seq AS TEXT) FROM settled)`, last, repackedName); err != nil {
		return damaged("noting what is packed", err)
	}
	if _, err := v.tx.ExecContext(v.ctx, `UPDATE settled SET seq = ?`, last); err != nil {
		return damaged("noting what is packed", err)
	}
	return nil
}

// point writes the members' rows anew, without their bytes. They are deleted
// first: SQLite joins pages that have grown empty when it deletes, not when it
// updates.
func (v *settling) point(block int64) error {
	for _, o := range v.owners {
		q := `DELETE FROM record WHERE seq = ?`
		if o.hash != nil {
			q = `DELETE FROM piece WHERE n = ?`
		}
		if _, err := v.tx.ExecContext(v.ctx, q, o.n); err != nil {
			return err
		}
	}
	for i, o := range v.owners {
		q, args := `INSERT INTO record (seq, packed) VALUES (?, ?)`, []any{o.n, place{block, int64(i)}.column()}
		if o.hash != nil {
			q, args = `INSERT INTO piece (n, data, hash, refs) VALUES (?, ?, ?, ?)`, append(args, o.hash[:min(len(o.hash), settledHash)], o.refs)
		}
		if _, err := v.tx.ExecContext(v.ctx, q, args...); err != nil {
			return err
		}
	}
	return nil
}
