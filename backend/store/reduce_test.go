package store

import (
	"testing"
	"time"

	"gumshoe/backend/query"
)

// TestSumsAnswerFilters asks for totals, facets, an index and a histogram of
// filters that sums can answer and of some that only rows can, and compares them
// with what rows say.
func TestSumsAnswerFilters(t *testing.T) {
	s := open(t)
	f := newFiller(false)
	var items []Item
	for i := range 700 {
		items = append(items, f.item(i, 700))
	}
	save(t, s, items[:600]...)
	rollUp(t, s)
	save(t, s, items[600:]...)
	from := fillEnd.Add(-fillSpan / 2).Add(17 * time.Minute)
	for text, fromSums := range map[string]bool{
		"": true, "model:model-1*": true, "user:user1,user2": true, "task:title": true, "upstream:ollama": true, "state:error,cancelled": true,
		"since:" + from.Format(time.RFC3339): true, "model:model-0 since:" + from.Format(time.RFC3339) + " before:" + fillEnd.Format(time.RFC3339): true,
		"model:model-1 user:user1": false, "ttft:>1s": false, "-model:model-1*": false, "is:cold": false, "model:model-1 OR model:model-2": false, "model:none": false,
	} {
		filter := parse(t, text)
		if _, ok, err := s.reduce(t.Context(), filter); err != nil || ok != fromSums {
			t.Errorf("%q is answered from sums: %v, %v", text, ok, err)
		}
		rows, _, err := s.Page(t.Context(), filter, PageAt{Limit: MaxPage})
		if err != nil {
			t.Fatal(err)
		}
		var older []Row
		if len(rows) == MaxPage {
			if older, _, err = s.Page(t.Context(), filter, PageAt{Limit: MaxPage, BeforeID: rows[MaxPage-1].ID}); err != nil {
				t.Fatal(err)
			}
		}
		rows = append(rows, older...)
		var in, failed int64
		for _, r := range rows {
			if r.Usage.Input != nil {
				in += *r.Usage.Input
			}
			if r.State == "error" {
				failed++
			}
		}
		sum, err := s.Totals(t.Context(), filter)
		if err != nil || sum.Requests != int64(len(rows)) || sum.Errors != failed || sum.Input != nil && *sum.Input != in || sum.Input == nil && in > 0 {
			t.Errorf("%q sums up to %+v (%v); there are %d rows", text, sum, err, len(rows))
		}
		total, _, err := s.Index(t.Context(), filter, 10)
		if err != nil || total != int64(len(rows)) {
			t.Errorf("%q: the index counts %d of %d (%v)", text, total, len(rows), err)
		}
		histogram(t, s, text, filter, rows, failed)
	}
}

func histogram(t *testing.T, s *Store, text string, filter query.Filter, rows []Row, failed int64) {
	t.Helper()
	var bounds []int64
	for at := fillEnd.Add(-fillSpan).Truncate(time.Hour); at.Before(fillEnd); at = at.Add(30 * time.Hour) {
		bounds = append(bounds, at.UnixMicro())
	}
	end := fillEnd.Add(time.Hour).UnixMicro()
	steps, since, err := s.Histogram(t.Context(), filter, bounds, end)
	if err != nil || since != 0 {
		t.Fatal(since, err)
	}
	at := map[int64]int64{}
	for _, r := range rows {
		i := (r.StartedAt - bounds[0]) / (30 * hourMicros)
		at[bounds[i]]++
	}
	var bad int64
	for _, st := range steps {
		if at[st.At] != st.Requests {
			t.Errorf("%q: the step at %d has %d, rows say %d", text, st.At, st.Requests, at[st.At])
		}
		bad += st.Errors
		delete(at, st.At)
	}
	if len(at) > 0 || bad != failed {
		t.Errorf("%q: %d steps are missing; %d errors, rows say %d", text, len(at), bad, failed)
	}
}

// TestLongIndex compares an index made from hourly sums with the rows: every
// anchor lies near the position that it stands for.
func TestLongIndex(t *testing.T) {
	s := open(t)
	f := newFiller(false)
	var items []Item
	for i := range 3000 {
		it := f.item(i, 3000)
		items = append(items, it)
	}
	save(t, s, items...)
	rollUp(t, s)
	list, ok, err := s.reduce(t.Context(), query.Filter{})
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	anchors, err := s.estimatedIndex(t.Context(), list, 100)
	if err != nil || len(anchors) != 30 {
		t.Fatal(len(anchors), err)
	}
	for i, a := range anchors {
		newer := 0
		for _, it := range items {
			if it.Record.ID > a {
				newer++
			}
		}
		if off := newer - i*100; off < -3 || off > 3 {
			t.Errorf("anchor %d stands for row %d, %d rows are newer", i, i*100, newer)
		}
	}
}
