package proxy

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gumshoe/backend/openwebui"
	"gumshoe/backend/upstream"
)

// FuzzRoute reads any path and key. Nothing goes on without the key, and what
// goes on is a part of what the client wrote, below the upstream's root.
func FuzzRoute(f *testing.F) {
	const key = "k-1234567890"
	for _, path := range []string{"/" + key + "/ollama/api/chat", "/v1/" + key + "/chat/completions", "/ollama/api/tags", "//", "/%6b-1234567890/ollama/x", "/" + key, "/" + key + "/folder/..%2f..", "*", "http://x/" + key + "/ollama"} {
		f.Add(path, "")
		f.Add(path, "Bearer "+key)
	}
	var list []upstream.Upstream
	for _, s := range []string{"ollama=ollama+http://127.0.0.1:1", "folder=openai+http://127.0.0.1:1/tenant/v1"} {
		u, err := upstream.Parse(s)
		if err != nil {
			f.Fatal(err)
		}
		list = append(list, u)
	}
	p := New(Config{WriteKey: key, Upstreams: upstream.NewRegistry(list)})
	f.Fuzz(func(t *testing.T, path, auth string) {
		r := &http.Request{Method: "GET", RequestURI: path, URL: &url.URL{Path: path}, Header: http.Header{"Authorization": {auth}}}
		raw := requestPath(r)
		got, status, problem := p.route(r, raw, openwebui.Controls{})
		if problem != "" {
			if status < 400 || strings.Contains(problem, key) {
				t.Errorf("%q: %d %s", path, status, problem)
			}
			return
		}
		if !p.secret().Has(raw) && !strings.Contains(auth, key) {
			t.Errorf("%q with %q goes on without the key", path, auth)
		}
		if below := strings.TrimPrefix(got.rest, "/v1"); !strings.HasSuffix(raw, below) || got.rest != "" && got.rest[0] != '/' {
			t.Errorf("%q goes on as %q", path, got.rest)
		}
		if root := got.up.Root().Path; !leaves(root, got.rest) && strings.Trim(root, "/") != "" {
			if u, err := url.Parse("http://h" + root + got.rest); err == nil && !strings.HasPrefix(u.JoinPath().Path+"/", root) {
				t.Errorf("%q leaves %s as %q", path, root, u.JoinPath().Path)
			}
		}
	})
}
