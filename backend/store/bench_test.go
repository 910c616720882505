package store

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"gumshoe/backend/query"
)

// benchRows is how many exchanges the benchmarks read: GUMSHOE_ROWS, else few
// enough for a quick look. GUMSHOE_BODIES=0 leaves bodies and texts out.
func benchRows(tb testing.TB) (n int, bodies bool) {
	tb.Helper()
	n = 20_000
	if v := os.Getenv("GUMSHOE_ROWS"); v != "" {
		var err error
		if n, err = strconv.Atoi(v); err != nil {
			tb.Fatal(err)
		}
	}
	return n, os.Getenv("GUMSHOE_BODIES") != "0"
}

// bench runs a benchmark that also tells the time that a core works for each time.
func bench(b *testing.B, name string, fn func(b *testing.B)) {
	b.Run(name, func(b *testing.B) {
		begun := worked(b)
		fn(b)
		b.ReportMetric(float64((worked(b)-begun).Microseconds())/1e3/float64(b.N), "core-ms")
	})
}

// BenchmarkQueries measures what the pages of the window ask for. README.md has
// the figures of a million rows and says how to make them.
func BenchmarkQueries(b *testing.B) {
	n, bodies := benchRows(b)
	s := filled(b, n, bodies)
	ctx := context.Background()
	s.roll = 50_000 // the same sums, written less often
	for {
		more, err := s.RollUp(ctx)
		if err != nil {
			b.Fatal(err)
		}
		if !more {
			break
		}
	}
	page := func(name, text string, at PageAt) {
		bench(b, "page/"+name, func(b *testing.B) {
			tree, err := query.Parse(text, nil)
			if err != nil {
				b.Fatal(err)
			}
			at.Limit = 100
			rows := 0
			for b.Loop() {
				list, _, err := s.Page(ctx, query.Filter{Where: tree}, at)
				if err != nil {
					b.Fatal(err)
				}
				rows = len(list)
			}
			b.ReportMetric(float64(rows), "rows")
		})
	}
	deep := PageAt{BeforeID: newFiller(false).id(fillEnd.Add(-fillSpan / 2))}
	page("newest", "", PageAt{})
	page("deep", "", deep)
	page("model", "model:model-0", PageAt{})
	page("rare-model", "model:model-11 user:user39", PageAt{})
	page("deep-filtered", "model:model-2 -user:user0", deep)
	page("wildcard", "model:model-1* task:title", PageAt{})
	page("errors", "status:>=400 upstream:ollama", PageAt{})
	page("slow", "ttft:>15s", PageAt{})
	page("slow-and-dear", "ttft:>3s cost:>0.02", PageAt{})
	page("verdict", "is:truncated", PageAt{})
	page("verdict-or", "is:truncated OR is:cold", PageAt{})
	page("none", "model:model-0 tokens:>100m", PageAt{})
	if bodies {
		w := newFiller(true).words
		for _, c := range []struct {
			name string
			word string
		}{{"common", w[0]}, {"some", w[300]}, {"rare", w[20_000]}, {"cjk", w[7]}, {"rarer-cjk", w[4007]}, {"phrase", `"` + w[1] + " " + w[2] + `"`}, {"filtered", w[40] + " model:model-3"},
			{"prefix", "gra"}, {"once", "katenloserpelona"}, {"rare-filtered", w[39_000] + " model:model-11"}, {"prefix-filtered", "gra model:model-11 user:user39"}, {"two", w[3] + " " + w[300]}} {
			page("text-"+c.name, c.word, PageAt{})
		}
		page("text-deep", w[0], deep)
		page("text-prefix-deep", "gra", deep)
	}
	for name, back := range map[string]time.Duration{"day": 24 * time.Hour, "month": 30 * 24 * time.Hour, "year": 365 * 24 * time.Hour} {
		graphs(b, s, name, back)
	}
	lengths(b, s)
}

// lengths are the questions that follow the first page: menus, lengths and totals.
func lengths(b *testing.B, s *Store) {
	ctx := b.Context()
	for name, text := range map[string]string{"all": "", "model": "model:model-0", "pair": "model:model-11 user:user39", "slow": "ttft:>3s cost:>0.02", "rare": "ttft:>15s", "word": "kalo", "prefix": "gra", "part": "error:nothing"} {
		bench(b, "facets/"+name, func(b *testing.B) {
			tree, err := query.Parse(text, nil)
			if err != nil {
				b.Fatal(err)
			}
			since := int64(0)
			for b.Loop() {
				got, err := s.Facets(ctx, query.Filter{Where: tree})
				if err != nil {
					b.Fatal(err)
				}
				since = got.Since
			}
			if since > 0 {
				b.ReportMetric(float64(fillEnd.UnixMicro()-since)/float64(fillSpan.Microseconds()), "of-the-year")
			}
		})
	}
	bench(b, "index", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := s.Index(ctx, query.Filter{}, 200); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, text := range map[string]string{"common": newFiller(false).words[0], "prefix": "gra", "some": newFiller(false).words[300], "slow": "ttft:>2s model:model-0"} {
		bench(b, "index-of/"+name, func(b *testing.B) {
			tree, err := query.Parse(text, nil)
			if err != nil {
				b.Fatal(err)
			}
			n := int64(0)
			for b.Loop() {
				if n, _, err = s.Index(ctx, query.Filter{Where: tree}, 200); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n), "rows")
		})
	}
	bench(b, "totals", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Totals(ctx, query.Filter{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func graphs(b *testing.B, s *Store, name string, back time.Duration) {
	ctx := context.Background()
	to := fillEnd.UnixMicro()
	from := to - back.Microseconds()
	step := map[string]int64{"day": hourMicros, "month": 6 * hourMicros, "year": 7 * 24 * hourMicros}[name]
	var bounds []int64
	for at := from; at < to; at += step {
		bounds = append(bounds, at)
	}
	bench(b, "graph-"+name+"/all", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := s.Graph(ctx, Of{}, bounds, to); err != nil {
				b.Fatal(err)
			}
		}
	})
	bench(b, "graph-"+name+"/model", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := s.Graph(ctx, Of{Model: "model-0:1b"}, bounds, to); err != nil {
				b.Fatal(err)
			}
		}
	})
	half := make([]int64, len(bounds)) // as a zone of half hours cuts
	for i, at := range bounds {
		half[i] = at - hourMicros/2
	}
	bench(b, "graph-"+name+"/half-hours", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := s.Graph(ctx, Of{}, half, to); err != nil {
				b.Fatal(err)
			}
		}
	})
	bench(b, "tops-"+name+"/user", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Tops(ctx, ByUser, from, to); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, by := range []By{ByModel, ByUser, ByTask} {
		bench(b, "groups-"+name+"/"+string(by), func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Groups(ctx, by, Of{}, from, to); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	for name, offset := range map[string]int{"week-" + name: 0, "week-" + name + "/half-hours": 5*3600 + 1800} {
		bench(b, name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := s.Week(ctx, Of{}, from, to, time.FixedZone("", offset)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	bench(b, "distribution-"+name, func(b *testing.B) {
		for b.Loop() {
			if _, _, _, err := s.Distribution(ctx, Of{Model: "model-1:2b"}, "ttft", from, to); err != nil {
				b.Fatal(err)
			}
		}
	})
	bench(b, "throughput-"+name, func(b *testing.B) {
		for b.Loop() {
			if _, _, err := s.Throughput(ctx, from, to, step, ""); err != nil {
				b.Fatal(err)
			}
		}
	})
}
