package store

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

func (s *Store) count(t *testing.T, what string) (n int) {
	t.Helper()
	if err := s.read.QueryRowContext(t.Context(), `SELECT `+what).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

const blocksToGo = `count(DISTINCT block) FROM gone`

// TestDeletionHoldsTheRecorderUpForOneBlock deletes the last requests of chats, whose
// messages lie in many blocks and are used by nothing else then: no transaction
// writes more than one of the blocks anew.
func TestDeletionHoldsTheRecorderUpForOneBlock(t *testing.T) {
	s := open(t)
	ids, bodies := office(t, s, 160)
	if blocks := settleAll(t, s); blocks < 10 {
		t.Fatalf("%d blocks", blocks)
	}
	whole := s.count(t, `count(*) FROM block`)
	for {
		n, err := s.deleteBatch(t.Context(), `chat IN ('chat-1', 'chat-2')`, nil)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	if now := s.count(t, `count(*) FROM block`); now != whole {
		t.Errorf("deleting rows left %d blocks of %d", now, whole)
	}
	todo := s.count(t, blocksToGo)
	if todo < 5 {
		t.Fatalf("what is gone lies in %d blocks", todo)
	}
	// A recorder that waits gets its turn after each.
	for ; todo > 3; todo-- {
		if more, err := s.sweep(t.Context()); !more || err != nil {
			t.Fatal(more, err)
		}
		if left := s.count(t, blocksToGo); left != todo-1 {
			t.Fatalf("one step took things out of %d blocks", todo-left)
		}
		it, _, _ := stream(t, "chat-3", 3, "meanwhile")
		save(t, s, it)
	}
	// The program ends here: what is left goes when it packs next.
	path := s.path
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if left := s.count(t, blocksToGo); left != 3 {
		t.Errorf("%d blocks are left to do after a restart", left)
	}
	settleAll(t, s)
	if left := s.count(t, blocksToGo); left != 0 {
		t.Errorf("%d blocks were left as they are", left)
	}
	for i := range ids {
		gone := i%7 == 1 || i%7 == 2
		if held := s.holds(t, fmt.Sprintf("word%d ", i)); held && gone || !held && !gone && i < 100 {
			t.Errorf("words of exchange %d: in a block is %v, deleted is %v", i, held, gone)
		}
		if !gone && string(body(t, s, ids[i], Request)) != string(bodies[i][0]) {
			t.Errorf("the request of exchange %d came back otherwise", i)
		}
	}
	if c, err := s.Check(t.Context()); err != nil || c.Count != 0 {
		t.Errorf("%v, %v", err, c.Problems)
	}
}

// TestWholeBlocksGoUnread deletes all that lies in a block. Its text is damaged: it
// goes by what its head says.
func TestWholeBlocksGoUnread(t *testing.T) {
	s := open(t)
	members := []member{{[]byte("some text"), 0}, {[]byte("more text"), 4}, {}}
	data := s.joinBlock(members, nil)
	data[1] = 9 // no such way
	for _, q := range []string{`INSERT INTO block (n, data) VALUES (1, ?)`, `INSERT INTO block (n, data) VALUES (2, ?)`} {
		if _, err := s.write.ExecContext(t.Context(), q, data); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.write.ExecContext(t.Context(), `INSERT INTO gone VALUES (1, 0), (1, 1), (2, 0), (3, 0)`); err != nil {
		t.Fatal(err)
	}
	if err := s.clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := s.count(t, `group_concat(n) FROM block`); left != 2 || s.count(t, blocksToGo) != 0 {
		t.Errorf("block %d is left", left)
	}
}

// TestTrimLetsTheRecorderIn saves while the log is brought down to a size: the
// recorder gets its turn many times before that is done.
func TestTrimLetsTheRecorderIn(t *testing.T) {
	s := open(t)
	office(t, s, 300)
	settleAll(t, s)
	if err := s.checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	var during atomic.Int64
	saved, stop, done := 0, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			it, _, _ := stream(t, "chat-9", 2, "meanwhile")
			if err := s.Save(t.Context(), []Item{it}, Progress{}); err != nil {
				t.Error(err)
				return
			}
			saved++
			during.Add(1)
		}
	}()
	for during.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	before := during.Load()
	// All that there was goes, as nothing is so small; what comes after that stays.
	n, err := s.deleteWhile(t.Context(), `seq <= 300`, nil, func() bool { return true }, s.clean)
	turns := during.Load() - before
	close(stop)
	<-done
	if n != 300 || err != nil {
		t.Fatal(n, err)
	}
	if turns < 10 {
		t.Errorf("the recorder saved %d times while 300 rows went", turns)
	}
	if have := s.count(t, `count(*) FROM exchange`); have != saved {
		t.Errorf("%d rows of %d that were saved meanwhile", have, saved)
	}
	if c, err := s.Check(t.Context()); err != nil || c.Count != 0 {
		t.Errorf("%v, %v", err, c.Problems)
	}
}
