package store

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Sync brings all that was committed to the disk. A commit in WAL mode with
// synchronous=NORMAL outlives the process and not a power cut; SQLite itself
// syncs the WAL before it copies it into the database file, and that file before
// it overwrites the WAL. The database file must not be opened here: closing it
// would let go of the locks that SQLite holds on it.
func (s *Store) Sync() error {
	if err := s.inPlace(); err != nil {
		return err
	}
	if err := s.readBack(context.Background()); err != nil {
		return err
	}
	f, err := os.OpenFile(s.path+"-wal", os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("syncing the log: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("syncing the log: %w", err)
	}
	return nil
}
