package proxy_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/openwebui"
	"gumshoe/backend/proxy"
	"gumshoe/backend/upstream"
)

func TestHeliconeAuthAndFurtherKeys(t *testing.T) {
	t.Parallel()
	e := &echo{}
	const more = "sk-helicone-abcdefg-abcdefg-abcdefg-abcdefg"
	r := setUp(t, e, func(c *proxy.Config) { c.MoreKeys = []string{more} })
	for name, c := range map[string]struct {
		path   string
		header http.Header
	}{
		"Helicone-Auth":              {"/openai/v1/models", http.Header{"Helicone-Auth": {"Bearer " + writeKey}, "Authorization": {"Bearer provider"}}},
		"Helicone-Auth, more":        {"/openai/v1/models", http.Header{"Helicone-Auth": {"Bearer " + more}, "Authorization": {"Bearer provider"}}},
		"Helicone-Auth, no upstream": {"/v1/models", http.Header{"Helicone-Auth": {"Bearer " + writeKey}, "Authorization": {"Bearer provider"}}},
		"a further key in a path":    {"/v1/" + more + "/models", http.Header{"Authorization": {"Bearer provider"}}},
	} {
		a := do(t, r.client, "GET", r.front.URL+c.path, "", c.header)
		uri, head, _ := e.seen()
		if a.status != 200 || uri != "/v1/models" || head.Get("Authorization") != "Bearer provider" || head.Get("Helicone-Auth") != "" {
			t.Errorf("%s: %d %s; the upstream got %s %v", name, a.status, a.body, uri, head)
		}
		if f := r.tape.last(t); bytes.Contains(f.everything, []byte(more)) || bytes.Contains(f.everything, []byte("provider")) {
			t.Errorf("%s: the journal has a key: %s", name, f.everything)
		}
	}
	r.proxy.SetKeys(nil)
	if a := do(t, r.client, "GET", r.front.URL+"/v1/"+more+"/models", "", nil); a.status != http.StatusUnauthorized {
		t.Errorf("a key that was taken back still works: %d", a.status)
	}
	if a := do(t, r.client, "GET", r.front.URL+"/openai/v1/models", "", http.Header{"Helicone-Auth": {"Bearer wrong"}}); a.status != http.StatusUnauthorized {
		t.Errorf("a wrong key in Helicone-Auth: %d", a.status)
	}
}

// Never an open relay.
func TestTargetURL(t *testing.T) {
	t.Parallel()
	e, other := &echo{}, &echo{}
	r := setUp(t, e, nil)
	second := httptest.NewServer(other)
	t.Cleanup(second.Close)
	u, err := upstream.Parse("second=openai+" + second.URL + "/api/v1")
	if err != nil {
		t.Fatal(err)
	}
	r.reg.Put(u)
	ask := func(path, target string) answer {
		return do(t, r.client, "POST", r.front.URL+path, `{}`, http.Header{"Helicone-Target-Url": {target}, "Helicone-Auth": {"Bearer " + writeKey}})
	}
	for _, c := range []struct{ path, target, uri string }{
		{"/v1/" + writeKey + "/chat/completions", second.URL + "/api", "/api/v1/chat/completions"},
		{"/v1/" + writeKey + "/chat/completions", second.URL + "/api/v1", "/api/v1/chat/completions"},
		{"/" + writeKey + "/openai/v1/chat/completions", second.URL + "/api", "/api/v1/chat/completions"},
		{"/" + writeKey + "/nowhere/v1/chat/completions", second.URL + "/api/", "/api/v1/chat/completions"},
	} {
		a := ask(c.path, c.target)
		if uri, head, _ := other.seen(); a.status != 200 || uri != c.uri || head.Get("Helicone-Target-Url") != "" {
			t.Errorf("%s to %s: %d; it came as %s", c.path, c.target, a.status, uri)
		}
		if f := r.tape.last(t); f.start.Upstream != "second" {
			t.Errorf("recorded as of %s", f.start.Upstream)
		}
	}
	_, _, n := other.seen()
	_, _, m := e.seen()
	host := strings.TrimPrefix(second.URL, "http://")
	for _, bad := range []string{
		second.URL, second.URL + "/apix", second.URL + "/api/../x", "https://" + host + "/api", "http://" + host + ".evil.example/api",
		"http://evil.example/api", "http://127.0.0.1:1/api", "http://169.254.169.254/latest", "http://" + host + "@evil.example/api", "http://user@" + host + "/api",
		host + "/api", "ftp://" + host + "/api", "http://[::1", second.URL + "/api#x", "{{TARGET}}", second.URL + "/api/%2e%2e/admin", "nonsense",
	} {
		a := ask("/v1/"+writeKey+"/chat/completions", bad)
		_, _, n2 := other.seen()
		if n2 != n {
			t.Errorf("%s was reached", bad)
			n = n2
		}
		if _, _, m2 := e.seen(); a.status != http.StatusForbidden && a.status != http.StatusBadRequest || m2 != m {
			t.Errorf("%s: %d %s; the upstream of the path was asked %d times", bad, a.status, a.body, m2-m)
			m = m2
		}
	}
	if a := do(t, r.client, "GET", r.front.URL+"/v1/wrong/models", "", http.Header{"Helicone-Target-Url": {second.URL + "/api"}}); a.status != http.StatusUnauthorized {
		t.Errorf("a target without a key: %d", a.status)
	}
}

// There is no cache yet: asking for one is noted, and never hides a request.
func TestHelicone13NoCacheIsPretended(t *testing.T) {
	t.Parallel()
	e := &echo{}
	r := setUp(t, e, nil)
	for n := range 2 {
		a := do(t, r.client, "POST", r.base("openai")+"/v1/x", `{}`, http.Header{"Helicone-Cache-Enabled": {"true"}})
		if _, _, seen := e.seen(); seen != n+1 || a.header.Get("Helicone-Cache") != "" {
			t.Errorf("request %d reached the upstream %d times: %v", n+1, seen, a.header)
		}
		if f := r.tape.last(t); !slices.Contains(f.start.Notes, exchange.NoteCacheLater) {
			t.Errorf("noted %v", f.start.Notes)
		}
	}
}

func TestControls(t *testing.T) {
	t.Parallel()
	r := setUp(t, &echo{}, nil)
	const id = "11111111-2222-4333-8444-555555555555"
	a := do(t, r.client, "POST", r.base("openai")+"/v1/x", `{"model":"asked","a":"omit-me"}`, http.Header{
		"Helicone-Request-Id": {id}, "Helicone-Omit-Request": {"true"}, "Helicone-Omit-Response": {"true"}, "Helicone-Model-Override": {"gpt-4o"},
		"Helicone-Cache-Enabled": {"true"}, "Helicone-Property-App": {"tests"}})
	if a.header.Get("Helicone-Id") != id || a.header.Get("Helicone-Status") != "success" {
		t.Errorf("labelled %v", a.header)
	}
	f := r.tape.last(t)
	if f.start.RequestID != id || f.start.PriceModel != "gpt-4o" || !f.start.OmitRequest || !f.start.OmitReply ||
		!slices.Contains(f.start.Notes, exchange.NoteOmitted) || !slices.Contains(f.start.Notes, exchange.NoteCacheLater) {
		t.Errorf("recorded %+v", f.start)
	}
	if len(f.sent)+len(f.got) > 0 || bytes.Contains(f.everything, []byte("omit-me")) {
		t.Errorf("an omitted body is in the journal: %s", f.everything)
	}
	if f.end.Sent != 31 || f.end.Received != int64(len(a.body)) || f.end.Model != "asked" {
		t.Errorf("its sizes: %+v", f.end)
	}
	u, _ := r.reg.Get("openai")
	u.NoHeaders, u.KeepIdentity = true, true
	r.reg.Put(u)
	if a := do(t, r.client, "GET", r.base("openai")+"/v1/x", "", nil); a.header.Get("Helicone-Id") != "" {
		t.Errorf("switched off: %v", a.header)
	}
	r.up.Close()
	if a := do(t, r.client, "GET", r.base("ollama")+"/x", "", nil); a.header.Get("Helicone-Status") != "failed" || a.header.Get("Helicone-Id") == "" {
		t.Errorf("an unreachable upstream: %v", a.header)
	}
}

func TestStreamUsageHeader(t *testing.T) {
	t.Parallel()
	s := &teller{piece: 1 << 20, end: "\n"}
	r := setUp(t, s, nil)
	kind := []string{"application/json"}
	do(t, r.client, "POST", r.base("openai")+"/v1/chat/completions", asking, http.Header{"Content-Type": kind, "Helicone-Stream-Usage": {"false"}})
	if body, _, _ := s.last(); body != asking {
		t.Errorf("told not to ask, asked: %s", body)
	}
	r.reg.Put(off(t, r, "openai"))
	do(t, r.client, "POST", r.base("openai")+"/v1/chat/completions", asking, http.Header{"Content-Type": kind, "Helicone-Stream-Usage": {"true"}})
	if body, _, _ := s.last(); !strings.Contains(body, "include_usage") {
		t.Errorf("told to ask, did not: %s", body)
	}
}

func TestSignedIdentity(t *testing.T) {
	t.Parallel()
	e := &echo{}
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	token := part(`{"alg":"HS256","typ":"JWT"}`) + "." +
		part(fmt.Sprintf(`{"iss":"open-webui","sub":"u1","email":"ann@example.org","exp":%d}`, time.Now().Add(time.Hour).Unix()))
	mac := hmac.New(sha256.New, []byte("shared"))
	mac.Write([]byte(token))
	token += "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	r := setUp(t, e, func(c *proxy.Config) {
		c.Identity = func() openwebui.Config {
			return openwebui.Config{TokenSecret: []byte("shared"), UserHeaders: []string{"X-Team"}, TokenHeaders: []string{"X-Who"}}
		}
	})
	do(t, r.client, "GET", r.base("ollama")+"/x", "", http.Header{"X-Openwebui-User-Jwt": {token}, "X-Who": {token}, "X-Team": {"blue"}, "X-Kept": {"1"}})
	f := r.tape.last(t)
	if f.start.Claims == nil || !f.start.Claims.Verified || f.start.Claims.Email != "ann@example.org" {
		t.Errorf("claims: %+v", f.start.Claims)
	}
	if bytes.Contains(f.everything, []byte(token)) {
		t.Error("the token is in the journal")
	}
	if _, head, _ := e.seen(); head.Get("X-Who")+head.Get("X-Team")+head.Get("X-Openwebui-User-Jwt") != "" || head.Get("X-Kept") != "1" {
		t.Errorf("the upstream got %v", head)
	}
}
