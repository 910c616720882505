package main

import (
	"encoding/csv"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// echo answers as Ollama does.
func echo(t *testing.T) string {
	t.Helper()
	up := httptest.NewServer(http.HandlerFunc(talker))
	t.Cleanup(up.Close)
	return up.URL
}

func chat(t *testing.T, base, text string) {
	t.Helper()
	res, err := http.Post(base+"/api/chat", "application/json", strings.NewReader(`{"model":"m","messages":[{"role":"user","content":"`+text+`"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != 200 {
		t.Fatalf("%s, %v", res.Status, err)
	}
}

// TestServeAndExport runs the program as a person at a terminal does.
func TestServeAndExport(t *testing.T) {
	data := filepath.Join(t.TempDir(), "new", "folder")
	c := serve(t, data, "--upstream", "ollama="+echo(t), "--write-key", "the-key", "--ui-token", "the-token")
	if c.BaseURLs["ollama"] != c.Proxy+"/the-key/ollama" || !strings.HasSuffix(c.UI, "/?token=the-token") {
		t.Errorf("the ready line says %+v", c.ready)
	}
	if res, err := http.Get(c.Proxy + "/healthz"); err != nil || res.StatusCode != 200 {
		t.Errorf("healthz: %v, %v", res, err)
	}
	for range 5 {
		chat(t, c.BaseURLs["ollama"], "=first")
	}
	// Beside the running program, at once: all that had ended has to be there.
	code, out, stderr := once(t, "export", "--data", data, "--bodies")
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if code != 0 || err != nil || len(rows) != 6 {
		t.Fatalf("exit %d, %d rows, %v: %s", code, len(rows), err, stderr)
	}
	last := rows[1]
	if last[2] != "ok" || last[26] != "'=first" || !strings.HasPrefix(last[27], "'=first 0 ") || last[15] != "60" {
		t.Errorf("the row says %q", last)
	}
	if code, _, stderr := once(t, "serve", "--data", data); code != 1 || !strings.Contains(stderr, "already runs") {
		t.Errorf("a second serve: exit %d, %s", code, stderr)
	}
	if code, out, _ := once(t, "url", "ollama", "--data", data, "--write-key", "the-key"); code != 0 || !strings.HasSuffix(strings.TrimSpace(out), "/the-key/ollama") {
		t.Errorf("url: exit %d, %s", code, out)
	}
	if code := c.stop(t); code != 0 {
		t.Errorf("serve ended with %d: %s", code, c.said())
	}
	if code, out, _ := once(t, "export", "--data", data, "--since", "1h"); code != 0 || strings.Count(out, "\n") != 6 {
		t.Errorf("export without a running one: exit %d, %s", code, out)
	}
	if b, err := os.ReadFile(filepath.Join(data, "gumshoe.db")); err != nil || strings.Contains(string(b), "the-key") {
		t.Errorf("the write key is in the log, or %v", err)
	}
}

func TestKeysAreKept(t *testing.T) {
	data := t.TempDir()
	_, first, _ := once(t, "url", "--data", data)
	_, second, _ := once(t, "url", "--data", data)
	if !strings.HasPrefix(first, "ollama\thttp://127.0.0.1:8731/gs-") || first != second {
		t.Errorf("url says %q, then %q", first, second)
	}
	c := serve(t, data, "--upstream", "x=openai+http://127.0.0.1:1/v1")
	if u := c.BaseURLs["ollama"]; !strings.Contains(first, strings.TrimPrefix(u, c.Proxy)) || !strings.HasSuffix(c.BaseURLs["x"], "/x/v1") {
		t.Errorf("serve says %v", c.BaseURLs)
	}
}

// TestOneClearSentence is what goes wrong at the start.
func TestOneClearSentence(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	free := []string{"--listen", "127.0.0.1:0", "--ui", "127.0.0.1:0"}
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"proxy's port taken": {[]string{"serve", "--data", t.TempDir(), "--ui", "127.0.0.1:0", "--listen", l.Addr().String()}, 1, "--listen"},
		"UI's port taken":    {[]string{"serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--ui", l.Addr().String()}, 1, "--ui"},
		"folder is a file":   {append([]string{"serve", "--data", file}, free...), 1, "--data"},
		"bad upstream":       {append([]string{"serve", "--data", t.TempDir(), "--upstream", "healthz=http://x"}, free...), 1, "reserved"},
		"bad key":            {append([]string{"serve", "--data", t.TempDir(), "--write-key", "a/b"}, free...), 1, "can't stand in a URL"},
		"unknown command":    {[]string{"dance"}, 2, "no command"},
		"unknown flag":       {[]string{"serve", "--dance"}, 2, "dance"},
		"bad since":          {[]string{"export", "--data", t.TempDir(), "--since", "yesterday"}, 2, "neither"},
		"no data":            {[]string{"export", "--data", filepath.Join(t.TempDir(), "none")}, 1, "no data folder"},
	} {
		code, out, stderr := once(t, c.args...)
		if code != c.code || !strings.Contains(stderr, c.says) || out != "" {
			t.Errorf("%s: exit %d, said %q, %q", name, code, stderr, out)
		}
	}
}

// TestStopLetsStreamsFinish ends the program in the middle of a reply.
func TestStopLetsStreamsFinish(t *testing.T) {
	release := make(chan struct{})
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-ndjson")
		io.WriteString(w, `{"model":"m","message":{"content":"a"},"done":false}`+"\n")
		http.NewResponseController(w).Flush()
		<-release
		io.WriteString(w, `{"model":"m","done":true,"eval_count":1,"prompt_eval_count":1}`+"\n")
	}))
	defer up.Close()
	data := t.TempDir()
	c := serve(t, data, "--upstream", "ollama="+up.URL)
	res, err := http.Post(c.BaseURLs["ollama"]+"/api/chat", "application/json", strings.NewReader(`{"model":"m","messages":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	time.AfterFunc(300*time.Millisecond, func() { close(release) })
	c.cmd.Process.Signal(os.Interrupt)
	b, err := io.ReadAll(res.Body)
	if err != nil || !strings.HasSuffix(string(b), "}\n") || !strings.Contains(string(b), `"done":true`) {
		t.Errorf("the stream was cut: %q, %v", b, err)
	}
	if code := c.stop(t); code != 0 {
		t.Errorf("exit %d: %s", code, c.said())
	}
	if _, out, _ := once(t, "export", "--data", data); !strings.Contains(out, ",ok,200,") {
		t.Errorf("the log says %s", out)
	}
}
