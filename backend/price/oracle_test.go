package price

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"gumshoe/backend/exchange"
)

// oracle is testdata/oracle.json: what the npm package's own calculator says.
type oracle struct {
	Version string             `json:"version"`
	Usages  []map[string]int64 `json:"usages"`
	Cases   []struct {
		Provider string       `json:"p"`
		Name     string       `json:"n"`
		Model    string       `json:"m"`
		At       time.Time    `json:"at"`
		Costs    [][2]float64 `json:"c"` // index of the usage, US dollars
	} `json:"cases"`
	Lookups [][3]*string `json:"lookups"` // name, provider or "", "provider model" or null
	Hidden  []string     `json:"hidden"`
}

func readOracle(t testing.TB) *oracle {
	t.Helper()
	text, err := os.ReadFile("testdata/oracle.json")
	if err != nil {
		t.Fatal(err)
	}
	var o oracle
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatal(err)
	}
	return &o
}

func table(t testing.TB) *Table {
	t.Helper()
	tab, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// asCounts reads a usage in genai-prices' words.
func asCounts(t *testing.T, u map[string]int64) counts {
	t.Helper()
	names := map[string]int{"input_tokens": uInput, "cache_read_tokens": uCached, "cache_write_tokens": uWrite,
		"cache_write_5m_tokens": uWrite5m, "cache_write_1h_tokens": uWrite1h, "input_audio_tokens": uInAudio,
		"cache_audio_read_tokens": uCachedAudio, "input_image_tokens": uInImage, "cache_image_read_tokens": uCachedImage,
		"output_tokens": uOutput, "output_reasoning_tokens": uReasoning, "output_audio_tokens": uOutAudio, "output_image_tokens": uOutImage}
	var n counts
	for k, v := range u {
		i, ok := names[k]
		if !ok {
			t.Fatalf("the oracle counts %s", k)
		}
		n[i] = v
	}
	return n
}

// asUsage is the same as an exchange keeps it; false where it can't.
func asUsage(u map[string]int64) (exchange.Usage, bool) {
	if u["cache_audio_read_tokens"]+u["cache_image_read_tokens"] > 0 {
		return exchange.Usage{}, false
	}
	get := func(key string) *int64 {
		if v, ok := u[key]; ok {
			return &v
		}
		return nil
	}
	return exchange.Usage{Input: get("input_tokens"), Output: get("output_tokens"), Cached: get("cache_read_tokens"),
		Reasoning: get("output_reasoning_tokens"), CacheWrite: get("cache_write_5m_tokens"), CacheWriteHour: get("cache_write_1h_tokens"),
		InputAudio: get("input_audio_tokens"), OutputAudio: get("output_audio_tokens"),
		InputImage: get("input_image_tokens"), OutputImage: get("output_image_tokens")}, true
}

func near(a, b float64) bool {
	return a == b || math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b))
}

// Every model of the table costs what the package's own calculator says: at its
// tiers' edges, at the edges of its dates and times of day, with cache and audio.
func TestEveryModelAgainstTheOracle(t *testing.T) {
	tab, o := table(t), readOracle(t)
	if tab.Source() != "genai-prices "+o.Version {
		t.Fatalf("the table is %s, the oracle of %s: run go run ./build gen", tab.Source(), o.Version)
	}
	all, compared, unpriced, open := map[string]bool{}, 0, 0, 0
	for _, p := range tab.providers {
		for _, m := range p.models {
			all[p.id+"/"+m.id] = false
		}
	}
	for _, c := range o.Cases {
		all[c.Provider+"/"+c.Model] = true
		where := Where{Provider: c.Provider}
		e, ok := tab.Find(where, c.Name, c.At)
		if !ok || e.Provider != c.Provider || e.Model != c.Model {
			t.Errorf("%s %s is found as %s, not %s", c.Provider, c.Name, e.Name(), c.Model)
			continue
		}
		for _, pair := range c.Costs {
			u, want := o.Usages[int(pair[0])], pair[1]
			sum := 0.0
			for _, p := range e.set.apply(asCounts(t, u)) {
				sum += p.USD
			}
			if compared++; !near(sum, want) {
				t.Errorf("%s at %s, %v: %.12g, the oracle says %.12g", e.Name(), c.At, u, sum, want)
			}
			usage, ok := asUsage(u)
			if !ok {
				open++
				continue
			}
			cost, ok := tab.Cost(where, c.Name, usage, c.At)
			switch {
			case !ok && want != 0:
				t.Errorf("%s at %s, %v: unpriced, the oracle says %g", e.Name(), c.At, u, want)
			case !ok:
				unpriced++
			case !near(cost.USD, want):
				t.Errorf("%s at %s, %v: %.12g as an exchange, the oracle says %.12g", e.Name(), c.At, u, cost.USD, want)
			}
		}
	}
	hidden := map[string]bool{}
	for _, name := range o.Hidden {
		hidden[name] = true
	}
	for name, seen := range all {
		if !seen && !hidden[name] {
			t.Errorf("%s is in no case of the oracle", name)
		}
	}
	t.Logf("%d models, %d costs compared, %d with cached audio apart, %d unpriced where the package says 0", len(all), compared, open, unpriced)
	if compared < 6000 {
		t.Errorf("only %d costs were compared", compared)
	}
}

// A name leads to the same entry as in the package, by provider and alone.
func TestLookupsAgainstTheOracle(t *testing.T) {
	tab := table(t)
	for _, l := range readOracle(t).Lookups {
		name, provider, want := *l[0], *l[1], ""
		if l[2] != nil {
			want = *l[2]
		}
		p := tab.likely(strings.ToLower(name))
		if provider != "" {
			p = tab.named(provider)
		}
		got := ""
		if p != nil {
			if h := strict(p, strings.ToLower(name)); h.model != nil {
				// The package names the provider that was asked, even where the price is another's.
				got = p.id + " " + h.model.id
			}
		}
		if got != want {
			t.Errorf("%q at %q: %q, the package says %q", name, provider, got, want)
		}
	}
}
