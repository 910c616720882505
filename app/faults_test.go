package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
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

// TestEveryFaultInTheLog sends every fault of the mock through the program and
// reads its row: the right state, the text that came, tokens with their basis.
func TestEveryFaultInTheLog(t *testing.T) {
	up := httptest.NewServer(mockllm.New(mockllm.Config{Hang: 300 * time.Millisecond}))
	t.Cleanup(up.Close)
	c := serve(t, t.TempDir(), "--upstream", "openai=openai+"+up.URL+"/v1", "--upstream", "ollama="+up.URL)
	refused, fine := outcome{state: "error"}, outcome{"ok", "reported", "", 16}
	half, gone := outcome{"broken", "estimated", "", 8}, outcome{state: "broken"}
	odd := outcome{"ok", "estimated", "unreadable", 0}
	want := map[string][2]outcome{ // a stream, a whole reply
		"mock": {fine, fine}, "fault-500": {refused, refused}, "fault-503": {refused, refused}, "fault-429": {refused, refused},
		"fault-401": {refused, refused}, "fault-404": {refused, refused}, "fault-reset-early": {refused, refused},
		"fault-reset-mid-stream-d1": {half, gone}, "fault-abort-mid-stream-d1": {half, gone}, "fault-short-body-d1": {half, gone},
		"fault-stall-mid-stream": {half, gone}, "fault-error-in-stream": {{"error", "estimated", "", 8}, fine},
		"fault-truncated-json": {{"broken", "estimated", "", 16}, odd}, "fault-garbage": {odd, odd}, "fault-hang": {{"ok", "estimated", "", 0}, {"ok", "estimated", "", 0}},
		"fault-gzip": {fine, fine}, "fault-no-usage": {{"ok", "estimated", "", 16}, {"ok", "estimated", "", 16}}, "fault-split": {fine, fine}, "fault-crlf": {fine, fine},
		"leave": {{"cancelled", "estimated", "", 8}, {state: "cancelled"}},
	}
	n := 0
	for _, base := range []string{c.BaseURLs["openai"] + "/chat/completions", c.BaseURLs["ollama"] + "/api/chat"} {
		for i, stream := range []bool{true, false} {
			for fault, list := range want {
				n++
				fetch(base, fault, stream)
				r := c.rows(t, n)[0]
				w := list[i]
				text := c.answerText(t, r.ID)
				seen := len(strings.Fields(text))
				if r.State != w.state || r.TokensBasis != w.basis || (r.OutputTokens != nil) != (w.text > 0) ||
					w.note != "" && !slices.Contains(r.Notes, w.note) || (w.state == "error" || w.state == "broken" || w.state == "cancelled") != (r.Error != "") {
					t.Errorf("%s, stream %v: %s %s %v %q", fault, stream, r.State, r.TokensBasis, r.Notes, r.Error)
				}
				if w.text == 16 && seen != 16 || w.text == 0 && seen != 0 || w.text == 8 && (seen == 0 || seen >= 200) {
					t.Errorf("%s, stream %v: the log has %d tokens of the answer: %q", fault, stream, seen, text)
				}
			}
		}
	}
}

// fetch sends one request and reads what comes; "leave" goes away meanwhile.
func fetch(url, fault string, stream bool) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if fault == "leave" {
		fault = "mock-t200-d5"
		ctx, cancel = context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
	}
	body := fmt.Sprintf(`{"model":%q,"stream":%v,"messages":[{"role":"user","content":"Say something."}]}`, fault, stream)
	req, err := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader(body))
	if err != nil {
		return
	}
	req.Header.Set("Content-Type", "application/json")
	if res, err := http.DefaultClient.Do(req); err == nil {
		_, _ = io.Copy(io.Discard, res.Body) // how it breaks off is for the log to say
		res.Body.Close()
	}
}
