package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gumshoe/backend/api/dto"
)

// A request through the proxy reaches the webhook as its row, once it is stored.
func TestWebhook(t *testing.T) {
	told := make(chan dto.Row, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var row dto.Row
		if b, err := io.ReadAll(r.Body); err == nil && json.Unmarshal(b, &row) == nil {
			told <- row
		}
	}))
	defer hook.Close()
	model := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"model":"m","message":{"role":"assistant","content":"ho"},"done":true,"prompt_eval_count":3,"eval_count":2}`)
	}))
	defer model.Close()
	o := options{data: t.TempDir(), listen: "127.0.0.1:0", ui: "127.0.0.1:0", upstreams: list{"ollama=ollama+" + model.URL}, webhook: hook.URL, writeKey: "the-key"}
	p, err := start(t.Context(), o, noEnv, slog.New(slog.DiscardHandler), false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	res, err := http.Post("http://"+p.server.Addr()+"/the-key/ollama/api/chat", "application/json", strings.NewReader(`{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":false}`))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	select {
	case row := <-told:
		if row.Model != "m" || row.Prompt != "hi" || row.InputTokens == nil || *row.InputTokens != 3 || row.State != "ok" {
			t.Errorf("told of %+v", row)
		}
	case <-time.After(20 * time.Second):
		t.Error("the webhook was not called")
	}
	o.data, o.webhook = t.TempDir(), "ftp://x"
	if bad, err := start(t.Context(), o, noEnv, slog.New(slog.DiscardHandler), false); err == nil || !strings.Contains(err.Error(), "--webhook") {
		t.Errorf("a bad address: %v", err)
		_ = bad.Close()
	}
}
