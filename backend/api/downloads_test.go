package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/exchange"
	"gumshoe/backend/store"
)

// slow is a browser that takes nothing until it is let.
type slow struct {
	*httptest.ResponseRecorder
	once       *sync.Once
	asked, let chan struct{}
}

func (s slow) Write(b []byte) (int, error) {
	s.once.Do(func() { close(s.asked) })
	<-s.let
	return s.ResponseRecorder.Write(b)
}

func TestDownloadSaysHowFarItIs(t *testing.T) {
	s := newStage(t)
	if w := s.do("GET", "/api/export/state?job=a", ""); w.Code != 404 {
		t.Errorf("before: %d %s", w.Code, w.Body)
	}
	if w := s.do("GET", "/api/export?format=finetune&job=a", ""); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	got := into[dto.ExportState](t, s.do("GET", "/api/export/state?job=a", ""))
	left := int64(0)
	for _, n := range got.Left {
		left += n
	}
	if got.State != "done" || got.Written+left != 1 {
		t.Errorf("%+v", got)
	}
	if w := s.do("GET", "/api/export?format=csv", ""); w.Code != 200 || w.Body.Len() == 0 {
		t.Errorf("without a name: %d", w.Code)
	}
}

// TestDownloadEndsByItsName cancels one while it runs: it is cut, which a browser
// takes for a failure, and its page is told.
func TestDownloadEndsByItsName(t *testing.T) {
	s := newStage(t)
	var items []store.Item
	for range 300 { // more than is kept before it is written
		id, err := uuid.NewV7()
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, store.Item{Record: &exchange.Record{Exchange: exchange.Exchange{ID: id.String(), StartedAt: time.Now().UnixMicro(), State: exchange.OK, Client: strings.Repeat("x", 500)}}})
	}
	if err := s.Log.(*store.Store).Save(t.Context(), items, store.Progress{}); err != nil {
		t.Fatal(err)
	}
	w := slow{httptest.NewRecorder(), &sync.Once{}, make(chan struct{}), make(chan struct{})}
	cut := make(chan any)
	go func() {
		defer func() { cut <- recover() }()
		s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/api/export?format=csv&job=b", nil))
	}()
	select {
	case <-w.asked:
	case <-time.After(10 * time.Second):
		t.Fatal("nothing is written")
	}
	if got := into[dto.ExportState](t, s.do("GET", "/api/export/state?job=b", "")); got.State != "running" {
		t.Errorf("on its way: %+v", got)
	}
	if w := s.do("POST", "/api/export/cancel?job=b", ""); w.Code != 204 {
		t.Errorf("cancel: %d %s", w.Code, w.Body)
	}
	close(w.let)
	if got := <-cut; got != http.ErrAbortHandler {
		t.Errorf("the download ended with %v", got)
	}
	if got := into[dto.ExportState](t, s.do("GET", "/api/export/state?job=b", "")); got.State != "cancelled" {
		t.Errorf("cancelled: %+v", got)
	}
}
