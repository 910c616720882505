package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// batch is how many rows one transaction deletes: short ones let the recorder
// in between, and freed pages are given back while their list is short.
const batch = 200

// batchBlocks is how many blocks a batch reads to see what its rows use, for the
// same reason.
const batchBlocks = 4

// DeleteAll empties the log; settings and progress stay. It returns how many
// exchanges went. Nothing of them can be read in the file afterwards.
func (s *Store) DeleteAll(ctx context.Context) (int64, error) {
	n, err := s.empty(ctx)
	if err != nil {
		return 0, err
	}
	if err := s.release(ctx); err != nil {
		return n, err
	}
	return n, s.dropCopies()
}

// dropCopies deletes what was kept of the file before migrations and restores.
func (s *Store) dropCopies() error {
	replaced, err := filepath.Glob(filepath.Join(filepath.Dir(s.path), Replaced+"[0-9]*"))
	for _, r := range replaced {
		err = errors.Join(err, os.RemoveAll(r))
	}
	return errors.Join(err, dropCopies(s.path))
}

// dropCopies deletes what was kept of a file before migrations.
func dropCopies(path string) error {
	copies, err := filepath.Glob(path + ".v[0-9]*")
	for _, c := range copies {
		err = errors.Join(err, os.Remove(c))
	}
	if err != nil {
		return fmt.Errorf("deleting copies of the log: %w", err)
	}
	return nil
}

func (s *Store) empty(ctx context.Context) (n int64, err error) {
	if err := s.take(); err != nil {
		return 0, err
	}
	defer s.saving.Unlock()
	if err := s.writable(ctx); err != nil {
		return 0, err
	}
	clear(s.known)
	s.waiting = 0
	defer s.blocks.forget()
	tx, err := s.begin(ctx)
	if err != nil {
		return 0, fmt.Errorf("beginning to delete: %w", err)
	}
	defer tx.Rollback()
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM exchange`).Scan(&n); err != nil {
		return 0, damaged("counting what to delete", err)
	}
	for _, q := range []string{`DELETE FROM exchange`, `DELETE FROM record`, `DELETE FROM piece`, `DELETE FROM block`, `DELETE FROM gone`, `UPDATE settled SET seq = 0`, `DELETE FROM rollup`, `DELETE FROM mark`, `DELETE FROM stale`,
		`UPDATE rolled SET seq = 0`, `INSERT INTO search (search) VALUES ('delete-all')`, `INSERT INTO quoted (quoted) VALUES ('delete-all')`, `UPDATE stretched SET after = 0`} {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return 0, damaged("deleting all exchanges", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return 0, fmt.Errorf("deleting all exchanges: %w", err)
	}
	return n, nil
}

// DeleteBefore deletes what began before a time (microseconds).
func (s *Store) DeleteBefore(ctx context.Context, micros int64) (int64, error) {
	total, err := s.deleteWhile(ctx, `started_at < ? AND id < ?`, []any{micros, idAt(micros + slack)}, func() bool { return true }, s.release)
	if err != nil {
		return total, err
	}
	return total, s.clean(ctx)
}

// TrimTo deletes the oldest exchanges until the log takes at most that many
// bytes on disk.
func (s *Store) TrimTo(ctx context.Context, bytes int64) (int64, error) {
	if s.Size() <= bytes {
		return 0, nil
	}
	if err := s.checkpoint(ctx); err != nil {
		return 0, err
	}
	return s.deleteWhile(ctx, `1`, nil, func() bool { return s.Size() > bytes }, s.clean)
}

func (s *Store) checkpoint(ctx context.Context) error {
	if err := s.Locked(); err != nil {
		return fmt.Errorf("giving space back: %w", err)
	}
	if _, err := s.write.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return fmt.Errorf("giving space back: %w", err)
	}
	return nil
}

// deleteWhile deletes the oldest rows of a condition, batch by batch, and calls after
// between them.
func (s *Store) deleteWhile(ctx context.Context, cond string, args []any, more func() bool, after func(context.Context) error) (total int64, err error) {
	for more() {
		n, err := s.deleteBatch(ctx, cond, args)
		total += n
		if err != nil || n == 0 {
			return total, err
		}
		if err := after(ctx); err != nil {
			return total, err
		}
	}
	return total, nil
}

// release gives all free pages back, a few at a time: others write meanwhile.
func (s *Store) release(ctx context.Context) error {
	for {
		if err := errors.Join(s.inPlace(), s.Locked()); err != nil {
			return err
		}
		var free int64
		if err := s.write.QueryRowContext(ctx, `PRAGMA freelist_count`).Scan(&free); err != nil {
			return damaged("looking for free space", err)
		}
		if free == 0 {
			return s.checkpoint(ctx)
		}
		if err := s.vacuum(ctx, givePages); err != nil {
			return err
		}
	}
}

// vacuum gives so many of the free pages back. The pragma works a page a step, so
// its rows have to be read to the end.
func (s *Store) vacuum(ctx context.Context, pages int) error {
	rows, err := s.write.QueryContext(ctx, fmt.Sprintf(`PRAGMA incremental_vacuum(%d)`, pages))
	if err != nil {
		return fmt.Errorf("giving space back: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		continue
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("giving space back: %w", err)
	}
	return nil
}

// deleteBatch deletes the oldest rows of a condition and what only they used; what of
// it lies in blocks is noted as gone, and clean takes it out.
func (s *Store) deleteBatch(ctx context.Context, cond string, args []any) (int64, error) {
	if err := s.take(); err != nil {
		return 0, err
	}
	defer s.saving.Unlock()
	if err := s.writable(ctx); err != nil {
		return 0, err
	}
	clear(s.known)
	s.waiting = 0
	tx, err := s.begin(ctx)
	if err != nil {
		return 0, fmt.Errorf("beginning to delete: %w", err)
	}
	defer tx.Rollback()
	list, err := oldest(ctx, tx.Tx, cond, args)
	if err != nil {
		return 0, err
	}
	uses, read, hours, gone, deleted := map[int64]int64{}, map[int64]bool{}, map[int64]bool{}, []place(nil), int64(0)
	for _, r := range list {
		p, ok, err := placed(r.packed)
		if ok && err == nil {
			if !read[p.block] && len(read) == batchBlocks {
				break // the rest in the next batch
			}
			read[p.block], gone = true, append(gone, p)
		}
		if err := s.countUses(ctx, tx.Tx, uses, r.packed); err != nil {
			return 0, err
		}
		if err := dropRow(ctx, tx.Tx, r.seq); err != nil {
			return 0, err
		}
		hours[r.at/hourMicros] = true
		deleted++
	}
	pieces, err := dropPieces(ctx, tx.Tx, uses)
	if err != nil {
		return 0, err
	}
	for _, p := range append(gone, pieces...) {
		if _, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO gone (block, place) VALUES (?, ?)`, p.block, p.index); err != nil {
			return 0, damaged("noting what is to go", err)
		}
	}
	if err := markStale(ctx, tx.Tx, hours); err != nil {
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, fmt.Errorf("deleting %d exchanges: %w", deleted, err)
	}
	return deleted, nil
}

// going is a row that is to be deleted.
type going struct {
	seq, at int64
	packed  []byte
}

// oldest reads the rows of a batch.
func oldest(ctx context.Context, tx *sql.Tx, cond string, args []any) (list []going, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT seq, started_at, packed FROM exchange JOIN record USING (seq)
		WHERE `+cond+` ORDER BY id LIMIT ?`, append(append([]any{}, args...), batch)...)
	if err != nil {
		return nil, damaged("finding what to delete", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r going
		if err := rows.Scan(&r.seq, &r.at, &r.packed); err != nil {
			return nil, damaged("finding what to delete", err)
		}
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return nil, damaged("finding what to delete", err)
	}
	return list, nil
}

func dropRow(ctx context.Context, tx *sql.Tx, seq int64) error {
	if err := dropMarks(ctx, tx, seq); err != nil {
		return err
	}
	for _, q := range []string{`DELETE FROM search WHERE rowid = ?`, `DELETE FROM quoted WHERE rowid = ?`, `DELETE FROM record WHERE seq = ?`, `DELETE FROM exchange WHERE seq = ?`} {
		if _, err := tx.ExecContext(ctx, q, seq); err != nil {
			return damaged("deleting an exchange", err)
		}
	}
	return nil
}

// countUses adds the pieces that a record's bodies name. A damaged one may leave
// pieces behind.
func (s *Store) countUses(ctx context.Context, tx *sql.Tx, uses map[int64]int64, packed []byte) error {
	plain, err := s.plain(ctx, tx, packed)
	if err != nil {
		return ctx.Err()
	}
	request, reply, err := manifests(plain)
	if err == nil {
		count(uses, request)
		count(uses, reply)
	}
	return nil
}

// count adds the pieces that a manifest names.
func count(uses map[int64]int64, manifest []byte) {
	for len(manifest) > 0 {
		n, _, rest, err := entry(manifest)
		if err != nil {
			return
		}
		if n != 0 {
			uses[n]++
		}
		manifest = rest
	}
}

// dropPieces takes back uses of pieces; those that nobody uses go, and gone says
// where in blocks they were.
func dropPieces(ctx context.Context, tx *sql.Tx, uses map[int64]int64) (gone []place, err error) {
	for n, times := range uses {
		if _, err := tx.ExecContext(ctx, `UPDATE piece SET refs = refs - ? WHERE n = ?`, times, n); err != nil {
			return nil, damaged("letting go of a body", err)
		}
		var data []byte
		err := tx.QueryRowContext(ctx, `DELETE FROM piece WHERE n = ? AND refs <= 0 RETURNING data`, n).Scan(&data)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, damaged("letting go of a body", err)
		}
		if p, ok, err := placed(data); ok && err == nil {
			gone = append(gone, p)
		}
	}
	return gone, nil
}

// markStale has the sums of some hours made anew. Numbers of deleted rows may be
// given out again, so the sums' progress goes back to what is left, and so does the packing's.
func markStale(ctx context.Context, tx *sql.Tx, hours map[int64]bool) error {
	for h := range hours {
		if _, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO stale (hour) VALUES (?)`, h); err != nil {
			return damaged("marking sums", err)
		}
	}
	for _, table := range []string{"rolled", "settled"} {
		if _, err := tx.ExecContext(ctx, `UPDATE `+table+` SET seq = min(seq, (SELECT coalesce(max(seq), 0) FROM exchange))`); err != nil {
			return damaged("marking sums", err)
		}
	}
	return nil
}
