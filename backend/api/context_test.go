package api

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/exchange"
	"gumshoe/backend/store"
	"gumshoe/backend/upstream"
)

// TestContextsOfModels asks for a model that Ollama had in memory, one that a
// provider serves, and ones of which nothing says how long their context is.
func TestContextsOfModels(t *testing.T) {
	s := newStage(t)
	s.Upstreams.Put(upstream.Upstream{Name: "cloud", Kind: exchange.KindOpenAI, URL: &url.URL{Scheme: "https", Host: "api.openai.com", Path: "/v1"}})
	s.Upstreams.Put(upstream.Upstream{Name: "near", Kind: exchange.KindOpenAI, URL: &url.URL{Scheme: "http", Host: "127.0.0.1:1234"}})
	at := into[dto.Graph](t, s.do("GET", "/api/graph?"+lastHour(), "")).To - 120_000_000
	for model, name := range map[string]string{"llama": "fixed", "gpt-4o": "cloud", "gpt-4-turbo": "near", "unheard-of": "cloud", "lost": "removed"} {
		id, err := uuid.NewV7()
		if err != nil {
			t.Fatal(err)
		}
		rec := exchange.Record{Exchange: exchange.Exchange{ID: id.String(), StartedAt: at, State: exchange.OK, Model: model, Upstream: name, API: exchange.OpenAIChat,
			Usage: exchange.Usage{Input: exchange.Int64(2048), Output: exchange.Int64(1), Basis: exchange.Reported}}}
		if err := s.Log.(*store.Store).Save(t.Context(), []store.Item{{Record: &rec}}, store.Progress{}); err != nil {
			t.Fatal(err)
		}
	}
	stays := strings.NewReplacer("$a", strconv.FormatInt(at-60_000_000, 10), "$b", strconv.FormatInt(at-50_000_000, 10), "$c", strconv.FormatInt(at-40_000_000, 10), "$d", strconv.FormatInt(at, 10)).Replace(
		`[{"upstream":"fixed","model":"llama:latest","from":$a,"to":$b,"context":4096},{"upstream":"fixed","model":"llama:latest","from":$c,"to":$d,"context":8192},
		{"upstream":"fixed","model":"llama:latest","from":1,"to":2,"context":99}]`)
	if err := s.Watch.Import([]byte(stays)); err != nil {
		t.Fatal(err)
	}
	want := map[string]*dto.ContextLength{"llama": {Tokens: 8192, Basis: "allocated", Varied: true}, "gpt-4o": {Tokens: 128_000, Basis: "table"}}
	got := into[dto.Groups](t, s.do("GET", "/api/groups?by=model&"+lastHour(), ""))
	if len(got.Groups) != 6 {
		t.Fatalf("%d models", len(got.Groups))
	}
	for _, g := range got.Groups {
		if w := want[g.Value]; (w == nil) != (g.Context == nil) || w != nil && *w != *g.Context {
			t.Errorf("%s: %+v, want %+v", g.Value, g.Context, w)
		}
		if p := g.Figures.Context; g.Value != "m" && (p.Samples != 1 || p.P95 == nil || *p.P95 < 2000 || *p.P95 > 2100) {
			t.Errorf("%s: prompts of %+v", g.Value, p)
		}
	}
	for _, line := range strings.Split(s.do("GET", "/api/export?format=csv&table=model&"+lastHour(), "").Body.String(), "\n") {
		if strings.HasPrefix(line, "llama,") && !strings.HasPrefix(line, "llama,0,8192,allocated,") || strings.HasPrefix(line, "lost,") && !strings.HasPrefix(line, "lost,0,,,") {
			t.Error(line)
		}
	}
}
