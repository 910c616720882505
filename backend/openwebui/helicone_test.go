package openwebui

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

func TestControls(t *testing.T) {
	yes, no := true, false
	const id = "0D9A2C55-8F6E-4F1C-8C0E-6F5A1F0A77D2"
	for name, c := range map[string]struct {
		name, value string
		want        Controls
	}{
		"a request id":       {"Helicone-Request-Id", id, Controls{RequestID: strings.ToLower(id)}},
		"no UUID":            {"Helicone-Request-Id", "../../x", bad("helicone-request-id")},
		"omit request":       {"helicone-omit-request", "true", Controls{OmitRequest: true}},
		"omit, as people do": {"Helicone-Omit-Response", "Yes", Controls{OmitResponse: true}},
		"omit, no":           {"Helicone-Omit-Response", "false", Controls{}},
		"omit, nonsense":     {"Helicone-Omit-Request", "maybe", bad("helicone-omit-request")},
		"a model":            {"Helicone-Model-Override", "gpt-5", Controls{ModelOverride: "gpt-5"}},
		"an absurd model":    {"Helicone-Model-Override", strings.Repeat("m", 999), bad("helicone-model-override")},
		"stream usage":       {"Helicone-Stream-Usage", "true", Controls{StreamUsage: &yes}},
		"no stream usage":    {"Helicone-Stream-Usage", "false", Controls{StreamUsage: &no}},
		"the cache":          {"Helicone-Cache-Enabled", "true", Controls{Ignored: []Ignored{{"helicone-cache-enabled", Later}}}},
		"no cache":           {"Helicone-Cache-Enabled", "false", Controls{}},
		"retries":            {"Helicone-Retry-Enabled", "true", Controls{Ignored: []Ignored{{"helicone-retry-enabled", Unknown}}}},
		"a key":              {"Helicone-Auth", "bearer sk-helicone-x", Controls{Key: "sk-helicone-x"}},
		"a key, bare":        {"Helicone-Auth", "sk-helicone-x", bad("helicone-auth")},
		"a key, two":         {"Helicone-Auth", "Bearer a b", bad("helicone-auth")},
		"a key, journalled":  {"Helicone-Auth", redacted, Controls{}},
		"who":                {"Helicone-User-Id", "x", Controls{}},
		"a property":         {"Helicone-Property-A", "x", Controls{}},
		"nothing":            {"Helicone-Request-Id", "", Controls{}},
	} {
		if got := ReadControls(h(c.name, c.value)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
	twice := ReadControls(h("Helicone-Omit-Request", "true", "helicone-omit-request", "false"))
	if !twice.OmitRequest {
		t.Error("of a repeated header the first does not count")
	}
}

func bad(name string) Controls { return Controls{Ignored: []Ignored{{name, BadValue}}} }

// A write key gets into no text by accident.
func TestKeyDoesNotPrint(t *testing.T) {
	c := ReadControls(h("Helicone-Auth", "Bearer SECRET"))
	b, err := json.Marshal(c)
	if text := fmt.Sprintf("%v %+v %#v %s %q", c, c, c, c.Key, c.Key) + string(b); err != nil || strings.Contains(text, "SECRET") || string(c.Key) != "SECRET" {
		t.Errorf("%s, %v", text, err)
	}
}

// Helicone §9.8: a target with a path prefix and a query is kept whole.
// Helicone §9.9: localhost, LAN and host.docker.internal are targets like others.
func TestHelicone08And09Targets(t *testing.T) {
	for _, good := range []string{"http://host:11434/v1", "https://openrouter.ai/api?x=1&y=2", "http://localhost:1234", "http://127.0.0.1:8080/v1", "http://192.168.1.20:11434",
		"http://host.docker.internal:11434/", "http://[::1]:11434/v1", "https://my.azure.com/openai/deployments/gpt-4o/chat?api-version=1"} {
		if c := ReadControls(h("Helicone-Target-URL", good)); c.Target == nil || c.Target.String() != good {
			t.Errorf("%s became %v", good, c.Target)
		}
	}
	for _, wrong := range []string{"host:11434", "ftp://h/", "http://", "http:///v1", "http://u:p@h/", "file:///etc/passwd", "http://h/#x", "http://h/a/../b", "http://h/%2e%2e/b",
		"http://h/a\\b", "//h/v1", "http://h:99999999999999999999999\x7f", "http://" + strings.Repeat("h", 3000)} {
		if c := ReadControls(h("helicone-target-url", wrong)); c.Target != nil || len(c.Ignored) != 1 || c.Ignored[0].Why != BadValue {
			t.Errorf("%s: %+v", wrong, c)
		}
	}
}

// A target is followed to upstreams that were allowed, and nowhere else.
func TestAllowedIsNoOpenRelay(t *testing.T) {
	roots := []*url.URL{}
	for _, s := range []string{"http://localhost:11434", "https://openrouter.ai/api", "https://openrouter.ai/api/v2", "http://h:80/v1/"} {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		roots = append(roots, u)
	}
	for s, want := range map[string]int{
		"http://localhost:11434": 0, "http://LOCALHOST:11434/v1": 0, "https://openrouter.ai/api/v1": 1, "https://openrouter.ai:443/api": 1, "https://openrouter.ai/api/v2/chat": 2, "http://h/v1": 3,
		"http://localhost:11435": -1, "https://localhost:11434": -1, "https://openrouter.ai": -1, "https://openrouter.ai/apis": -1, "http://h/v11": -1,
		"http://localhost.evil.example:11434": -1, "http://169.254.169.254/latest": -1,
	} {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := Allowed(u, roots); got != want {
			t.Errorf("%s: upstream %d, want %d", s, got, want)
		}
	}
	if Allowed(nil, roots) != -1 {
		t.Error("no target is allowed")
	}
}

// Helicone §9.11: the key is known in its forms and reaches no upstream: every
// header of Helicone's is stripped.
func TestHelicone11KeysAndStripping(t *testing.T) {
	for s, want := range map[string]bool{
		"sk-helicone-abcdefg-abcdefg-abcdefg-abcdefg": true, "pk-helicone-eu-abcdefg-abcdefg-abcdefg-abcdefg": true, "sk-helicone-rl-a234567-a234567-a234567-a234567": true,
		"sk-proj-abcdefghijkl": false, "sk-helicone-": false, "sk-helicone-a/../b-cdefghij": false, "xsk-helicone-abcdefg-abcdefg": false, "": false,
	} {
		if HeliconeKey(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
	for _, name := range []string{"Helicone-Auth", "helicone-request-id", "HELICONE-SESSION-ID", "Helicone-Fallbacks", "Helicone-Property-X", "X-OpenWebUI-User-Email"} {
		if !Strip(name, Config{}) {
			t.Errorf("%s goes to the upstream", name)
		}
	}
}

// Properties are bounded in number, in names and in values.
func TestPropertiesAreBounded(t *testing.T) {
	var pairs []string
	for i := range 500 {
		pairs = append(pairs, fmt.Sprintf("Helicone-Property-P%03d", i), strings.Repeat("語", 5000))
	}
	got := Identify(Request{Headers: h(pairs...)}, Config{}).Properties
	if len(got) != maxProperties || len(got["P000"]) > maxProperty || len(got["P000"]) < maxProperty-3 {
		t.Errorf("%d properties, the first of %d bytes", len(got), len(got["P000"]))
	}
	long := Identify(Request{Headers: h("Helicone-Property-"+strings.Repeat("n", 5000), "v", "Helicone-Property-", "v", "helicone-property-app", "1", "Helicone-Property-App", "2", "Helicone-Property-Empty", "")}, Config{}).Properties
	if len(long) != 2 || long["App"] != "1" {
		t.Errorf("%v", long)
	}
}
