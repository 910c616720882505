package api

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/exchange"
	"gumshoe/backend/price"
	"gumshoe/backend/store"
)

// TestWhatIfComparesTheSameRequests has requests of each reason to be left out.
func TestWhatIfComparesTheSameRequests(t *testing.T) {
	s := newStage(t)
	now := time.Now()
	rate := 10.0
	s.machine.own = []price.Own{{Model: "other", Input: &rate, Output: &rate, From: now.AddDate(0, 0, -2).UTC().Format(time.DateOnly)}}
	usage := exchange.Usage{Input: exchange.Int64(60_000), Output: exchange.Int64(40_000), Basis: exchange.Reported} // 1 $ as "other"
	put := func(n int, ago time.Duration, usage exchange.Usage, cost exchange.Cost) {
		for i := range n {
			id, err := uuid.NewV7()
			if err != nil {
				t.Fatal(err)
			}
			rec := exchange.Record{Exchange: exchange.Exchange{ID: id.String(), StartedAt: now.Add(-ago).UnixMicro() - int64(i), State: exchange.OK, Model: "mine", API: exchange.OllamaChat, Usage: usage, Cost: cost}}
			if err := s.Log.(*store.Store).Save(t.Context(), []store.Item{{Record: &rec}}, store.Progress{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	half := func(basis exchange.Basis) exchange.Cost {
		return exchange.Cost{USD: exchange.Float64(0.5), Basis: basis}
	}
	ask := func() dto.WhatIf {
		q := fmt.Sprintf("/api/what-if?model=mine&as=other&from=%d&to=%d", now.Add(-30*24*time.Hour).UnixMicro(), now.Add(time.Minute).UnixMicro())
		return into[dto.WhatIf](t, s.do("GET", q, ""))
	}
	put(3, time.Minute, usage, half(exchange.Calculated))
	put(1, time.Minute, usage, half(exchange.Estimated))
	put(2, time.Minute, usage, exchange.Cost{})
	put(5, 20*24*time.Hour, usage, half(exchange.Calculated)) // before there was a price
	put(1, time.Minute, exchange.Usage{}, exchange.Cost{})
	w := ask()
	if w.Rows != 4 || w.Estimated != 1 || w.Unpriced != 2 || w.NoPrice != 5 || w.Lacks != 1 || w.Price == "" {
		t.Fatalf("%+v", w)
	}
	if w.Now == nil || *w.Now != 2 || w.Then == nil || *w.Then != 4 || w.UnpricedThen == nil || *w.UnpricedThen != 2 {
		t.Errorf("cost %v, would cost %v, those without a cost %v", w.Now, w.Then, w.UnpricedThen)
	}
	for filter, n := range map[string]int64{"is:unpriced": w.Unpriced, "-has:tokens": w.Lacks} {
		sum := into[dto.Totals](t, s.do("GET", "/api/totals?q=model:mine+"+filter, ""))
		if sum.Requests != n {
			t.Errorf("%s finds %d, what-if says %d", filter, sum.Requests, n)
		}
	}
	put(1, 20*24*time.Hour, usage, exchange.Cost{}) // neither is known
	if w = ask(); w.Unpriced != 3 || w.UnpricedThen != nil || w.NoPrice != 5 {
		t.Errorf("of a part of those without a cost there is no sum: %+v", w)
	}
}
