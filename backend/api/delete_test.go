package api

import (
	"context"
	"net/http"
	"testing"
	"time"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/query"
)

// slowLog deletes in three steps, and waits for each.
type slowLog struct {
	Log
	step chan struct{}
}

func (l slowLog) DeleteWhere(ctx context.Context, _ query.Filter, progress func(int64)) (int64, error) {
	for i := range int64(3) {
		select {
		case <-l.step:
			progress(i + 1)
		case <-ctx.Done():
			return i, ctx.Err()
		}
	}
	return 3, nil
}

// TestDeletionTellsAndStops follows a deletion by its events and ends it by its name.
func TestDeletionTellsAndStops(t *testing.T) {
	s := newStage(t)
	slow := slowLog{s.Log, make(chan struct{})}
	s.Log = slow
	events, end := s.bus.Subscribe(16)
	defer end()
	ended := make(chan dto.Deleted, 1)
	go func() {
		ended <- into[dto.Deleted](t, s.do("POST", "/api/delete", `{"query":"q=model%3Am","confirm":"delete","name":"mine"}`))
	}()
	slow.step <- struct{}{}
	select {
	case e := <-events:
		if e.Type != "deletion" || e.Deletion == nil || *e.Deletion != (dto.DeletionProgress{Name: "mine", Gone: 1}) {
			t.Errorf("told %+v", e)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("nothing is told")
	}
	for _, name := range []string{"other", "mine"} {
		if w := s.do("POST", "/api/delete/cancel", `{"name":"`+name+`"}`); w.Code != http.StatusNoContent {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if name == "other" {
			select {
			case got := <-ended:
				t.Fatalf("ended by another name: %+v", got)
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	if got := <-ended; got != (dto.Deleted{Deleted: 1, Cancelled: true}) {
		t.Errorf("%+v", got)
	}
	if e := <-events; e.Type != "changed" || e.What != "deleted" {
		t.Errorf("the pages are told %+v", e)
	}
}
