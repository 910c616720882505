package api

import (
	"testing"
	"time"

	"gumshoe/backend/store"
)

// TestQueryEndsByItsName cancels a query without end as the window does, which
// does not say that a page has given a request up.
func TestQueryEndsByItsName(t *testing.T) {
	s := newStage(t)
	ended := make(chan int)
	begun := time.Now()
	go func() {
		w := s.do("POST", "/api/sql", `{"sql":"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n","name":"endless"}`)
		ended <- w.Code
	}()
	for {
		if w := s.do("POST", "/api/sql/cancel", `{"name":"endless"}`); w.Code != 204 {
			t.Fatalf("cancel: %d %s", w.Code, w.Body)
		}
		select {
		case code := <-ended:
			if took := time.Since(begun); code == 200 || took > store.AskTime/2 {
				t.Errorf("it ended with %d after %v", code, took)
			}
			if w := s.do("POST", "/api/sql", `{"sql":"SELECT 42","name":"endless"}`); w.Code != 200 {
				t.Errorf("the next one: %d %s", w.Code, w.Body)
			}
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}
