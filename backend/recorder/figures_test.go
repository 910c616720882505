package recorder

import (
	"math"
	"slices"
	"testing"

	"gumshoe/backend/decode"
	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
)

func n(v int64) *int64 { return &v }

func measured(reply wire.Reply) exchange.Record {
	record := exchange.Record{Exchange: exchange.Exchange{StartedAt: 100}}
	New(Config{}).measure(&record, 5100, decode.Output{ReplyRead: true, Reply: reply})
	return record
}

func TestOllamaFigures(t *testing.T) {
	// Measured on a real server: the same prompt, cold and warm.
	cold := measured(wire.Reply{Stream: true, TotalNS: n(900_000_000), LoadNS: n(288_000_000), PromptEvalNS: n(40_000_000),
		EvalNS: n(500_000_400), EvalCount: n(51), PromptEvalCount: n(31), PromptCached: n(0), FirstToken: n(330_000), LastToken: n(830_000), TokenEvents: 50})
	if got := *cold.Timing.GenerationTPS; math.Abs(got-50*1e9/500_000_400) > 1e-9 || cold.Timing.GenerationTPSBasis != exchange.Calculated {
		t.Errorf("generation is %v, %v", got, cold.Timing.GenerationTPSBasis)
	}
	if got := *cold.Timing.PromptTPS; got != 775 || cold.Timing.PromptTPSBasis != exchange.Calculated {
		t.Errorf("prompt speed is %v", got)
	}
	if *cold.Usage.Input != 31 || *cold.Usage.Output != 51 || *cold.Usage.Cached != 0 || cold.Usage.Basis != exchange.Reported {
		t.Errorf("usage is %+v", cold.Usage)
	}
	if *cold.Timing.Load != 288_000 || *cold.Timing.Eval != 500_000 || *cold.Timing.Total != 900_000 || *cold.Timing.PromptEval != 40_000 {
		t.Errorf("times are %+v", cold.Timing)
	}
	if *cold.Timing.TTFT != 330_000 || *cold.Timing.Duration != 5000 || !slices.Contains(cold.Notes, exchange.NoteColdStart) {
		t.Errorf("TTFT %d, duration %d, notes %v", *cold.Timing.TTFT, *cold.Timing.Duration, cold.Notes)
	}
	warm := measured(wire.Reply{LoadNS: n(6_700_000), PromptEvalNS: n(1_600_000), PromptEvalCount: n(31), PromptCached: n(30), FirstToken: n(9)})
	if *warm.Timing.PromptTPS != 625 || len(warm.Notes) > 0 || warm.Timing.TTFT != nil {
		t.Errorf("warm: %v, notes %v, TTFT %v", *warm.Timing.PromptTPS, warm.Notes, warm.Timing.TTFT)
	}
}

func TestMissingFiguresStayMissing(t *testing.T) {
	for name, reply := range map[string]wire.Reply{
		"nothing":            {},
		"cached unknown":     {PromptEvalNS: n(1000), PromptEvalCount: n(10)},
		"all cached":         {PromptEvalNS: n(1000), PromptEvalCount: n(10), PromptCached: n(10)},
		"more than cached":   {PromptEvalNS: n(1000), PromptEvalCount: n(10), PromptCached: n(12)},
		"no time":            {PromptEvalNS: n(0), PromptEvalCount: n(10), PromptCached: n(1), EvalNS: n(0), EvalCount: n(5)},
		"one token":          {EvalNS: n(1000), EvalCount: n(1), Stream: true, FirstToken: n(1), LastToken: n(90_000), TokenEvents: 1},
		"all at once":        {Stream: true, Usage: exchange.Usage{Output: n(9), Basis: exchange.Reported}, FirstToken: n(5), LastToken: n(5), TokenEvents: 9},
		"held back":          {Stream: true, Usage: exchange.Usage{Output: n(900), Basis: exchange.Reported}, FirstToken: n(5), LastToken: n(19_000), TokenEvents: 900},
		"let go in pieces":   {Stream: true, Usage: exchange.Usage{Output: n(500), Basis: exchange.Reported}, FirstToken: n(1_000_000), LastToken: n(1_025_000), TokenEvents: 8},
		"in two pieces":      {Stream: true, Usage: exchange.Usage{Output: n(37), Basis: exchange.Reported}, FirstToken: n(1_000_000), LastToken: n(1_100_000), TokenEvents: 2},
		"hidden but for one": {Stream: true, Usage: exchange.Usage{Output: n(301), Reasoning: n(300), Basis: exchange.Reported}, FirstToken: n(1_000_000), LastToken: n(1_100_000), TokenEvents: 9},
		"not a stream":       {Usage: exchange.Usage{Output: n(9), Basis: exchange.Reported}, FirstToken: n(1), LastToken: n(50_000), TokenEvents: 9},
		"negative durations": {EvalNS: n(-5), EvalCount: n(5), LoadNS: n(-1)},
	} {
		r := measured(reply)
		if r.Timing.GenerationTPS != nil || r.Timing.PromptTPS != nil || r.Timing.GenerationTPSBasis != "" || r.Timing.PromptTPSBasis != "" || r.Timing.Load != nil {
			t.Errorf("%s: %+v", name, r.Timing)
		}
	}
	if r := measured(wire.Reply{}); r.Usage != (exchange.Usage{}) || r.Timing.FirstByte != nil || r.Timing.TTFT != nil {
		t.Errorf("nothing: %+v %+v", r.Usage, r.Timing)
	}
}

func TestStreamFigures(t *testing.T) {
	reported := func(output, reasoning int64, events int64, answer ...exchange.Message) wire.Reply {
		u := exchange.Usage{Input: n(4), Output: &output, Basis: exchange.Reported}
		if reasoning > 0 {
			u.Reasoning = &reasoning
		}
		return wire.Reply{Stream: true, Usage: u, Messages: answer, FirstToken: n(1_000_000), LastToken: n(3_000_000), TokenEvents: events}
	}
	thinking := exchange.Message{Parts: []exchange.Part{{Type: exchange.PartReasoning, Text: "Hm."}}}
	plain := exchange.Message{Parts: []exchange.Part{{Type: exchange.PartText, Text: "Yes."}}}
	guess := wire.Reply{Stream: true, FirstToken: n(1_000_000), LastToken: n(3_000_000), TokenEvents: 21}
	for _, c := range []struct {
		name  string
		reply wire.Reply
		want  float64
		basis exchange.Basis
	}{
		{"a token in each event", reported(101, 0, 101, plain), 50, exchange.Calculated},
		{"more events than tokens", reported(101, 0, 150, plain), 50, exchange.Calculated},
		{"ten tokens in each of ten", reported(100, 0, 10, plain), 45, exchange.Calculated},
		{"few, but nearly one each", reported(5, 0, 4, plain), 1.875, exchange.Calculated},
		{"reasoning that is shown", reported(101, 60, 101, thinking, plain), 50, exchange.Calculated},
		{"reasoning that is not shown", reported(161, 60, 101, plain), 50, exchange.Calculated},
		{"events counted as tokens", guess, 10, exchange.Estimated},
	} {
		r := measured(c.reply)
		if r.Timing.GenerationTPS == nil || *r.Timing.GenerationTPS != c.want || r.Timing.GenerationTPSBasis != c.basis {
			t.Errorf("%s: %+v", c.name, r.Timing)
		}
	}
	if r := measured(guess); r.Usage.Basis != exchange.Estimated || *r.Usage.Output != 21 {
		t.Errorf("estimated: %+v", r.Usage)
	}
}
