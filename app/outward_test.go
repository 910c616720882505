package main

import (
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// reply answers one chat and says over what it came.
func reply(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	fmt.Fprintf(w, `{"model":"m","message":{"role":"assistant","content":"over %s for %s"},"done":true}`, r.Proto, r.Host)
}

// TestHTTP2AndPrivateCA: an upstream with a certificate of one's own authority,
// which the system trusts, over HTTP/2; without that trust a sentence says so.
func TestHTTP2AndPrivateCA(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the authority is given by SSL_CERT_FILE, which only Linux reads")
	}
	up := httptest.NewUnstartedServer(http.HandlerFunc(reply))
	up.EnableHTTP2 = true
	up.StartTLS()
	t.Cleanup(up.Close)
	authority := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: up.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	c := serve(t, t.TempDir(), "--upstream", "ollama="+up.URL)
	chatFails(t, c.BaseURLs["ollama"], http.StatusBadGateway, "certificate")
	c.stop(t)
	t.Setenv("SSL_CERT_FILE", authority)
	c = serve(t, t.TempDir(), "--upstream", "ollama="+up.URL)
	for range 20 {
		chat(t, c.BaseURLs["ollama"], "hello")
	}
	if text := c.answerText(t, c.rows(t, 20)[0].ID); !strings.Contains(text, "HTTP/2.0") {
		t.Errorf("it came %s", text)
	}
}

func chatFails(t *testing.T, base string, status int, word string) {
	t.Helper()
	res, err := http.Post(base+"/api/chat", "application/json", strings.NewReader(`{"model":"m","messages":[{"role":"user","content":"hello"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != status || !strings.Contains(string(b), word) {
		t.Errorf("%d %s %v", res.StatusCode, b, err)
	}
}

// TestOutgoingProxy: the environment names a proxy for what is not on this
// machine, and Gumshoe goes through it.
func TestOutgoingProxy(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	via := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.String())
		mu.Unlock()
		reply(w, r)
	}))
	t.Cleanup(via.Close)
	t.Setenv("HTTP_PROXY", via.URL)
	t.Setenv("http_proxy", via.URL)
	t.Setenv("NO_PROXY", "")
	t.Setenv("no_proxy", "")
	c := serve(t, t.TempDir(), "--upstream", "far=ollama+http://models.example:8080/below")
	chat(t, c.BaseURLs["far"], "hello")
	if text := c.answerText(t, c.rows(t, 1)[0].ID); !strings.Contains(text, "for models.example:8080") {
		t.Errorf("it came %s", text)
	}
	mu.Lock()
	defer mu.Unlock()
	if !slices.Contains(asked, "http://models.example:8080/below/api/chat") {
		t.Errorf("the proxy was asked for %v", asked)
	}
}

// TestIPv6: client and upstream on the other kind of address.
func TestIPv6(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no IPv6 loopback")
	}
	up := httptest.NewUnstartedServer(http.HandlerFunc(reply))
	up.Listener.Close()
	up.Listener = l
	up.Start()
	t.Cleanup(up.Close)
	c := serve(t, t.TempDir(), "--upstream", "ollama=ollama+"+up.URL, "--listen", "[::1]:0")
	if !strings.Contains(c.BaseURLs["ollama"], "[::1]:") {
		t.Errorf("the base URL is %s", c.BaseURLs["ollama"])
	}
	chat(t, c.BaseURLs["ollama"], "hello")
	if text := c.answerText(t, c.rows(t, 1)[0].ID); !strings.Contains(text, "[::1]") {
		t.Errorf("it came %s", text)
	}
}

// TestTunnelThroughOutgoingProxy: an https upstream behind a proxy that wants a
// password, which goes to it and stands nowhere else.
func TestTunnelThroughOutgoingProxy(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the authority is given by SSL_CERT_FILE, which only Linux reads")
	}
	up := httptest.NewUnstartedServer(http.HandlerFunc(talker))
	up.EnableHTTP2 = true
	up.StartTLS()
	t.Cleanup(up.Close)
	authority := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: up.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	var open atomic.Bool
	var tunnels sync.Map // what was asked for → true
	via := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, password, _ := (&http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth()
		if !open.Load() || password != "secret-of-proxy" {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		tunnels.Store(r.Method+" "+r.Host, true)
		far, err := net.Dial("tcp", up.Listener.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		near, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n")
		go func() { io.Copy(far, near); far.Close() }()
		io.Copy(near, far)
		near.Close()
	}))
	t.Cleanup(via.Close)
	t.Setenv("SSL_CERT_FILE", authority)
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		t.Setenv(name, "http://user:secret-of-proxy@"+via.Listener.Addr().String())
	}
	t.Setenv("NO_PROXY", "")
	t.Setenv("no_proxy", "")
	data := t.TempDir()
	c := serve(t, data, "--upstream", "far=ollama+https://example.com") // the name in the test's certificate
	chatFails(t, c.BaseURLs["far"], http.StatusBadGateway, "Proxy Authentication Required")
	open.Store(true)
	s := &seen{bytes: map[string][]byte{}, whole: map[string]bool{}}
	for i := range 4 {
		s.ask(c.BaseURLs["far"], fmt.Sprintf("far-%d-", i))
	}
	if _, ok := tunnels.Load("CONNECT example.com:443"); !ok || s.whole["far-3-"] != true {
		t.Errorf("through the tunnel came %v", s.whole)
	}
	c.rows(t, 5)
	c.stop(t)
	compare(t, data, s)
	if found := traces(t, data, "secret-of-proxy"); len(found) > 0 || strings.Contains(c.said(), "secret-of-proxy") {
		t.Errorf("the proxy's password lies in %v, or was said: %s", found, c.said())
	}
}
