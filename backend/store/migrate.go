package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"modernc.org/sqlite"
)

// Migrations are numbered SQL files, applied in order and never changed after a
// release. PRAGMA user_version says how many were.
//
//go:embed migrations/*.sql
var migrations embed.FS

func migrationNames() ([]string, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil {
		return nil, fmt.Errorf("listing the migrations: %w", err)
	}
	return names, nil
}

func (s *Store) migrate(ctx context.Context) error {
	names, err := migrationNames()
	if err != nil {
		return err
	}
	var have int
	if err := s.write.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&have); err != nil {
		return damaged("opening the log", err)
	}
	if have > len(names) {
		return ErrNewer
	}
	if have > 0 && have < len(names) {
		if err := s.keepCopy(ctx, have); err != nil {
			return err
		}
	}
	for i := have; i < len(names); i++ {
		if err := s.apply(ctx, names[i], i+1); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) apply(ctx context.Context, name string, version int) error {
	text, err := migrations.ReadFile(name)
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return damaged("migrating the log", err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, string(text)); err != nil {
		return damaged("applying "+name, err)
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA user_version = %d`, version)); err != nil {
		return fmt.Errorf("noting the log's version: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("applying %s: %w", name, err)
	}
	return nil
}

// keepCopy keeps the file as it is before a migration, beside it.
func (s *Store) keepCopy(ctx context.Context, version int) error {
	if _, err := s.write.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return damaged("copying the log before migrating it", err)
	}
	in, err := os.Open(s.path)
	if err != nil {
		return fmt.Errorf("copying the log before migrating it: %w", err)
	}
	defer in.Close()
	out, err := os.OpenFile(fmt.Sprintf("%s.v%d", s.path, version), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("copying the log before migrating it: %w", err)
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("copying the log before migrating it: %w", err)
	}
	return nil
}

func (s *Store) checkVersion(ctx context.Context) error {
	names, err := migrationNames()
	if err != nil {
		return err
	}
	var have int
	if err := s.read.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&have); err != nil {
		return damaged("opening the log", err)
	}
	switch {
	case have > len(names):
		return ErrNewer
	case have < len(names):
		return errors.New("the log was written by an older Gumshoe; start Gumshoe once to bring it up to date")
	}
	return nil
}

// damaged tells a file that is no database, or a broken one, from other errors.
func damaged(what string, err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case 11, 26: // SQLITE_CORRUPT, SQLITE_NOTADB
			return fmt.Errorf("%s: %w", what, ErrDamaged)
		}
	}
	if strings.Contains(err.Error(), "malformed") {
		return fmt.Errorf("%s: %w", what, ErrDamaged)
	}
	return fmt.Errorf("%s: %w", what, named(err))
}
