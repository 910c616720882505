package upstream

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gumshoe/backend/exchange"
)

// server answers some paths with JSON; a value that begins with a number is a
// status and a body.
func server(t *testing.T, answers map[string]string) *url.URL {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := answers[r.URL.Path]
		switch {
		case !ok:
			http.NotFound(w, r)
		case strings.HasPrefix(body, "401"):
			w.WriteHeader(http.StatusUnauthorized)
		default:
			_, _ = io.WriteString(w, body)
		}
	}))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func under(t *testing.T, u *url.URL, path string) *url.URL {
	t.Helper()
	u, err := url.Parse(u.String() + path)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestDetect(t *testing.T) {
	ollama := map[string]string{"/api/version": `{"version":"0.34.4"}`, "/api/tags": `{"models":[{"name":"a:1b"},{"name":"b"}]}`, "/v1/models": `{"data":[{"id":"a:1b"}]}`}
	for name, c := range map[string]struct {
		answers map[string]string
		path    string
		kind    exchange.Kind
		models  []string
		code    string
	}{
		"ollama":             {ollama, "", exchange.KindOllama, []string{"a:1b", "b"}, ""},
		"ollama's /v1":       {ollama, "/v1", exchange.KindOpenAI, []string{"a:1b"}, ""},
		"openai":             {map[string]string{"/v1/models": `{"object":"list","data":[{"id":"gpt"}]}`}, "/v1", exchange.KindOpenAI, []string{"gpt"}, ""},
		"no models yet":      {map[string]string{"/v1/models": `{"data":[]}`}, "/v1", exchange.KindOpenAI, nil, ""},
		"anthropic":          {map[string]string{"/v1/models": `{"data":[{"type":"model","id":"claude"}]}`}, "", exchange.KindAnthropic, []string{"claude"}, ""},
		"gemini":             {map[string]string{"/v1beta/models": `{"models":[{"name":"models/gemini"}]}`}, "", exchange.KindGemini, []string{"models/gemini"}, ""},
		"under a path":       {map[string]string{"/api/v1/models": `{"data":[{"id":"x"}]}`}, "/api/v1", exchange.KindOpenAI, []string{"x"}, ""},
		"wants a key":        {map[string]string{"/v1/models": "401"}, "/v1", "", nil, CodeUnauthorized},
		"a web page":         {map[string]string{"/": "<html>", "/v1/models": "<html>", "/api/version": "<html>"}, "", "", nil, CodeNotAnLLM},
		"some other JSON":    {map[string]string{"/v1/models": `{"hello":1}`, "/api/version": `{"version":""}`}, "", "", nil, CodeNotAnLLM},
		"wrong types":        {map[string]string{"/v1/models": `{"data":"x"}`, "/api/version": `{"version":7}`}, "", "", nil, CodeNotAnLLM},
		"more than is taken": {map[string]string{"/v1/models": `{"data":[{"id":"` + strings.Repeat("x", 9<<20) + `"}]}`}, "", "", nil, CodeNotAnLLM},
	} {
		f, err := Detect(t.Context(), http.DefaultClient, under(t, server(t, c.answers), c.path), "")
		var unfit *Unfit
		switch {
		case c.code == "" && (err != nil || f.Kind != c.kind || !slices.Equal(f.Models, c.models) || f.Took <= 0):
			t.Errorf("%s: %+v, %v", name, f, err)
		case c.code != "" && (!errors.As(err, &unfit) || unfit.Code != c.code):
			t.Errorf("%s: %+v, %v; want %s", name, f, err, c.code)
		}
	}
}

func TestDetectSendsTheKey(t *testing.T) {
	var got http.Header
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		_, _ = io.WriteString(w, `{"data":[]}`)
	}))
	defer s.Close()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Detect(t.Context(), s.Client(), u, "sk-1"); err != nil {
		t.Fatal(err)
	}
	if got.Get("Authorization") != "Bearer sk-1" || got.Get("X-Api-Key") != "sk-1" || got.Get("X-Goog-Api-Key") != "sk-1" {
		t.Errorf("the upstream got %v", got)
	}
}

func TestDetectWhereNobodyAnswers(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	u, err := url.Parse(gone.URL)
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	var unfit *Unfit
	if _, err := Detect(t.Context(), http.DefaultClient, u, ""); !errors.As(err, &unfit) || unfit.Code != CodeUnreachable {
		t.Errorf("a closed port: %v", err)
	}
	stop := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stop }))
	defer silent.Close()
	defer close(stop)
	if u, err = url.Parse(silent.URL); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Detect(ctx, http.DefaultClient, u, ""); !errors.As(err, &unfit) || unfit.Code != CodeTimeout {
		t.Errorf("a silent server: %v", err)
	}
}
