package proxy_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/testkit/mockllm"
)

func TestEveryFaultIsAsDirect(t *testing.T) {
	t.Parallel()
	r := setUp(t, mockllm.New(mockllm.Config{Hang: 300 * time.Millisecond}), nil)
	faults := []string{"mock", "mock-t200", "mock-tools", "mock-t20-think", "fault-500", "fault-503", "fault-429", "fault-401", "fault-404",
		"fault-reset-early", "fault-reset-mid-stream-d1", "fault-abort-mid-stream-d1", "fault-error-in-stream", "fault-truncated-json", "fault-short-body-d1",
		"fault-stall-mid-stream", "fault-hang", "fault-slow", "fault-garbage", "fault-no-http", "fault-bad-header", "fault-gzip", "fault-huge", "fault-no-usage", "fault-split", "fault-crlf"}
	modes := []struct{ name, path, up, body string }{
		{"openai stream", "/v1/chat/completions", "openai", `{"model":%q,"stream":true,"stream_options":{"include_usage":true},"messages":[]}`},
		{"openai whole", "/v1/chat/completions", "openai", `{"model":%q,"stream":false,"messages":[]}`},
		{"ollama stream", "/api/chat", "ollama", `{"model":%q,"messages":[]}`},
		{"responses stream", "/v1/responses", "openai", `{"model":%q,"stream":true,"input":"hi"}`},
		{"anthropic stream", "/v1/messages", "claude", `{"model":%q,"stream":true,"messages":[]}`},
		{"anthropic whole", "/v1/messages", "claude", `{"model":%q,"messages":[]}`},
		{"gemini stream", "/v1beta/models/%s:streamGenerateContent?alt=sse", "gem", `{"contents":[]}`},
		{"gemini whole", "/v1beta/models/%s:generateContent", "gem", `{"contents":[]}`},
	}
	for _, m := range modes {
		for _, fault := range faults {
			if fault == "fault-slow" && m.up != "ollama" || fault == "fault-huge" && (m.up == "claude" || m.up == "gem") {
				continue // 3 s or 40 MB each, of which the proxy sees no dialect
			}
			t.Run(m.name+"/"+fault, func(t *testing.T) {
				path, body := m.path, m.body
				if m.up == "gem" {
					path = fmt.Sprintf(path, fault)
				} else {
					body = fmt.Sprintf(body, fault)
				}
				h := http.Header{"Content-Type": {"application/json"}}
				direct := do(t, r.client, "POST", r.up.URL+path, body, h)
				if fault == "mock" && direct.status != http.StatusOK {
					t.Fatalf("the mock does not speak this dialect: %d %s", direct.status, direct.body)
				}
				through := do(t, r.client, "POST", r.base(m.up)+path, body, h)
				f := r.tape.last(t)
				if string(f.sent) != body || !f.reqEnd {
					t.Errorf("journal has the request as %q, ended %v", f.sent, f.reqEnd)
				}
				if direct.status == 0 { // nothing came: the proxy says so itself
					if through.status != http.StatusBadGateway || f.head == nil || !f.head.Own || f.end.State != exchange.Failed {
						t.Errorf("got %d, head %+v, end %+v", through.status, f.head, f.end)
					}
					return
				}
				if !bytes.Equal(f.got, through.body) && !(through.failure != "" && bytes.HasPrefix(f.got, through.body)) {
					t.Errorf("the journal has %d bytes, the client %d", len(f.got), len(through.body))
				}
				same(t, direct, through)
				known(t, r, "received", []byte(body))
				if direct.failure == "" {
					known(t, r, "sent", through.body)
				}
				want := exchange.OK
				if direct.failure != "" {
					want = exchange.Broken
				}
				if f.end.State != want || f.end.Gap {
					t.Errorf("end is %+v, want %s", f.end, want)
				}
			})
		}
	}
}

// known asks the mock whether it sent or received exactly these bytes.
func known(t *testing.T, r *rig, side string, body []byte) {
	t.Helper()
	a := do(t, r.client, "POST", r.up.URL+"/_mock/verify?side="+side, fmt.Sprintf("%x\n", sha256.Sum256(body)), nil)
	if !strings.Contains(string(a.body), `"exact":1`) {
		t.Errorf("the mock says it never %s these %d bytes: %s", side, len(body), a.body)
	}
}

func same(t *testing.T, direct, through answer) {
	t.Helper()
	if direct.status != through.status || direct.failure != through.failure || direct.length < 0 && through.length >= 0 {
		t.Errorf("status, failure, length: direct %d %q %d, through %d %q %d", direct.status, direct.failure, direct.length, through.status, through.failure, through.length)
	}
	a, b := maps.Clone(direct.header), maps.Clone(through.header)
	if through.failure == "" && (b.Get("Helicone-Id") == "" || b.Get("Helicone-Status") == "") {
		t.Errorf("a reply without our own headers: %v", b)
	}
	b.Del("Helicone-Id")
	b.Del("Helicone-Status")
	for _, h := range []http.Header{a, b} {
		for _, n := range []string{"X-Mock-Id", "Date", "Content-Length"} {
			if _, ok := h[n]; ok {
				h[n] = []string{"-"}
			}
		}
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("headers: direct %v, through %v", direct.header, through.header)
	}
	if direct.failure != "" && (len(direct.body) > 0) != (len(through.body) > 0) {
		t.Errorf("a broken reply: direct %d bytes, through %d", len(direct.body), len(through.body))
	}
}

func TestThousandsOfInstantStreams(t *testing.T) {
	t.Parallel()
	reply := "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\ndata: [DONE]\n\n"
	r := setUp(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, s := range strings.SplitAfter(reply, "\n\n") {
			_, _ = w.Write([]byte(s))
			_ = http.NewResponseController(w).Flush()
		}
	}), nil)
	const all, workers = 2000, 8
	bad := make(chan string, all)
	done := make(chan struct{})
	for range workers {
		go func() {
			defer func() { done <- struct{}{} }()
			for range all / workers {
				a := do(t, r.client, "POST", r.base("openai")+"/v1/chat/completions", `{"model":"m"}`, nil)
				if string(a.body) != reply || a.failure != "" {
					bad <- fmt.Sprintf("%d %q %q", a.status, a.body, a.failure)
				}
			}
		}()
	}
	for range workers {
		<-done
	}
	close(bad)
	for b := range bad {
		t.Error("lost: ", b)
	}
	eventually(t, "all to land", func() bool { return r.proxy.Live().Count() == 0 })
	list := r.tape.flights(t)
	if len(list) != all {
		t.Fatalf("%d exchanges are recorded, want %d", len(list), all)
	}
	for _, f := range list {
		if f.end == nil || f.end.State != exchange.OK || string(f.got) != reply || !f.reqEnd {
			t.Fatalf("recorded as %+v, %q", f.end, f.got)
		}
	}
}
