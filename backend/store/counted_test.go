package store

import (
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
)

// TestCountsAndTheirFiltersAgree compares what sums count with what the filter finds
// that the window opens for it.
func TestCountsAndTheirFiltersAgree(t *testing.T) {
	s := open(t)
	f := newFiller(false)
	var items []Item
	for i := range 600 {
		it := f.item(i, 600)
		r := it.Record
		r.State = []exchange.State{exchange.OK, exchange.Failed, exchange.Broken, exchange.Interrupted, exchange.Cancelled}[i%5]
		r.Usage.Basis = []exchange.Basis{exchange.Reported, exchange.Estimated, exchange.Missing}[i%3]
		r.Cost = exchange.Cost{}
		if i%4 > 0 && r.Usage.Basis != exchange.Missing {
			r.Cost = exchange.Cost{USD: exchange.Float64(0.01), Basis: []exchange.Basis{"", exchange.Calculated, exchange.Estimated, exchange.Charged}[i%4]}
		}
		items = append(items, it)
	}
	save(t, s, items...)
	rollUp(t, s)
	sum, err := s.Sum(t.Context(), Of{}, 1, future())
	if err != nil {
		t.Fatal(err)
	}
	for text, n := range map[string]int64{"is:error": sum.Errors, "state:error,broken,interrupted": sum.Errors, "is:cancelled": sum.Cancelled, "is:cold": sum.ColdStarts, "is:background": sum.Background,
		"is:unpriced": sum.Unpriced, "is:uncounted": sum.NoTokens, "is:estimated-tokens": sum.EstimatedTokens, "is:estimated-cost": sum.EstimatedCost} {
		found := int64(0)
		if err := s.Each(t.Context(), parse(t, text), func(exchange.Exchange) error { found++; return nil }); err != nil {
			t.Fatal(err)
		}
		total, err := s.Totals(t.Context(), parse(t, text))
		if err != nil || found != n || total.Requests != n || n == 0 {
			t.Errorf("%s: %d are counted, the list finds %d, its totals %d (%v)", text, n, found, total.Requests, err)
		}
	}
	either := parse(t, "is:estimated")
	if total, err := s.Totals(t.Context(), either); err != nil || total.Requests <= max(sum.EstimatedTokens, sum.EstimatedCost) {
		t.Errorf("is:estimated finds %d, %v", total.Requests, err)
	}
	if _, ok, err := s.reduce(t.Context(), query.Filter{Where: parse(t, "is:error").Where}); err != nil || !ok {
		t.Error("what failed is not answered from sums:", err)
	}
}
