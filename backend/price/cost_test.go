package price

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"gumshoe/backend/exchange"
)

func n(v int64) *int64 { return &v }

// The traps of docs/facts.md section 3, point 7, and those of others' trackers.
func TestCost(t *testing.T) {
	tab := table(t)
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	winter := at("2026-01-15T12:00:00Z")
	for _, c := range []struct {
		name, provider, model string
		u                     exchange.Usage
		at                    time.Time
		usd                   float64 // -1 for unpriced
		assumed               string
	}{
		{"plain", "openai", "gpt-4o", exchange.Usage{Input: n(1e6), Output: n(1e6)}, winter, 12.5, ""},
		{"input includes cached tokens", "openai", "gpt-4o", exchange.Usage{Input: n(1e6), Output: n(0), Cached: n(400_000)}, winter, 0.6*2.5 + 0.4*1.25, ""},
		// LiteLLM 11364: cache reads and writes charged twice, as input too.
		{"reads and writes are of the input", "anthropic", "claude-sonnet-4-0", exchange.Usage{Input: n(100_000), Output: n(1000), Cached: n(60_000), CacheWrite: n(30_000)}, winter,
			0.01*3 + 0.06*0.3 + 0.03*3.75 + 0.001*15, ""},
		// LiteLLM 16341: an hour's writes charged as five minutes'.
		{"an hour in the cache", "anthropic", "claude-sonnet-4-0", exchange.Usage{Input: n(100_000), Output: n(0), CacheWrite: n(20_000), CacheWriteHour: n(80_000)}, winter, 0.02*3.75 + 0.08*6, ""},
		{"an hour without its price", "openai", "gpt-6-sol", exchange.Usage{Input: n(1000), Output: n(0), CacheWriteHour: n(1000)}, winter, 0.001 * 2.5, "hour_write"},
		// LiteLLM 15056: negative costs where parts are more than the whole.
		{"cached beside input", "anthropic", "claude-sonnet-4-0", exchange.Usage{Input: n(1000), Output: n(0), Cached: n(60_000)}, winter, 0.06 * 0.3, "input_raised"},
		{"reasoning beside output", "openai", "gpt-4o", exchange.Usage{Input: n(0), Output: n(10), Reasoning: n(1000)}, winter, 0.001 * 10, "output_raised"},
		{"reasoning is of the output", "openai", "gpt-4o", exchange.Usage{Input: n(0), Output: n(1000), Reasoning: n(900)}, winter, 0.001 * 10, ""},
		{"at the tier's edge", "anthropic", "claude-sonnet-4-5", exchange.Usage{Input: n(200_000), Output: n(1000)}, winter, 0.2*3 + 0.001*15, ""},
		{"the tier is for the whole request", "anthropic", "claude-sonnet-4-5", exchange.Usage{Input: n(200_001), Output: n(1000)}, winter, 0.200001*6 + 0.001*22.5, ""},
		{"cached tokens count for the tier", "anthropic", "claude-sonnet-4-5", exchange.Usage{Input: n(200_001), Output: n(0), Cached: n(200_000)}, winter, 0.000001*6 + 0.2*0.6, ""},
		{"before a date", "anthropic", "claude-opus-4-6", exchange.Usage{Input: n(300_000), Output: n(0)}, at("2026-03-12T23:59:59Z"), 3, ""},
		{"from a date", "anthropic", "claude-opus-4-6", exchange.Usage{Input: n(300_000), Output: n(0)}, at("2026-03-13T00:00:00Z"), 1.5, ""},
		{"a date is UTC's", "anthropic", "claude-opus-4-6", exchange.Usage{Input: n(300_000), Output: n(0)}, at("2026-03-13T01:00:00+02:00"), 3, ""},
		{"by day", "deepseek", "deepseek-reasoner", exchange.Usage{Input: n(1e6), Output: n(0)}, at("2025-05-01T00:30:00Z"), 0.55, ""},
		{"by night", "deepseek", "deepseek-reasoner", exchange.Usage{Input: n(1e6), Output: n(0)}, at("2025-05-01T16:30:00Z"), 0.135, ""},
		{"by request", "perplexity", "sonar", exchange.Usage{Input: n(1000), Output: n(1000)}, winter, 0.002 + 0.012, ""},
		{"embeddings have no output", "openai", "text-embedding-3-small", exchange.Usage{Input: n(1e6)}, winter, 0.02, ""},
		{"an output without a price", "openai", "text-embedding-3-small", exchange.Usage{Input: n(1e6), Output: n(5)}, winter, 0.02, "output_unpriced"},
		{"free", "openrouter", "qwen/qwen3-coder:free", exchange.Usage{}, winter, 0, ""},
		{"free by its documentation", "openai", "omni-moderation-latest", exchange.Usage{}, winter, 0, ""},
		{"no prices and not free", "cerebras", "qwen-3-coder-480b", exchange.Usage{Input: n(1), Output: n(1)}, winter, -1, ""},
		{"by the hour of audio", "openai", "whisper-1", exchange.Usage{Input: n(1), Output: n(1)}, winter, -1, ""},
		{"no input", "openai", "gpt-4o", exchange.Usage{Output: n(10)}, winter, -1, ""},
		{"no output", "openai", "gpt-4o", exchange.Usage{Input: n(10)}, winter, -1, ""},
		{"nothing", "openai", "gpt-4o", exchange.Usage{}, winter, -1, ""},
		{"really nothing", "openai", "gpt-4o", exchange.Usage{Input: n(0), Output: n(0)}, winter, 0, ""},
		{"less than nothing", "openai", "gpt-4o", exchange.Usage{Input: n(-1), Output: n(0)}, winter, -1, ""},
		{"too much", "openai", "gpt-4o", exchange.Usage{Input: n(math.MaxInt64), Output: n(0)}, winter, -1, ""},
		{"unknown", "openai", "gpt-99", exchange.Usage{Input: n(1), Output: n(1)}, winter, -1, ""},
	} {
		got, ok := tab.Cost(Where{Provider: c.provider}, c.model, c.u, c.at)
		if ok != (c.usd >= 0) || ok && (!near(got.USD, c.usd) || strings.Join(got.Assumed, ",") != c.assumed) {
			t.Errorf("%s: %v, %.12g %v %+v, want %.12g %s", c.name, ok, got.USD, got.Assumed, got.Parts, c.usd, c.assumed)
		}
		if !ok && (got.USD != 0 || got.Entry != "" || got.Parts != nil) {
			t.Errorf("%s: %+v beside false", c.name, got)
		}
	}
}

func TestCostOfAudio(t *testing.T) {
	tab := table(t)
	where := Where{Provider: "openai"}
	e, ok := tab.Find(where, "gpt-realtime", noon())
	if !ok || e.set.amounts[uCachedAudio] == nil {
		t.Fatalf("%+v", e)
	}
	rate := func(i int) float64 { return e.set.amounts[i].base / 1e6 }
	u := exchange.Usage{Input: n(1000), Output: n(100), Cached: n(600), InputAudio: n(300), OutputAudio: n(80)}
	c, ok := tab.Cost(where, "gpt-realtime", u, noon())
	want := 100*rate(uInput) + 600*rate(uCached) + 300*rate(uInAudio) + 20*rate(uOutput) + 80*rate(uOutAudio)
	if !ok || !near(c.USD, want) || !slices.Equal(c.Assumed, []string{AssumedCachedText}) {
		t.Errorf("%+v, want %g", c, want)
	}
	// 200 can't be text: they do not fit beside the cached ones.
	u.InputAudio = n(600)
	c, ok = tab.Cost(where, "gpt-realtime", u, noon())
	want = 400*rate(uCached) + 200*rate(uCachedAudio) + 400*rate(uInAudio) + 20*rate(uOutput) + 80*rate(uOutAudio)
	if !ok || !near(c.USD, want) {
		t.Errorf("%+v, want %g", c, want)
	}
}

// What a breakdown shows adds up, and every token is in it once.
func TestPartsAddUp(t *testing.T) {
	tab := table(t)
	u := exchange.Usage{Input: n(250_001), Output: n(5000), Cached: n(100_000), CacheWrite: n(50_000), CacheWriteHour: n(1), Reasoning: n(4000)}
	for _, p := range tab.providers {
		for _, m := range p.models {
			e := Entry{set: m.at(noon())}
			c, ok := e.set.cost(u)
			if !ok {
				continue
			}
			in, out, sum := int64(0), int64(0), 0.0
			for _, part := range c.Parts {
				sum += part.USD
				switch part.Name {
				case partRequests:
				case "output", "reasoning", "output_audio", "output_image":
					out += part.Tokens
				default:
					in += part.Tokens
				}
			}
			if !near(sum, c.USD) || e.set.amounts[uInput] != nil && in != *u.Input || e.set.amounts[uOutput] != nil && out != *u.Output {
				t.Errorf("%s/%s: %d in, %d out, %g of %+v", p.id, m.id, in, out, sum, c)
			}
		}
	}
	c, _ := tab.Cost(Where{Provider: "anthropic"}, "claude-sonnet-4-5", u, noon())
	want := []Part{
		{"input", 100_000, 6, 0.6}, {"cached", 100_000, 0.6, 0.06}, {"cache_write", 50_000, 7.5, 0.375},
		{"cache_write_1h", 1, 12, 0.000012}, {"output", 5000, 22.5, 0.1125},
	}
	same := func(a, b Part) bool {
		return a.Name == b.Name && a.Tokens == b.Tokens && a.PerMillion == b.PerMillion && near(a.USD, b.USD)
	}
	if !slices.EqualFunc(c.Parts, want, same) || c.Entry != "anthropic/claude-sonnet-4-5" || !strings.HasPrefix(c.Source, "genai-prices 0.") {
		t.Errorf("%+v", c)
	}
}

// usage is one of every count.
func usage() exchange.Usage {
	return exchange.Usage{Input: n(100), Output: n(50), Cached: n(10), Reasoning: n(5), CacheWrite: n(3), CacheWriteHour: n(2),
		InputAudio: n(7), OutputAudio: n(4), InputImage: n(6), OutputImage: n(1)}
}
