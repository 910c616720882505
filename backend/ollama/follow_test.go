package ollama

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"gumshoe/backend/upstream"
)

// server is an Ollama whose memory a test sets.
type server struct {
	mu    sync.Mutex
	ps    string
	calls []string
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, r.Method+" "+r.URL.Path+" "+string(b))
	if r.URL.Path == "/api/show" {
		io.WriteString(w, `{"model_info":{"general.architecture":"llama","llama.context_length":131072}}`)
		return
	}
	io.WriteString(w, `{"models":[`+s.ps+`]}`)
}

func (s *server) has(models ...string) {
	s.mu.Lock()
	s.ps = strings.Join(models, ",")
	s.mu.Unlock()
}

func (s *server) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

func TestFollow(t *testing.T) {
	s := &server{}
	up := httptest.NewServer(s)
	defer up.Close()
	u, err := upstream.Parse("gpu=ollama+" + up.URL)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	w := NewWatch(upstream.NewRegistry([]upstream.Upstream{u}), nil, func() time.Time { return now })
	model := func(name string, context int, expires time.Duration) string {
		return fmt.Sprintf(`{"name":%q,"digest":"d-%s","size":100,"size_vram":50,"context_length":%d,"expires_at":%q}`, name, name, context, now.Add(expires).Format(time.RFC3339))
	}
	step := func(busy bool) { now = now.Add(3 * time.Second); w.step(t.Context(), busy) }

	step(false)
	if s.asked() != 0 {
		t.Fatalf("asked %v though nobody was there", s.calls)
	}
	s.has(model("a:latest", 4096, 5*time.Minute))
	step(true)
	if s.asked() != 2 || s.calls[1] != `POST /api/show {"model":"a:latest"}` {
		t.Fatalf("asked %v", s.calls)
	}
	step(true)
	if s.asked() != 3 || w.Polls() != 3 {
		t.Errorf("the description was asked for again: %v", s.calls)
	}
	at := now.Add(time.Second).UnixMicro()
	if m := w.At("gpu", "a", at); m.Context == nil || *m.Context != 4096 || *m.ContextMax != 131072 || m.WasLoaded == nil || !*m.WasLoaded {
		t.Errorf("of a model in memory: %+v", m)
	}
	if m := w.At("gpu", "other:7b", at); m.Context != nil || m.WasLoaded == nil || *m.WasLoaded {
		t.Errorf("of a model that is not: %+v", m)
	}
	if m := w.At("elsewhere", "a", at); m != (Memory{}) {
		t.Errorf("of an upstream that was never asked: %+v", m)
	}
	// Another context is a reload, another model in its place an eviction, its
	// time over an expiry.
	s.has(model("a:latest", 8192, 5*time.Minute))
	step(true)
	s.has(model("b:7b", 4096, 2*time.Second))
	step(true)
	s.has()
	step(true)
	s.has(model("c", 2048, time.Hour))
	step(true)
	s.has()
	step(true)
	var got []string
	for _, o := range w.Stays(0, now.UnixMicro()+1) {
		got = append(got, fmt.Sprintf("%s %d %s %s", o.Model, *o.Context, o.Left, o.By))
	}
	want := []string{"c 2048 unloaded ", "b:7b 4096 expired ", "a:latest 8192 evicted b:7b", "a:latest 4096 reloaded "}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("stays %q, want %q", got, want)
	}
	if old := w.At("gpu", "a", now.Add(time.Hour).UnixMicro()); old.Context != nil || old.WasLoaded != nil {
		t.Errorf("an hour later: %+v", old)
	}
	// A later run knows it all, but that it is still there.
	b, err := w.Export()
	if err != nil {
		t.Fatal(err)
	}
	later := NewWatch(upstream.NewRegistry(nil), nil, func() time.Time { return now })
	if err := later.Import(b); err != nil || len(later.Stays(0, now.UnixMicro()+1)) != 4 || later.Stays(0, now.UnixMicro()+1)[1].By != "" || later.Stays(0, now.UnixMicro()+1)[2].By != "b:7b" {
		t.Errorf("taken up: %+v, %v", later.Stays(0, now.UnixMicro()+1), err)
	}
	if later.Import([]byte("{")) == nil || len(later.Stays(0, now.UnixMicro()+1)) != 4 {
		t.Error("rubbish is taken up")
	}
	// Whoever looks at the page is told for a while.
	n := s.asked()
	w.Loaded(t.Context())
	step(false)
	now = now.Add(time.Minute)
	step(false)
	if s.asked() != n+1 && s.asked() != n+2 {
		t.Errorf("asked %d times after a look", s.asked()-n)
	}
}

func TestStaysAreBounded(t *testing.T) {
	u, err := upstream.Parse("gpu=ollama+http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	var s stays
	for i := range 3 * maxStays {
		s.see(Loaded{At: int64(i), Models: []Model{{Upstream: "gpu", Name: fmt.Sprint("m", i)}}}, []upstream.Upstream{u})
	}
	if len(s.list) > maxStays {
		t.Errorf("%d are remembered", len(s.list))
	}
}
