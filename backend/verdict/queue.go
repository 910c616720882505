package verdict

import "gumshoe/backend/exchange"

// Queue is how long an exchange waited for its turn, in microseconds, with the
// figure's basis; nil where nothing tells. It is never negative.
//
// Calculated: total - load - prompt - generation of Ollama's own figures, which
// contains some milliseconds of its work beside waiting. (Waiting for room in
// memory is part of load.) Inferred, for Ollama without them (/v1): until the
// last of the exchanges of the same model ended that had begun before and ended
// before this one's first byte; one that ran on beside it kept nobody waiting.
func Queue(in Facts, past *History) (*int64, exchange.Basis) {
	t, row := in.Row.Timing, in.Row
	if t.Total != nil && t.Load != nil && t.PromptEval != nil && (t.Eval != nil || known(row.Usage.Output, 2) <= 1) {
		rest := *t.Total - *t.Load - *t.PromptEval - known(t.Eval, 0)
		return exchange.Int64(max(0, rest)), exchange.Calculated
	}
	if past == nil || !in.runsHere() || t.FirstByte == nil || row.HTTPStatus != 200 || t.Total != nil || in.LoadOnly || !generates(row.API) {
		return nil, exchange.Missing
	}
	d := past.digest(in)
	free := d.start
	for old := range past.walk(d, byModel) {
		if old.start <= d.start && old.end > free && old.end <= d.start+*t.FirstByte && generates(old.api) {
			free = old.end
		}
	}
	return exchange.Int64(free - d.start), exchange.Inferred
}
