package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// ErrMoved says that the log's files are not those that were opened. What is
// written to a file without a name is gone when the process ends.
var ErrMoved = errors.New("the log's file was moved, deleted or replaced while Gumshoe runs; put it back with its -wal, or restart Gumshoe to go on with what is there now")

// files are which ones were opened: the database and its write-ahead log, which
// stays the same file for as long as anybody has the database open.
type files struct {
	db, wal os.FileInfo
	holder  *sql.Conn    // keeps the database open
	sound   atomic.Int64 // when they were last read back, microseconds
}

// readBackEvery is how often Save reads back what is on the disk.
const readBackEvery = 10 * time.Second

func filesAt(path string) (db, wal os.FileInfo, err error) {
	if db, err = os.Stat(path); err == nil {
		wal, err = os.Stat(path + "-wal")
	}
	return db, wal, err
}

// stayOpen remembers the files, and sees to it that they stay the same ones.
func (s *Store) stayOpen(ctx context.Context) error {
	holder, err := s.read.Conn(ctx)
	if err != nil {
		return fmt.Errorf("opening the log: %w", err)
	}
	if err := holder.QueryRowContext(ctx, `SELECT count(*) FROM progress`).Scan(new(int)); err != nil {
		return errors.Join(fmt.Errorf("opening the log: %w", err), holder.Close())
	}
	if s.files.db, s.files.wal, err = filesAt(s.path); err != nil {
		return errors.Join(fmt.Errorf("opening the log: %w", err), holder.Close())
	}
	s.files.holder = holder
	return nil
}

// inPlace is nil while the log's files are where they were opened. Only names are
// looked at: to open the database file and close it again would let go of the
// locks that SQLite holds on it.
func (s *Store) inPlace() error {
	db, wal, err := filesAt(s.path)
	switch {
	case errors.Is(err, os.ErrNotExist), err == nil && (!os.SameFile(db, s.files.db) || !os.SameFile(wal, s.files.wal)):
		return ErrMoved
	case err != nil:
		return fmt.Errorf("looking for the log's file: %w", err)
	}
	return nil
}

// reader opens connections that read. While another file has the log's name it opens
// none: such a connection would stay with that file once the log is back.
type reader struct {
	store  *Store
	driver driver.Driver
	name   string
}

// openReader opens connections of a name through reader.
func (s *Store) openReader(name string) (*sql.DB, error) {
	plain, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	defer plain.Close() // it is asked for its driver only
	return sql.OpenDB(reader{store: s, driver: plain.Driver(), name: name}), nil
}

// Connect opens a connection.
func (r reader) Connect(context.Context) (driver.Conn, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	c, err := r.driver.Open(r.name)
	if err != nil {
		return nil, fmt.Errorf("opening the log for reading: %w", err)
	}
	if err := r.check(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Driver is what opens them.
func (r reader) Driver() driver.Driver { return r.driver }

func (r reader) check() error {
	if r.store.files.db == nil {
		return nil // the first one, or a log that another process has
	}
	return r.store.inPlace()
}

// readBack looks at the disk past what connections remember of it: they would go
// on for hours with a file that somebody has overwritten. It reads the begin of
// the file and the newest rows; all of it is for Check.
func (s *Store) readBack(ctx context.Context) error {
	db, err := sql.Open("sqlite", dsn(s.path, "mode=rw", "busy_timeout(10000)", "query_only(1)")) // never made anew
	if err != nil {
		return fmt.Errorf("reading the log back: %w", err)
	}
	defer db.Close()
	var rows, bytes sql.NullInt64
	err = db.QueryRowContext(ctx, `SELECT (SELECT max(seq) FROM exchange) + (SELECT count(*) FROM progress), (SELECT length(packed) FROM record ORDER BY seq DESC LIMIT 1)`).Scan(&rows, &bytes)
	if err != nil {
		if err = damaged("reading the log back", err); errors.Is(err, ErrDamaged) {
			return err
		}
	}
	s.files.sound.Store(time.Now().UnixMicro())
	return nil // what else there is to say of it Save finds itself
}

// writable is nil where what is written now can be found again, and what is deleted
// now is gone from the file that people see. It is called before each transaction
// of either, under saving.
func (s *Store) writable(ctx context.Context) error {
	if err := s.inPlace(); err != nil {
		return err
	}
	if age := time.Now().UnixMicro() - s.files.sound.Load(); age >= 0 && age < readBackEvery.Microseconds() {
		return nil
	}
	return s.readBack(ctx)
}
