package store

import (
	"testing"
	"time"
)

// TestThroughputOfHours compares what the hourly sums say with what rows say.
func TestThroughputOfHours(t *testing.T) {
	s := open(t)
	f := newFiller(false)
	var items []Item
	for i := range 400 {
		items = append(items, f.item(i, 400))
	}
	save(t, s, items[:350]...)
	rollUp(t, s)
	save(t, s, items[350:]...)
	from, to := fillEnd.Add(-fillSpan).Truncate(time.Hour).UnixMicro(), fillEnd.UnixMicro()
	const step = 720 * hourMicros
	for _, upstream := range []string{"", "ollama", "openai"} {
		sums, cover, err := s.Throughput(t.Context(), from, to, step, upstream)
		if err != nil {
			t.Fatal(err)
		}
		rows, exact, err := s.Throughput(t.Context(), from, to, step-1, upstream) // no whole hours
		if err != nil {
			t.Fatal(err)
		}
		if cover != exact || len(sums) != len(rows) || (len(rows) == 0) != (upstream == "openai") {
			t.Fatalf("%q: %d models and %+v, rows say %d and %+v", upstream, len(sums), cover, len(rows), exact)
		}
		for i, one := range sums {
			a, b := one.Summary, rows[i].Summary
			if one.Model != rows[i].Model || a.Requests != b.Requests || a.Errors != b.Errors || a.ColdStarts > b.Requests || *a.OutTokens != *b.OutTokens {
				t.Errorf("%s is %+v, rows say %+v", one.Model, a, b)
			}
			for _, q := range [][2]Quantiles{{a.Generation, b.Generation}, {a.Prompt, b.Prompt}, {a.TTFT, b.TTFT}, {a.LoadDur, b.LoadDur}} {
				if off := *q[0].P50 / *q[1].P50; off < 0.98 || off > 1.0201 {
					t.Errorf("%s: a median of %g, rows say %g", one.Model, *q[0].P50, *q[1].P50)
				}
			}
		}
	}
}
