package api

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"gumshoe/backend/api/dto"
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

// TestQueryGivesWholeNumbersExactly: what a page would round comes as text, too.
func TestQueryGivesWholeNumbersExactly(t *testing.T) {
	s := newStage(t)
	w := s.do("POST", "/api/sql", `{"sql":"SELECT 9007199254740991, 'x' UNION ALL SELECT 9007199254740992, 9007199254740993.0 UNION ALL SELECT -9223372036854775807 - 1, '9007199254740993'"}`)
	var got dto.SQLAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || len(got.Rows) != 3 {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	slices.SortFunc(got.Exact, func(a, b dto.SQLInt) int { return len(a.Text) - len(b.Text) })
	if len(got.Exact) != 2 || got.Exact[0].Text != "9007199254740992" || got.Exact[1].Text != "-9223372036854775808" {
		t.Errorf("exact are %+v", got.Exact)
	}
}
