package ollama

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gumshoe/backend/upstream"
)

// ps is an answer of Ollama 0.34.4, shortened.
const ps = `{"models":[{"name":"nano:latest","model":"nano:latest","size":160000000,"digest":"d","details":{"parent_model":"","format":"gguf","family":"llama","families":["llama"],"parameter_size":"3.96M","quantization_level":"F16"},"expires_at":"2026-11-23T12:05:00.5Z","size_vram":40000000,"context_length":4096},
{"name":"forever","size":1,"size_vram":0,"expires_at":"2318-01-01T00:00:00Z","details":{}}]}`

func TestLoaded(t *testing.T) {
	var asked atomic.Int64
	good := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path != "/api/ps" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		io.WriteString(w, ps)
	}))
	defer good.Close()
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "{") }))
	defer broken.Close()
	var list []upstream.Upstream
	for _, text := range []string{"good=ollama+" + good.URL, "broken=ollama+" + broken.URL, "cloud=openai+" + broken.URL, "gone=ollama+http://127.0.0.1:1"} {
		u, err := upstream.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, u)
	}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	w := NewWatch(upstream.NewRegistry(list), nil, func() time.Time { return now })
	got := w.Loaded(t.Context())
	if len(got.Models) != 2 || got.Models[0].Name != "forever" || !got.Models[0].Forever || got.Models[0].Context != nil {
		t.Fatalf("models %+v", got.Models)
	}
	m := got.Models[1]
	if m.Upstream != "good" || m.Size != 160000000 || m.SizeVRAM != 40000000 || *m.Context != 4096 || m.Params != "3.96M" || m.Quant != "F16" ||
		*m.ExpiresAt != now.Add(5*time.Minute+500*time.Millisecond).UnixMicro() || m.Forever {
		t.Errorf("model %+v", m)
	}
	if len(got.Errors) != 2 || got.Errors["broken"] == "" || got.Errors["gone"] == "" {
		t.Errorf("errors %v", got.Errors)
	}
	w.Loaded(t.Context())
	if asked.Load() != 1 {
		t.Errorf("asked %d times within a second", asked.Load())
	}
	now = now.Add(2 * time.Second)
	w.Loaded(t.Context())
	if asked.Load() != 2 {
		t.Errorf("asked %d times after two seconds", asked.Load())
	}
}

// TestErrorsQuoteNobody: what is shown of an Ollama that answers with rubbish has
// none of it.
func TestErrorsQuoteNobody(t *testing.T) {
	list := []upstream.Upstream{}
	for name, h := range map[string]http.HandlerFunc{
		"json": func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"models":[{"name":"m","expires_at":"sk-4242"}]}`)
		},
		"line": func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			io.WriteString(c, "sk-4242\r\n\r\n")
			c.Close()
		},
	} {
		s := httptest.NewServer(h)
		defer s.Close()
		u, err := upstream.Parse(name + "=ollama+" + s.URL)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, u)
	}
	got := NewWatch(upstream.NewRegistry(list), nil, nil).Loaded(t.Context())
	for _, name := range []string{"json", "line"} {
		if text := got.Errors[name]; text == "" || strings.Contains(text, "4242") {
			t.Errorf("%s: %q", name, text)
		}
	}
}
