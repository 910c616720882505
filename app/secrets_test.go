package main

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestSecretsStayOut sends secrets in every place where one stands, lets things
// go wrong, and looks for them in all that is kept, shown, logged and exported.
func TestSecretsStayOut(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Set-Cookie", "session=secret-set-cookie")
		if r.URL.Path == "/api/broken" {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, `{"model":"m","message":{"role":"assistant","content":"hello"},"done":true}`)
	}))
	t.Cleanup(up.Close)
	t.Setenv("NO_COLOR", "1")
	data := t.TempDir()
	c := serve(t, data, "--upstream", "ollama="+up.URL, "--upstream", "gone=ollama+http://127.0.0.1:1", "--write-key", "secret-write-key", "--ui-token", "secret-ui-token-1234567890")
	headers := http.Header{
		"Authorization": {"Bearer secret-bearer"}, "X-Api-Key": {"secret-x-api-key"}, "Api-Key": {"secret-api-key"}, "X-Goog-Api-Key": {"secret-goog-key"},
		"Cookie": {"a=secret-cookie"}, "Proxy-Authorization": {"Basic secret-proxy"}, "Helicone-Auth": {"Bearer secret-helicone"},
	}
	n := 0
	for _, base := range []string{c.BaseURLs["ollama"], c.BaseURLs["gone"], strings.Replace(c.BaseURLs["ollama"], "secret-write-key", "secret-wrong-key", 1)} {
		for _, path := range []string{"/api/chat", "/api/broken", "/api/chat?key=secret-query&api_key=secret-query-2&token=secret-query-3"} {
			req, err := http.NewRequest("POST", base+path, strings.NewReader(`{"model":"m","messages":[{"role":"user","content":"hello"}]}`))
			if err != nil {
				t.Fatal(err)
			}
			req.Header = headers.Clone()
			if res, err := http.DefaultClient.Do(req); err == nil {
				b, _ := io.ReadAll(res.Body)
				res.Body.Close()
				if strings.Contains(string(b), "secret-") {
					t.Errorf("%s answers %s", path, b)
				}
			}
			if !strings.Contains(base, "wrong-key") {
				n++
			}
		}
	}
	rows := c.rows(t, n)
	shown := map[string]string{"what it said": c.said()}
	for i, u := range []string{"x=ollama+http://user:secret-in-url@127.0.0.1:1", "http://user:secret-in-url@127.0.0.1", "x=ollama+ftp://user:secret@in:url@[::1"} {
		where := fmt.Sprint("refused upstream ", i)
		_, _, shown[where] = once(t, "serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--ui", "127.0.0.1:0", "--upstream", u)
		if !strings.Contains(shown[where], "upstream") {
			t.Errorf("%s: %s", u, shown[where])
		}
	}
	show := func(path string) {
		t.Helper()
		code, text := c.reach(t, "GET", path, "")
		if code != http.StatusOK {
			t.Errorf("%s answers %d %s", path, code, text)
		}
		shown[path] = text
	}
	for _, r := range rows {
		at := "/api/exchanges/" + r.ID
		for _, what := range []string{"", "/body/request", "/body/response", "/related", "/anatomy", "/curl", "/snippet?as=powershell", "/snippet?as=python", "/snippet?as=javascript", "/snippet?as=har"} {
			show(at + what)
		}
	}
	for _, path := range []string{"/api/exchanges", "/api/status", "/api/facets", "/api/live", "/api/settings", "/api/write-keys"} {
		show(path)
	}
	_, shown["a person's SQL"] = c.reach(t, "POST", "/api/sql", `{"sql":"SELECT * FROM v_exchanges"}`)
	if !strings.Contains(shown["a person's SQL"], "/api/chat") {
		t.Errorf("SQL gives %s", shown["a person's SQL"])
	}
	for _, format := range []string{"csv", "jsonl", "har", "md", "finetune"} {
		code, out, stderr := once(t, "export", "--data", data, "--format", format)
		if code != 0 {
			t.Errorf("export as %s: %s", format, stderr)
		}
		shown["export as "+format] = out + stderr
	}
	c.stop(t)
	shown["what it said to the end"] = c.said()
	for where, text := range shown {
		if at := strings.Index(text, "secret-"); at >= 0 {
			t.Errorf("%s has %.40q", where, text[at:])
		}
	}
	for _, secret := range []string{"secret-write", "secret-ui", "secret-bearer", "secret-x-api", "secret-api", "secret-goog", "secret-cookie", "secret-proxy", "secret-helicone", "secret-query", "secret-set", "secret-in-url", "secret-wrong"} {
		if found := traces(t, data, secret); len(found) > 0 {
			t.Errorf("%s lies in %v", secret, found)
		}
	}
}

// TestFilesArePrivate: nobody else on the machine reads the log, the journal,
// the keys, an export or a backup.
func TestFilesArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps others out of the folder by its own lists")
	}
	up := httptest.NewServer(http.HandlerFunc(reply))
	t.Cleanup(up.Close)
	data := filepath.Join(t.TempDir(), "data")
	c := serve(t, data, "--upstream", "ollama="+up.URL)
	chat(t, c.BaseURLs["ollama"], "hello")
	c.rows(t, 1)
	if code, _, stderr := once(t, "backup", "--data", data, filepath.Join(data, "backup.db")); code != 0 {
		t.Error(stderr)
	}
	if code, _, stderr := once(t, "export", "--data", data, "--out", filepath.Join(data, "export.csv")); code != 0 {
		t.Error(stderr)
	}
	files := 0
	err := filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		st, err := d.Info()
		if err != nil {
			return err
		}
		if st.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, st.Mode())
		}
		files++
		return nil
	})
	if err != nil || files < 9 {
		t.Errorf("%d files, %v", files, err)
	}
}
