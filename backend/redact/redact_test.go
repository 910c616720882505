package redact

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"gumshoe/backend/exchange"
)

const key = "gs-THEKEY"

func TestHeaders(t *testing.T) {
	secret := []string{"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "Api-Key", "X-Goog-Api-Key", "Ocp-Apim-Subscription-Key",
		"X-Openwebui-User-Jwt", "Helicone-Auth", "X-Amz-Security-Token", "X-Auth-Token", "X-Password", "Apikey", "X-Client-Secret", "X-Forwarded-Access-Token", "x-custom-key",
		"Auth", "Key", "Authentication", "X-Session", "X-RateLimit-Token", "accessToken", "Sessionkey", "X-Amz-Credential"}
	plain := []string{"Content-Type", "User-Agent", "X-Ratelimit-Remaining-Tokens", "Anthropic-Ratelimit-Tokens-Limit", "X-Request-Id", "X-Openwebui-User-Email", "Accept",
		"X-Monkey", "X-Request-Token-Count", "X-Author", "Keep-Alive", "X-Session-Affinity", "Tokenizer"}
	h := http.Header{}
	for _, n := range secret {
		h[n] = []string{"sEcReT-1", "sEcReT-2"}
	}
	for _, n := range plain {
		h[n] = []string{"value of " + n}
	}
	got := New(key).Headers(h)
	if !slices.IsSortedFunc(got, func(a, b exchange.Header) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the headers are not sorted")
	}
	if len(got) != 2*len(secret)+len(plain) {
		t.Errorf("%d headers came out of %d: repeated ones stay", len(got), 2*len(secret)+len(plain))
	}
	for _, g := range got {
		if strings.Contains(g.Value, "sEcReT") {
			t.Errorf("%s keeps its value", g.Name)
		}
		if slices.Contains(plain, g.Name) && g.Value != "value of "+g.Name {
			t.Errorf("%s became %q", g.Name, g.Value)
		}
	}
}

func TestHeadersWithURLsAndTheKey(t *testing.T) {
	got := New(key).Headers(http.Header{
		"Location": {"/next?token=abc&page=2"}, "Referer": {"http://h/" + key + "/ollama?api_key=1"}, "X-Note": {"see " + key + "!", "\xff"}, "X-a-" + key: {"1"},
		"Origin": {"http://user:pw@h:1"}, "X-Original-Url": {"/v1/x?accessToken=abc&b=1"}, "Sec-Websocket-Protocol": {"realtime, openai-insecure-api-key.sk-abc, v1"},
	})
	want := []exchange.Header{
		{Name: "Location", Value: "/next?token=" + Mark + "&page=2"}, {Name: "Origin", Value: "http://" + Mark + "@h:1"},
		{Name: "Referer", Value: "http://h/" + Mark + "/ollama?api_key=" + Mark}, {Name: "Sec-Websocket-Protocol", Value: "realtime," + Mark + ", v1"},
		{Name: "X-Note", Value: "see " + Mark + "!"}, {Name: "X-Note", Value: "\uFFFD"},
		{Name: "X-Original-Url", Value: "/v1/x?accessToken=" + Mark + "&b=1"}, {Name: "X-a-" + Mark, Value: "1"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestQuery(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "",
		"a=1&b":                     "a=1&b",
		"key=AIza&alt=sse":          "key=" + Mark + "&alt=sse",
		"KEY=1&api-key=2&x_token=3": "KEY=" + Mark + "&api-key=" + Mark + "&x_token=" + Mark,
		"%6Bey=1":                   "%6Bey=" + Mark,
		"k%65y=1&k%zz=2":            "k%65y=" + Mark + "&k%zz=2",
		"max_tokens=5&monkey=1":     "max_tokens=5&monkey=1",
		"accessToken=1&authToken=2&accessKey=3&sessionToken=4&authorization=5&key%20=6&+key=7": "accessToken=" + Mark + "&authToken=" + Mark +
			"&accessKey=" + Mark + "&sessionToken=" + Mark + "&authorization=" + Mark + "&key%20=" + Mark + "&+key=" + Mark,
		"sig=a=b&sig=c":                   "sig=" + Mark + "&sig=" + Mark,
		"a=1;key=2":                       "a=1;key=" + Mark,
		"q=" + key:                        "q=" + Mark,
		"q=" + url.QueryEscape("a/"+key):  "q=a%2F" + Mark,
		"password=p&client_secret=s&code": "password=" + Mark + "&client_secret=" + Mark + "&code",
	} {
		if got := New(key).Query(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// The write key goes however it is percent-encoded.
func TestTextFindsTheKeyInDisguise(t *testing.T) {
	for _, in := range []string{key, "/" + key + "/x", "%67s-THEKEY", "gs%2DTHEKEY", "gs%2dTHEKEY/%67%73%2d%54HEKEY"} {
		got := New(key).Text(in)
		plain, err := url.PathUnescape(got)
		if err != nil || strings.Contains(plain, key) || !strings.Contains(got, Mark) {
			t.Errorf("%q became %q", in, got)
		}
	}
	if got := New("").Text("a\xffb%"); got != "a\uFFFDb%" {
		t.Errorf("without a key: %q", got)
	}
}

// A short key stands in many words by chance.
func TestShortKeyIsAWholeWord(t *testing.T) {
	r := New("k1")
	if got := r.Text("/k1/ollama?q=k1&x=task1 k1s"); got != "/"+Mark+"/ollama?q="+Mark+"&x=task1 k1s" {
		t.Errorf("became %q", got)
	}
	if !r.Has("Bearer k1") || r.Has("ok1") || !New("long-key-1").Has("xlong-key-1x") {
		t.Error("Has does not agree")
	}
}

func FuzzQuery(f *testing.F) {
	f.Add("a=1&key=2;x_token=3&%6Bey=4")
	f.Fuzz(func(t *testing.T, raw string) {
		got := New(key).Query("a=1&" + raw + "&api_key=sEcReT&z=9")
		if strings.Contains(got, "sEcReT") || strings.Contains(got, key) || !utf8.ValidString(got) {
			t.Errorf("%q became %q", raw, got)
		}
		if !strings.HasPrefix(got, "a=1&") || !strings.HasSuffix(got, "&z=9") {
			t.Errorf("%q: what is no secret changed: %q", raw, got)
		}
	})
}
