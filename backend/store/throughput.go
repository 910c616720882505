package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"gumshoe/backend/exchange"
)

// Bucket is what one model did in one step of time. A nil figure has no sample.
type Bucket struct {
	At                           int64 // start of the step, microseconds
	Requests, Errors, ColdStarts int64
	// InTokens and OutTokens are sums over the rows that know theirs.
	InTokens, OutTokens               *int64
	Generation, Prompt, TTFT, LoadDur Quantiles // tokens per second, tokens per second, microseconds, microseconds
}

// Quantiles are the 50th and 95th percentile of a bucket's samples.
type Quantiles struct{ P50, P95 *float64 }

// Series is one model over time; Summary and Cover are over the whole range.
type Series struct {
	Model   string
	Summary Bucket
	Buckets []Bucket
	Cover   Coverage
}

// samples gathers one bucket.
type samples struct {
	Bucket
	generation, prompt, ttft, load []float64
}

func (a *samples) done() Bucket {
	a.Generation, a.Prompt, a.TTFT, a.LoadDur = quantiles(a.generation), quantiles(a.prompt), quantiles(a.ttft), quantiles(a.load)
	return a.Bucket
}

// quantiles takes the nearest rank.
func quantiles(v []float64) Quantiles {
	if len(v) == 0 {
		return Quantiles{}
	}
	slices.Sort(v)
	at := func(p int) *float64 { return &v[min((len(v)*p+99)/100, len(v))-1] }
	return Quantiles{P50: at(50), P95: at(95)}
}

// Coverage is what speeds rest on: Missing counts the rows of the range without
// a generation speed (an estimated one counts as none), Clocked those whose
// speed is from the times at which tokens passed, not from Ollama's durations.
type Coverage struct{ Missing, Clocked int64 }

func (c *Coverage) add(more Coverage) {
	c.Missing += more.Missing
	c.Clocked += more.Clocked
}

// Throughput reads the speed of Ollama's models in [from, to), in steps of step
// microseconds: of whole hours from the hourly sums, with quantiles within 2 %,
// else from rows.
func (s *Store) Throughput(ctx context.Context, from, to, step int64, upstream string) (list []Series, cover Coverage, err error) {
	if step > 0 && step%hourMicros == 0 {
		return s.throughputSums(ctx, from, to, step, upstream)
	}
	rows, err := s.read.QueryContext(ctx, `SELECT shown_model, started_at, state, notes, input_tokens, output_tokens,
		CASE WHEN generation_tps_basis <> 'estimated' THEN generation_tps END, prompt_tps, ttft, load, eval IS NULL FROM exchange
		WHERE kind = 'ollama' AND started_at >= ? AND started_at < ? AND (? = '' OR upstream = ?)
		AND api IN ('ollama.chat', 'ollama.generate', 'ollama.embed', 'openai.chat') ORDER BY started_at`, from, to, upstream, upstream)
	if err != nil {
		return nil, cover, damaged("reading throughput", err)
	}
	defer rows.Close()
	step = max(step, 1)
	all, steps := map[string]*samples{}, map[string]*samples{}
	byModel := map[string]*Series{}
	finish := func(model string) {
		if a := steps[model]; a != nil {
			byModel[model].Buckets = append(byModel[model].Buckets, a.done())
		}
	}
	for rows.Next() {
		var model, state, notes string
		var at int64
		var in, out *int64
		var gen, prompt, ttft, load *float64
		var clocked bool
		if err := rows.Scan(&model, &at, &state, &notes, &in, &out, &gen, &prompt, &ttft, &load, &clocked); err != nil {
			return nil, cover, damaged("reading throughput", err)
		}
		if byModel[model] == nil {
			byModel[model] = &Series{Model: model}
			all[model] = &samples{}
		}
		bucket := from + (at-from)/step*step
		if a := steps[model]; a == nil || a.At != bucket {
			finish(model)
			steps[model] = &samples{Bucket: Bucket{At: bucket}}
		}
		for _, a := range []*samples{all[model], steps[model]} {
			a.add(state, notes, in, out, gen, prompt, ttft, load)
		}
		switch {
		case gen == nil:
			byModel[model].Cover.Missing++
		case clocked:
			byModel[model].Cover.Clocked++
		}
	}
	if err := rows.Err(); err != nil {
		return nil, cover, damaged("reading throughput", err)
	}
	for model, one := range byModel {
		finish(model)
		one.Summary = all[model].done()
		cover.add(one.Cover)
		list = append(list, *one)
	}
	slices.SortFunc(list, func(a, b Series) int { return strings.Compare(a.Model, b.Model) })
	return list, cover, nil
}

func (a *samples) add(state, notes string, in, out *int64, gen, prompt, ttft, load *float64) {
	a.Requests++
	if state == string(exchange.Failed) || state == string(exchange.Broken) || state == string(exchange.Interrupted) {
		a.Errors++
	}
	if slices.Contains(strings.Fields(notes), string(exchange.NoteColdStart)) {
		a.ColdStarts++
	}
	sum(&a.InTokens, in)
	sum(&a.OutTokens, out)
	put := func(list *[]float64, v *float64) {
		if v != nil {
			*list = append(*list, *v)
		}
	}
	put(&a.generation, gen)
	put(&a.prompt, prompt)
	put(&a.ttft, ttft)
	put(&a.load, load)
}

// sum adds what is known; a sum of nothing stays unknown.
func sum(to **int64, v *int64) {
	if v == nil {
		return
	}
	if *to == nil {
		*to = new(int64)
	}
	**to += *v
}

func (s *Store) throughputSums(ctx context.Context, from, to, step int64, upstream string) (list []Series, cover Coverage, err error) {
	sc := scope{dim: byOllamaModel, from: from, to: to, wide: true}
	if upstream != "" {
		sc.prefix = upstream + pair
	}
	for at := from; at < to; at += step {
		sc.cuts = append(sc.cuts, at)
	}
	steps := map[string]map[int64]*tally{}
	err = s.sums(ctx, sc, func(v string, at int64) *tally {
		_, model, _ := cut(v)
		if steps[model] == nil {
			steps[model] = map[int64]*tally{}
		}
		bucket := from + (at-from)/step*step
		if steps[model][bucket] == nil {
			steps[model][bucket] = &tally{}
		}
		return steps[model][bucket]
	})
	if err != nil {
		return nil, cover, err
	}
	for model, buckets := range steps {
		one := Series{Model: model}
		var all tally
		for at, t := range buckets {
			all.merge(t)
			one.Buckets = append(one.Buckets, t.bucket(at))
		}
		slices.SortFunc(one.Buckets, func(a, b Bucket) int { return cmp.Compare(a.At, b.At) })
		one.Summary = all.bucket(0)
		one.Cover = Coverage{Missing: all.n[nRequests] - all.by[ofGeneration].n, Clocked: all.n[nClocked]}
		cover.add(one.Cover)
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b Series) int { return strings.Compare(a.Model, b.Model) })
	return list, cover, nil
}

func (t *tally) bucket(at int64) Bucket {
	f := t.figures()
	of := func(i int) Quantiles { return Quantiles{P50: t.by[i].quantile(50), P95: t.by[i].quantile(95)} }
	return Bucket{At: at, Requests: f.Requests, Errors: f.Errors, ColdStarts: f.ColdStarts, InTokens: f.Input, OutTokens: f.Output,
		Generation: of(ofGeneration), Prompt: of(ofPrompt), TTFT: of(ofTTFT), LoadDur: of(ofLoad)}
}
