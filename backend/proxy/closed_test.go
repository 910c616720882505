package proxy_test

import (
	"net/http"
	"strings"
	"testing"

	"gumshoe/backend/proxy"
)

// TestClosed: a closed proxy tells those with the key why, forwards nothing and
// records nothing, and stays silent towards those without.
func TestClosed(t *testing.T) {
	asked := 0
	r := setUp(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }), func(c *proxy.Config) { c.Closed = "only to be looked at" })
	elsewhere := http.Header{"Helicone-Target-Url": {r.up.URL}}
	for name, c := range map[string]struct {
		url    string
		header http.Header
		want   int
	}{
		"a known upstream":    {r.base("ollama") + "/api/chat", nil, 403},
		"one it names itself": {r.base("openai") + "/chat/completions", elsewhere, 403},
		"an unknown one":      {r.base("nobody") + "/x", nil, 403},
		"without the key":     {r.front.URL + "/ollama/api/chat", nil, 401},
		"is it alive?":        {r.front.URL + "/healthz", nil, 405},
	} {
		got := do(t, r.client, "POST", c.url, `{"model":"m"}`, c.header)
		if got.status != c.want || strings.Contains(string(got.body), "only to be looked at") != (c.want == 403) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if asked != 0 || len(r.tape.flights(t)) != 0 {
		t.Errorf("%d were forwarded, %d recorded", asked, len(r.tape.flights(t)))
	}
}
