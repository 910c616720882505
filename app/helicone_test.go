package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// routes are all that the UI's API serves, as its own source lists them.
func routes(t *testing.T) (list [][2]string) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("..", "backend", "api", "api.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`"(GET|POST|PUT|DELETE) (/api/[^"]*)":`).FindAllStringSubmatch(string(source), -1) {
		list = append(list, [2]string{m[1], m[2]})
	}
	if len(list) < 60 {
		t.Fatalf("only %d routes were found", len(list))
	}
	return list
}

// The write key sends and reads nothing: neither on its own port nor on the UI's,
// at no route, wherever in a request it stands.
func TestHelicone12IngestKeyCannotRead(t *testing.T) {
	const key = "the-write-key"
	c := serve(t, t.TempDir(), "--upstream", "ollama="+echo(t), "--write-key", key)
	chat(t, c.BaseURLs["ollama"], "a-private-word")
	id := c.rows(t, 1)[0].ID
	ui, _, _ := strings.Cut(c.UI, "/?token=")
	bare := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var all sync.WaitGroup
	tried := 0
	ask := func(method, at, body string, want []int) {
		req, err := http.NewRequest(method, at, strings.NewReader(body))
		if err != nil {
			t.Error(err)
			return
		}
		req.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + key}, "X-Api-Key": {key}, "Helicone-Auth": {"Bearer " + key}}
		req.AddCookie(&http.Cookie{Name: "gumshoe_ui", Value: key})
		res, err := bare.Do(req)
		if err != nil {
			t.Error(err)
			return
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil || !slices.Contains(want, res.StatusCode) || strings.Contains(string(b), "a-private-word") || strings.Contains(string(b), id) {
			t.Errorf("%s %s answers %d with %.200s, %v", method, at, res.StatusCode, b, err)
		}
	}
	// All at once: who comes with a wrong key again and again is kept waiting, or,
	// where many wait, told to come later.
	try := func(method, at, body string, want ...int) {
		tried++
		all.Go(func() { ask(method, at, body, append(want, http.StatusTooManyRequests)) })
	}
	for _, r := range routes(t) {
		path := strings.NewReplacer("{id}", id, "{side}", "request", "{name}", "ollama").Replace(r[1])
		const body = `{"confirm":"delete","query":"q=model%3Am","sql":"SELECT * FROM v_exchanges","key":"sk-of-a-thief-12345","address":"127.0.0.1:1"}`
		try(r[0], ui+path, body, http.StatusUnauthorized)
		try(r[0], ui+path+"?token="+key, body, http.StatusUnauthorized)
		try(r[0], c.Proxy+"/"+key+path, body, http.StatusNotFound) // there is no upstream of this name
		try(r[0], c.Proxy+path, body, http.StatusUnauthorized)
	}
	for _, path := range []string{"/", "/?token=" + key, "/" + key + "/", "/index.html", "/assets/", "/debug/pprof/"} {
		try("GET", ui+path, "", http.StatusUnauthorized)
	}
	try("GET", c.Proxy+"/"+key+"/debug/pprof/", "", http.StatusNotFound)
	all.Wait()
	if rows := c.rows(t, 1); rows[0].ID != id {
		t.Errorf("after %d requests the log has %+v", tried, rows)
	}
	chat(t, c.BaseURLs["ollama"], "and nothing was changed")
}

func TestHelicone18RestartKeepsData(t *testing.T) {
	data, up := t.TempDir(), echo(t)
	for n := range 3 {
		c := serve(t, data, "--upstream", "ollama="+up)
		chat(t, c.BaseURLs["ollama"], fmt.Sprint("word-", n))
		rows := c.rows(t, n+1)
		if _, body := c.reach(t, "GET", "/api/exchanges/"+rows[n].ID+"/body/request", ""); !strings.Contains(body, "word-0") {
			t.Errorf("run %d: the first body is %q", n, body)
		}
		if code := c.stop(t); code != 0 {
			t.Errorf("exit %d: %s", code, c.said())
		}
	}
}

// The only connections that the program opens go to its upstreams.
func TestHelicone19NoOutgoingConnections(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("connections are read from /proc, which only Linux has")
	}
	up := echo(t)
	c := serve(t, t.TempDir(), "--upstream", "ollama="+up)
	allowed := map[string]bool{portOf(t, up): true, portOf(t, c.Proxy): true}
	ui, _, _ := strings.Cut(c.UI, "/?token=")
	allowed[portOf(t, ui)] = true
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		chat(t, c.BaseURLs["ollama"], "hello")
		c.reach(t, "GET", "/api/ollama/loaded", "")
		for _, conn := range connections(t, c.cmd.Process.Pid) {
			if !allowed[conn.local] && !allowed[conn.remote] {
				t.Fatalf("a connection from port %s to %s", conn.local, conn.remote)
			}
		}
	}
}

func portOf(t *testing.T, url string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	return port
}

type connection struct{ local, remote string }

// connections are the open TCP connections of a process, by port.
func connections(t *testing.T, pid int) (list []connection) {
	t.Helper()
	inodes := map[string]bool{}
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil && strings.HasPrefix(to, "socket:[") {
			inodes[strings.Trim(to, "socket:[]")] = true
		}
	}
	for _, table := range []string{"tcp", "tcp6"} {
		f, err := os.Open(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil {
			continue // no IPv6 here
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			field := strings.Fields(lines.Text())
			if len(field) < 10 || !inodes[field[9]] || field[3] != "01" { // ESTABLISHED
				continue
			}
			list = append(list, connection{port(field[1]), port(field[2])})
		}
		f.Close()
	}
	return list
}

func port(address string) string {
	n, err := strconv.ParseUint(address[strings.LastIndexByte(address, ':')+1:], 16, 16)
	if err != nil {
		return address
	}
	return strconv.FormatUint(n, 10)
}
