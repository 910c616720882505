package store

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/klauspost/compress/zstd"
)

// TestOldBlocksRead opens a log whose blocks were one zstd of records with their
// numbers among their text, as version 6 packed them.
func TestOldBlocksRead(t *testing.T) {
	s := openOld(t)
	ids := s.ids(t)
	s.readOffice(t, ids, 0)
	// What is left of an old block is written as a new one, with the old records.
	if n, err := s.DeleteIDs(t.Context(), ids[:10], nil); n != 10 || err != nil {
		t.Fatalf("%d deleted, %v", n, err)
	}
	if n := s.blocksThat(t, `substr(data, 1, 1) = x'03'`); n == 0 {
		t.Error("no block was written anew")
	}
	s.readOffice(t, ids, 10)
	if s.holds(t, "word3 ") || !s.holds(t, "word20 ") {
		t.Error("what was deleted is still there, or what was not is gone")
	}
}

// openOld opens the log of version 6.
func openOld(t *testing.T) *Store {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "v6.db.zst"))
	if err != nil {
		t.Fatal(err)
	}
	unzip, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unzip.Close()
	if data, err = unzip.DecodeAll(data, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "gumshoe.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if n := s.blocksThat(t, `substr(data, 1, 1) = x'28'`); n < 10 {
		t.Fatalf("%d old blocks", n)
	}
	return s
}

// readOffice compares all exchanges from one on with what office wrote, and has the
// log checked.
func (s *Store) readOffice(t *testing.T, ids []string, from int) {
	t.Helper()
	for i, id := range ids {
		if i < from {
			continue
		}
		it, request, reply := stream(t, fmt.Sprintf("chat-%d", i%7), i/7%20, fmt.Sprintf("word%d", i))
		if !bytes.Equal(body(t, s, id, Request), request) || !bytes.Equal(body(t, s, id, Reply), reply) {
			t.Fatalf("bodies of exchange %d came back otherwise", i)
		}
		r, err := s.Get(t.Context(), id)
		if err != nil || len(r.Chunks) < len(it.Record.Chunks)-1 || r.Chunks[len(r.Chunks)-1] != it.Record.Chunks[len(it.Record.Chunks)-1] {
			t.Fatalf("exchange %d: %v, %d chunks", i, err, len(r.Chunks))
		}
	}
	if c, err := s.Check(t.Context()); err != nil || c.Count != 0 {
		t.Errorf("%v, %v", err, c.Problems)
	}
}

func (s *Store) blocksThat(t *testing.T, cond string) (n int) {
	t.Helper()
	if err := s.read.QueryRowContext(t.Context(), `SELECT count(*) FROM block WHERE `+cond).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// ids are those of all exchanges, in the order in which they were saved.
func (s *Store) ids(t *testing.T) (list []string) {
	t.Helper()
	rows, err := s.read.QueryContext(t.Context(), `SELECT id FROM exchange ORDER BY seq`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			t.Fatal(err)
		}
		u, err := uuid.FromBytes(b)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, u.String())
	}
	return list
}
