package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/testkit/mockllm"
)

// answerText is the answer's text as the detail shows it.
func (c *child) answerText(t *testing.T, id string) string {
	t.Helper()
	_, text := c.reach(t, "GET", "/api/exchanges/"+id, "")
	var d dto.Detail
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("%v: %.300s", err, text)
	}
	var b strings.Builder
	for _, m := range d.Answer {
		for _, p := range m.Parts {
			if p.Type == "text" {
				b.WriteString(p.Text)
			}
		}
	}
	return b.String()
}

// outcome is what the log has to say of one fault.
type outcome struct {
	state, basis string
	note         string // "" none
	text         int    // tokens of the mock that were seen: 0 none, 8 a half, 16 all
}

// operation is one way to ask the mock, by dialect.
type operation struct {
	upstream, path, body string // with %s for the model and for whether to stream
	hidden               bool   // the log has a chunk more than the client
}

// operations are all ways in which a dialect is spoken, streamed or not.
func operations() []operation {
	const messages = `"messages":[{"role":"user","content":"Say something."}]}`
	return []operation{
		{"openai", "/chat/completions", `{"model":%q,"stream":%s,` + messages, true},
		{"openai", "/chat/completions", `{"model":%q,"stream":%s,"stream_options":{"include_usage":true},` + messages, false},
		{"openai", "/responses", `{"model":%q,"stream":%s,"input":"Say something."}`, false},
		{"ollama", "/api/chat", `{"model":%q,"stream":%s,` + messages, false},
		{"ollama", "/api/generate", `{"model":%q,"stream":%s,"prompt":"Say something."}`, false},
		{"claude", "/v1/messages", `{"model":%q,"stream":%s,"max_tokens":999,` + messages, false},
		{"gemini", "/v1beta/models/%s", `{"contents":[{"role":"user","parts":[{"text":"Say something."}]}]}`, false},
	}
}

// request is the URL's end and the body.
func (o operation) request(model string, stream bool) (path, body string) {
	if o.upstream != "gemini" {
		return o.path, fmt.Sprintf(o.body, model, strconv.FormatBool(stream))
	}
	if stream {
		return fmt.Sprintf(o.path, model+":streamGenerateContent?alt=sse"), o.body
	}
	return fmt.Sprintf(o.path, model+":generateContent"), o.body
}

// TestEveryFaultInTheLog sends every fault of the mock in every dialect through
// the program and reads its row: the right state, the bytes and the text that
// came, tokens with their basis.
func TestEveryFaultInTheLog(t *testing.T) {
	up := httptest.NewServer(mockllm.New(mockllm.Config{Hang: 300 * time.Millisecond}))
	t.Cleanup(up.Close)
	refused, fine := outcome{state: "error"}, outcome{"ok", "reported", "", 16}
	half, gone := outcome{"broken", "estimated", "", 8}, outcome{state: "broken"}
	odd := outcome{"ok", "estimated", "unreadable", 0}
	want := map[string][2]outcome{ // a stream, a whole reply
		"mock": {fine, fine}, "fault-500": {refused, refused}, "fault-503": {refused, refused}, "fault-429": {refused, refused},
		"fault-401": {refused, refused}, "fault-404": {refused, refused}, "fault-reset-early": {refused, refused},
		"fault-no-http": {refused, refused}, "fault-bad-header": {refused, refused},
		"fault-reset-mid-stream-d1": {half, gone}, "fault-abort-mid-stream-d1": {half, gone}, "fault-short-body-d1": {half, gone},
		"fault-stall-mid-stream": {half, gone}, "fault-error-in-stream": {{"error", "estimated", "", 8}, fine},
		"fault-truncated-json": {{"broken", "estimated", "", 16}, odd}, "fault-garbage": {odd, odd}, "fault-hang": {{"ok", "estimated", "", 0}, {"ok", "estimated", "", 0}},
		"fault-gzip": {fine, fine}, "fault-no-usage": {{"ok", "estimated", "", 16}, {"ok", "estimated", "", 16}}, "fault-split": {fine, fine}, "fault-crlf": {fine, fine},
		"leave": {{"cancelled", "estimated", "", 8}, {state: "cancelled"}},
	}
	for _, o := range operations() {
		t.Run(fmt.Sprintf("%s asked %v", strings.TrimSuffix(o.upstream+o.path, "/%s"), o.hidden), func(t *testing.T) {
			t.Parallel()
			c := serve(t, t.TempDir(), "--upstream", "openai=openai+"+up.URL+"/v1", "--upstream", "ollama="+up.URL, "--upstream", "claude=anthropic+"+up.URL, "--upstream", "gemini=gemini+"+up.URL)
			n := 0
			for i, stream := range []bool{true, false} {
				for fault, list := range want {
					n++
					o.try(t, c, fault, stream, list[i], n)
				}
			}
		})
	}
}

// try sends one request, the nth, and compares its row with what is wanted and
// with what came.
func (o operation) try(t *testing.T, c *child, fault string, stream bool, w outcome, n int) {
	t.Helper()
	model := fault
	if fault == "leave" {
		model = "mock-t200-d5"
	}
	path, body := o.request(model, stream)
	got, broke := fetch(c.BaseURLs[o.upstream]+path, body, fault == "leave")
	r := c.rows(t, n)[0]
	text := c.answerText(t, r.ID)
	seen := len(strings.Fields(text))
	if r.State != w.state || r.TokensBasis != w.basis || (r.OutputTokens != nil) != (w.text > 0) ||
		w.note != "" && !slices.Contains(r.Notes, w.note) || (w.state == "error" || w.state == "broken" || w.state == "cancelled") != (r.Error != "") {
		t.Errorf("%s, stream %v: %s %s %v %q", fault, stream, r.State, r.TokensBasis, r.Notes, r.Error)
	}
	if w.text == 16 && seen != 16 || w.text == 0 && seen != 0 || w.text == 8 && (seen == 0 || seen >= 200) {
		t.Errorf("%s, stream %v: the log has %d tokens of the answer: %q", fault, stream, seen, text)
	}
	_, kept := c.reach(t, "GET", "/api/exchanges/"+r.ID+"/body/response", "")
	if !o.hidden && (!strings.HasPrefix(kept, got) || !broke && kept != got) {
		t.Errorf("%s, stream %v: the client received %d bytes, the log has other %d", fault, stream, len(got), len(kept))
	}
}

// fetch sends one request and gives what came and whether it broke off; a client
// that leaves goes away meanwhile.
func fetch(url, body string, leave bool) (got string, broke bool) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if leave {
		ctx, cancel = context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
	}
	req, err := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader(body))
	if err != nil {
		return "", true
	}
	req.Header.Set("Content-Type", "application/json")
	exact := &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	res, err := exact.Do(req)
	if err != nil {
		return "", true
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return string(b), err != nil
}
