package proxy_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gumshoe/backend/proxy"
	"gumshoe/backend/upstream"
)

// TestGuessing tries many keys. It becomes slow, is bounded, and does not touch
// who has the right one.
func TestGuessing(t *testing.T) {
	t.Parallel()
	e := &echo{}
	r := setUp(t, e, nil)
	guess := func(n int) int {
		return do(t, r.client, "POST", fmt.Sprintf("%s/guess-%d/ollama/api/chat", r.front.URL, n), "{}", nil).status
	}
	for n := range 20 {
		if s := guess(n); s != http.StatusUnauthorized {
			t.Fatalf("guess %d: %d", n, s)
		}
	}
	began := time.Now()
	var wg sync.WaitGroup
	var mu sync.Mutex
	answers := map[int]int{}
	for n := range 200 {
		wg.Go(func() {
			s := guess(n)
			mu.Lock()
			answers[s]++
			mu.Unlock()
		})
	}
	for range 20 { // meanwhile
		if a := do(t, r.client, "POST", r.base("ollama")+"/api/chat", "{}", nil); a.status != http.StatusOK {
			t.Errorf("the right key: %d %s", a.status, a.body)
		}
	}
	quick := time.Since(began)
	wg.Wait()
	if answers[http.StatusUnauthorized] < 64 || answers[http.StatusTooManyRequests] == 0 || len(answers) != 2 {
		t.Errorf("200 guesses at once: %v", answers)
	}
	if all := time.Since(began); all < 900*time.Millisecond || quick > all {
		t.Errorf("the guesses took %v, the right key %v", all, quick)
	}
	if _, _, n := e.seen(); n != 20 {
		t.Errorf("the upstream was asked %d times", n)
	}
}

// TestOrigins is another web page in the browser that calls the proxy.
func TestOrigins(t *testing.T) {
	t.Parallel()
	const good, evil = "https://chat.example.org", "https://evil.example"
	up := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/open" {
			w.Header().Set("Access-Control-Allow-Origin", "*")
		}
		io.WriteString(w, r.Method)
	})
	r := setUp(t, up, func(c *proxy.Config) { c.Origins = []string{good} })
	ask := func(method, url, origin string, more ...string) answer {
		h := http.Header{"Origin": {origin}}
		for i := 0; i+1 < len(more); i += 2 {
			h[more[i]] = []string{more[i+1]}
		}
		return do(t, r.client, method, url, "", h)
	}
	allowed := func(a answer) string { return strings.Join(a.header["Access-Control-Allow-Origin"], ", ") }
	const asks = "Access-Control-Request-Method"
	a := ask("OPTIONS", r.base("ollama")+"/api/chat", good, asks, "POST", "Access-Control-Request-Headers", "authorization,content-type")
	if a.status != http.StatusNoContent || allowed(a) != good || a.header.Get("Access-Control-Allow-Headers") != "authorization,content-type" {
		t.Errorf("the allowed page asks: %d %v", a.status, a.header)
	}
	if a := ask("POST", r.base("ollama")+"/api/chat", good); allowed(a) != good || string(a.body) != "POST" {
		t.Errorf("the allowed page: %v", a.header)
	}
	if a := ask("POST", r.base("ollama")+"/open", good); allowed(a) != "*" {
		t.Errorf("where the upstream has its say: %v", a.header)
	}
	for _, origin := range []string{evil, "null", good + ".evil.example", "http://chat.example.org", strings.ToUpper(good)} {
		for _, a := range []answer{
			ask("OPTIONS", r.base("ollama")+"/api/chat", origin, asks, "POST"), ask("POST", r.base("ollama")+"/api/chat", origin),
			ask("OPTIONS", r.front.URL+"/wrong/ollama/open", origin, asks, "POST"), ask("GET", r.front.URL+"/healthz", origin), ask("GET", r.front.URL+"/wrong/ollama/open", good),
		} {
			if allowed(a) != "" {
				t.Errorf("%s: %d %v", origin, a.status, a.header)
			}
		}
	}
	closed := setUp(t, up, nil)
	if a := do(t, closed.client, "POST", closed.base("ollama")+"/x", "", http.Header{"Origin": {good}}); allowed(a) != "" {
		t.Errorf("by default: %v", a.header)
	}
}

// TestSmuggling sends what two servers may read differently, and behind it a plain
// request. Each is refused, or reaches the upstream as the one request that it is.
func TestSmuggling(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	came := map[string][]string{} // whole requests, by the case
	r := setUp(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if _, err := io.Copy(io.Discard, q.Body); err != nil {
			return
		}
		what, of, _ := strings.Cut(q.RequestURI, "?case=")
		if q.Header.Get("X-Injected") != "" {
			what += " injected"
		}
		mu.Lock()
		came[of] = append(came[of], q.Method+" "+what)
		mu.Unlock()
	}), nil)
	path := "/" + writeKey + "/ollama/api/chat?case=N"
	smuggled := "GET /" + writeKey + "/ollama/smuggled?case=N HTTP/1.1\r\nHost: x\r\n\r\n"
	n := 0
	for name, c := range map[string]struct {
		text string
		want []string // at the upstream, without the plain one behind it
	}{
		"both lengths":           {"POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []string{"POST /api/chat"}},
		"two lengths":            {"POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 60\r\n\r\n" + smuggled, nil},
		"a list of lengths":      {"POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0, 60\r\n\r\n" + smuggled, nil},
		"a length with a sign":   {"POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: +60\r\n\r\n" + smuggled, nil},
		"an odd encoding":        {"POST " + path + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + smuggled, nil},
		"two encodings":          {"POST " + path + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + smuggled, nil},
		"an encoding twice":      {"POST " + path + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, nil},
		"an encoding in a 1.0":   {"POST " + path + " HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 75\r\n\r\n" + smuggled, []string{"POST /api/chat"}},
		"a space before a colon": {"POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length : 60\r\n\r\n" + smuggled, nil},
		"a folded header":        {"POST " + path + " HTTP/1.1\r\nHost: x\r\nX: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", []string{"POST /api/chat"}},
		"a negative length":      {"POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", nil},
		"a line end in the path": {"GET " + path + "\rX-Injected:1 HTTP/1.1\r\nHost: x\r\n\r\n", nil},
		"a bare carriage return": {"GET " + path + " HTTP/1.1\r\nHost: x\r\nX-Ok: 1\rX-Injected: 1\r\n\r\n", nil},
		"a zero in a header":     {"GET " + path + " HTTP/1.1\r\nHost: x\r\nX-Ok: 1\x00\r\n\r\n", nil},
		"a bare line feed":       {"GET " + path + " HTTP/1.1\nHost: x\nX-Ok: 1\n\n", []string{"GET /api/chat"}},
		"an encoded line end":    {"GET " + strings.Replace(path, "?", "%0d%0aX-Injected:%201?", 1) + " HTTP/1.1\r\nHost: x\r\n\r\n", []string{"GET /api/chat%0d%0aX-Injected:%201"}},
		"no host":                {"GET " + path + " HTTP/1.1\r\n\r\n", nil},
		"two hosts":              {"GET " + path + " HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", nil},
		"a chunk too long":       {"POST " + path + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx", nil},
		"a chunk without length": {"POST " + path + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\r\n" + smuggled, nil},
		"a chunk longer than it": {"POST " + path + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", nil},
		"a trailer as a header":  {"POST " + path + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: Content-Length\r\n\r\n0\r\nContent-Length: 60\r\n\r\n", nil},
		"it names what goes":     {"GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, X-Injected\r\nX-Injected: 1\r\n\r\n", []string{"GET /api/chat"}},
	} {
		n++
		text := strings.ReplaceAll(c.text, "case=N", fmt.Sprint("case=", n))
		conn, err := net.Dial("tcp", r.front.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprintf(conn, "%sGET /%s/ollama/plain?case=%d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", text, writeKey, n)
		answers, err := io.ReadAll(conn)
		if err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%s: %v after %q", name, err, answers)
		}
		conn.Close()
		mu.Lock()
		got := came[fmt.Sprint(n)]
		if last := len(got) - 1; last >= 0 && got[last] == "GET /plain" && c.want != nil {
			got = got[:last]
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: the upstream got %q; the client %.300q", name, got, answers)
		}
		mu.Unlock()
	}
	mu.Lock()
	defer mu.Unlock()
	if all := fmt.Sprint(came); strings.Contains(all, "smuggled") || strings.Contains(all, "injected") {
		t.Errorf("the upstream got %s", all)
	}
}

// TestRedirectsAreTheClients: an upstream sends the proxy elsewhere, with the
// stored key. The client is told, and the proxy goes nowhere.
func TestRedirectsAreTheClients(t *testing.T) {
	t.Parallel()
	elsewhere := &echo{}
	other := httptest.NewServer(elsewhere)
	t.Cleanup(other.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		r := setUp(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			w.Header().Set("Location", other.URL+"/stolen")
			w.WriteHeader(status)
		}), func(c *proxy.Config) {
			c.ProviderKey = func(upstream.Upstream) (string, error) { return "stored-secret", nil }
		})
		for _, method := range []string{"GET", "POST"} {
			a := do(t, r.client, method, r.base("claude")+"/v1/messages", `{"model":"m"}`, nil)
			if a.status != status || a.header.Get("Location") != other.URL+"/stolen" {
				t.Errorf("%s %d: the client got %d %v", method, status, a.status, a.header)
			}
		}
	}
	if uri, head, n := elsewhere.seen(); n > 0 {
		t.Errorf("the proxy went to %s with %v", uri, head)
	}
}

// TestPathTricks tries to leave an upstream's root, or to reach another one.
func TestPathTricks(t *testing.T) {
	t.Parallel()
	e := &echo{}
	r := setUp(t, e, nil)
	u, err := upstream.Parse("folder=openai+" + r.up.URL + "/tenant-a/v1")
	if err != nil {
		t.Fatal(err)
	}
	r.reg.Put(u)
	addr := r.front.Listener.Addr().String()
	for path, want := range map[string]string{ // at the upstream; "" is refused
		"/" + writeKey + "/ollama/a/../b":                "/a/../b", // as it was written: the root is the host's own
		"/" + writeKey + "/folder/v1/a..b":               "/tenant-a/v1/a..b",
		"/" + writeKey + "/folder/../tenant-b/v1":        "",
		"/" + writeKey + "/folder/%2e%2E/tenant-b/v1":    "",
		"/" + writeKey + "/folder/v1/..%2f..%2ftenant-b": "",
		"/" + writeKey + "/folder/v1/..%5c..%5ctenant-b": "",
		"/" + writeKey + "/folder/%252e%252e/tenant-b":   "",
		"/" + writeKey + "/folder/v1/..;/tenant-b":       "",
		"/" + writeKey + "/../healthz":                   "",
		"/../" + writeKey + "/ollama/x":                  "",
		"//" + writeKey + "/ollama/x":                    "",
		"/" + writeKey + "%2follama/x":                   "",
		"/" + writeKey + "/ollama%2f..%2fopenai/x":       "",
		"http://evil.example/" + writeKey + "/ollama/x":  "/x", // the absolute form: its host means nothing
		"http://evil.example/ollama/x":                   "",
	} {
		before := func() int { _, _, n := e.seen(); return n }()
		a := raw(t, addr, "GET", path, nil)
		uri, head, n := e.seen()
		switch {
		case want == "" && (n != before || a.StatusCode < 400):
			t.Errorf("%s: %d, at the upstream %s", path, a.StatusCode, uri)
		case want != "" && uri != want:
			t.Errorf("%s: %d, at the upstream %s, want %s", path, a.StatusCode, uri, want)
		case want != "" && strings.Contains(fmt.Sprint(head), "evil"):
			t.Errorf("%s: the upstream was told of another host: %v", path, head)
		}
	}
}

// TestTraceKeepsTheStoredKey asks an upstream to show what it was sent.
func TestTraceKeepsTheStoredKey(t *testing.T) {
	t.Parallel()
	e := &echo{}
	key := ""
	r := setUp(t, e, func(c *proxy.Config) {
		c.ProviderKey = func(upstream.Upstream) (string, error) { return key, nil }
	})
	if a := do(t, r.client, http.MethodTrace, r.base("openai")+"/v1/models", "", nil); a.status != http.StatusOK {
		t.Errorf("without a stored key TRACE is answered %d", a.status)
	}
	_, _, before := e.seen()
	key = "stored-secret"
	a := do(t, r.client, http.MethodTrace, r.base("openai")+"/v1/models", "", nil)
	if _, _, n := e.seen(); a.status != http.StatusMethodNotAllowed || n != before {
		t.Errorf("with a stored key TRACE is answered %d and reached the upstream %d times", a.status, n-before)
	}
}
