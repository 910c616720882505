package store

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"gumshoe/backend/query"
)

// TestDeleteWhere deletes a chat, some rows and words, before and after they have
// come to rest, while others are saved.
func TestDeleteWhere(t *testing.T) {
	for _, settled := range []bool{false, true} {
		s := open(t)
		ids, bodies := office(t, s, 140)
		if settled {
			settleAll(t, s)
		}
		if _, err := s.RollUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.SetMark(t.Context(), ids[3], Mark{Starred: true, Note: "bye"}); err != nil {
			t.Fatal(err)
		}
		before := s.Size()
		var beside sync.WaitGroup
		var fresh []string
		beside.Go(func() {
			for range 20 {
				it, _, _ := stream(t, "chat-3", 1, "newcomer")
				if err := s.Save(t.Context(), []Item{it}, Progress{}); err != nil {
					t.Error(err)
				}
				fresh = append(fresh, it.Record.ID)
			}
		})
		// Only what is there is deleted: the newest id says up to where.
		n, err := s.DeleteWhere(t.Context(), query.Filter{Chats: []string{"chat-3"}, To: s.started(t, ids[len(ids)-1]) + 1}, nil)
		beside.Wait()
		if n != 20 || err != nil {
			t.Fatalf("%d of a chat deleted, %v", n, err)
		}
		if n, err := s.DeleteIDs(t.Context(), []string{ids[0], ids[3], "nonsense", ids[7], newID(t)}, nil); n != 2 || err != nil {
			t.Errorf("%d of two deleted by id, %v", n, err)
		}
		if n, err := s.DeleteWhere(t.Context(), query.Filter{Text: "word9"}, nil); n == 0 || err != nil {
			t.Errorf("%d deleted by a word, %v", n, err)
		}
		for i, id := range ids {
			_, err := s.Get(t.Context(), id)
			gone := i%7 == 3 || i == 0 || i == 7 || i == 9 || i >= 90 && i < 100
			if gone != errors.Is(err, ErrNotFound) {
				t.Fatalf("exchange %d: %v", i, err)
			}
			if !gone && !bytes.Equal(body(t, s, id, Request), bodies[i][0]) {
				t.Fatalf("the request of exchange %d came back otherwise", i)
			}
		}
		for _, id := range fresh {
			if _, err := s.Get(t.Context(), id); err != nil {
				t.Errorf("what came meanwhile is gone: %v", err)
			}
		}
		if marks, err := s.Marks(t.Context(), ids[3:4]); err != nil || len(marks) != 0 {
			t.Errorf("a mark is left: %v, %v", marks, err)
		}
		if s.holds(t, "word3 ") {
			t.Error("words of what was deleted are left")
		}
		if now := s.Size(); now > before {
			t.Errorf("%d bytes after deleting, %d before", now, before)
		}
		if c, err := s.Check(t.Context()); err != nil || c.Count != 0 {
			t.Errorf("%v, %v", err, c.Problems)
		}
	}
}

func (s *Store) started(t *testing.T, id string) int64 {
	t.Helper()
	r, err := s.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r.StartedAt
}

// TestDeleteStopsBetweenBatches ends a deletion when it has told of a first batch.
func TestDeleteStopsBetweenBatches(t *testing.T) {
	s := open(t)
	var items []Item
	for range 3*batch + 7 {
		it := item(t, nil, nil)
		it.Record.User = "ann"
		items = append(items, it)
	}
	save(t, s, items...)
	ctx, cancel := context.WithCancel(t.Context())
	var told []int64
	n, err := s.DeleteWhere(ctx, query.Filter{Users: []string{"ann"}}, func(gone int64) {
		told = append(told, gone)
		cancel()
	})
	if !errors.Is(err, context.Canceled) || n != batch || len(told) != 1 || told[0] != n {
		t.Errorf("%d are gone, told %v, %v", n, told, err)
	}
	if left, err := s.Count(t.Context()); err != nil || left != 2*batch+7 {
		t.Errorf("%d are left, %v", left, err)
	}
	told = nil
	n, err = s.DeleteWhere(t.Context(), query.Filter{Users: []string{"ann"}}, func(gone int64) { told = append(told, gone) })
	if err != nil || n != 2*batch+7 || !slices.Equal(told, []int64{batch, 2 * batch, 2*batch + 7}) {
		t.Errorf("%d more are gone, told %v, %v", n, told, err)
	}
	if c, err := s.Check(t.Context()); err != nil || c.Count != 0 {
		t.Errorf("%v, %v", err, c.Problems)
	}
}
