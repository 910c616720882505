// Package store keeps the log in one SQLite file. It is the only place with SQL.
//
// Guarantees: Save is one transaction with the recorder's progress, and saving
// an exchange twice changes nothing. Bodies come back byte for byte; what chats
// repeat is stored once, and what has come to rest is packed together. One connection writes, several read, and a reader sees
// whole transactions. A file of a newer Gumshoe is refused, a damaged one is an
// error and never a panic. What was deleted is overwritten or its pages are given
// back (words of rows that went a few at a time stay in the full-text index until
// it merges). The files are readable by their owner only.
//
// Test it with: go test ./backend/store (on real files).
package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	_ "modernc.org/sqlite" // the driver
)

// The errors that callers tell apart.
var (
	ErrNotFound = errors.New("no such exchange in the log")
	ErrNewer    = errors.New("the log was written by a newer Gumshoe; use that one, or choose another folder with --data")
	ErrDamaged  = errors.New("the log can't be read as a database; move gumshoe.db away to begin a new one, or restore a backup (gumshoe restore --replace FILE)")
)

// Config says where the log is.
type Config struct {
	Path string       // of the database file
	Log  *slog.Logger // nil: discarded
}

// Store is the open log, safe for concurrent use.
type Store struct {
	path  string
	log   *slog.Logger
	write *sql.DB // nil in a read-only store
	read  *sql.DB
	zip   *zstd.Encoder // of pieces
	dense *zstd.Encoder // of blocks of which little repeats, which stay
	quick *zstd.Encoder // of what is kept beside a row
	unzip *zstd.Decoder

	window, roll int           // rows; defaultWindow and defaultRoll but in tests
	blockBytes   int           // settleBytes but in tests
	counting     time.Duration // countFor but in tests
	stretch      int64         // rows; defaultStretch but in tests

	files              files // that are written
	lock               lock
	blocks             blocks
	saving             sync.Mutex // guards what follows, and deletions against Save
	direct             direct
	values             []any                       // of a row
	known              map[[sha256.Size]byte]int64 // pieces seen lately, by hash
	buffer, scratch    []byte
	unpressed, pressed []byte    // a record, before and after it is packed
	manifests          [2][]byte // its request's and its reply's
	waiting            int64     // the newest exchange when there was too little to settle
}

// Open opens the log for writing, makes it where it is missing and migrates it.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	s, err := newStore(cfg)
	if err != nil {
		return nil, err
	}
	if err := private(cfg.Path); err != nil {
		return nil, err
	}
	s.write, err = sql.Open("sqlite", dsn(cfg.Path, "_txlock=immediate",
		"busy_timeout(10000)", "auto_vacuum(2)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)", "secure_delete(FAST)"))
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	s.write.SetMaxOpenConns(1)
	if err := s.migrate(ctx); err != nil {
		s.write.Close()
		return nil, err
	}
	if err := s.openReaders(); err != nil {
		s.write.Close()
		return nil, err
	}
	if err := s.stayOpen(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// OpenReadOnly opens a log that another process may be writing.
func OpenReadOnly(ctx context.Context, cfg Config) (*Store, error) {
	s, err := newStore(cfg)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(cfg.Path); err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	if err := s.openReaders(); err != nil {
		return nil, err
	}
	if err := s.checkVersion(ctx); err != nil {
		s.read.Close()
		return nil, err
	}
	return s, nil
}

func newStore(cfg Config) (*Store, error) {
	s := &Store{path: cfg.Path, log: cfg.Log, window: defaultWindow, roll: defaultRoll, blockBytes: settleBytes, counting: countFor, stretch: defaultStretch, known: map[[sha256.Size]byte]int64{}, buffer: make([]byte, 64<<10)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if s.zip, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithAllLitEntropyCompression(true)); err != nil {
		return nil, fmt.Errorf("preparing compression: %w", err)
	}
	if s.dense, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithWindowSize(settleBytes*2)); err != nil {
		return nil, fmt.Errorf("preparing compression: %w", err)
	}
	if s.quick, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<20)); err != nil {
		return nil, fmt.Errorf("preparing compression: %w", err)
	}
	if s.unzip, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(maxPlain)); err != nil {
		return nil, fmt.Errorf("preparing decompression: %w", err)
	}
	return s, nil
}

// readers is how many questions are answered at once.
const readers = 4

func (s *Store) openReaders() error {
	// mode=rw: a reader never makes the file that it does not find.
	db, err := s.openReader(dsn(s.path, "mode=rw", "busy_timeout(10000)", "query_only(1)", "cache_size(-16384)"))
	if err != nil {
		return fmt.Errorf("opening the log for reading: %w", err)
	}
	db.SetMaxOpenConns(readers)
	if s.write != nil {
		db.SetMaxOpenConns(readers + 1) // and one that only holds the files
	}
	s.read = db
	return nil
}

func dsn(path, extra string, pragmas ...string) string {
	q := url.Values{}
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()}
	out := u.String() + "?" + q.Encode()
	if extra != "" {
		out += "&" + extra
	}
	return out
}

// private makes the database file with mode 0600; SQLite gives its -wal and
// -shm files the same.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("making the log's file: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("making the log's file: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("closing the log's file to others: %w", err)
	}
	return nil
}

// Close ends all connections; the write-ahead log goes into the file.
func (s *Store) Close() error {
	var errs []error
	if s.files.holder != nil {
		errs = append(errs, s.files.holder.Close())
	}
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	if s.write != nil {
		if s.direct.conn != nil {
			errs = append(errs, s.withDirect(context.Background(), (*direct).close))
		}
		errs = append(errs, s.write.Close())
	}
	s.unzip.Close()
	return errors.Join(errs...)
}

// Size is how many bytes the log takes on disk, its write-ahead log included.
func (s *Store) Size() int64 {
	var n int64
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if st, err := os.Stat(s.path + suffix); err == nil {
			n += st.Size()
		}
	}
	return n
}

// Progress is how far the recorder is, as journal positions in text: all that
// ended before Read is stored; Keep is where to go on after a restart.
type Progress struct{ Read, Keep string }

// Progress reads what Save kept last; the zero value where nothing was.
func (s *Store) Progress(ctx context.Context) (Progress, error) {
	var p Progress
	err := s.read.QueryRowContext(ctx, `SELECT read, keep FROM progress`).Scan(&p.Read, &p.Keep)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return p, fmt.Errorf("reading the recorder's progress: %w", err)
	}
	return p, nil
}

// Setting reads one setting; false where it was never set.
func (s *Store) Setting(ctx context.Context, name string) (string, bool, error) {
	var v string
	err := s.read.QueryRowContext(ctx, `SELECT value FROM setting WHERE name = ?`, name).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("reading the setting %s: %w", name, err)
	}
	return v, true, nil
}

// SetSetting keeps one setting.
func (s *Store) SetSetting(ctx context.Context, name, value string) error {
	if err := s.inPlace(); err != nil {
		return err
	}
	_, err := s.exec(ctx,
		`INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	if err != nil {
		return fmt.Errorf("keeping the setting %s: %w", name, err)
	}
	return nil
}
