package recorder

import (
	"gumshoe/backend/decode"
	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
)

// coldStartNS is the load time from which a model counts as loaded for the
// request: a warm one takes 2 to 35 ms.
const coldStartNS = 200_000_000

// measure fills in tokens, times and speeds. endAt is the time of the last
// record, in microseconds since the epoch.
func (r *Recorder) measure(record *exchange.Record, endAt int64, out decode.Output) {
	reply := out.Reply
	record.Usage = usage(reply.Usage, reply.EvalCount, reply.PromptEvalCount, reply.PromptCached)
	r.guarded(record, "its tokens", func() { r.estimate(record, out) })
	if record.Usage.Output == nil && reply.Stream && reply.TokenEvents > 0 {
		record.Usage.Output = exchange.Int64(reply.TokenEvents)
		record.Usage.Basis = exchange.Estimated
	}
	t := &record.Timing
	t.Duration = exchange.Int64(max(0, endAt-record.StartedAt))
	if len(record.Chunks) > 0 {
		t.FirstByte = exchange.Int64(record.Chunks[0].At)
	}
	if reply.Stream {
		t.TTFT, t.LastToken = reply.FirstToken, reply.LastToken
	}
	t.Total, t.Load = micros(reply.TotalNS), micros(reply.LoadNS)
	t.PromptEval, t.Eval = micros(reply.PromptEvalNS), micros(reply.EvalNS)
	if reply.LoadNS != nil && *reply.LoadNS > coldStartNS {
		record.Notes = withNote(record.Notes, exchange.NoteColdStart)
	}
	generation(t, record.Usage, reply)
	if n, cached := reply.PromptEvalCount, reply.PromptCached; n != nil && cached != nil && reply.PromptEvalNS != nil &&
		*n > *cached && *cached >= 0 && *reply.PromptEvalNS > 0 {
		t.PromptTPS = exchange.Float64(float64(*n-*cached) * 1e9 / float64(*reply.PromptEvalNS))
		t.PromptTPSBasis = exchange.Calculated
	}
}

// usage completes what a dialect gives with Ollama's own counts.
func usage(u exchange.Usage, output, input, cached *int64) exchange.Usage {
	if u.Output == nil {
		u.Output = output
	}
	if u.Input == nil {
		u.Input = input
	}
	if u.Cached == nil {
		u.Cached = cached
	}
	if u.Basis == exchange.Missing && (u.Input != nil || u.Output != nil) {
		u.Basis = exchange.Reported
	}
	return u
}

// A stream tells its speed by arrivals where they are many and long enough: a
// tool call that comes in two pieces 8 ms apart, or an answer that something on
// the way held back and let go at once, says when it was sent, not how fast it
// was made.
const (
	// Below fewEvents events, and below longSpan between the first and the last of
	// them, each must carry about a token; shortSpan says nothing of any. Both in
	// microseconds.
	fewEvents           = 8
	shortSpan, longSpan = 20_000, 200_000
)

// generation computes the speed of decoding. The first token belongs to the
// prompt's evaluation, so that n tokens took n-1 steps. Ollama's own time is
// used where it is told, else the time between a stream's first and last token.
func generation(t *exchange.Timing, u exchange.Usage, reply wire.Reply) {
	if count, ns := reply.EvalCount, reply.EvalNS; count != nil && ns != nil {
		if *count >= 2 && *ns > 0 {
			t.GenerationTPS = exchange.Float64(float64(*count-1) * 1e9 / float64(*ns))
			t.GenerationTPSBasis = exchange.Calculated
		}
		return
	}
	if u.Output == nil || t.TTFT == nil || t.LastToken == nil {
		return
	}
	span := *t.LastToken - *t.TTFT
	tokens, events := streamed(u, reply.Messages), float64(reply.TokenEvents)
	if span < shortSpan || tokens < 2 || events < 2 || 2*events < tokens && (events < fewEvents || span < longSpan) {
		return
	}
	// What the first event carried was made before it came: one token, or its
	// share where events carry several.
	steps := min(tokens-1, tokens*(events-1)/events)
	t.GenerationTPS = exchange.Float64(steps * 1e6 / float64(span))
	t.GenerationTPSBasis = exchange.Calculated
	if u.Basis == exchange.Estimated {
		t.GenerationTPSBasis = exchange.Estimated
	}
}

// streamed is how many output tokens a stream's events can have carried:
// reasoning that is counted but not shown was over before the first of them.
func streamed(u exchange.Usage, answer []exchange.Message) float64 {
	n := *u.Output
	if u.Reasoning == nil || *u.Reasoning <= 0 {
		return float64(n)
	}
	for _, m := range answer {
		for _, p := range m.Parts {
			if p.Type == exchange.PartReasoning {
				return float64(n)
			}
		}
	}
	return float64(max(0, n-*u.Reasoning))
}

// micros turns reported nanoseconds into microseconds, to the nearest.
func micros(ns *int64) *int64 {
	if ns == nil || *ns < 0 {
		return nil
	}
	return exchange.Int64((*ns + 500) / 1000)
}
