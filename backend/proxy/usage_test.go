package proxy_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"gumshoe/backend/proxy"
	"gumshoe/backend/upstream"
)

// teller is an OpenAI-style server that tells usage to those who ask. It sends
// its reply in pieces of a given size.
type teller struct {
	mu      sync.Mutex
	bodies  []string
	accepts []string
	refuses string // the body of a 400 for those who ask
	piece   int
	end     string // of a line
	fixed   bool   // with a Content-Length
}

const (
	chunkA = `data: {"id":"1","choices":[{"index":0,"delta":{"content":"Hel"}}],"usage":null}` + "\n\n"
	chunkB = `data: {"id":"1", "choices" : [ {"index":0,"delta":{"content":"lo \"usage\":{} \"choices\":[]"}} ]}` + "\n\n"
	chunkU = `data: {"id":"1","choices": [ ],"usage":{"prompt_tokens":9,"completion_tokens":2}}` + "\n\n"
	chunkZ = "data: [DONE]\n\n"
)

func (s *teller) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	s.bodies, s.accepts = append(s.bodies, string(b)), append(s.accepts, r.Header.Get("Accept-Encoding"))
	s.mu.Unlock()
	var q struct {
		Stream        bool
		StreamOptions struct {
			IncludeUsage bool `json:"include_usage"`
		} `json:"stream_options"`
	}
	asked := json.Unmarshal(b, &q) == nil && q.StreamOptions.IncludeUsage
	if asked && s.refuses != "" {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, s.refuses)
		return
	}
	out := chunkA + ": ping\n\n" + chunkB
	if asked {
		out += chunkU
	}
	out = strings.ReplaceAll(out+chunkZ, "\n", s.end)
	w.Header().Set("Content-Type", "text/event-stream")
	if s.fixed {
		w.Header().Set("Content-Length", fmt.Sprint(len(out)))
	}
	for len(out) > 0 {
		n := min(s.piece, len(out))
		_, _ = io.WriteString(w, out[:n])
		out = out[n:]
		if !s.fixed {
			_ = http.NewResponseController(w).Flush()
		}
	}
}

func (s *teller) last() (body, accept string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = len(s.bodies)
	return s.bodies[n-1], s.accepts[n-1], n
}

const asking = `{"model":"m","stream":true,"messages":[{"role":"user","content":"say \"stream_options\""}]}`

func TestHelicone23UsageIsAskedForAndHidden(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"\n", "\r\n", "\r"} {
		for _, piece := range []int{1, 7, 64, 1 << 20} {
			for _, fixed := range []bool{false, true} {
				s := &teller{piece: piece, end: end, fixed: fixed}
				r := setUp(t, s, nil)
				json := http.Header{"Content-Type": {"application/json"}}
				a := do(t, r.client, "POST", r.base("openai")+"/v1/chat/completions", asking, json)
				want := strings.ReplaceAll(chunkA+": ping\n\n"+chunkB+chunkZ, "\n", end)
				if string(a.body) != want || a.failure != "" {
					t.Errorf("end %q, pieces of %d: the client got %q (%s)", end, piece, a.body, a.failure)
				}
				f := r.tape.last(t)
				if string(f.got) != strings.ReplaceAll(chunkA+": ping\n\n"+chunkB+chunkU+chunkZ, "\n", end) || !f.head.UsageAsked {
					t.Errorf("the record has %q, %+v", f.got, f.head)
				}
				if string(f.sent) != asking || !f.reqEnd {
					t.Errorf("the record says that the client sent %q", f.sent)
				}
				if body, accept, n := s.last(); !strings.Contains(body, `"stream_options":{"include_usage":true}`) || accept != "identity" || n != 1 {
					t.Errorf("the upstream got %s, %q", body, accept)
				}
			}
		}
	}
}

func TestUsageIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := &teller{piece: 1 << 20, end: "\n"}
	r := setUp(t, s, nil)
	big := `{"stream":true,"pad":"` + strings.Repeat("x", 5<<20) + `"}`
	for name, c := range map[string]struct{ path, body, kind string }{
		"the client asked":           {"/v1/chat/completions", `{"stream":true,"stream_options":{"include_usage":true}}`, "application/json"},
		"the client asked not to":    {"/v1/chat/completions", `{"stream":true,"stream_options":{"include_usage":false}}`, "application/json"},
		"no stream":                  {"/v1/chat/completions", `{"stream":false}`, "application/json"},
		"not said":                   {"/v1/chat/completions", `{"model":"m"}`, "application/json"},
		"no JSON":                    {"/v1/chat/completions", `{"stream":true`, "application/json"},
		"an odd option":              {"/v1/chat/completions", `{"stream":true,"stream_options":7}`, "application/json"},
		"another path":               {"/v1/responses", asking, "application/json"},
		"no JSON by its type":        {"/v1/chat/completions", asking, "text/plain"},
		"too large to be read ahead": {"/v1/chat/completions", big, "application/json"},
	} {
		a := do(t, r.client, "POST", r.base("openai")+c.path, c.body, http.Header{"Content-Type": {c.kind}})
		f := r.tape.last(t)
		if body, _, _ := s.last(); body != c.body || !bytes.Equal(a.body, f.got) || f.head.UsageAsked || string(f.sent) != c.body {
			t.Errorf("%s: the upstream got %.200s, the client %.200s", name, body, a.body)
		}
	}
	// Chunked and longer than what is read ahead.
	a := do(t, r.client, "POST", r.base("openai")+"/v1/chat/completions", "", http.Header{"Content-Type": {"application/json"}})
	if a.status != http.StatusOK {
		t.Errorf("an empty body: %d", a.status)
	}
	req, err := http.NewRequest("POST", r.base("openai")+"/v1/chat/completions", io.MultiReader(strings.NewReader(big)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := r.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if body, _, _ := s.last(); body != big {
		t.Errorf("a chunked body arrived with %d of %d bytes", len(body), len(big))
	}
	r.reg.Put(off(t, r, "openai"))
	do(t, r.client, "POST", r.base("openai")+"/v1/chat/completions", asking, http.Header{"Content-Type": {"application/json"}})
	if body, _, _ := s.last(); body != asking {
		t.Errorf("switched off, the upstream got %s", body)
	}
}

// off is an upstream with the question switched off.
func off(t *testing.T, r *rig, name string) upstream.Upstream {
	t.Helper()
	u, ok := r.reg.Get(name)
	if !ok {
		t.Fatal(name)
	}
	u.NoUsage = true
	return u
}

func TestUsageRefusedIsRetriedOnce(t *testing.T) {
	t.Parallel()
	s := &teller{piece: 1 << 20, end: "\n", refuses: `{"error":{"message":"Unknown parameter: 'stream_options'."}}`}
	r := setUp(t, s, func(*proxy.Config) {})
	json := http.Header{"Content-Type": {"application/json"}, "Accept-Encoding": {"gzip"}}
	for try := range 2 {
		a := do(t, r.client, "POST", r.base("openai")+"/v1/chat/completions", asking, json)
		body, accept, n := s.last()
		if a.status != 200 || !strings.HasSuffix(string(a.body), chunkZ) || body != asking || accept != "gzip" || n != 2+try {
			t.Errorf("try %d: %d %q after %d requests; the last was %s, %q", try, a.status, a.body, n, body, accept)
		}
		if f := r.tape.last(t); string(f.sent) != asking || f.head.Status != 200 || f.head.UsageAsked {
			t.Errorf("recorded %q %+v", f.sent, f.head)
		}
	}
	// Another complaint is the client's to hear, and not remembered.
	s2 := &teller{refuses: `{"error":{"message":"no such model"}}`}
	r2 := setUp(t, s2, nil)
	for try := range 2 {
		a := do(t, r2.client, "POST", r2.base("openai")+"/v1/chat/completions", asking, json)
		if _, _, n := s2.last(); a.status != 400 || string(a.body) != s2.refuses || n != try+1 {
			t.Errorf("%d %s after %d requests", a.status, a.body, n)
		}
	}
}
