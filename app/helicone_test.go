package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The write key sends and reads nothing: neither on its own port nor on the UI's.
func TestHelicone12IngestKeyCannotRead(t *testing.T) {
	c := serve(t, t.TempDir(), "--upstream", "ollama="+echo(t), "--write-key", "the-write-key")
	chat(t, c.BaseURLs["ollama"], "a-private-word")
	id := c.rows(t, 1)[0].ID
	ui, _, _ := strings.Cut(c.UI, "/?token=")
	paths := []string{"/", "/api/status", "/api/exchanges", "/api/exchanges/" + id, "/api/exchanges/" + id + "/body/request", "/api/export.csv?bodies=1", "/api/setup",
		"/api/settings", "/api/upstreams", "/api/events", "/api/facets", "/api/live", "/api/identity", "/api/write-keys", "/debug/pprof/"}
	for _, path := range paths {
		for _, at := range []string{ui + path, ui + "/the-write-key" + path, ui + path + "?token=the-write-key", c.Proxy + path, c.Proxy + "/the-write-key" + path} {
			req, err := http.NewRequest("GET", at, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer the-write-key")
			req.Header.Set("X-Api-Key", "the-write-key")
			req.AddCookie(&http.Cookie{Name: "gumshoe", Value: "the-write-key"})
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(res.Body)
			res.Body.Close()
			if err != nil || res.StatusCode < 400 || strings.Contains(string(b), "a-private-word") || strings.Contains(string(b), id) {
				t.Errorf("%s answers %d with %.200s, %v", at, res.StatusCode, b, err)
			}
		}
	}
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
