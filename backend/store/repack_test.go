package store

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"gumshoe/backend/exchange"
)

// inBlocks is how many bytes blocks take.
func (s *Store) inBlocks(t *testing.T) (n int64) {
	t.Helper()
	if err := s.read.QueryRowContext(t.Context(), `SELECT sum(length(data)) FROM block`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// records reads all that is kept of exchanges but their bodies.
func (s *Store) records(t *testing.T, ids []string) (list []exchange.Record) {
	t.Helper()
	for _, id := range ids {
		r, err := s.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

func repackAll(t *testing.T, s *Store) (steps int) {
	t.Helper()
	for ; ; steps++ {
		more, err := s.Repack(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return steps
		}
	}
}

// all reads what is kept of exchanges, and their bodies.
func (s *Store) all(t *testing.T, ids []string) (list []exchange.Record, bodies [][]byte) {
	t.Helper()
	for _, id := range ids {
		bodies = append(bodies, body(t, s, id, Request), body(t, s, id, Reply))
	}
	return s.records(t, ids), bodies
}

// grownOld fills a log with chats in blocks as they once were: each one zstd, of
// records as they are saved.
func grownOld(t *testing.T) (*Store, []string) {
	t.Helper()
	s := open(t)
	s.blockBytes = 16 << 10
	m := newMonth(t, s)
	for n := range 3 {
		m.chat(n, 6, 0)
	}
	settleAll(t, s)
	ids := s.ids(t)
	if blocks := s.age(t, 0); blocks < 6 || s.blocksThat(t, `substr(data, 1, 1) = x'28'`) != blocks {
		t.Fatalf("%d blocks are old", blocks)
	}
	return s, ids
}

// age writes the blocks of the records after one as they once were.
func (s *Store) age(t *testing.T, at int64) (blocks int) {
	t.Helper()
	for {
		b, records, last, err := s.blockAfter(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		if last == at {
			break
		}
		if at = last; b.n == 0 {
			continue
		}
		members, err := s.splitBlock(b.data)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range records {
			p, err := unpack(members[i].data)
			if err != nil {
				t.Fatal(err)
			}
			if members[i].data, err = p.pack(nil); err != nil {
				t.Fatal(err)
			}
		}
		plain, data := binary.AppendUvarint(nil, uint64(len(members))), []byte(nil)
		for _, m := range members {
			plain, data = binary.AppendUvarint(plain, uint64(len(m.data))), append(data, m.data...)
		}
		if _, err := s.write.ExecContext(t.Context(), `UPDATE block SET data = ? WHERE n = ?`, s.dense.EncodeAll(append(plain, data...), nil), b.n); err != nil {
			t.Fatal(err)
		}
		blocks++
	}
	s.blocks.forget()
	return blocks
}

// TestRepackAfterGoingBack: what an earlier build packs when a person went back to it
// is packed again, too, and what this build packs is not looked at for it.
func TestRepackAfterGoingBack(t *testing.T) {
	s, _ := grownOld(t)
	repackAll(t, s)
	grow := func(from int) {
		t.Helper()
		m := newMonth(t, s)
		for n := range 3 {
			m.chat(from+n, 6, 0)
		}
		settleAll(t, s)
	}
	repacked := func() int64 {
		t.Helper()
		text, _, err := s.Setting(t.Context(), repackedName)
		at, bad := strconv.ParseInt(text, 10, 64)
		if err := errors.Join(err, bad); err != nil {
			t.Fatal(err)
		}
		return at
	}
	before := repacked()
	grow(10)
	if at, err := s.settled(t.Context()); err != nil || at <= before || repacked() != at {
		t.Errorf("after %d, settled is %d and looked at %d, %v", before, at, repacked(), err)
	}
	if steps := repackAll(t, s); steps != 0 {
		t.Errorf("%d steps for what this build packed", steps)
	}
	before = repacked()
	grow(20)
	if err := s.setRepacked(t.Context(), before); err != nil { // an earlier build leaves it there
		t.Fatal(err)
	}
	old := s.age(t, before)
	grow(30) // by this build, which comes before Repack
	if old < 3 || s.blocksThat(t, `substr(data, 1, 1) = x'28'`) != old {
		t.Fatalf("%d blocks are old", old)
	}
	ids := s.ids(t)
	records, bodies := s.all(t, ids)
	repackAll(t, s)
	if n := s.blocksThat(t, `substr(data, 1, 1) <> x'03'`); n > 0 {
		t.Errorf("%d old blocks are left", n)
	}
	if after, fresh := s.all(t, ids); !reflect.DeepEqual(after, records) || !reflect.DeepEqual(fresh, bodies) {
		t.Error("what is kept came back otherwise")
	}
	if at, err := s.settled(t.Context()); err != nil || repacked() != at {
		t.Errorf("settled is %d and looked at %d, %v", at, repacked(), err)
	}
	// The newest go, and their numbers are given again.
	if n, err := s.DeleteIDs(t.Context(), ids[:len(ids)/3], nil); n == 0 || err != nil {
		t.Fatal(n, err)
	}
	repackAll(t, s)
	grow(40)
	if at, err := s.settled(t.Context()); err != nil || repacked() != at {
		t.Errorf("after deleting, settled is %d and looked at %d, %v", at, repacked(), err)
	}
}

// TestRepack: blocks of an earlier build become those of this one, take less, and all
// in them reads as before, also where some of it was deleted before and is after.
func TestRepack(t *testing.T) {
	s, ids := grownOld(t)
	gone := len(ids) / 2
	if n, err := s.DeleteIDs(t.Context(), ids[gone:gone+1], nil); n != 1 || err != nil {
		t.Fatalf("%d deleted, %v", n, err)
	}
	ids = slices.Delete(ids, gone, gone+1)
	before, bodies := s.all(t, ids)
	old, size := s.blocksThat(t, `substr(data, 1, 1) = x'28'`), s.inBlocks(t)
	if steps := repackAll(t, s); steps < old {
		t.Errorf("%d blocks in %d steps", old, steps)
	}
	if n := s.blocksThat(t, `substr(data, 1, 1) <> x'03'`); n > 0 {
		t.Errorf("%d old blocks are left", n)
	}
	now := s.inBlocks(t)
	if t.Logf("%d bytes in %d blocks, %d before", now, old, size); now > size*9/10 {
		t.Errorf("%d bytes in blocks, %d before", now, size)
	}
	check := func(from int) {
		t.Helper()
		after, fresh := s.all(t, ids[from:])
		if !reflect.DeepEqual(after, before[from:]) || !reflect.DeepEqual(fresh, bodies[2*from:]) {
			t.Error("what is kept came back otherwise")
		}
		if c, err := s.Check(t.Context()); err != nil || c.Count != 0 {
			t.Errorf("%v, %v", err, c.Problems)
		}
	}
	check(0)
	if n, err := s.DeleteIDs(t.Context(), ids[:4], nil); n != 4 || err != nil {
		t.Fatalf("%d deleted, %v", n, err)
	}
	check(4)
	if more, err := s.Repack(t.Context()); more || err != nil {
		t.Errorf("it is not done: %v, %v", more, err)
	}
}

// TestRepackIsBrokenOff: a context that ends, and a machine that stops after any step
// with what is on the disk then, cost nothing; the next start goes on.
func TestRepackIsBrokenOff(t *testing.T) {
	s, ids := grownOld(t)
	before, bodies := s.all(t, ids)
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := s.Repack(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended: %v", err)
	}
	for step := range 4 {
		if more, err := s.Repack(t.Context()); !more || err != nil {
			t.Fatalf("step %d: %v, %v", step, more, err)
		}
		path := filepath.Join(t.TempDir(), "gumshoe.db")
		for _, suffix := range []string{"", "-wal"} {
			b, err := os.ReadFile(s.path + suffix)
			if err != nil {
				t.Fatal(err)
			}
			if suffix == "-wal" && step%2 == 1 {
				b = b[:len(b)-len(b)/50] // the last of it did not reach the disk
			}
			if err := os.WriteFile(path+suffix, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		later, err := Open(t.Context(), Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		for _, when := range []string{"as it is found", "repacked"} {
			if after, fresh := later.all(t, ids); !reflect.DeepEqual(after, before) || !reflect.DeepEqual(fresh, bodies) {
				t.Errorf("step %d, %s: what is kept came back otherwise", step, when)
			}
			repackAll(t, later)
		}
		if n := later.blocksThat(t, `substr(data, 1, 1) <> x'03'`); n > 0 {
			t.Errorf("step %d: %d old blocks are left", step, n)
		}
		if err := later.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRepackLeavesWhatChanged: a block that a deletion wrote meanwhile stays as that
// wrote it, and so does one that can't be read.
func TestRepackLeavesWhatChanged(t *testing.T) {
	s := openOld(t)
	ids := s.ids(t)
	old, records, _, err := s.blockAfter(t.Context(), 0)
	if err != nil || len(records) == 0 {
		t.Fatal(records, err)
	}
	if n, err := s.DeleteIDs(t.Context(), ids[:2], nil); n != 2 || err != nil {
		t.Fatalf("%d deleted, %v", n, err)
	}
	if err := s.rewrite(t.Context(), old, records); err != nil {
		t.Fatal(err)
	}
	if s.holds(t, "word0 ") {
		t.Error("what was deleted is there again")
	}
	old.data = append([]byte{}, old.data[:len(old.data)/2]...)
	if err := s.rewrite(t.Context(), old, records); err != nil {
		t.Error(err)
	}
	s.readOffice(t, ids, 2)
}
