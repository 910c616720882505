package main

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
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
	for i, u := range []string{"x=ollama+http://user:secret-in-url@127.0.0.1:1", "http://user:secret-in-url@127.0.0.1", "x=ollama+ftp://user:secret@in:url@[::1", "x=gemini+http://127.0.0.1/?key=secret-in-query", "x http://127.0.0.1?key=secret-in-query"} {
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

// TestUITokenStaysHere: to a browser all ports of a host have the same cookies, so
// that the one of the UI comes with what a page at the same address, or a person
// who opens a base URL, asks of the proxy.
func TestUITokenStaysHere(t *testing.T) {
	got := make(chan http.Header, 9)
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got <- r.Header.Clone()
		io.WriteString(w, "{}")
	}))
	t.Cleanup(up.Close)
	data := t.TempDir()
	c := serve(t, data, "--upstream", "ollama="+up.URL, "--ui-token", "secret-ui-token-1234567890")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	visit := func(url string) {
		t.Helper()
		res, err := browser.Get(url)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %v %v", url, res, err)
		}
		res.Body.Close()
	}
	visit(c.UI)
	at, err := url.Parse(c.BaseURLs["ollama"])
	if err != nil {
		t.Fatal(err)
	}
	if len(jar.Cookies(at)) != 1 {
		t.Fatal("the browser has no cookie for the proxy's address: this test proves nothing")
	}
	visit(c.BaseURLs["ollama"] + "/api/version")
	if h := <-got; fmt.Sprint(h) == "" || strings.Contains(fmt.Sprint(h), "secret-ui") {
		t.Errorf("the upstream got %v", h)
	}
	jar.SetCookies(at, []*http.Cookie{{Name: "its-own", Value: "1"}})
	visit(c.BaseURLs["ollama"] + "/api/version")
	if h := <-got; h.Get("Cookie") != "its-own=1" {
		t.Errorf("the upstream got the cookies %q", h["Cookie"])
	}
	c.rows(t, 2)
	c.stop(t)
	if found := traces(t, data, "secret-ui"); len(found) > 0 || strings.Contains(c.said(), "secret-ui") {
		t.Errorf("the token lies in %v, or was said: %s", found, c.said())
	}
}

// TestWhatComesUnaskedIsNotLogged: an upstream sends more than it announced, as one
// does whose count is wrong. It goes to nobody, and no word of it to the terminal.
func TestWhatComesUnaskedIsNotLogged(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	t.Cleanup(func() { l.Close(); done.Wait() })
	done.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			done.Go(func() {
				defer conn.Close()
				rd := bufio.NewReader(conn)
				for {
					r, err := http.ReadRequest(rd)
					if err != nil {
						return
					}
					io.Copy(io.Discard, r.Body)
					io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
					time.Sleep(50 * time.Millisecond) // the connection is idle again
					io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nsecret-of-somebody-x")
				}
			})
		}
	})
	c := serve(t, t.TempDir(), "--upstream", "ollama=http://"+l.Addr().String())
	for range 5 {
		res, err := http.Post(c.BaseURLs["ollama"]+"/api/chat", "application/json", strings.NewReader(`{"model":"m"}`))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(res.Body); err != nil || string(b) != "{}" {
			t.Errorf("%d %q %v", res.StatusCode, b, err)
		}
		res.Body.Close()
		time.Sleep(100 * time.Millisecond)
	}
	c.rows(t, 5)
	c.stop(t)
	if strings.Contains(c.said(), "secret") || strings.Contains(c.said(), "nsolicited") {
		t.Errorf("it said %s", c.said())
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
	old := filepath.Join(data, "old.csv")
	if err := os.WriteFile(old, []byte("of somebody else"), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := once(t, "export", "--data", data, "--out", old); code != 0 {
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
