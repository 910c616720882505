package price

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gumshoe/backend/exchange"
)

func noon() time.Time { return time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC) }

func TestFind(t *testing.T) {
	tab := table(t)
	openai, anthropic, gemini, ollama := exchange.KindOpenAI, exchange.KindAnthropic, exchange.KindGemini, exchange.KindOllama
	bedrock := "https://bedrock-runtime.us-east-1.amazonaws.com"
	vertex := "https://us-central1-aiplatform.googleapis.com/v1"
	for _, c := range []struct {
		where       Where
		model, want string // "" for unpriced
		assumed     string
	}{
		// By URL.
		{Where{URL: "https://api.openai.com/v1", Kind: openai}, "gpt-4o", "openai/gpt-4o", ""},
		{Where{URL: "HTTPS://API.OpenAI.com", Kind: openai}, " GPT-4o ", "openai/gpt-4o", ""},
		{Where{URL: "https://api.openai.com/v1"}, "gpt-4o-2024-05-13", "openai/gpt-4o-2024-05-13", ""},
		{Where{URL: "https://api.openai.com/v1"}, "gpt-4o-20240513", "openai/gpt-4o-2024-05-13", ""},
		{Where{URL: "https://api.openai.com/v1"}, "openai/gpt-4o", "openai/gpt-4o", "name"},
		{Where{URL: "https://api.openai.com/v1"}, "claude-sonnet-4-0", "", ""},
		{Where{URL: "https://api.openai.com/v1"}, "no-such-model", "", ""},
		{Where{URL: "https://api.anthropic.com", Kind: anthropic}, "claude-sonnet-4-20250514", "anthropic/claude-sonnet-4-0", ""},
		{Where{URL: "https://api.anthropic.com", Kind: anthropic}, "claude-haiku-4-5-20251001", "anthropic/claude-haiku-4-5", ""},
		{Where{URL: "https://generativelanguage.googleapis.com", Kind: gemini}, "models/gemini-2.5-flash", "google/gemini-2.5-flash", "name"},
		{Where{URL: "https://generativelanguage.googleapis.com/v1beta/openai", Kind: openai}, "gemini-2.5-flash", "google/gemini-2.5-flash", ""},
		// OpenRouter's names have the provider in them, and their own prices.
		{Where{URL: "https://openrouter.ai/api/v1", Kind: openai}, "openai/gpt-4o", "openrouter/openai/gpt-4o", ""},
		{Where{URL: "https://openrouter.ai/api/v1", Kind: openai}, "openai/gpt-4o:nitro", "openrouter/openai/gpt-4o", "name"},
		{Where{URL: "https://openrouter.ai/api/v1", Kind: openai}, "qwen/qwen3-coder:free", "openrouter/qwen/qwen3-coder:free", ""},
		// Azure, Bedrock, Vertex.
		{Where{URL: "https://me.openai.azure.com/openai/v1", Kind: openai}, "gpt-4o", "openai/gpt-4o", ""},
		{Where{URL: "https://me.openai.azure.com", Kind: openai}, "gpt-35-turbo-16k", "openai/gpt-3.5-turbo-16k", ""},
		{Where{URL: bedrock}, "anthropic.claude-3-haiku-20240307-v1:0", "aws/regional.anthropic.claude-3-haiku-20240307-v1:0", ""},
		{Where{URL: bedrock}, "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0", ""},
		{Where{URL: bedrock}, "global.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws/global.anthropic.claude-sonnet-4-5-20250929-v1:0", ""},
		{Where{URL: vertex}, "claude-sonnet-4@20250514", "google/claude-4-sonnet", ""},
		{Where{URL: vertex}, "projects/p/locations/l/publishers/google/models/gemini-2.5-pro", "google/gemini-2.5-pro", "name"},
		// By an explicit provider.
		{Where{Provider: "openai", URL: "https://openrouter.ai"}, "gpt-4o", "openai/gpt-4o", ""},
		{Where{Provider: "amazon-bedrock"}, "meta.llama3-8b-instruct-v1:0", "aws/meta.llama3-8b-instruct-v1:0", ""},
		{Where{Provider: "nobody"}, "gpt-4o", "", ""},
		// By the name alone, at a gateway.
		{Where{URL: "https://llm.example.com/v1", Kind: openai}, "gpt-4o", "openai/gpt-4o", "provider"},
		{Where{URL: "https://llm.example.com/v1", Kind: openai}, "azure/gpt-4o", "openai/gpt-4o", "provider"},
		{Where{URL: "https://llm.example.com/v1", Kind: openai}, "vertex_ai/gemini-2.5-pro", "google/gemini-2.5-pro", "provider"},
		{Where{URL: "https://llm.example.com/v1", Kind: openai}, "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0", "provider"},
		{Where{URL: "https://llm.example.com/v1", Kind: openai}, "openrouter/openai/gpt-4o", "openrouter/openai/gpt-4o", "provider"},
		{Where{URL: "http://litellm:4000", Kind: anthropic}, "claude-haiku-4-5", "anthropic/claude-haiku-4-5", "provider"},
		{Where{URL: "https://llm.example.com", Kind: openai}, "my-own-model", "", ""},
		{Where{URL: "https://llm.example.com", Kind: openai}, "google/gemma-4-31b-it", "", ""}, // free at Google only
		{Where{URL: "https://llm.example.com", Kind: openai}, "openrouter/qwen/qwen3-coder:free", "", ""},
		// Ollama's names are not those of the providers.
		{Where{URL: "https://ollama.com", Kind: ollama}, "deepseek-v3.1:671b", "", ""},
		{Where{URL: "https://ollama.com/v1", Kind: openai}, "deepseek-v3.1:671b", "", ""},
		{Where{URL: "http://127.0.0.1:11434", Kind: ollama}, "deepseek-r1", "", ""},
		{Where{URL: "http://127.0.0.1:11434/v1", Kind: openai}, "deepseek-v3.1:671b-cloud", "", ""},
		{Where{}, "", "", ""},
		{Where{}, strings.Repeat("gpt-4o", 100), "", ""},
	} {
		e, ok := tab.Find(c.where, c.model, noon())
		got := ""
		if ok {
			got = e.Name()
		}
		if got != c.want || strings.Join(e.Assumed, ",") != c.assumed {
			t.Errorf("%+v %.60q: %q %v, want %q %v", c.where, c.model, got, e.Assumed, c.want, c.assumed)
		}
	}
}

func TestFindRemembersAndForgets(t *testing.T) {
	tab := table(t)
	for i := range maxFound + 10 {
		tab.Find(Where{}, "x"+strings.Repeat("y", i%300)+string(rune('a'+i%26)), noon())
		tab.Find(Where{Provider: "openai"}, strings.Repeat("z", i/300)+"q"+strings.Repeat("w", i%300), noon())
	}
	if len(tab.found) > maxFound {
		t.Errorf("%d answers are kept", len(tab.found))
	}
	if e, ok := tab.Find(Where{}, "gpt-4o", noon()); !ok || e.Name() != "openai/gpt-4o" {
		t.Errorf("after all these: %v", e.Name())
	}
}

func TestPricesOfAnEntry(t *testing.T) {
	e, ok := table(t).Find(Where{Provider: "anthropic"}, "claude-sonnet-4-5", noon())
	if !ok || e.Context == nil || *e.Context <= 0 || e.Free {
		t.Fatalf("%+v", e)
	}
	i := slices.IndexFunc(e.Prices(), func(p Price) bool { return p.Name == "output" })
	if p := e.Prices()[i]; p.PerMillion != 15 || len(p.Tiers) != 1 || p.Tiers[0] != (Tier{200000, 22.5}) {
		t.Errorf("%+v", p)
	}
	e, _ = table(t).Find(Where{Provider: "perplexity"}, "sonar", noon())
	if p := e.Prices(); p[len(p)-1].Name != "requests" || p[len(p)-1].PerMillion != 12_000 {
		t.Errorf("%+v", p)
	}
}

// The excluding lookahead of JavaScript, done by a second expression.
func TestPatterns(t *testing.T) {
	c := patterns{}
	for _, one := range []struct {
		js, name string
		want     bool
	}{
		{`^(?!.*-tts(?:$|-))`, "gemini-flash", true},
		{`^(?!.*-tts(?:$|-))`, "gemini-flash-tts", false},
		{`^(?!.*-tts(?:$|-))`, "gemini-tts-x", false},
		{`^(?!.*-tts(?:$|-))`, "gemini-ttsx", true},
		{`^(?![^/]+/)(?:labs-)?mistral`, "labs-mistral-7b", true},
		{`^(?![^/]+/)(?:labs-)?mistral`, "mistral/x", false},
		{`^(?!a)(?![)(]b)c`, "cd", true},
		{`^gpt-\d{4}$`, "gpt-1234", true},
		{`^gpt-\d{4}$`, "gpt-1234\n", false},
	} {
		test, err := c.compile(one.js)
		if err != nil || test(one.name) != one.want {
			t.Errorf("%s on %q: %v", one.js, one.name, err)
		}
	}
	for _, js := range []string{`a(?!b)`, `(?=a)`, `(?<!a)b`, `(a)\1`, `(`, strings.Repeat("a", 301), `a{1000}a{1000}`, `^(?!a{1000}a{1000})b`, `(?:\pL{9}){99}(?:\pL{9}){99}`} {
		if _, err := c.compile(js); err == nil {
			t.Errorf("%.20s was taken", js)
		}
	}
	for i := range maxPatterns {
		c[strings.Repeat("x", i)] = nil
	}
	if _, err := c.compile("y"); err == nil {
		t.Error("too many patterns were taken")
	}
}

func TestDashDates(t *testing.T) {
	for name, want := range map[string]string{
		"gpt-4o-20240513": "gpt-4o-2024-05-13", "a-20240513:x": "a-2024-05-13:x", "a-20240229-v1": "a-2024-02-29-v1",
		"a-20250101-20250202": "a-2025-01-01-2025-02-02",
		"a-20250230":          "a-20250230", "a-20230229": "a-20230229", "a-20241301": "a-20241301", "a-19990101": "a-19990101",
		"a-202405131": "a-202405131", "a-20240513x": "a-20240513x", "20240513": "20240513", "": "",
	} {
		if got := dashDates(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func FuzzFind(f *testing.F) {
	tab := table(f)
	for _, s := range []string{"gpt-4o", "openai/gpt-4o", "models/models/", "us.anthropic.claude-3-haiku-20240307-v1:0", "a:b-cloud", "/", "@20250101", "İ"} {
		f.Add("https://openrouter.ai/api/v1", "openai", "", s)
		f.Add("", "ollama", "azure", s)
	}
	f.Fuzz(func(t *testing.T, url, kind, provider, name string) {
		start, n := time.Now(), int64(1000)
		where := Where{URL: url, Kind: exchange.Kind(kind), Provider: provider}
		e, ok := tab.Find(where, name, noon())
		c, priced := tab.Cost(where, name, exchange.Usage{Input: &n, Output: &n}, noon())
		if priced && (!ok || !(c.USD >= 0) || c.Entry != e.Name()) {
			t.Errorf("%+v, %+v", c, e)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	tab := table(b)
	where := Where{URL: "https://openrouter.ai/api/v1", Kind: exchange.KindOpenAI}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := tab.Find(where, "openai/gpt-4o", noon()); !ok {
			b.Fatal("not found")
		}
	}
}

func BenchmarkFindForTheFirstTime(b *testing.B) {
	tab := table(b)
	where := Where{URL: "https://openrouter.ai/api/v1", Kind: exchange.KindOpenAI}
	for b.Loop() {
		clear(tab.found)
		tab.Find(where, "nobody/no-such-model-20250101", noon())
	}
}

func BenchmarkBuiltin(b *testing.B) {
	for b.Loop() {
		if _, err := Builtin(); err != nil {
			b.Fatal(err)
		}
	}
}
