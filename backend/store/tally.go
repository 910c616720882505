package store

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"

	"gumshoe/backend/exchange"
)

// Figures are the sums of a set of exchanges. A sum is nil where no row knows
// its part.
type Figures struct {
	Requests, Errors, Cancelled, ColdStarts, Background int64
	Input, Output, Cached                               *int64
	Cost                                                *float64 // US dollars
	// NoTokens and Unpriced count the rows that the sums lack, EstimatedTokens
	// and EstimatedCost those that are in them as estimates.
	NoTokens, EstimatedTokens, Unpriced, EstimatedCost int64
	LastAt                                             int64 // when the latest began, microseconds
	// TTFT and Duration in microseconds, Generation and Prompt in tokens per second.
	TTFT, Duration, Generation, Prompt Spread
	Context                            Spread // reported input tokens
}

// Spread says how values are spread: quantiles within 2 %, nil of no samples.
type Spread struct {
	P50, P95, P99 *float64
	Samples       int64
}

// The figures whose spread is kept.
const (
	ofTTFT = iota
	ofDuration
	ofGeneration
	ofPrompt
	ofContext // input tokens of rows that report them
	ofLoad    // microseconds, of rows whose model had to be loaded or that say how long it took
	ofQueue   // microseconds
	spreads
)

// counted are the whole numbers of a tally, in the order in which they are packed.
const (
	nRequests = iota
	nErrors
	nCancelled
	nCold
	nBackground
	nInput // sum
	nInputKnown
	nOutput // sum
	nOutputKnown
	nCached // sum
	nCachedKnown
	nCostKnown
	nNoTokens
	nEstimatedTokens
	nUnpriced
	nEstimatedCost
	nLastAt
	nClocked // generation speeds from the times at which tokens passed
	counters
)

// tally adds exchanges up.
type tally struct {
	n    [counters]int64
	cost float64
	by   [spreads]spread
}

// takesTokens says whether an operation is one whose tokens count.
func takesTokens(api exchange.API) bool {
	s := string(api)
	if strings.HasSuffix(s, ".chat") || strings.HasSuffix(s, ".messages") || strings.HasSuffix(s, ".generate") {
		return true
	}
	switch api {
	case exchange.OpenAICompletions, exchange.OpenAIResponses, exchange.OpenAIEmbeddings, exchange.OllamaEmbed, exchange.OllamaEmbeddings, exchange.GeminiEmbed:
		return true
	}
	return false
}

// background says whether a task is one that a client does by itself.
func background(task string) bool {
	return task != "" && task != string(exchange.TaskChat) && task != string(exchange.TaskToolLoop)
}

// counts is a row as a tally reads it.
type counts struct {
	at                                                       int64
	model, upstream, user, task, kind                        string
	state, api, notes, verdicts                              string
	tokensBasis, costBasis, speedBasis                       string
	input, output, cached, ttft, duration, load, queue, eval *int64
	cost, generation, prompt                                 *float64
}

const countColumns = `started_at, shown_model, upstream, user, task, state, api, notes, verdicts, tokens_basis, cost_basis, generation_tps_basis,
	input_tokens, output_tokens, cached_tokens, ttft, duration, cost, generation_tps, prompt_tps, kind, load, queue, eval`

func (c *counts) into() []any {
	return []any{&c.at, &c.model, &c.upstream, &c.user, &c.task, &c.state, &c.api, &c.notes, &c.verdicts, &c.tokensBasis, &c.costBasis, &c.speedBasis,
		&c.input, &c.output, &c.cached, &c.ttft, &c.duration, &c.cost, &c.generation, &c.prompt,
		&c.kind, &c.load, &c.queue, &c.eval}
}

func (t *tally) yes(i int, is bool) {
	if is {
		t.n[i]++
	}
}

func (t *tally) sum(i int, v *int64) {
	if v != nil {
		t.n[i] += *v
		t.n[i+1]++
	}
}

// row adds one.
func (t *tally) row(c *counts) {
	state, api := exchange.State(c.state), exchange.API(c.api)
	t.n[nRequests]++
	t.yes(nErrors, state == exchange.Failed || state == exchange.Broken || state == exchange.Interrupted)
	t.yes(nCancelled, state == exchange.Cancelled)
	t.yes(nCold, slices.Contains(strings.Fields(c.notes), string(exchange.NoteColdStart)) || slices.Contains(strings.Fields(c.verdicts), string(exchange.VerdictColdStart)))
	t.yes(nBackground, background(c.task))
	t.sum(nInput, c.input)
	t.sum(nOutput, c.output)
	t.sum(nCached, c.cached)
	if c.cost != nil {
		t.cost += *c.cost
		t.n[nCostKnown]++
	}
	t.yes(nNoTokens, c.tokensBasis == "" && takesTokens(api) && state != exchange.Failed && state != exchange.Running)
	t.yes(nEstimatedTokens, c.tokensBasis == string(exchange.Estimated))
	t.yes(nUnpriced, c.tokensBasis != "" && c.cost == nil)
	t.yes(nEstimatedCost, c.costBasis == string(exchange.Estimated))
	t.n[nLastAt] = max(t.n[nLastAt], c.at)
	number := func(v *int64) *float64 {
		if v == nil {
			return nil
		}
		f := float64(*v)
		return &f
	}
	speed := c.generation
	if c.speedBasis == string(exchange.Estimated) {
		speed = nil
	}
	t.yes(nClocked, speed != nil && c.eval == nil)
	context := number(c.input)
	if c.tokensBasis != string(exchange.Reported) {
		context = nil
	}
	for i, v := range [spreads]*float64{number(c.ttft), number(c.duration), speed, c.prompt, context, number(c.load), number(c.queue)} {
		if v != nil {
			t.by[i].add(*v)
		}
	}
}

func (t *tally) merge(o *tally) {
	last := max(t.n[nLastAt], o.n[nLastAt])
	for i, v := range o.n {
		t.n[i] += v
	}
	t.n[nLastAt] = last
	t.cost += o.cost
	for i := range t.by {
		t.by[i].merge(&o.by[i])
	}
}

func (t *tally) figures() Figures {
	known := func(i int) *int64 {
		if t.n[i+1] == 0 {
			return nil
		}
		return &t.n[i]
	}
	f := Figures{Requests: t.n[nRequests], Errors: t.n[nErrors], Cancelled: t.n[nCancelled], ColdStarts: t.n[nCold], Background: t.n[nBackground],
		Input: known(nInput), Output: known(nOutput), Cached: known(nCached), NoTokens: t.n[nNoTokens], EstimatedTokens: t.n[nEstimatedTokens],
		Unpriced: t.n[nUnpriced], EstimatedCost: t.n[nEstimatedCost], LastAt: t.n[nLastAt]}
	if t.n[nCostKnown] > 0 {
		f.Cost = &t.cost
	}
	for i, into := range []*Spread{ofTTFT: &f.TTFT, ofDuration: &f.Duration, ofGeneration: &f.Generation, ofPrompt: &f.Prompt, ofContext: &f.Context} {
		s := &t.by[i]
		*into = Spread{P50: s.quantile(50), P95: s.quantile(95), P99: s.quantile(99), Samples: s.n}
	}
	return f
}

// The versions of packed sums, their first byte: all counters, or those that are not 0.
const (
	tallyAll  = 1
	tallySome = 2
)

var errTally = errors.New("a sum is damaged")

// packSums writes which counters are not 0 – a bit more for the cost – and these.
func (t *tally) packSums() []byte {
	some := uint64(0)
	for i, v := range t.n {
		if v != 0 {
			some |= 1 << i
		}
	}
	if t.cost != 0 {
		some |= 1 << counters
	}
	b := binary.AppendUvarint([]byte{tallySome}, some)
	for _, v := range t.n {
		if v != 0 {
			b = binary.AppendVarint(b, v)
		}
	}
	if t.cost != 0 {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(t.cost))
	}
	return b
}

func (t *tally) packSpread() (b []byte) {
	for i := range t.by {
		b = t.by[i].pack(b)
	}
	return b
}

// unpackSums adds what packSums wrote.
func (t *tally) unpackSums(b []byte) error {
	if len(b) == 0 || b[0] != tallyAll && b[0] != tallySome {
		return errTally
	}
	some := uint64(1)<<(counters+1) - 1
	version, b := b[0], b[1:]
	if version == tallySome {
		n := 0
		if some, n = binary.Uvarint(b); n <= 0 || some>>(counters+1) != 0 {
			return errTally
		}
		b = b[n:]
	}
	for i := range t.n {
		if some>>i&1 == 0 {
			continue
		}
		v, n := binary.Varint(b)
		if n <= 0 {
			return errTally
		}
		b = b[n:]
		if i == nLastAt {
			t.n[i] = max(t.n[i], v)
			continue
		}
		t.n[i] += v
	}
	if some>>counters == 0 && len(b) == 0 {
		return nil
	}
	if len(b) != 8 || some>>counters == 0 {
		return errTally
	}
	t.cost += math.Float64frombits(binary.LittleEndian.Uint64(b))
	return nil
}

// unpackSpread adds what packSpread wrote.
func (t *tally) unpackSpread(b []byte) (err error) {
	for i := range t.by {
		if b, err = t.by[i].unpack(b); err != nil {
			return err
		}
	}
	return nil
}
