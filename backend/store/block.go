package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// A block is one zstd of many members – records and pieces – so that what they
// have in common is kept once: the number of members, the length of each, their
// bytes. A deleted member has length 0, so that the others keep their places.

const (
	// memberMark begins what stands in a member's own column: the block's number
	// and the member's place in it, as varints. zstd begins with 0x28.
	memberMark = 2
	// maxBlock bounds what is unpacked to read one member, in bytes: what of one
	// request does not fit stays by itself.
	maxBlock = 4 << 20
	// keptBlocks are unpacked ones that were read last.
	keptBlocks = 4
)

// place is where a member is.
type place struct{ block, index int64 }

// column is what stands in a member's own column.
func (p place) column() []byte {
	return binary.AppendUvarint(binary.AppendUvarint([]byte{memberMark}, uint64(p.block)), uint64(p.index))
}

// placed reads what column wrote; false where the bytes stand there themselves.
func placed(data []byte) (p place, ok bool, err error) {
	if len(data) == 0 || data[0] != memberMark {
		return p, false, nil
	}
	block, n := binary.Uvarint(data[1:])
	if n <= 0 {
		return p, true, ErrDamaged
	}
	index, m := binary.Uvarint(data[1+n:])
	if m <= 0 || int64(block) < 0 || int64(index) < 0 {
		return p, true, ErrDamaged
	}
	return place{int64(block), int64(index)}, true, nil
}

// joinBlock writes members.
func joinBlock(members [][]byte) []byte {
	size := 10
	for _, m := range members {
		size += 5 + len(m)
	}
	out := binary.AppendUvarint(make([]byte, 0, size), uint64(len(members)))
	for _, m := range members {
		out = binary.AppendUvarint(out, uint64(len(m)))
	}
	for _, m := range members {
		out = append(out, m...)
	}
	return out
}

// splitBlock reads them; they lie in plain.
func splitBlock(plain []byte) (members [][]byte, err error) {
	count, n := binary.Uvarint(plain)
	if n <= 0 || count > uint64(len(plain)) {
		return nil, ErrDamaged
	}
	lengths, data := plain[n:], plain[n:]
	for range count {
		_, n := binary.Uvarint(data)
		if n <= 0 {
			return nil, ErrDamaged
		}
		data = data[n:]
	}
	for range count {
		length, n := binary.Uvarint(lengths)
		if length > uint64(len(data)) {
			return nil, ErrDamaged
		}
		members = append(members, data[:length:length])
		lengths, data = lengths[n:], data[length:]
	}
	if len(data) > 0 {
		return nil, ErrDamaged
	}
	return members, nil
}

// querier is a connection, or a transaction that has one.
type querier interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// blocks keeps the unpacked blocks that were read last.
type blocks struct {
	mu   sync.Mutex
	last []unpackedBlock // the latest at the end
}

type unpackedBlock struct {
	n       int64
	members [][]byte
}

func (b *blocks) get(n int64) [][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.last, func(u unpackedBlock) bool { return u.n == n })
	if i < 0 {
		return nil
	}
	u := b.last[i]
	b.last = append(slices.Delete(b.last, i, i+1), u)
	return u.members
}

func (b *blocks) put(n int64, members [][]byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = slices.DeleteFunc(b.last, func(u unpackedBlock) bool { return u.n == n })
	if len(b.last) >= keptBlocks {
		b.last = slices.Delete(b.last, 0, len(b.last)-keptBlocks+1)
	}
	b.last = append(b.last, unpackedBlock{n, members})
}

// forget is called after members were deleted.
func (b *blocks) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.last)
	b.last = b.last[:0]
}

// block gives all members of a block, as it was when it was read last.
func (s *Store) block(ctx context.Context, q querier, n int64) ([][]byte, error) {
	if members := s.blocks.get(n); members != nil {
		return members, nil
	}
	members, err := s.readBlock(ctx, q, n)
	if err == nil {
		s.blocks.put(n, members)
	}
	return members, err
}

func (s *Store) readBlock(ctx context.Context, q querier, n int64) ([][]byte, error) {
	var data []byte
	if err := q.QueryRowContext(ctx, `SELECT data FROM block WHERE n = ?`, n).Scan(&data); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return nil, fmt.Errorf("block %d is gone: %w", n, ErrNotFound)
		}
		return nil, damaged("reading a block", err)
	}
	plain, err := s.unzip.DecodeAll(data, nil)
	if err != nil {
		return nil, fmt.Errorf("unpacking block %d: %w: %w", n, ErrDamaged, err)
	}
	members, err := splitBlock(plain)
	if err != nil {
		return nil, fmt.Errorf("reading block %d: %w", n, err)
	}
	return members, nil
}

// plain gives the bytes that a column of a record or piece stands for. They may
// not be changed.
func (s *Store) plain(ctx context.Context, q querier, data []byte) ([]byte, error) {
	p, ok, err := placed(data)
	if err != nil {
		return nil, err
	}
	if !ok {
		return s.unpress(data)
	}
	members, err := s.block(ctx, q, p.block)
	if err != nil {
		return nil, err
	}
	if p.index >= int64(len(members)) || len(members[p.index]) == 0 {
		return nil, fmt.Errorf("it is no longer in block %d: %w", p.block, ErrNotFound)
	}
	return members[p.index], nil
}

// dropMembers deletes members of blocks: the rest of each block is written anew,
// so that nothing of them stays in the file. It is read from the file: what is kept
// in memory may be from before an earlier deletion.
func (s *Store) dropMembers(ctx context.Context, tx *sql.Tx, gone map[int64][]int64) error {
	for n, indexes := range gone {
		members, err := s.readBlock(ctx, tx, n)
		if errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotFound) {
			continue // nothing of it can be read, nor written again
		}
		if err != nil {
			return err
		}
		live := false
		for _, i := range indexes {
			if i < int64(len(members)) {
				members[i] = nil
			}
		}
		for _, m := range members {
			live = live || len(m) > 0
		}
		if live {
			_, err = tx.ExecContext(ctx, `UPDATE block SET data = ? WHERE n = ?`, s.dense.EncodeAll(joinBlock(members), nil), n)
		} else {
			_, err = tx.ExecContext(ctx, `DELETE FROM block WHERE n = ?`, n)
		}
		if err != nil {
			return damaged("deleting from a block", err)
		}
	}
	return nil
}
