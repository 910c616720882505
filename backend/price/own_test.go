package price

import (
	"encoding/json"
	"errors"
	"math"
	"net/url"
	"reflect"
	"testing"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/upstream"
)

func usd(v float64) *float64 { return &v }

func up(t testing.TB, name, address string, kind exchange.Kind) upstream.Upstream {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return upstream.Upstream{Name: name, Kind: kind, URL: u}
}

func TestOwnPricesWin(t *testing.T) {
	book, err := NewBook(table(t), []Own{
		{Model: "*", Input: usd(1), Output: usd(1)},
		{Model: "gpt-*", Input: usd(2), Output: usd(2)},
		{Model: "gpt-4*", Input: usd(3), Output: usd(3)},
		{Model: "GPT-4o", Input: usd(4), Output: usd(4)},
		{Model: "gpt-4o", Input: usd(5), Output: usd(5), From: "2026-01-10"},
		{Model: "gpt-4o", Input: usd(6), Output: usd(6), From: "2026-02-01"},
		{Model: "gpt-4*", Upstream: "work", Input: usd(7), Output: usd(7)},
		{Model: "llama*", Free: true},
		{Model: "flat", Request: usd(0.25)},
		{Model: "half", Output: usd(8)},
		{Model: "cache", Input: usd(10), Cached: usd(1), CacheWrite: usd(12), CacheWriteHour: usd(20)},
		{Model: "cache-plain", Input: usd(10)},
	})
	if err != nil {
		t.Fatal(err)
	}
	home := up(t, "openai", "https://api.openai.com/v1", exchange.KindOpenAI)
	work := up(t, "work", "https://api.openai.com/v1", exchange.KindOpenAI)
	million := exchange.Usage{Input: n(1e6), Output: n(0)}
	day := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		u     upstream.Upstream
		model string
		usage exchange.Usage
		at    string
		want  float64 // -1 unpriced
		entry string
	}{
		{home, "claude", million, "2026-01-15T00:00:00Z", 1, "*"},
		{home, "gpt-3", million, "2026-01-15T00:00:00Z", 2, "gpt-*"},
		{home, "gpt-4o-mini", million, "2026-01-15T00:00:00Z", 3, "gpt-4*"},
		{home, "gpt-4o", million, "2026-01-09T23:59:59Z", 4, "GPT-4o"},
		{home, "Gpt-4o", million, "2026-01-10T00:00:00Z", 5, "gpt-4o"},
		{home, "gpt-4o", million, "2026-03-01T00:00:00Z", 6, "gpt-4o"},
		{work, "gpt-4o", million, "2026-03-01T00:00:00Z", 7, "gpt-4*"},
		{work, "gpt-3", million, "2026-03-01T00:00:00Z", 2, "gpt-*"},
		{home, "llama3", exchange.Usage{}, "2026-03-01T00:00:00Z", 0, "llama*"},
		{home, "flat", exchange.Usage{}, "2026-03-01T00:00:00Z", 0.25, "flat"},
		{home, "flat", million, "2026-03-01T00:00:00Z", 0.25, "flat"},
		{home, "half", exchange.Usage{Output: n(1e6)}, "2026-03-01T00:00:00Z", 8, "half"},
		{home, "gpt-3", exchange.Usage{Output: n(1)}, "2026-03-01T00:00:00Z", -1, ""},
		{home, "cache", exchange.Usage{Input: n(1e6), Cached: n(200_000), CacheWrite: n(300_000), CacheWriteHour: n(100_000)}, "2026-03-01T00:00:00Z", 4 + 0.2 + 3.6 + 2, "cache"},
		{home, "cache-plain", exchange.Usage{Input: n(1e6), Cached: n(200_000), CacheWrite: n(300_000)}, "2026-03-01T00:00:00Z", 10, "cache-plain"},
		{up(t, "ollama", "http://localhost:11434", exchange.KindOllama), "qwen", million, "2026-03-01T00:00:00Z", 1, "*"},
	} {
		got, ok := book.Cost(c.u, c.model, c.usage, day(c.at))
		if ok != (c.want >= 0) || ok && (!near(got.USD, c.want) || got.Entry != c.entry || got.Source != "yours") {
			t.Errorf("%s %s: %v %+v, want %g of %s", c.u.Name, c.model, ok, got, c.want, c.entry)
		}
	}
}

func TestBookWithoutOwnPrices(t *testing.T) {
	book, err := NewBook(table(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	usage := exchange.Usage{Input: n(1e6), Output: n(0)}
	got, ok := book.Cost(up(t, "o", "http://127.0.0.1:11434", exchange.KindOllama), "gpt-oss:20b", usage, noon())
	if !ok || got.USD != 0 || got.Source != "local" {
		t.Errorf("at home: %v %+v", ok, got)
	}
	if got, ok = book.Cost(up(t, "o", "http://127.0.0.1:11434", exchange.KindOllama), "gpt-oss:120b-cloud", usage, noon()); ok {
		t.Errorf("Ollama's cloud: %+v", got)
	}
	if got, ok = book.Cost(up(t, "l", "http://127.0.0.1:4000", exchange.KindOpenAI), "openai/gpt-4o", usage, noon()); !ok || got.USD != 2.5 || got.Assumed[0] != AssumedProvider {
		t.Errorf("a gateway at home: %+v", got)
	}
	if got, ok = book.Cost(upstream.Upstream{}, "gpt-4o", usage, noon()); !ok || got.USD != 2.5 {
		t.Errorf("nothing known: %+v", got)
	}
	if book.Table() == nil {
		t.Error("no table")
	}
}

func TestOwnAlone(t *testing.T) {
	book, err := NewBook(table(t), []Own{{Model: "mine", Input: usd(3)}, {Upstream: "lab", Model: "theirs", Input: usd(4)}})
	if err != nil {
		t.Fatal(err)
	}
	usage := exchange.Usage{Input: n(1e6), Output: n(0)}
	for _, c := range []struct {
		upstream, model string
		want            float64
		ok              bool
	}{
		{"", "mine", 3, true},
		{"lab", "mine", 3, true},
		{"lab", "theirs", 4, true},
		{"", "theirs", 0, false},
		{"", "gpt-4o", 0, false}, // in the table, and not the user's own
	} {
		if got, ok := book.Own(c.upstream, c.model, usage, noon()); ok != c.ok || got.USD != c.want {
			t.Errorf("%s at %q: %v %+v", c.model, c.upstream, ok, got)
		}
	}
}

func TestOwnIsChecked(t *testing.T) {
	for _, c := range []struct {
		o    Own
		want error
	}{
		{Own{Model: "a", Input: usd(0)}, nil},
		{Own{Model: "a*b*", Free: true, From: "2026-02-28"}, nil},
		{Own{Input: usd(1)}, ErrOwnModel},
		{Own{Model: " a", Input: usd(1)}, ErrOwnModel},
		{Own{Model: "*********", Input: usd(1)}, ErrOwnModel},
		{Own{Model: "a", Input: usd(-1)}, ErrOwnPrice},
		{Own{Model: "a", Cached: usd(math.NaN())}, ErrOwnPrice},
		{Own{Model: "a", Request: usd(math.Inf(1))}, ErrOwnPrice},
		{Own{Model: "a", Output: usd(20001)}, ErrOwnPrice},
		{Own{Model: "a"}, ErrOwnEmpty},
		{Own{Model: "a", Free: true, Output: usd(0)}, ErrOwnFree},
		{Own{Model: "a", Free: true, From: "2026-02-30"}, ErrOwnDate},
		{Own{Model: "a", Free: true, From: "yesterday"}, ErrOwnDate},
	} {
		if err := c.o.Validate(); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, want %v", c.o, err, c.want)
		}
		if _, err := NewBook(nil, []Own{{Model: "x", Free: true}, c.o}); !errors.Is(err, c.want) {
			t.Errorf("%+v in a book: %v, want %v", c.o, err, c.want)
		}
	}
}

func TestOwnAsJSON(t *testing.T) {
	list := []Own{{Upstream: "work", Model: "gpt-*", Input: usd(0), Output: usd(1.5), Cached: usd(0.1), CacheWrite: usd(2),
		CacheWriteHour: usd(3), Request: usd(0.01), From: "2026-01-01"}, {Model: "x", Free: true}}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var back []Own
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(list, back) {
		t.Errorf("%s: %v", text, err)
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "", true}, {"a", "a", true}, {"a", "b", false}, {"*", "", true}, {"a*", "abc", true}, {"*c", "abc", true},
		{"a*c", "abcc", true}, {"a*c", "abcd", false}, {"*b*", "abc", true}, {"a*b*c", "aXbYbZc", true}, {"ab", "a", false}, {"a**", "a", true},
	} {
		if glob(c.pattern, c.name) != c.want {
			t.Errorf("%q on %q", c.pattern, c.name)
		}
	}
}

func TestLocal(t *testing.T) {
	for address, want := range map[string]bool{
		"http://localhost:11434": true, "http://127.0.0.1:8080/v1": true, "http://[::1]:1": true, "http://192.168.1.5": true,
		"http://10.0.0.1": true, "http://172.16.3.4": true, "http://172.32.0.1": false, "http://169.254.1.1": true,
		"http://[fd00::1]": true, "http://[fe80::1%25eth0]": true, "http://[::ffff:10.0.0.1]": true, "http://100.100.1.1": true,
		"http://0.0.0.0:11434": true, "http://nas.local": true, "http://Box.LAN.": true, "http://host.docker.internal:11434": true,
		"http://ollama:11434": true, "http://gpu.home.arpa": true, "http://a.localhost": true,
		"https://ollama.com": false, "https://api.openai.com": false, "http://8.8.8.8": false, "http://134744072": false,
		"http://[2001:4860::1]": false, "http://local.example.com": false, "http://notlocal": true, "http://evil.xlocal": false,
	} {
		for _, kind := range exchange.Kinds() {
			if got := Local(up(t, "x", address, kind), "qwen3:8b"); got != want {
				t.Errorf("%s %s: %v", kind, address, got)
			}
		}
	}
	if Local(upstream.Upstream{}, "x") {
		t.Error("no URL is local")
	}
	home := up(t, "x", "http://localhost:1", exchange.KindOpenAI)
	for model, want := range map[string]bool{
		"": true, "gpt-oss:120b": true, "gpt-oss:120b-cloud": false, "glm-4.6:cloud": false, "Qwen3-Coder:480B-CLOUD ": false,
		"gpt-4o": true, "openai/gpt-4o": false, "openai/gpt-oss-20b": true, "anthropic/claude-sonnet-4-5": false,
		"bedrock/us.anthropic.claude-3-haiku": false, "openrouter/openai/o3-mini": false, "gemini/gemini-2.5-pro": false,
		"google/gemma-3-27b": true, "x-ai/grok-4": false, "hf.co/x/qwen-claude-distill": true,
	} {
		if got := Local(home, model); got != want {
			t.Errorf("%q: %v", model, got)
		}
	}
}
