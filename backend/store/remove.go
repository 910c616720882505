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
const batch = 500

// DeleteAll empties the log; settings and progress stay. It returns how many
// exchanges went. Nothing of them can be read in the file afterwards.
func (s *Store) DeleteAll(ctx context.Context) (int64, error) {
	n, err := s.empty(ctx)
	if err != nil {
		return 0, err
	}
	if err := s.vacuum(ctx); err != nil {
		return n, err
	}
	return n, errors.Join(s.checkpoint(ctx), s.dropCopies())
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
	s.saving.Lock()
	defer s.saving.Unlock()
	clear(s.known)
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("beginning to delete: %w", err)
	}
	defer tx.Rollback()
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM exchange`).Scan(&n); err != nil {
		return 0, damaged("counting what to delete", err)
	}
	for _, q := range []string{`DELETE FROM exchange`, `DELETE FROM record`, `DELETE FROM piece`, `DELETE FROM rollup`, `DELETE FROM mark`, `DELETE FROM stale`,
		`UPDATE rolled SET seq = 0`, `INSERT INTO search (search) VALUES ('delete-all')`} {
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
	return s.deleteWhile(ctx, `started_at < ? AND id < ?`, []any{micros, idAt(micros + slack)}, func() bool { return true })
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
	return s.deleteWhile(ctx, `1`, nil, func() bool { return s.Size() > bytes })
}

func (s *Store) checkpoint(ctx context.Context) error {
	if _, err := s.write.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return fmt.Errorf("giving space back: %w", err)
	}
	return nil
}

func (s *Store) deleteWhile(ctx context.Context, cond string, args []any, more func() bool) (total int64, err error) {
	for more() {
		n, err := s.deleteBatch(ctx, cond, args)
		total += n
		if err != nil || n == 0 {
			return total, err
		}
		if err := s.vacuum(ctx); err != nil {
			return total, err
		}
		if err := s.checkpoint(ctx); err != nil {
			return total, err
		}
	}
	return total, nil
}

// vacuum gives all free pages back. The pragma works a page a step, so its rows
// have to be read to the end.
func (s *Store) vacuum(ctx context.Context) error {
	rows, err := s.write.QueryContext(ctx, `PRAGMA incremental_vacuum`)
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

// deleteBatch deletes the oldest rows of a condition and what only they used.
func (s *Store) deleteBatch(ctx context.Context, cond string, args []any) (int64, error) {
	s.saving.Lock()
	defer s.saving.Unlock()
	clear(s.known)
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("beginning to delete: %w", err)
	}
	defer tx.Rollback()
	rows, err := tx.QueryContext(ctx, `SELECT seq, started_at, packed FROM exchange JOIN record USING (seq)
		WHERE `+cond+` ORDER BY id LIMIT ?`, append(append([]any{}, args...), batch)...)
	if err != nil {
		return 0, damaged("finding what to delete", err)
	}
	var seqs []int64
	uses, hours := map[int64]int64{}, map[int64]bool{}
	for rows.Next() {
		var seq, at int64
		var data sql.RawBytes
		if err := rows.Scan(&seq, &at, &data); err != nil {
			rows.Close()
			return 0, damaged("finding what to delete", err)
		}
		seqs = append(seqs, seq)
		hours[at/hourMicros] = true
		if p, err := s.unpack(data); err == nil { // a damaged one may leave pieces behind
			count(uses, p.request)
			count(uses, p.reply)
		}
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return 0, damaged("finding what to delete", err)
	}
	for _, seq := range seqs {
		if err := dropMarks(ctx, tx, seq); err != nil {
			return 0, err
		}
		for _, q := range []string{`DELETE FROM search WHERE rowid = ?`, `DELETE FROM record WHERE seq = ?`, `DELETE FROM exchange WHERE seq = ?`} {
			if _, err := tx.ExecContext(ctx, q, seq); err != nil {
				return 0, damaged("deleting an exchange", err)
			}
		}
	}
	if err := dropPieces(ctx, tx, uses); err != nil {
		return 0, err
	}
	if err := markStale(ctx, tx, hours); err != nil {
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, fmt.Errorf("deleting %d exchanges: %w", len(seqs), err)
	}
	return int64(len(seqs)), nil
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

func dropPieces(ctx context.Context, tx *sql.Tx, uses map[int64]int64) error {
	for n, times := range uses {
		if _, err := tx.ExecContext(ctx, `UPDATE piece SET refs = refs - ? WHERE n = ?`, times, n); err != nil {
			return damaged("letting go of a body", err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM piece WHERE n = ? AND refs <= 0`, n); err != nil {
			return damaged("letting go of a body", err)
		}
	}
	return nil
}

// markStale has the sums of some hours made anew. Numbers of deleted rows may be
// given out again, so the sums' progress goes back to what is left.
func markStale(ctx context.Context, tx *sql.Tx, hours map[int64]bool) error {
	for h := range hours {
		if _, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO stale (hour) VALUES (?)`, h); err != nil {
			return damaged("marking sums", err)
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE rolled SET seq = min(seq, (SELECT coalesce(max(seq), 0) FROM exchange))`); err != nil {
		return damaged("marking sums", err)
	}
	return nil
}
