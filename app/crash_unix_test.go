//go:build !windows

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestCrashSaysNoSecrets makes the program crash, as Go's programs do, in the
// middle of a stream: what it says at its end, which people send with a report, has
// the stacks and no word of the traffic; what the client had received is kept.
func TestCrashSaysNoSecrets(t *testing.T) {
	hold := make(chan struct{})
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("X-Api-Key", "secret-of-upstream")
		io.WriteString(w, `{"model":"m","message":{"content":"secret-answer"},"done":false}`+"\n")
		http.NewResponseController(w).Flush()
		<-hold
	}))
	t.Cleanup(func() { close(hold); up.Close() })
	data := t.TempDir()
	c := serve(t, data, "--upstream", "ollama="+up.URL, "--write-key", "secret-write-key", "--ui-token", "secret-ui-token")
	req, err := http.NewRequest("POST", c.BaseURLs["ollama"]+"/api/chat?key=secret-query", strings.NewReader(`{"model":"m","messages":[{"role":"user","content":"secret-prompt"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Authorization": {"Bearer secret-bearer"}, "Cookie": {"a=secret-cookie"}}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if b := make([]byte, 20); func() error { _, err := io.ReadFull(res.Body, b); return err }() != nil {
		t.Fatal("nothing came")
	}
	if err := c.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	<-c.exited
	if said := c.said(); !strings.Contains(said, "goroutine ") || strings.Contains(said, "secret") {
		t.Errorf("it said %s", said)
	}
	if left, err := os.ReadDir("."); err == nil {
		for _, f := range left {
			if strings.HasPrefix(f.Name(), "core") {
				t.Errorf("it left %s", f.Name())
			}
		}
	}
	if _, out, stderr := once(t, "export", "--data", data, "--bodies"); !strings.Contains(out, "interrupted") || !strings.Contains(out, "secret-answer") {
		t.Errorf("the log has %s%s", out, stderr)
	}
}
