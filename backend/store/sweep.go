package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// What is deleted of a block is noted in the table gone with the rows that go, and
// taken out of the block after that, a block a transaction: each takes some 50 ms,
// and one deletion can lie in all of them. Until then it lies in the file and nothing
// names it; Settle goes on with what a deletion that was broken off has left.

// clean takes out of blocks what is gone and gives the space back.
func (s *Store) clean(ctx context.Context) error {
	for {
		more, err := s.sweep(ctx)
		if err != nil {
			return err
		}
		if !more {
			return s.release(ctx)
		}
	}
}

// sweep takes what is gone out of one block: the rest of it is written anew. false
// where nothing is to go.
func (s *Store) sweep(ctx context.Context) (more bool, err error) {
	if err := s.take(); err != nil {
		return false, err
	}
	defer s.saving.Unlock()
	var n int64
	if err := s.write.QueryRowContext(ctx, `SELECT block FROM gone LIMIT 1`).Scan(&n); errors.Is(err, sql.ErrNoRows) {
		return false, nil
	} else if err != nil {
		return false, damaged("looking for what is to go", err)
	}
	if err := s.writable(ctx); err != nil {
		return false, err
	}
	tx, err := s.begin(ctx)
	if err != nil {
		return false, fmt.Errorf("beginning to delete from a block: %w", err)
	}
	defer tx.Rollback()
	if err := s.takeOut(ctx, tx.Tx, n); err != nil {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM gone WHERE block = ?`, n); err != nil {
		return false, damaged("deleting from a block", err)
	}
	if err := tx.Commit(); err != nil {
		return false, fmt.Errorf("deleting from a block: %w", err)
	}
	s.blocks.forget()
	return true, nil
}

// takeOut writes a block anew without what is gone. It is read from the file: what
// is kept in memory may be from before an earlier deletion.
func (s *Store) takeOut(ctx context.Context, tx *sql.Tx, n int64) error {
	places, err := goneFrom(ctx, tx, n)
	if err != nil {
		return err
	}
	var data []byte
	err = tx.QueryRowContext(ctx, `SELECT data FROM block WHERE n = ?`, n).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return damaged("reading a block", err)
	}
	if !lives(data, places) {
		if _, err := tx.ExecContext(ctx, `DELETE FROM block WHERE n = ?`, n); err != nil {
			return damaged("deleting a block", err)
		}
		return nil
	}
	members, err := s.splitBlock(data)
	if err != nil {
		return nil // nothing of it can be read, nor written again
	}
	left := false
	for i := range members {
		if places[int64(i)] {
			members[i] = member{}
		}
		left = left || len(members[i].data) > 0
	}
	if left {
		_, err = tx.ExecContext(ctx, `UPDATE block SET data = ? WHERE n = ?`, s.joinBlock(members, nil), n)
	} else {
		_, err = tx.ExecContext(ctx, `DELETE FROM block WHERE n = ?`, n)
	}
	if err != nil {
		return damaged("deleting from a block", err)
	}
	return nil
}

func goneFrom(ctx context.Context, tx *sql.Tx, n int64) (map[int64]bool, error) {
	rows, err := tx.QueryContext(ctx, `SELECT place FROM gone WHERE block = ?`, n)
	if err != nil {
		return nil, damaged("looking for what is to go", err)
	}
	defer rows.Close()
	places := map[int64]bool{}
	for rows.Next() {
		var i int64
		if err := rows.Scan(&i); err != nil {
			return nil, damaged("looking for what is to go", err)
		}
		places[i] = true
	}
	if err := rows.Err(); err != nil {
		return nil, damaged("looking for what is to go", err)
	}
	return places, nil
}

// lives says whether a block has members that are not gone, as far as that can be
// seen without reading all of it.
func lives(data []byte, gone map[int64]bool) bool {
	_, h, err := readHead(data)
	if err != nil {
		return true
	}
	for i, size := range h.sizes {
		if size > 0 && !gone[int64(i)] {
			return true
		}
	}
	return false
}
