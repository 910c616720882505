package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"modernc.org/sqlite"
)

// Why the log can't be written, beside ErrMoved and ErrDamaged.
var (
	ErrLocked = errors.New("another program has locked the log (gumshoe.db): end what it writes there, or close it")
	ErrFull   = errors.New("the disk of the log is full: make room on it")
	ErrDenied = errors.New("the log may not be written: let this user write the data folder and the files in it")
)

// lockAfter is how long a transaction waits for SQLite's lock before that is news:
// other programs write for an instant, too.
const lockAfter = 1500 * time.Millisecond

// named gives SQLite's errors that a person can do something about their names.
func named(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	name := error(nil)
	switch e.Code() & 0xff {
	case 3, 8: // SQLITE_PERM, SQLITE_READONLY
		name = ErrDenied
	case 5: // SQLITE_BUSY
		name = ErrLocked
	case 13: // SQLITE_FULL
		name = ErrFull
	}
	if name == nil || errors.Is(err, name) {
		return err
	}
	return fmt.Errorf("%w (%w)", name, err)
}

// lock is how long transactions have waited for the lock that SQLite gives to one
// of all programs. Only this program's own one connection writes, and it waits
// after it was taken: who is waited for is another program.
type lock struct {
	mu      sync.Mutex
	waiting int
	since   time.Time
}

func (l *lock) wait() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting++; l.waiting == 1 {
		l.since = time.Now()
	}
}

// got ends a wait; err is nil where it had the lock.
func (l *lock) got(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting--
	if err == nil {
		l.since = time.Now()
	}
}

// Locked is ErrLocked while another program keeps this one from writing for longer
// than an instant. It may be asked while a Save is under way.
func (s *Store) Locked() error {
	s.lock.mu.Lock()
	defer s.lock.mu.Unlock()
	if s.lock.waiting > 0 && time.Since(s.lock.since) > lockAfter {
		return ErrLocked
	}
	return nil
}

// transaction is one of the connection that writes.
type transaction struct {
	*sql.Tx
	conn *sql.Conn
}

// take locks saving, for all but Save. Where another program is known to have the log
// it gives up: Save alone is to wait for that, with nothing before it, and a person who
// clicked is to be told at once.
func (s *Store) take() error {
	if err := s.Locked(); err != nil {
		return err
	}
	s.saving.Lock()
	return nil
}

// begin begins a transaction that writes, but for Save, as take.
func (s *Store) begin(ctx context.Context) (t transaction, err error) {
	if err := s.Locked(); err != nil {
		return t, err
	}
	if t.conn, err = s.write.Conn(ctx); err != nil {
		return t, fmt.Errorf("taking the connection: %w", err)
	}
	s.lock.wait()
	t.Tx, err = t.conn.BeginTx(ctx, nil)
	s.lock.got(err)
	if err != nil {
		return t, errors.Join(named(err), t.conn.Close())
	}
	return t, nil
}

// Commit keeps what was written.
func (t transaction) Commit() error { return errors.Join(named(t.Tx.Commit()), t.conn.Close()) }

// Rollback takes it back, but not after Commit.
func (t transaction) Rollback() error { return errors.Join(t.Tx.Rollback(), t.conn.Close()) }

// exec runs one statement that writes, as begin.
func (s *Store) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := s.Locked(); err != nil {
		return nil, err
	}
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("taking the connection: %w", err)
	}
	s.lock.wait()
	res, err := conn.ExecContext(ctx, query, args...)
	s.lock.got(err)
	return res, errors.Join(named(err), conn.Close())
}
