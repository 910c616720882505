package proxy_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/proxy"
	"gumshoe/backend/upstream"
)

// echo remembers what reached the upstream.
type echo struct {
	mu   sync.Mutex
	uri  string
	head http.Header
	body []byte
	n    int
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	e.mu.Lock()
	e.uri, e.head, e.body = r.RequestURI, r.Header.Clone(), b
	e.n++
	e.mu.Unlock()
	w.Header().Set("X-Up", "1")
	_, _ = fmt.Fprintf(w, "%s %s", r.Method, r.RequestURI)
}

func (e *echo) seen() (string, http.Header, int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.uri, e.head, e.n
}

func TestRefusalsSpeakTheDialect(t *testing.T) {
	t.Parallel()
	e := &echo{}
	r := setUp(t, e, nil)
	for path, want := range map[string]string{
		"/wrong/ollama/api/chat":                `{"error":"Gumshoe refused`,
		"/ollama/api/chat":                      `{"error":"Gumshoe refused`,
		"/wrong/openai/v1/chat/completions":     `{"error":{"code":null,"message":"Gumshoe refused`,
		"/openai/v1/chat/completions":           `{"error":{"code":null,"message":"Gumshoe refused`,
		"/wrong/claude/v1/messages":             `{"error":{"message":"Gumshoe refused`,
		"/wrong/gem/v1beta/models":              `{"error":{"code":401,"message":"Gumshoe refused`,
		"/v1/wrong/chat/completions":            `{"error":{"code":null,"message":"Gumshoe refused`,
		"/":                                     `{"error":{"code":null,"message":"Gumshoe refused`,
		"/" + writeKey + "x/ollama/api/chat":    `{"error":"Gumshoe refused`,
		"/" + writeKey[1:] + "/ollama/api/tags": `{"error":"Gumshoe refused`,
	} {
		a := do(t, r.client, "POST", r.front.URL+path, "{}", nil)
		if a.status != http.StatusUnauthorized || !strings.HasPrefix(string(a.body), want) || a.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	if a := do(t, r.client, "GET", r.front.URL+"/"+writeKey+"/nobody/x", "", nil); a.status != http.StatusNotFound {
		t.Errorf("an unknown upstream answers %d", a.status)
	}
	if _, _, n := e.seen(); n != 0 || len(r.tape.flights(t)) != 0 || r.proxy.Refused() != 11 {
		t.Errorf("%d forwarded, %d recorded, %d counted", n, len(r.tape.flights(t)), r.proxy.Refused())
	}
}

func TestKeyFormsAndNoLeak(t *testing.T) {
	t.Parallel()
	e := &echo{}
	r := setUp(t, e, func(c *proxy.Config) {
		c.ProviderKey = func(u upstream.Upstream) (string, error) {
			if u.Name == "claude" || u.Name == "gem" {
				return "stored-secret-" + u.Name, nil
			}
			return "", nil
		}
	})
	own := http.Header{"Authorization": {"Bearer client-secret"}, "Cookie": {"a=cookie-secret"}, "X-Openwebui-User-Email": {"ann@example.org"}}
	bearer := http.Header{"Authorization": {"Bearer " + writeKey}}
	for _, c := range []struct {
		path   string
		header http.Header
		uri    string
		auth   string // "name: value" that must reach the upstream
	}{
		{"/" + writeKey + "/ollama/api/chat?a=1&key=query-secret", own, "/api/chat?a=1&key=query-secret", "Authorization: Bearer client-secret"},
		{"/" + writeKey + "/openai/v1/models", own, "/v1/models", "Authorization: Bearer client-secret"},
		{"/ollama/api/tags", bearer, "/api/tags", ""},
		{"/openai/v1/models", http.Header{"X-Api-Key": {writeKey}, "Authorization": {"Bearer client-secret"}}, "/v1/models", "Authorization: Bearer client-secret"},
		{"/v1/" + writeKey + "/chat/completions", own, "/v1/chat/completions", "Authorization: Bearer client-secret"},
		{"/" + writeKey + "/ollama/api/tags", bearer, "/api/tags", ""},
		{"/claude/v1/messages", bearer, "/v1/messages", "X-Api-Key: stored-secret-claude"},
		{"/" + writeKey + "/gem/v1beta/models", own, "/v1beta/models", "X-Goog-Api-Key: stored-secret-gem"},
		{"/" + writeKey + "/ollama//api//chat", nil, "/api//chat", ""},
		{"/" + writeKey + "/ollama/a%2Fb/c%20d/../e/./f;g?x=%2F&&y=a+b&z", nil, "/a%2Fb/c%20d/../e/./f;g?x=%2F&&y=a+b&z", ""},
		{"/" + writeKey + "/ollama//", nil, "", ""},
		{"/" + writeKey + "/ollama", nil, "/", ""},
		{"/" + writeKey + "/ollama/?", nil, "/?", ""},
	} {
		// Only what a client writes byte for byte can be compared so.
		a := raw(t, r.front.Listener.Addr().String(), "GET", c.path, c.header)
		uri, head, _ := e.seen()
		want := c.uri
		if strings.Contains(c.path, "ollama//") {
			want = strings.TrimPrefix(c.path, "/"+writeKey+"/ollama")
		}
		if a.StatusCode != http.StatusOK || uri != want {
			t.Errorf("%s reached the upstream as %q (%d), want %q", c.path, uri, a.StatusCode, want)
		}
		if name, value, ok := strings.Cut(c.auth, ": "); ok && head.Get(name) != value {
			t.Errorf("%s: upstream got %v, want %s", c.path, head, c.auth)
		}
		for n, v := range head {
			if strings.Contains(fmt.Sprint(v), writeKey) || strings.HasPrefix(n, "X-Openwebui") || strings.HasPrefix(n, "X-Forwarded") || n == "Via" {
				t.Errorf("%s: the upstream got %s: %v", c.path, n, v)
			}
		}
		r.tape.last(t)
	}
	for _, f := range r.tape.flights(t) {
		for _, secret := range []string{writeKey, "client-secret", "cookie-secret", "stored-secret"} {
			if bytes.Contains(f.everything, []byte(secret)) {
				t.Errorf("the journal of %s has %s", f.start.Path, secret)
			}
		}
		if strings.Contains(f.start.Query+f.start.URL, "query-secret") {
			t.Errorf("the journal has the query's secret: %s", f.start.URL)
		}
	}
}

func TestUpstreamDown(t *testing.T) {
	t.Parallel()
	r := setUp(t, &echo{}, nil)
	r.up.Close()
	for name, want := range map[string]string{"ollama": `{"error":"Gumshoe: the upstream \"ollama\"`, "openai": `{"error":{"code":null,"message":"Gumshoe: the upstream \"openai\"`} {
		a := do(t, r.client, "POST", r.base(name)+"/v1/x", `{"a":1}`, nil)
		if a.status != http.StatusBadGateway || !strings.HasPrefix(string(a.body), want) || !strings.Contains(string(a.body), "check") {
			t.Errorf("%d %s", a.status, a.body)
		}
		f := r.tape.last(t)
		if f.head == nil || !f.head.Own || f.head.Status != 502 || f.end.State != exchange.Failed || !bytes.Equal(f.got, a.body) || f.end.Error == "" {
			t.Errorf("recorded as %+v %+v %q", f.head, f.end, f.got)
		}
	}
}
