package snippet

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/redact"
)

// nasty has whatever a quotation could trip over.
const nasty = `{"model":"m","stream":false,"messages":[{"role":"user","content":"it's ` + "`me`" + ` $HOME \"x\" \\n %s ‘’ 鐘錶 <b> </script>` + "\u2028" + ` 'EOF'"}]}` + "\r\n\n'@\n"

func sample(url string) Request {
	return Request{ID: "id", API: exchange.OllamaChat, Body: []byte(nasty), Size: int64(len(nasty)), Start: exchange.Start{Method: "POST", URL: url + "/api/chat?key=" + redact.Mark,
		Headers: []exchange.Header{{Name: "Authorization", Value: redact.Mark}, {Name: "Content-Type", Value: "application/json"}, {Name: "Content-Length", Value: "9"},
			{Name: "X-OpenWebUI-User-Email", Value: "ann@example.org"}, {Name: "X-Odd", Value: `a'b"c`}}}}
}

// heard is what a server was asked.
type heard struct{ path, auth, odd, body string }

func listen(t *testing.T) (*httptest.Server, *heard) {
	t.Helper()
	h := &heard{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		*h = heard{r.URL.RequestURI(), r.Header.Get("Authorization"), r.Header.Get("X-Odd"), string(b)}
		_, _ = io.WriteString(w, `{"object":"chat.completion","choices":[]}`)
	}))
	t.Cleanup(s.Close)
	return s, h
}

// play runs a snippet with a program of this machine.
func play(t *testing.T, text, name string, args ...string) bool {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Logf("there is no %s here; its snippets are not run", name)
		return false
	}
	c := exec.CommandContext(t.Context(), path, args...)
	c.Env = append(os.Environ(), "API_KEY=k-1")
	c.Stdin = strings.NewReader(text)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, text)
	}
	return true
}

func TestSnippetsSendTheSameBytes(t *testing.T) {
	s, h := listen(t)
	r := sample(s.URL)
	want := heard{"/api/chat?key=k-1", "Bearer k-1", `a'b"c`, nasty}
	for name, run := range map[string]func() bool{
		"curl":       func() bool { return play(t, Curl(r), "bash", "-s") },
		"javascript": func() bool { return play(t, JavaScript(r), "node", "--input-type=module", "-") },
		"python":     func() bool { return play(t, Python(r), "python3", "-") },
	} {
		if *h = (heard{}); run() && *h != want {
			t.Errorf("%s sent %+q\nwant %+q", name, *h, want)
		}
	}
}

// TestCurlOfLongBodies runs commands whose body no argument could hold, and one
// that curl would take for the name of a file.
func TestCurlOfLongBodies(t *testing.T) {
	s, h := listen(t)
	for name, body := range map[string]string{
		"200 KB":          strings.Repeat(nasty+" $(id) %d 'EOF'\n", 200<<10/len(nasty)),
		"at the bound":    strings.Repeat("'", MaxBody),
		"no line end":     strings.Repeat("鐘", 60<<10),
		"a name's mark":   "@/etc/passwd",
		"a dash in front": "-n " + strings.Repeat("\\n", 100<<10),
	} {
		r := sample(s.URL)
		r.Body, r.Size = []byte(body), int64(len(body))
		for _, sh := range []string{"bash", "dash", "sh"} {
			if *h = (heard{}); play(t, Curl(r), sh, "-s") && h.body != body {
				t.Errorf("%s, %s: %d bytes came of %d", name, sh, len(h.body), len(body))
			}
		}
	}
}

// TestLibraries runs what is written for OpenAI's own library in Node.
func TestLibraries(t *testing.T) {
	modules := filepath.Join("..", "..", "frontend", "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "openai")); err != nil {
		t.Skip("npm ci was not run in frontend: OpenAI's library is not there")
	}
	s, h := listen(t)
	r := sample(s.URL)
	r.API, r.Start.URL = exchange.OpenAIChat, s.URL+"/v1/chat/completions"
	r.Body = []byte(strings.TrimRight(nasty, "\r\n'@"))
	r.Size = int64(len(r.Body))
	dir, err := filepath.Abs(modules)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(filepath.Dir(dir), "test-results", "snippet.mjs")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(JavaScript(r)), 0o600); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(file)
	if play(t, "", "node", file) && (h.path != "/v1/chat/completions" || h.auth != "Bearer k-1" || !strings.Contains(h.body, `鐘錶`)) {
		t.Errorf("it sent %+q", *h)
	}
	if p := Python(r); !strings.Contains(p, "client.chat.completions.create(**body)") || !strings.Contains(p, `base_url="`+s.URL+`/v1"`) {
		t.Errorf("%s", p)
	}
}

func TestNoSecretAndNoOne(t *testing.T) {
	for name, text := range map[string]string{"curl": Curl(sample("http://x")), "powershell": PowerShell(sample("http://x")), "python": Python(sample("http://x")), "javascript": JavaScript(sample("http://x"))} {
		if strings.Contains(text, redact.Mark) || strings.Contains(text, "ann@example.org") || !strings.Contains(text, "API_KEY") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestPowerShellQuotes(t *testing.T) {
	if got := power("it's ‘so’"); got != "'it''s ‘‘so’’'" {
		t.Error(got)
	}
	if got := PowerShell(sample("http://x")); !strings.Contains(got, "'Authorization' = ('Bearer ' + $env:API_KEY + '')") || strings.Contains(got, "Content-Length") {
		t.Errorf("%s", got)
	}
}

func TestLargeBodiesAreFiles(t *testing.T) {
	r := sample("http://x")
	r.Body, r.Size = nil, MaxBody+1
	for name, text := range map[string]string{"curl": Curl(r), "powershell": PowerShell(r), "python": Python(r), "javascript": JavaScript(r)} {
		if !strings.Contains(text, "id-request.bin") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestOllama(t *testing.T) {
	asked := func(model string) *exchange.Exchange {
		return &exchange.Exchange{Kind: exchange.KindOllama, API: exchange.OllamaChat, ModelRequested: model}
	}
	if got, ok := Ollama(asked("llama3:8b"), "it's"); !ok || got != "ollama run 'llama3:8b' 'it'\\''s'\n" {
		t.Error(got, ok)
	}
	long := strings.Repeat("it's ", 50<<10)
	got, ok := Ollama(asked("m"), long)
	if !ok || !strings.HasSuffix(got, " | ollama run 'm'\n") {
		t.Errorf("a long question is %.80s…", got)
	}
	// In the place of Ollama's program something that repeats what it reads.
	c := exec.CommandContext(t.Context(), "bash", "-c", "ollama() { cat; }; . /dev/stdin")
	c.Stdin = strings.NewReader(got)
	if _, err := exec.LookPath("bash"); err == nil {
		if out, err := c.Output(); err != nil || string(out) != long {
			t.Errorf("%d bytes were asked of %d: %v", len(out), len(long), err)
		}
	}
	for _, c := range [][2]string{{"", "x"}, {"m", ""}, {"--help", "x"}} {
		if _, ok := Ollama(asked(c[0]), c[1]); ok {
			t.Errorf("%q is no model to run", c)
		}
	}
	for _, c := range []struct {
		kind exchange.Kind
		api  exchange.API
		want bool
	}{{exchange.KindOllama, exchange.OllamaGenerate, true}, {exchange.KindOllama, exchange.OpenAIChat, true}, {exchange.KindOllama, exchange.OllamaEmbed, false},
		{exchange.KindOllama, exchange.OpenAIEmbeddings, false}, {exchange.KindAnthropic, exchange.AnthropicMessages, false}, {exchange.KindGemini, exchange.GeminiGenerate, false}, {exchange.KindOpenAI, exchange.OpenAIChat, false}} {
		if _, ok := Ollama(&exchange.Exchange{Kind: c.kind, API: c.api, ModelRequested: "m"}, "x"); ok != c.want {
			t.Errorf("%s at %s can be run: %v", c.api, c.kind, ok)
		}
	}
}
