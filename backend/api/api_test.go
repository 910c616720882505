package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/events"
	"gumshoe/backend/exchange"
	"gumshoe/backend/ollama"
	"gumshoe/backend/openwebui"
	"gumshoe/backend/price"
	"gumshoe/backend/settings"
	"gumshoe/backend/store"
	"gumshoe/backend/upstream"
	"gumshoe/backend/wire/dialects"
)

// machineFake is the program around the API.
type machineFake struct {
	keys map[string]string
	addr string
	who  openwebui.Config
	more []string

	table   *price.Table
	own     []price.Own
	fetched bool
	folder  string // where SaveFile saves
}

func (m *machineFake) Status() dto.Status {
	return dto.Status{Version: "t", ProxyUp: true, Recording: true}
}
func (m *machineFake) WriteKey() string { return "wk" }
func (m *machineFake) Listen() string   { return m.addr }
func (m *machineFake) Rebind(_ context.Context, addr string) error {
	m.addr = addr
	return nil
}
func (m *machineFake) FromRun(name string) bool                        { return name == "fixed" }
func (m *machineFake) KeepUpstreams(context.Context) error             { return nil }
func (m *machineFake) ProviderKey(u upstream.Upstream) (string, error) { return m.keys[u.Name], nil }
func (m *machineFake) SetProviderKey(u upstream.Upstream, key string) error {
	m.keys[u.Name] = key
	return nil
}
func (m *machineFake) Identity() openwebui.Config { return m.who }
func (m *machineFake) SetIdentity(_ context.Context, cfg openwebui.Config, secret *string) error {
	if m.who = cfg; secret != nil {
		m.who.TokenSecret = []byte(*secret)
	}
	return nil
}
func (m *machineFake) MoreKeys() ([]string, error)     { return m.more, nil }
func (m *machineFake) SetMoreKeys(keys []string) error { m.more = keys; return nil }
func (m *machineFake) Table() *price.Table             { return m.table }
func (m *machineFake) Own() []price.Own                { return m.own }
func (m *machineFake) SetOwn(_ context.Context, list []price.Own) error {
	_, err := price.NewBook(m.table, list)
	if err == nil {
		m.own = list
	}
	return err
}
func (m *machineFake) Fetch(context.Context) ([]price.Change, error) {
	m.fetched = true
	return []price.Change{{Entry: "openai/gpt-4o", Price: "input", Old: exchange.Float64(2.5), New: exchange.Float64(25), Jump: true}}, nil
}
func (m *machineFake) Accept() (bool, error) { return m.fetched, nil }
func (m *machineFake) Explain(*exchange.Exchange, string, string) price.Cost {
	return price.Cost{Parts: []price.Part{{Name: "input", Tokens: 2, PerMillion: 5, USD: 0.00001}}}
}
func (m *machineFake) Reprice(_ context.Context, apply bool) (store.Repriced, error) {
	return store.Repriced{Rows: 1, Changed: 1, After: 2}, nil
}
func (m *machineFake) SaveFile(name string) (string, error) {
	if m.folder == "" {
		return "", nil // cancelled
	}
	return filepath.Join(m.folder, name), nil
}
func (m *machineFake) OpenDataFolder() error { return nil }

type liveFake struct{ stopped string }

func (l *liveFake) Snapshot() []dto.Live { return []dto.Live{{ID: "run-1", Phase: "waiting"}} }
func (l *liveFake) Stop(id string) bool  { l.stopped = id; return id == "run-1" }

const evil = `<img src=x onerror=alert(1)><script>alert(2)</script>`

// stage is an API over a real log with one exchange in it.
type stage struct {
	*API
	machine *machineFake
	live    *liveFake
	bus     *events.Bus[dto.Event]
	id      string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	st, err := store.Open(t.Context(), store.Config{Path: filepath.Join(t.TempDir(), "gumshoe.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	fixed, err := upstream.New("fixed", exchange.KindOllama, "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	table, err := price.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	reg := upstream.NewRegistry([]upstream.Upstream{fixed})
	s := &stage{machine: &machineFake{table: table, keys: map[string]string{}, addr: "127.0.0.1:8731"}, live: &liveFake{}, bus: events.New[dto.Event]()}
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	s.id = id.String()
	request := `{"model":"m","messages":[{"role":"user","content":"it's ` + "`me`" + ` $HOME"}]}`
	reply := `{"model":"m","message":{"role":"assistant","content":"` + strings.ReplaceAll(evil, `"`, `\"`) + `"},"done":true,"eval_count":3,"prompt_eval_count":2}`
	rec := exchange.Record{Exchange: exchange.Exchange{ID: s.id, StartedAt: time.Now().UnixMicro(), State: exchange.OK, HTTPStatus: 200, Upstream: "fixed",
		Kind: exchange.KindOllama, API: exchange.OllamaChat, Method: "POST", Path: "/api/chat", Model: "m", RequestBytes: int64(len(request)), ResponseBytes: int64(len(reply))},
		Start: exchange.Start{Kind: exchange.KindOllama, Method: "POST", Path: "/api/chat", URL: "http://127.0.0.1:1/api/chat?key=[redacted]", ContentLength: -1,
			Headers: []exchange.Header{{Name: "Authorization", Value: "[redacted]"}, {Name: "Content-Type", Value: "application/json"}}},
		Head: &exchange.Head{Status: 200, ContentLength: -1, Headers: []exchange.Header{{Name: "Content-Type", Value: "application/json"}}},
		End:  exchange.End{State: exchange.OK}, Prompt: "hello", Reply: evil}
	err = st.Save(t.Context(), []store.Item{{Record: &rec, Request: strings.NewReader(request), RequestLen: int64(len(request)), Reply: strings.NewReader(reply), ReplyLen: int64(len(reply))}}, store.Progress{})
	if err != nil {
		t.Fatal(err)
	}
	s.API = New(Config{Assets: fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}, "assets/a.js": {Data: []byte("1")}, ".gitkeep": {}},
		Log: st, Running: s.live, Machine: s.machine, Identity: s.machine, Prices: s.machine, Upstreams: reg, Settings: settings.New(st), Watch: ollama.NewWatch(reg, nil, nil), Bus: s.bus, Dialect: dialects.For})
	return s
}

func (s *stage) do(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func into[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return v
}

func TestAnswers(t *testing.T) {
	s := newStage(t)
	for _, c := range []struct {
		method, path, body string
		status             int
		has                string
	}{
		{"GET", "/api/status", "", 200, `"exchanges":1`},
		{"GET", "/api/exchanges", "", 200, s.id},
		{"GET", "/api/exchanges?text=hello&model=m&upstream=fixed&state=ok", "", 200, s.id},
		{"GET", "/api/exchanges?text=nothing", "", 200, `"rows":[]`},
		{"GET", "/api/exchanges?from=x", "", 400, "bad_number"},
		{"GET", "/api/exchanges/index", "", 200, `"total":1`},
		{"GET", "/api/exchanges/" + s.id, "", 200, `"answer"`},
		{"GET", "/api/exchanges/nonsense", "", 404, "not_found"},
		{"GET", "/api/exchanges/" + s.id + "/body/middle", "", 404, "not_found"},
		{"GET", "/api/facets", "", 200, `{"value":"m","count":1}`},
		{"GET", "/api/live", "", 200, "run-1"},
		{"POST", "/api/live/run-1/stop", "", 204, ""},
		{"POST", "/api/live/other/stop", "", 409, "not_running"},
		{"GET", "/api/setup", "", 200, "http://127.0.0.1:8731/wk/fixed"},
		{"PUT", "/api/listen", `{"address":"0.0.0.0:9001"}`, 200, "0.0.0.0:9001"},
		{"PUT", "/api/listen", `{"address":"example.com:80"}`, 400, "bad_address"},
		{"POST", "/api/upstreams", `{"name":"v1","url":"http://x"}`, 400, "reserved_name"},
		{"POST", "/api/upstreams", `{"name":"a/b","url":"http://x"}`, 400, "bad_name"},
		{"POST", "/api/upstreams", `{"name":"a","kind":"openai","url":"ftp://x"}`, 400, "bad_url"},
		{"POST", "/api/upstreams", `{"name":"a","kind":"soap","url":"http://x"}`, 400, "bad_kind"},
		{"POST", "/api/upstreams", `{"name":"fixed","kind":"openai","url":"http://x"}`, 409, "name_taken"},
		{"PUT", "/api/upstreams/fixed", `{"kind":"openai","url":"http://x"}`, 409, "from_run"},
		{"DELETE", "/api/upstreams/fixed", "", 409, "from_run"},
		{"POST", "/api/upstreams", `{"name":"a","kind":"openai","url":"http://127.0.0.1:1/v1","key":"sk-secret"}`, 200, `"has_key":true`},
		{"POST", "/api/upstreams/a/test", "", 200, "unreachable"},
		{"PUT", "/api/settings", `{"theme":"pink"}`, 400, "bad_setting"},
		{"PUT", "/api/settings", `{"theme":"dark","language":"zh-TW","keep_in_background":"ask"}`, 200, "zh-TW"},
		{"GET", "/api/settings", "", 200, `"theme":"dark"`},
		{"POST", "/api/delete-all", `{"confirm":"yes"}`, 400, "not_confirmed"},
		{"GET", "/api/ollama/throughput", "", 200, `"model":"m"`},
		{"GET", "/api/ollama/throughput?from=5&to=4", "", 400, "bad_range"},
		{"GET", "/api/ollama/loaded", "", 200, `"errors":{"fixed"`},
		{"GET", "/api/ollama/stays", "", 200, `[]`},
		{"GET", "/api/prices", "", 200, `"source":"genai-prices`},
		{"PUT", "/api/prices/own", `{"own":[{"model":"my-*","input":1.5}]}`, 200, `"model":"my-*"`},
		{"PUT", "/api/prices/own", `{"own":[{"model":"","input":1}]}`, 400, "price_model"},
		{"PUT", "/api/prices/own", `{"own":[{"model":"m","input":-1}]}`, 400, "price_value"},
		{"PUT", "/api/prices/own", `{"own":[{"model":"m"}]}`, 400, "price_empty"},
		{"PUT", "/api/prices/own", `{"own":[{"model":"m","free":true,"input":1}]}`, 400, "price_free"},
		{"PUT", "/api/prices/own", `{"own":[{"model":"m","input":1,"from":"yesterday"}]}`, 400, "price_date"},
		{"POST", "/api/prices/accept", "", 409, "nothing_fetched"},
		{"POST", "/api/prices/fetch", "", 200, `"jumps":1`},
		{"POST", "/api/prices/accept", "", 200, `"source":`},
		{"POST", "/api/prices/reprice", `{"apply":false}`, 200, `"changed":1`},
		{"GET", "/api/totals?verdict=cold_start", "", 200, `"requests":0`},
		{"GET", "/api/totals", "", 200, `"no_tokens":1`},
		{"PUT", "/api/identity", `{"user_headers":["X-Team"],"token_secret":"sk-secret"}`, 200, `"has_token_secret":true`},
		{"GET", "/api/identity", "", 200, `"user_headers":["X-Team"]`},
		{"PUT", "/api/identity", `{"user_headers":["X Team"]}`, 400, "bad_header_name"},
		{"POST", "/api/write-keys", `{"key":"sk-helicone-abcdefg-abcdefg-abcdefg-abcdwxyz"}`, 200, `…wxyz"`},
		{"POST", "/api/write-keys", `{"key":"sk-helicone-abcdefg-abcdefg-abcdefg-abcdwxyz"}`, 409, "key_known"},
		{"POST", "/api/write-keys", `{"key":"short"}`, 400, "bad_key"},
		{"DELETE", "/api/write-keys/nonsense", "", 404, "not_found"},
		{"GET", "/api/nothing", "", 404, "not_found"},
		{"GET", "/", "", 200, "<!doctype html>"},
		{"GET", "/.gitkeep", "", 404, ""},
		{"POST", "/api/delete", `{"query":"q=model%3Am"}`, 400, "not_confirmed"},
		{"POST", "/api/delete", `{"query":"","confirm":"delete"}`, 400, "not_narrowed"},
		{"POST", "/api/delete", `{"query":"q=model%3A(","confirm":"delete"}`, 400, "bad_filter"},
		{"POST", "/api/delete", `{"query":"%zz","confirm":"delete"}`, 400, "bad_filter"},
		{"POST", "/api/delete", `{"query":"q=model%3Am","ids":["x"],"confirm":"delete"}`, 400, "bad_filter"},
		{"POST", "/api/delete", `{"query":"q=model%3Aother","confirm":"delete"}`, 200, `"deleted":0`},
		{"POST", "/api/delete", `{"ids":["nonsense"],"confirm":"delete"}`, 200, `"deleted":0`},
		{"GET", "/api/totals", "", 200, `"requests":1`},
		{"POST", "/api/delete-all", `{"confirm":"delete"}`, 200, `"deleted":1`},
	} {
		w := s.do(c.method, c.path, c.body)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.has) {
			t.Errorf("%s %s: %d %s; want %d with %q", c.method, c.path, w.Code, w.Body, c.status, c.has)
		}
		if strings.Contains(w.Body.String(), "sk-secret") || strings.Contains(w.Body.String(), "abcdefg-abcdefg") {
			t.Errorf("%s %s shows a stored key", c.method, c.path)
		}
	}
}

func TestUntrustedTextStaysData(t *testing.T) {
	s := newStage(t)
	d := into[dto.Detail](t, s.do("GET", "/api/exchanges/"+s.id, ""))
	if len(d.Answer) != 1 || d.Answer[0].Parts[0].Text != evil {
		t.Errorf("answer %+v", d.Answer)
	}
	for _, path := range []string{"/api/exchanges/" + s.id, "/api/exchanges/" + s.id + "/body/response", "/api/export.csv?bodies=1"} {
		h := s.do("GET", path, "").Header()
		kind := h.Get("Content-Type")
		if strings.Contains(kind, "html") || h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %v", path, h)
		}
		if kind != "application/json" && !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s is shown, not downloaded", path)
		}
	}
	h := s.do("GET", "/", "").Header()
	if p := h.Get("Content-Security-Policy"); strings.Contains(p, "unsafe") || !strings.Contains(p, "default-src 'none'") {
		t.Errorf("the page's policy is %q", p)
	}
}

func TestCurlIsOneCommandWithoutSecrets(t *testing.T) {
	s := newStage(t)
	got := s.do("GET", "/api/exchanges/"+s.id+"/curl", "").Body.String()
	for _, want := range []string{`'http://127.0.0.1:1/api/chat?key='"$API_KEY"''`, `-H 'Authorization: Bearer '"$API_KEY"''`, `it'\''s`, "`me` $HOME"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nlacks %s", got, want)
		}
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	s := newStage(t)
	r := httptest.NewRequest("POST", "/api/delete-all", strings.NewReader(`{"confirm":"delete"}`))
	r.Header.Set("Content-Type", "text/plain")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("a form's content type: %d", w.Code)
	}
}

func TestGuard(t *testing.T) {
	g := &Guard{Token: "tok", Addr: func() string { return "127.0.0.1:8732" },
		Next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "inside") })}
	for name, c := range map[string]struct {
		method, target, host string
		headers              map[string]string
		status               int
	}{
		"no token":             {"GET", "/api/status", "127.0.0.1:8732", nil, 401},
		"no token, page":       {"GET", "/", "127.0.0.1:8732", nil, 401},
		"wrong token":          {"GET", "/?token=nope", "127.0.0.1:8732", nil, 401},
		"token":                {"GET", "/?token=tok", "127.0.0.1:8732", nil, 303},
		"cookie":               {"GET", "/", "localhost:8732", map[string]string{"Cookie": "gumshoe_ui=tok"}, 200},
		"wrong cookie":         {"GET", "/", "localhost:8732", map[string]string{"Cookie": "gumshoe_ui=to"}, 401},
		"bearer":               {"GET", "/api/status", "127.0.0.1:8732", map[string]string{"Authorization": "Bearer tok"}, 200},
		"rebound name":         {"GET", "/", "evil.example:8732", map[string]string{"Cookie": "gumshoe_ui=tok"}, 403},
		"post, same origin":    {"POST", "/api/x", "127.0.0.1:8732", map[string]string{"Cookie": "gumshoe_ui=tok", "Origin": "http://127.0.0.1:8732"}, 200},
		"post, other origin":   {"POST", "/api/x", "127.0.0.1:8732", map[string]string{"Cookie": "gumshoe_ui=tok", "Origin": "http://evil.example"}, 403},
		"post, cross-site":     {"POST", "/api/x", "127.0.0.1:8732", map[string]string{"Cookie": "gumshoe_ui=tok", "Sec-Fetch-Site": "cross-site"}, 403},
		"post, null origin":    {"POST", "/api/x", "127.0.0.1:8732", map[string]string{"Cookie": "gumshoe_ui=tok", "Origin": "null"}, 403},
		"get, another port":    {"GET", "/api/exchanges", "127.0.0.1:8732", map[string]string{"Cookie": "gumshoe_ui=tok", "Sec-Fetch-Site": "same-site"}, 403},
		"page, by a link":      {"GET", "/", "127.0.0.1:8732", map[string]string{"Cookie": "gumshoe_ui=tok", "Sec-Fetch-Site": "cross-site"}, 200},
		"a name under ours":    {"GET", "/", "x.localhost:8732", map[string]string{"Cookie": "gumshoe_ui=tok"}, 403},
		"a name with a dot":    {"GET", "/", "localhost.:8732", map[string]string{"Cookie": "gumshoe_ui=tok"}, 403},
		"an address in a name": {"GET", "/", "127.0.0.1.evil.example:8732", map[string]string{"Cookie": "gumshoe_ui=tok"}, 403},
		"token, not at /":      {"GET", "/api/status?token=tok", "127.0.0.1:8732", nil, 401},
		"token in a post":      {"POST", "/?token=tok", "127.0.0.1:8732", nil, 401},
		"get, cross-site api":  {"GET", "/api/export.csv", "127.0.0.1:8732", map[string]string{"Cookie": "gumshoe_ui=tok", "Sec-Fetch-Site": "cross-site"}, 403},
	} {
		r := httptest.NewRequest(c.method, "http://"+c.host+c.target, nil)
		for k, v := range c.headers {
			r.Header.Set(k, v)
		}
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		if w.Code != c.status || (w.Code == 200) != (w.Body.String() == "inside") {
			t.Errorf("%s: %d %s; want %d", name, w.Code, w.Body, c.status)
		}
		if w.Code == 303 || w.Code == 401 && (c.target == "/" || strings.HasPrefix(c.target, "/?")) {
			if h := w.Header(); h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: a token in the address could go on: %v", name, h)
			}
		}
		if w.Code == 303 {
			k := w.Result().Cookies()[0]
			if !k.HttpOnly || k.SameSite != http.SameSiteStrictMode || w.Header().Get("Location") != "/" {
				t.Errorf("the login's cookie %+v goes to %s", k, w.Header().Get("Location"))
			}
		}
	}
}

// TestTokenGuessing tries many tokens, at each place where one is looked for. It
// becomes slow, is bounded, and does not touch who has the right one.
func TestTokenGuessing(t *testing.T) {
	g := &Guard{Token: "tok", Next: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })}
	srv := httptest.NewServer(g)
	t.Cleanup(srv.Close)
	g.Addr = func() string { return srv.Listener.Addr().String() }
	ask := func(path, bearer, cookie string) int {
		req, err := http.NewRequest("GET", srv.URL+path, nil)
		if err != nil {
			t.Error(err)
			return 0
		}
		if bearer != "" {
			req.Header.Set("Authorization", "Bearer "+bearer)
		}
		if cookie != "" {
			req.AddCookie(&http.Cookie{Name: cookieName, Value: cookie})
		}
		res, err := srv.Client().Do(req)
		if err != nil {
			t.Error(err)
			return 0
		}
		res.Body.Close()
		return res.StatusCode
	}
	guess := func(n int) int {
		wrong := strconv.Itoa(n)
		switch n % 3 {
		case 0:
			return ask("/?token="+wrong, "", "")
		case 1:
			return ask("/api/status", wrong, "")
		}
		return ask("/api/status", "", wrong)
	}
	for n := range 20 {
		if s := guess(n); s != http.StatusUnauthorized {
			t.Fatalf("guess %d: %d", n, s)
		}
	}
	var wg sync.WaitGroup
	var turnedAway atomic.Int64
	begun := time.Now()
	for n := range 120 {
		wg.Go(func() {
			if s := guess(n); s == http.StatusTooManyRequests {
				turnedAway.Add(1)
			} else if s != http.StatusUnauthorized {
				t.Errorf("guess %d: %d", n, s)
			}
		})
	}
	for range 20 { // meanwhile
		if s := ask("/api/status", "tok", "") + ask("/", "", "tok"); s != 2*http.StatusNoContent {
			t.Errorf("the right token: %d", s)
		}
		if s := ask("/", "", ""); s != http.StatusUnauthorized {
			t.Errorf("no token: %d", s)
		}
	}
	quick := time.Since(begun)
	wg.Wait()
	if all := time.Since(begun); turnedAway.Load() == 0 || quick > all {
		t.Errorf("%d of 120 were turned away; the right token took %v, the guesses %v", turnedAway.Load(), quick, all)
	}
}

func TestEvents(t *testing.T) {
	s := newStage(t)
	srv := httptest.NewServer(s)
	defer srv.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", srv.URL+"/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	for s.bus.Listeners() == 0 {
		if ctx.Err() != nil {
			t.Fatal("nobody listens")
		}
		time.Sleep(5 * time.Millisecond)
	}
	s.bus.Publish(dto.Event{Type: "changed", What: "settings"})
	s.bus.Close()
	b, err := io.ReadAll(res.Body)
	if want := "event: changed\ndata: {\"type\":\"changed\",\"what\":\"settings\"}\n\n"; err != nil || !strings.HasSuffix(string(b), want) {
		t.Errorf("the stream is %q, %v", b, err)
	}
}
