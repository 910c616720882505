package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gumshoe/backend/api/dto"
)

// rows waits until the log has n rows and gives them, the newest first.
func (c *child) rows(t *testing.T, n int) []dto.Row {
	t.Helper()
	var page dto.Page
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		_, text := c.reach(t, "GET", "/api/exchanges", "")
		if err := json.Unmarshal([]byte(text), &page); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if len(page.Rows) == n {
			return page.Rows
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d rows, not %d: %s", len(page.Rows), n, c.said())
		}
	}
}

// quiet is an OpenAI-style server that never tells usage, and an Ollama that
// loads its model for every request.
func quiet(t *testing.T) string {
	t.Helper()
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/api/chat" {
			w.Header().Set("Content-Type", "application/x-ndjson")
			fmt.Fprintln(w, `{"model":"tiny:latest","message":{"role":"assistant","content":"hi"},"done":true,"done_reason":"stop","total_duration":4000000000,"load_duration":3000000000,"prompt_eval_count":9,"prompt_eval_cached_count":0,"prompt_eval_duration":10000000,"eval_count":2,"eval_duration":20000000}`)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for _, word := range []string{"The", " sky", " is", " blue", "."} {
			fmt.Fprintf(w, "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":%q}}]}\n\n", word)
		}
		fmt.Fprint(w, "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	}))
	t.Cleanup(up.Close)
	return up.URL
}

func (c *child) say(t *testing.T, url, body string, headers ...string) {
	t.Helper()
	req, err := http.NewRequest("POST", url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
}

// TestWhoChatAndWhatWasWrong follows a chat without headers, through a restart.
func TestWhoChatAndWhatWasWrong(t *testing.T) {
	data, up := t.TempDir(), quiet(t)
	args := []string{"--upstream", "o=openai+" + up + "/v1", "--upstream", "ollama=" + up}
	c := serve(t, data, args...)
	const turn1 = `{"role":"user","content":"Why is the sky blue, in one short sentence? Leave out all that a child would not understand."}`
	const turn2 = turn1 + `,{"role":"assistant","content":"The sky is blue."},{"role":"user","content":"And at night?"}`
	body := func(turns string) string { return `{"model":"m","stream":true,"messages":[` + turns + `]}` }
	c.say(t, c.BaseURLs["o"]+"/chat/completions", body(turn1))
	first := c.rows(t, 1)[0]
	if first.Chat == "" || first.ChatBasis != "inferred" || first.Answer == "" || first.TokensBasis != "estimated" || first.InputTokens == nil || *first.InputTokens < 10 ||
		first.OutputTokens == nil || *first.OutputTokens < 4 || *first.OutputTokens > 8 || first.Task != "chat" || first.TaskBasis != "inferred" {
		t.Errorf("the first turn is %+v", first)
	}
	if code := c.stop(t); code != 0 {
		t.Fatalf("exit %d: %s", code, c.said())
	}
	c = serve(t, data, args...)
	c.say(t, c.BaseURLs["o"]+"/chat/completions", body(turn2))
	second := c.rows(t, 2)[0]
	if second.Chat != first.Chat || second.Answer == first.Answer || second.Answer == "" {
		t.Errorf("the second turn is of chat %s, answer %s; the first of %s, %s", second.Chat, second.Answer, first.Chat, first.Answer)
	}
	c.say(t, c.BaseURLs["ollama"]+"/api/chat", `{"model":"tiny","messages":[{"role":"user","content":"hi"}]}`,
		"X-OpenWebUI-User-Email", "ann@example.org", "X-OpenWebUI-Chat-Id", "chat-9", "X-OpenWebUI-Task", "title_generation")
	third := c.rows(t, 3)[0]
	if third.User != "ann@example.org" || third.Chat != "chat-9" || third.ChatBasis != "reported" || third.Task != "title_generation" || third.TaskBasis != "reported" {
		t.Errorf("headers give %+v", third)
	}
	if strings.Join(third.Verdicts, " ") != "cold_start" || third.Queue == nil || *third.Queue != 970_000 || third.QueueBasis != "calculated" {
		t.Errorf("verdicts %v, queue %v %s", third.Verdicts, third.Queue, third.QueueBasis)
	}
	if _, text := c.reach(t, "GET", "/api/exchanges?verdict=cold_start&user=ann%40example.org", ""); !strings.Contains(text, third.ID) || strings.Contains(text, second.ID) {
		t.Errorf("filtered: %s", text)
	}
	if first.Cost == nil || *first.Cost != 0 || third.Cost == nil || *third.Cost != 0 {
		t.Errorf("what is local costs %v, %v", first.Cost, third.Cost)
	}
	if code, text := c.reach(t, "PUT", "/api/prices/own", `{"own":[{"model":"m","input":1000,"output":2000}]}`); code != 200 {
		t.Errorf("own prices: %s", text)
	}
	c.say(t, c.BaseURLs["o"]+"/chat/completions", body(turn1))
	priced := c.rows(t, 4)[0]
	if want := float64(*priced.InputTokens)*0.001 + float64(*priced.OutputTokens)*0.002; priced.Cost == nil || math.Abs(*priced.Cost-want) > 1e-9 || priced.CostBasis != "estimated" {
		t.Errorf("an own price gives %v %s, not %v", priced.Cost, priced.CostBasis, want)
	}
	if code, text := c.reach(t, "POST", "/api/prices/reprice", `{"apply":true}`); code != 200 || !strings.Contains(text, `"changed":2`) {
		t.Errorf("pricing anew: %s", text)
	}
	if again := c.rows(t, 4)[3]; again.Cost == nil || *again.Cost <= 0 {
		t.Errorf("after pricing anew the first turn costs %v", again.Cost)
	}
	if _, text := c.reach(t, "GET", "/api/exchanges/"+priced.ID, ""); !strings.Contains(text, `"cost_parts":[{"name":"input"`) || !strings.Contains(text, `"price_source":"yours"`) {
		t.Errorf("the detail says %s", text)
	}
	if _, text := c.reach(t, "GET", "/api/totals", ""); !strings.Contains(text, `"requests":4`) || !strings.Contains(text, `"estimated_tokens":3`) {
		t.Errorf("totals: %s", text)
	}
	c.say(t, c.BaseURLs["o"]+"/chat/completions", body(turn1))
	if again := c.rows(t, 5)[0]; strings.Join(again.Verdicts, " ") != "duplicate" || again.Chat == priced.Chat {
		t.Errorf("the same once more is %v, of chat %s", again.Verdicts, again.Chat)
	}
}
