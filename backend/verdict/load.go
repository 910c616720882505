package verdict

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"gumshoe/backend/exchange"
)

const (
	// coldLoad is the load_duration from which a model counts as loaded for the
	// request, in microseconds: a warm one takes 2 to 38 ms, a tiny one 258 ms
	// to load.
	coldLoad = 200_000
	// readRate is how fast Ollama reads a request at least, in bytes per
	// microsecond: load_duration contains that, and a photo album takes a while.
	readRate = 20
	// usualKeepAlive is Ollama's, in microseconds.
	usualKeepAlive = int64(5 * time.Minute / time.Microsecond)
	forever        = int64(-1)
)

// loading judges whether the model was loaded for this exchange, and why.
func loading(in Facts, d entry, past *History) []exchange.Verdict {
	if !d.here || d.load <= coldLoad+in.Row.RequestBytes/readRate || d.load <= 5*past.warm(d) {
		return nil
	}
	before := past.lastUse(d)
	cause, why := past.whyLoaded(in, d, before)
	if in.WasLoaded != nil && *in.WasLoaded && why == nil {
		return nil // it waited in Ollama's queue, which counts as loading
	}
	v := exchange.Verdict{
		Code: exchange.VerdictColdStart, Confidence: exchange.Likely,
		Numbers: map[string]int64{"load_ms": d.load / 1000}, Words: map[string]string{"cause": cause},
	}
	if in.WasLoaded != nil && !*in.WasLoaded || why != nil && d.load >= 5*coldLoad {
		v.Confidence = exchange.Certain
	}
	if all := known(in.Row.Timing.Total, 0); all >= d.load {
		v.Numbers["share"] = d.load * 100 / all
	}
	if before != nil && d.start > before.end {
		v.Numbers["idle_ms"] = (d.start - before.end) / 1000
	}
	if why == nil {
		return []exchange.Verdict{v}
	}
	return []exchange.Verdict{*why, v}
}

// warm is the load time of this model when it is in memory: the median of the
// last few that loaded nothing, in microseconds; 0 where there are too few.
func (h *History) warm(d entry) int64 {
	var times [9]int64
	n := 0
	for old := range h.walk(d, byModel) {
		if old.load >= 0 && !old.cold && n < len(times) {
			times[n] = old.load
			n++
		}
		if n == len(times) {
			break
		}
	}
	if n < 3 {
		return 0
	}
	slices.Sort(times[:n])
	return times[n/2]
}

// lastUse is the exchange of this model that began last before d did; nil where
// none is known.
func (h *History) lastUse(d entry) *entry {
	var last *entry
	for old := range h.walk(d, byModel) {
		if old.start < d.start && (generates(old.api) || embeds(old.api)) && (last == nil || old.start > last.start) {
			last = old
		}
	}
	return last
}

// whyLoaded says why a model had to be loaded. Only the options and another
// model make a verdict of their own: what else there is lies in the past of one
// model and blames nobody.
func (h *History) whyLoaded(in Facts, d entry, before *entry) (cause string, why *exchange.Verdict) {
	numbers := map[string]int64{"load_ms": d.load / 1000}
	switch {
	case before == nil:
		return "first", nil
	case before.keepAlive == 0:
		return "unloaded", nil
	case before.state == exchange.Failed || before.state == exchange.Broken:
		return "crashed", nil
	case before.keepAlive != forever && d.start-before.end >= before.keepAlive:
		return "idle", nil
	case h.changed(d, before):
		return "unknown", nil
	}
	if option, was, is := difference(before, d); option != "" {
		return "options", &exchange.Verdict{
			Code: exchange.VerdictModelReloaded, Confidence: exchange.Likely, Numbers: numbers,
			Words:   map[string]string{"option": option, "before": was, "now": is},
			Related: []string{before.id},
		}
	}
	for old := range h.walk(d, byUpstream) {
		// The other one came to memory while this model was not in use.
		if old.here && old.cold && old.model != d.model && old.end > before.end && old.start < d.end {
			return "swap", &exchange.Verdict{
				Code: exchange.VerdictModelSwapped, Confidence: exchange.Likely, Numbers: numbers,
				Words:   map[string]string{"model": clip(d.model), "other": clip(old.model)},
				Related: []string{old.id},
			}
		}
	}
	return "unknown", nil
}

// changed reports whether models were pulled or made since.
func (h *History) changed(d entry, before *entry) bool {
	for old := range h.walk(d, byUpstream) {
		if (old.api == exchange.OllamaPull || old.api == exchange.OllamaCreate) && old.end > before.end {
			return true
		}
	}
	return false
}

// runnerOptions are the options that a loaded model can't change (server/
// sched.go): a request with another value has it loaded again.
func runnerOptions() []string {
	return []string{"num_ctx", "num_batch", "num_gpu", "main_gpu", "use_mmap", "num_thread", "draft_num_predict"}
}

// runner writes the runner's options of a request as "num_ctx=8192,…".
func runner(in Facts) string {
	if !native(in.Row.API) || in.Params["options"] == "" && in.Params["shift"] == "" {
		return ""
	}
	var b strings.Builder
	put := func(name string, raw json.RawMessage) {
		if len(raw) > 0 && string(raw) != "null" && len(raw) < 24 {
			b.WriteString(name + "=" + string(raw) + ",")
		}
	}
	options := in.options()
	for _, name := range runnerOptions() {
		put(name, options[name])
	}
	if in.Params["shift"] == "false" {
		put("shift", json.RawMessage("false"))
	}
	return b.String()
}

// difference is the first option in which two requests differ.
func difference(before *entry, d entry) (option, was, is string) {
	if before.runner == d.runner {
		return "", "", ""
	}
	value := func(options, name string) string {
		_, rest, ok := strings.Cut(","+options, ","+name+"=")
		if !ok {
			return ""
		}
		rest, _, _ = strings.Cut(rest, ",")
		return rest
	}
	for _, name := range append(runnerOptions(), "shift") {
		if was, is = value(before.runner, name), value(d.runner, name); was != is {
			return name, was, is
		}
	}
	return "", "", ""
}

// keepAlive is how long a request has its model kept, in microseconds.
func keepAlive(in Facts) int64 {
	raw := in.Params["keep_alive"]
	if raw == "" || raw == "null" || !native(in.Row.API) {
		return usualKeepAlive
	}
	if n, ok := number(json.RawMessage(raw)); ok {
		if n < 0 {
			return forever
		}
		return n * 1_000_000
	}
	text, err := strconv.Unquote(raw)
	if err != nil {
		return usualKeepAlive
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return usualKeepAlive
	case d < 0:
		return forever
	}
	return d.Microseconds()
}
