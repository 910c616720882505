package main

import (
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
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
		"a port too high":    {[]string{"serve", "--data", t.TempDir(), "--ui", "127.0.0.1:0", "--listen", "127.0.0.1:99999"}, 1, "port from 1 to 65535"},
		"no folder":          {append([]string{"serve", "--data", ""}, free...), 1, "names no folder"},
		"no data":            {[]string{"export", "--data", filepath.Join(t.TempDir(), "none")}, 1, "no data folder"},
	} {
		code, out, stderr := once(t, c.args...)
		if code != c.code || !strings.Contains(stderr, c.says) || out != "" || c.code == 1 && strings.Count(stderr, "\n") != 1 {
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

// reach calls the UI's API as its page does.
func (c *child) reach(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	base, token, _ := strings.Cut(c.UI, "/?token=")
	req, err := http.NewRequest(method, base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// traces lists the files below dir in which a text can be read.
func traces(t *testing.T, dir, text string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), text) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestDeleteAllLeavesNothing looks for a prompt in every byte that is on disk.
func TestDeleteAllLeavesNothing(t *testing.T) {
	data := t.TempDir()
	c := serve(t, data, "--upstream", "ollama="+echo(t))
	for range 3 {
		chat(t, c.BaseURLs["ollama"], "a-very-private-word")
	}
	if len(traces(t, data, "a-very-private-word")) == 0 {
		t.Fatal("the prompt is nowhere on disk: this test looks for the wrong thing")
	}
	if code, out := c.reach(t, "POST", "/api/delete-all", `{"confirm":"delete"}`); code != 200 || !strings.Contains(out, "3") {
		t.Fatalf("delete all: %d %s", code, out)
	}
	if found := traces(t, data, "a-very-private-word"); len(found) > 0 {
		t.Errorf("after delete all the prompt is still in %v", found)
	}
	chat(t, c.BaseURLs["ollama"], "the-next-word")
	if code, out, stderr := once(t, "export", "--data", data, "--bodies"); code != 0 || strings.Count(out, "\n") != 2 || !strings.Contains(out, "the-next-word") {
		t.Errorf("recording goes on: exit %d, %s%s", code, out, stderr)
	}
	if code := c.stop(t); code != 0 {
		t.Errorf("exit %d: %s", code, c.said())
	}
	for _, path := range traces(t, data, "the-next-word") {
		if strings.HasSuffix(path, ".log") {
			t.Errorf("what was stored stays in the journal: %s", path)
		}
	}
}

// TestDeletedLeavesNoTrace deletes one request of several by a filter, another by
// its id, and looks for their prompts in every byte that is on disk.
func TestDeletedLeavesNoTrace(t *testing.T) {
	data := t.TempDir()
	c := serve(t, data, "--upstream", "ollama="+echo(t))
	for _, word := range []string{"a-private-word", "another-private-word", "a-word-that-stays"} {
		chat(t, c.BaseURLs["ollama"], word)
	}
	var page struct{ Rows []struct{ ID, Prompt string } }
	for deadline := time.Now().Add(10 * time.Second); len(page.Rows) < 3 && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if _, out := c.reach(t, "GET", "/api/exchanges", ""); json.Unmarshal([]byte(out), &page) != nil {
			t.Fatal(out)
		}
	}
	for _, r := range page.Rows {
		body := `{"query":"q=%22a-private-word%22","confirm":"delete"}`
		if strings.HasPrefix(r.Prompt, "another") {
			body = `{"ids":["` + r.ID + `"],"confirm":"delete"}`
		} else if strings.HasSuffix(r.Prompt, "stays") {
			continue
		}
		if code, out := c.reach(t, "POST", "/api/delete", body); code != 200 || !strings.Contains(out, `"deleted":1`) {
			t.Fatalf("%s: %d %s", body, code, out)
		}
	}
	if found := append(traces(t, data, "a-private-word"), traces(t, data, "another-private-word")...); len(found) > 0 {
		t.Errorf("deleted prompts are still in %v", found)
	}
	if code, out, stderr := once(t, "export", "--data", data, "--bodies"); code != 0 || strings.Count(out, "\n") != 2 || !strings.Contains(out, "a-word-that-stays") {
		t.Errorf("the rest: exit %d, %s%s", code, out, stderr)
	}
}

// TestFlagsShadowButDontLose changes the list of upstreams while a flag stands
// for one of its names.
func TestFlagsShadowButDontLose(t *testing.T) {
	data := t.TempDir()
	c := serve(t, data)
	if code, out := c.reach(t, "POST", "/api/upstreams", `{"name":"gpu","kind":"openai","url":"http://10.0.0.5:9/v1","key":"sk-stored-for-gpu"}`); code != 200 {
		t.Fatalf("%d %s", code, out)
	}
	c.stop(t)
	var auth atomic.Value
	auth.Store("")
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { auth.Store(r.Header.Get("Authorization")) }))
	defer thief.Close()
	c = serve(t, data, "--upstream", "gpu=openai+"+thief.URL+"/v1", "--write-key", "k1")
	if res, err := http.Get(c.BaseURLs["gpu"] + "/models"); err != nil || res.StatusCode != 200 || auth.Load() != "" {
		t.Errorf("a key stored for another host went to this one: %q, %v", auth.Load(), err)
	}
	if code, out := c.reach(t, "POST", "/api/upstreams", `{"name":"more","kind":"ollama","url":"http://127.0.0.1:2"}`); code != 200 {
		t.Fatalf("%d %s", code, out)
	}
	// What runs is what url tells of.
	if code, out, stderr := once(t, "url", "more", "--data", data, "--write-key", "k1"); code != 0 || strings.TrimSpace(out) != c.Proxy+"/k1/more" {
		t.Errorf("url: exit %d, %s%s", code, out, stderr)
	}
	if code, _, stderr := once(t, "url", "--data", data); code != 1 || !strings.Contains(stderr, "--write-key") {
		t.Errorf("url without the key of the run: exit %d, %s", code, stderr)
	}
	c.cmd.Process.Kill()
	<-c.exited
	if code, out, _ := once(t, "url", "--data", data); code != 0 || !strings.Contains(out, "http://127.0.0.1:8731/gs-") || !strings.Contains(out, "gpu\t") || !strings.Contains(out, "more\t") {
		t.Errorf("url after a kill: exit %d, %s", code, out)
	}
	c = serve(t, data)
	if _, out := c.reach(t, "GET", "/api/upstreams", ""); !strings.Contains(out, "10.0.0.5") || strings.Contains(out, "sk-stored") {
		t.Errorf("the stored upstream is lost, or shows its key: %s", out)
	}
}

func TestExportSparesTheLog(t *testing.T) {
	data := t.TempDir()
	c := serve(t, data, "--upstream", "ollama="+echo(t))
	chat(t, c.BaseURLs["ollama"], "hello")
	c.stop(t)
	db := filepath.Join(data, "gumshoe.db")
	if code, _, stderr := once(t, "export", "--data", data, "--out", db); code != 1 || !strings.Contains(stderr, "--out") {
		t.Errorf("export over the log: exit %d, %s", code, stderr)
	}
	if code, out, _ := once(t, "export", "--data", data); code != 0 || strings.Count(out, "\n") != 2 {
		t.Errorf("the log after that: exit %d, %s", code, out)
	}
}

// TestExportThatFails: an export that breaks off leaves the file that was there, and
// no half of a new one.
func TestExportThatFails(t *testing.T) {
	data, dir := t.TempDir(), t.TempDir()
	c := serve(t, data, "--upstream", "ollama="+echo(t))
	for range 3 {
		chat(t, c.BaseURLs["ollama"], "hello")
	}
	c.rows(t, 3)
	c.stop(t)
	out := filepath.Join(dir, "log.csv")
	if code, _, stderr := once(t, "export", "--data", data, "--bodies", "--out", out); code != 0 {
		t.Fatal(stderr)
	}
	whole, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+dbPath(data))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `UPDATE record SET packed = x'ff' WHERE seq = (SELECT min(seq) FROM record)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"log.csv", "new.csv"} {
		if code, _, stderr := once(t, "export", "--data", data, "--bodies", "--out", filepath.Join(dir, name)); code != 1 || !strings.Contains(stderr, "export") {
			t.Errorf("exporting a damaged log to %s: exit %d, %s", name, code, stderr)
		}
	}
	if b, err := os.ReadFile(out); err != nil || string(b) != string(whole) {
		t.Errorf("the earlier export has %d bytes, not %d, %v", len(b), len(whole), err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("the folder holds %v, %v", list, err)
	}
}
