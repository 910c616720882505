package store

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
)

// plainly sums the rows of a scope up by reading all of them.
func plainly(t *testing.T, s *Store, of Of, from, to int64) Figures {
	t.Helper()
	var all tally
	tx, err := s.read.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	_, err = readCounts(t.Context(), tx, `1`, nil, func(_ int64, c *counts) {
		if c.at < from || c.at >= to || of.Model != "" && c.model != of.Model || of.User != "" && c.user != of.User ||
			of.Upstream != "" && c.upstream != of.Upstream || of.Task != "" && c.task != of.Task {
			return
		}
		all.row(c)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.figures()
}

// sameFigures compares figures; sums of money may differ in the last digits.
func sameFigures(a, b Figures) bool {
	if (a.Cost == nil) != (b.Cost == nil) || a.Cost != nil && math.Abs(*a.Cost-*b.Cost) > 1e-9 {
		return false
	}
	a.Cost, b.Cost = nil, nil
	return reflect.DeepEqual(a, b)
}

// checkSums compares what graphs say with what rows say, over stretches that
// begin and end anywhere.
func checkSums(t *testing.T, s *Store, when string, rng *rand.Rand) {
	t.Helper()
	start, whole := fillEnd.Add(-fillSpan).UnixMicro(), fillSpan.Microseconds()
	for range 3 {
		from := start + rng.Int64N(whole)
		to := from + rng.Int64N(whole/[]int64{1, 20, 400}[rng.IntN(3)])
		for _, of := range []Of{{}, {Model: "model-1:2b"}, {User: "user0@example.org"}, {Task: "chat"}, {Upstream: "ollama"}, {Model: "model-0:1b", User: "user2@example.org"}} {
			want := plainly(t, s, of, from, to)
			got, err := s.Sum(t.Context(), of, from, to)
			if err != nil || !sameFigures(got, want) {
				t.Fatalf("%s: the sum of %+v is %+v, rows say %+v (%v)", when, of, got, want, err)
			}
			steps := []int64{(to-from)/9/hourMicros*hourMicros + hourMicros}
			if to-from < whole/20 {
				steps = append(steps, hourMicros*2/3) // not of whole hours
			}
			for _, step := range steps {
				checkGraph(t, s, when, of, from, to, step)
			}
		}
		groups, err := s.Groups(t.Context(), ByModel, Of{}, from, to)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range groups {
			if want := plainly(t, s, Of{Model: g.Value}, from, to); !sameFigures(g.Figures, want) {
				t.Fatalf("%s: model %s is %+v, rows say %+v", when, g.Value, g.Figures, want)
			}
		}
		tops, err := s.Tops(t.Context(), ByModel, from, to)
		if err != nil || len(tops) != len(groups) {
			t.Fatalf("%s: %d models in brief, %d else, %v", when, len(tops), len(groups), err)
		}
		for i, g := range tops {
			long := groups[i]
			if g.Value != long.Value || g.Requests != long.Requests || g.Errors != long.Errors || (g.Before == nil) != (long.Before == nil) || g.Before != nil && g.Before.Requests != long.Before.Requests {
				t.Fatalf("%s: in brief model %d is %+v, else %+v", when, i, g, long)
			}
		}
		if len(groups) > 0 {
			users, err := s.Groups(t.Context(), ByUser, Of{Model: groups[0].Value}, from, to)
			if err != nil || int64(len(users)) != groups[0].Peers {
				t.Fatalf("%s: %s has %d users, its group says %d (%v)", when, groups[0].Value, len(users), groups[0].Peers, err)
			}
		}
		cells, _, err := s.Week(t.Context(), Of{}, from, to, time.FixedZone("", 8*3600))
		if err != nil {
			t.Fatal(err)
		}
		n := int64(0)
		for _, c := range cells {
			n += c.Requests
		}
		if want := plainly(t, s, Of{}, from, to); n != want.Requests {
			t.Fatalf("%s: the week has %d requests, rows say %d", when, n, want.Requests)
		}
	}
}

// checkGraph compares a graph and each of its steps with what rows say.
func checkGraph(t *testing.T, s *Store, when string, of Of, from, to, step int64) {
	t.Helper()
	bounds := []int64{from}
	for at := from - from%hourMicros + step; at < to; at += step {
		if at > from {
			bounds = append(bounds, at)
		}
	}
	total, slots, err := s.Graph(t.Context(), of, bounds, to)
	if want := plainly(t, s, of, from, to); err != nil || !sameFigures(total, want) {
		t.Fatalf("%s: the graph of %+v sums to %+v, rows say %+v (%v)", when, of, total, want, err)
	}
	for _, slot := range slots {
		end := to
		if i, _ := slices.BinarySearch(bounds, slot.At); i+1 < len(bounds) {
			end = bounds[i+1]
		}
		if want := plainly(t, s, of, slot.At, end); !sameFigures(slot.Figures, want) {
			t.Fatalf("%s: a step of %+v is %+v, rows say %+v", when, of, slot.Figures, want)
		}
	}
}

func rollUp(t *testing.T, s *Store) {
	t.Helper()
	for {
		more, err := s.RollUp(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return
		}
	}
}

func TestGraphsSayWhatRowsSay(t *testing.T) {
	s := open(t)
	s.roll = 150
	f := newFiller(false)
	rng := rand.New(rand.NewPCG(3, 4))
	next := 0
	put := func(n int) {
		var items []Item
		for range n {
			items = append(items, f.item(next, 440))
			next++
		}
		rng.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
		save(t, s, items...)
	}
	put(60)
	checkSums(t, s, "before any roll-up", rng)
	rollUp(t, s)
	checkSums(t, s, "rolled up", rng)
	put(310)
	checkSums(t, s, "with newer rows", rng)
	if _, err := s.RollUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	checkSums(t, s, "partly rolled up", rng)
	rollUp(t, s)
	middle := fillEnd.Add(-fillSpan * 9 / 10).UnixMicro()
	if _, err := s.DeleteBefore(t.Context(), middle); err != nil {
		t.Fatal(err)
	}
	checkSums(t, s, "with deleted rows", rng)
	rollUp(t, s)
	checkSums(t, s, "rolled up after deleting", rng)
	if _, err := s.Reprice(t.Context(), func(*exchange.Exchange) exchange.Cost { return exchange.Cost{USD: exchange.Float64(1)} }, true); err != nil {
		t.Fatal(err)
	}
	checkSums(t, s, "priced anew", rng)
	put(30)
	rollUp(t, s)
	checkSums(t, s, "rolled up after pricing", rng)
	if _, err := s.DeleteAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	put(30)
	checkSums(t, s, "begun again", rng)
	rollUp(t, s)
	checkSums(t, s, "begun again and rolled up", rng)
}

func TestNewestDeletedGivesItsNumberAgain(t *testing.T) {
	s := open(t)
	f := newFiller(false)
	save(t, s, f.item(0, 10), f.item(5, 10))
	rollUp(t, s)
	if _, err := s.deleteBatch(t.Context(), `id = (SELECT max(id) FROM exchange)`, nil); err != nil {
		t.Fatal(err)
	}
	save(t, s, f.item(9, 10))
	rollUp(t, s)
	checkSums(t, s, "with a number given out again", rand.New(rand.NewPCG(1, 1)))
	if n, err := s.Count(t.Context()); err != nil || n != 2 {
		t.Fatal(n, err)
	}
}

func TestSpread(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	var values []float64
	var parts [3]spread
	for i := range 5000 {
		v := math.Exp(rng.NormFloat64()*3 + 8)
		values = append(values, v)
		parts[i%3].add(v)
	}
	var all spread
	for i := range parts {
		rest, err := all.unpack(parts[i].pack(nil))
		if err != nil || len(rest) != 0 {
			t.Fatal(len(rest), err)
		}
	}
	slices.Sort(values)
	for _, p := range []int64{1, 50, 95, 99, 100} {
		exact := values[max((int64(len(values))*p+99)/100, 1)-1]
		got := *all.quantile(p)
		if off := math.Abs(got-exact) / exact; off > 0.02 {
			t.Errorf("p%d is %.4g, exactly %.4g: %.1f %% off", p, got, exact, off*100)
		}
	}
	if (&spread{}).quantile(50) != nil {
		t.Error("no values have a median")
	}
	var odd spread
	for _, v := range []float64{0, -1, math.NaN(), math.Inf(1), 1e300} {
		odd.add(v)
	}
	if odd.n != 3 {
		t.Errorf("%d of 0, -1, NaN, Inf and 1e300 are counted, want 3", odd.n)
	}
}

func FuzzTally(f *testing.F) {
	var t tally
	t.row(&counts{at: 5, model: "m", state: "ok", ttft: exchange.Int64(9)})
	f.Add(t.packSums(), t.packSpread())
	f.Add([]byte{1}, []byte{255, 255})
	f.Fuzz(func(t *testing.T, sums, wide []byte) {
		var a tally
		_ = a.unpack(sums, wide) // any bytes: an error, never a panic
	})
}

func TestDistribution(t *testing.T) {
	s := open(t)
	f := newFiller(false)
	for i := range 400 {
		save(t, s, f.item(i, 400))
	}
	rollUp(t, s)
	from, to := fillEnd.Add(-fillSpan).UnixMicro(), fillEnd.Add(time.Hour).UnixMicro()
	bins, count, lacks, err := s.Distribution(t.Context(), Of{}, "prompt", from, to)
	if err != nil || len(bins) == 0 || len(bins) > maxBins+1 {
		t.Fatal(len(bins), err)
	}
	n := int64(0)
	for i, b := range bins {
		n += b.Count
		if b.To <= b.From || i > 0 && b.From != bins[i-1].To {
			t.Errorf("bin %d is %+v", i, b)
		}
	}
	rows, _, err := s.Page(t.Context(), query.Filter{}, PageAt{Limit: 400})
	if err != nil {
		t.Fatal(err)
	}
	have := int64(0)
	for _, r := range rows {
		if r.Timing.PromptTPS != nil {
			have++
		}
	}
	if n != have || count != have || lacks != 400-have {
		t.Errorf("bins hold %d, count %d, lacks %d; rows say %d", n, count, lacks, have)
	}
}

func TestTrendPartsAreEqual(t *testing.T) {
	const day = dayHours * hourMicros
	now := int64(1795521580464000)
	for _, span := range []int64{day, 3*day + 7*hourMicros, 7 * day, 8 * day, 30*day + 60e6, 31 * day, 45 * day, 330 * day, 4000 * day} {
		cut := trendCut(now-span, now)
		if cut.parts > trendParts || cut.parts < 8 {
			t.Errorf("%d hours have %d parts", span/hourMicros, cut.parts)
		}
		count := make([]int64, cut.parts)
		// What has a sum counts where its hour or day begins.
		for at := (now - span) / cut.unit * cut.unit; at < now; at += cut.unit {
			count[cut.part(max(at, now-span))]++
		}
		for i, n := range count {
			if n != cut.each && (i < len(count)-1 || n == 0) {
				t.Errorf("%d hours: part %d of %d has %d units, want %d", span/hourMicros, i, len(count), n, cut.each)
			}
		}
	}
	if cut := trendCut(now-hourMicros, now); cut.parts != 24 || cut.part(now-1) != 23 || cut.part(now-hourMicros) != 0 {
		t.Error("an hour:", cut)
	}
}
