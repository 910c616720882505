package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strconv"
)

const (
	// repackedName is the setting that says up to which record blocks of earlier
	// builds were looked for. Settle takes it along with what it packs, as long as
	// nothing is left to be looked at: where it lies behind what is settled, an earlier
	// build has packed, before this one came or when a person went back to it.
	repackedName = "repacked"
	// lookBlocks is how many blocks one step looks at, where none is to be packed.
	lookBlocks = 64
)

// Repack writes a block of an earlier build anew, as Settle writes them today, with
// its members in their places. more says whether another call has work; what this build
// packed is not gone through. Nothing that it reads or writes keeps others waiting for longer
// than it takes to store the block, and a step that is broken off leaves the old one.
func (s *Store) Repack(ctx context.Context) (more bool, err error) {
	text, found, err := s.Setting(ctx, repackedName)
	if err != nil {
		return false, err
	}
	at, damage := strconv.ParseInt(text, 10, 64) // a damaged one begins anew
	settled, err := s.settled(ctx)
	switch {
	case err != nil:
		return false, err
	case found && damage == nil && at == settled:
		return false, nil
	case at > settled: // the newest were deleted
		return false, s.setRepacked(ctx, settled)
	}
	for range lookBlocks {
		old, records, last, err := s.blockAfter(ctx, at)
		if err != nil {
			return false, err
		}
		if last == at {
			return false, s.setRepacked(ctx, settled)
		}
		if at = last; len(old.data) > 0 && old.data[0] != blockMark {
			if err := s.rewrite(ctx, old, records); err != nil {
				return false, err
			}
			break
		}
	}
	return true, s.setRepacked(ctx, at)
}

func (s *Store) setRepacked(ctx context.Context, at int64) error {
	return s.SetSetting(ctx, repackedName, strconv.FormatInt(at, 10))
}

// settled is up to which record all lie in blocks.
func (s *Store) settled(ctx context.Context) (seq int64, err error) {
	if err := s.read.QueryRowContext(ctx, `SELECT seq FROM settled`).Scan(&seq); err != nil {
		return 0, damaged("reading what is packed", err)
	}
	return seq, nil
}

// blockAfter reads the block that has the settled records after one, says at which
// places of it records are, and up to which record that goes.
func (s *Store) blockAfter(ctx context.Context, at int64) (b column, records []int64, last int64, err error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return b, nil, at, fmt.Errorf("looking for old blocks: %w", err)
	}
	defer tx.Rollback()
	rows, err := tx.QueryContext(ctx, `SELECT seq, packed FROM record WHERE seq > ? AND seq <= (SELECT seq FROM settled) ORDER BY seq LIMIT ?`, at, settleRows)
	if err != nil {
		return b, nil, at, damaged("looking for old blocks", err)
	}
	defer rows.Close()
	last = at
	for rows.Next() {
		var c column
		if err := rows.Scan(&c.n, &c.data); err != nil {
			return b, nil, at, damaged("looking for old blocks", err)
		}
		if p, ok, err := placed(c.data); ok && err == nil {
			if b.n != 0 && p.block != b.n {
				break
			}
			b.n, records = p.block, append(records, p.index)
		}
		last = c.n
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return b, nil, at, damaged("looking for old blocks", err)
	}
	if b.n != 0 {
		if err := tx.QueryRowContext(ctx, `SELECT data FROM block WHERE n = ?`, b.n).Scan(&b.data); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return b, nil, at, damaged("reading an old block", err)
		}
	}
	return b, records, last, nil
}

// rewrite stores a block anew where that takes less, and where what is written reads
// back as it was. What can't be read, or was changed meanwhile, stays as it is.
func (s *Store) rewrite(ctx context.Context, old column, records []int64) error {
	members, err := s.splitBlock(old.data)
	if err != nil {
		return nil // the check of the log says so
	}
	for _, i := range records {
		if i < int64(len(members)) && len(members[i].data) > 0 {
			members[i] = squeezed(members[i])
		}
	}
	fresh := s.joinBlock(members, nil)
	back, err := s.splitBlock(fresh)
	same := err == nil && len(back) == len(members)
	for i := 0; same && i < len(back); i++ {
		same = bytes.Equal(back[i].data, members[i].data)
	}
	if !same || len(fresh) >= len(old.data) {
		return nil
	}
	if err := s.take(); err != nil {
		return err
	}
	defer s.saving.Unlock()
	if err := s.writable(ctx); err != nil {
		return err
	}
	if _, err := s.exec(ctx, `UPDATE block SET data = ? WHERE n = ? AND data = ?`, fresh, old.n, old.data); err != nil {
		return damaged("packing an old block", err)
	}
	s.blocks.forget()
	return s.giveBack(ctx)
}

// squeezed is a record as Settle packs it; as it is where that can't be done exactly.
func squeezed(m member) member {
	p, err := unpack(m.data)
	if err != nil {
		return m
	}
	fresh, err := p.squeeze()
	if err != nil || len(fresh.data) > bigMember {
		return m
	}
	if back, err := unpack(fresh.data); err != nil || !reflect.DeepEqual(back, p) {
		return m
	}
	return fresh
}
