package verdict

import (
	"math/bits"

	"gumshoe/backend/exchange"
)

const (
	// stallMin is the shortest gap that counts, in microseconds, and stallTimes
	// how often a stream's own ordinary gap must fit into it.
	stallMin, stallTimes = 10_000_000, 8
	// stallSure is the gap that hardly has another explanation.
	stallSure = 30_000_000
	// minGaps is how many gaps tell a stream's cadence.
	minGaps = 10
)

// stalled judges a stream's gaps against its own cadence: nine of ten gaps tell
// what is ordinary. Only what lies between the first token and the end counts,
// so that a long prompt is none. What is silent by nature is left out: tool
// calls, which some servers send in one piece; the tools that a provider runs
// itself; reasoning that is not shown; the two passes of a structured answer.
func stalled(in Facts) []exchange.Verdict {
	t := in.Row.Timing
	if in.Row.Stream == nil || !*in.Row.Stream || t.TTFT == nil || !generates(in.Row.API) || quietByNature(in) {
		return nil
	}
	first := 0
	for first < len(in.Chunks) && in.Chunks[first].At < *t.TTFT {
		first++
	}
	chunks := in.Chunks[first:]
	if len(chunks) <= minGaps {
		return nil
	}
	var gaps [64]int // by the number's length in bits
	longest, at := int64(0), int64(0)
	for i := 1; i < len(chunks); i++ {
		g := max(0, chunks[i].At-chunks[i-1].At)
		gaps[bits.Len64(uint64(g))%64]++
		if g > longest {
			longest, at = g, chunks[i-1].At
		}
	}
	then := "resumed"
	last := chunks[len(chunks)-1].At
	// The end is a gap of its own, but only where no end mark came.
	if s := in.Row.State; in.Row.Finish == "" && len(in.Tools) == 0 && (s == exchange.Cancelled || s == exchange.Broken) {
		if g := known(t.Duration, last) - last; g > longest {
			longest, at, then = g, last, "ended"
		}
	}
	usual := ordinary(gaps, len(chunks)-1)
	if longest < stallMin || longest < stallTimes*usual {
		return nil
	}
	v := exchange.Verdict{
		Code: exchange.VerdictStalled, Confidence: exchange.Likely, Words: map[string]string{"then": then},
		Numbers: map[string]int64{"gap_ms": longest / 1000, "at_ms": at / 1000, "usual_ms": max(1, usual/1000)},
	}
	if longest >= stallSure && longest >= 4*stallTimes*usual {
		v.Confidence = exchange.Certain
	}
	return []exchange.Verdict{v}
}

// ordinary is a length that nine of ten gaps do not exceed.
func ordinary(gaps [64]int, n int) int64 {
	sum := 0
	for i, c := range gaps {
		if sum += c; sum*10 >= n*9 {
			return 1<<i - 1
		}
	}
	return 1<<62 - 1
}

func quietByNature(in Facts) bool {
	shown := false
	for i := range in.Reply {
		if len(in.Reply[i].ToolCalls) > 0 {
			return true
		}
		for j := range in.Reply[i].Parts {
			switch in.Reply[i].Parts[j].Type {
			case exchange.PartReasoning:
				shown = true
			case exchange.PartOther, exchange.PartImage, exchange.PartAudio, exchange.PartFile:
				return true // a provider's tool, or something large in the making
			}
		}
	}
	for i := range in.Tools {
		if len(in.Tools[i].Schema) == 0 {
			return true // a tool of the provider's own
		}
	}
	for _, name := range []string{"web_search_options", "plugins"} {
		if in.Params[name] != "" {
			return true
		}
	}
	return known(in.Row.Usage.Reasoning, 0) > 0 && !shown || in.Params["format"] != "" && shown
}
