//go:build windowtest

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The window test drives the real window: a binary built with the tags
// desktop,production,webkit2_41,automation (its path in GUMSHOE_BINARY), on a
// virtual display, through WebKitWebDriver.

// process is a child that the test started and ends by its own group.
func process(t *testing.T, env []string, name string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(name, args...)
	c.Env = env
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatalf("starting %s: %v", name, err)
	}
	t.Cleanup(func() {
		syscall.Kill(-c.Process.Pid, syscall.SIGTERM)
		done := make(chan struct{})
		go func() { c.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
			<-done
		}
		if t.Failed() {
			t.Logf("%s said:\n%s", name, out.String())
		}
	})
	return c
}

// display starts Xvfb on a free display and returns its name.
func display(t *testing.T) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x900x24", "-nolisten", "tcp")
	c.ExtraFiles = []*os.File{w}
	if err := c.Start(); err != nil {
		t.Fatalf("starting Xvfb: %v", err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	w.Close()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb gave no display: %v", err)
	}
	return ":" + strings.TrimSpace(line)
}

// driver is a WebDriver session with the window's page.
type driver struct {
	t    *testing.T
	base string
}

func (d driver) call(method, path string, body any) json.RawMessage {
	d.t.Helper()
	v, err := d.try(method, path, body)
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

func (d driver) try(method, path string, body any) (json.RawMessage, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	var rd io.Reader
	if method == http.MethodPost {
		rd = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, d.base+path, rd)
	if err != nil {
		return nil, err
	}
	res, err := (&http.Client{Timeout: 2 * time.Minute}).Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var out struct{ Value json.RawMessage }
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s %s: %s: %s", method, path, res.Status, out.Value)
	}
	return out.Value, nil
}

// eval runs JavaScript in the page and returns its string.
func (d driver) eval(js string) string {
	var s string
	json.Unmarshal(d.call("POST", "/execute/sync", map[string]any{"script": js, "args": []any{}}), &s)
	return s
}

func (d driver) until(what, js string, ok func(string) bool) string {
	d.t.Helper()
	last := ""
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if last = d.eval(js); ok(last) {
			return last
		}
	}
	d.t.Fatalf("%s: still %q; the page complained: %s; it says %.2000q", what, last, d.eval("return (window.complaints || []).join('\\n')"), d.eval("return location.hash + document.body.innerText"))
	return ""
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestWindow(t *testing.T) {
	bin := os.Getenv("GUMSHOE_BINARY")
	if bin == "" {
		t.Fatal("GUMSHOE_BINARY must name the window binary with automation; go run ./build test does that")
	}
	ollama := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-ndjson")
		io.WriteString(w, `{"model":"window-model","message":{"role":"assistant","content":"hello window"},"done":false}`+"\n"+
			`{"model":"window-model","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":2000000000,"load_duration":5000000,"prompt_eval_count":7,"prompt_eval_cached_count":0,"prompt_eval_duration":100000000,"eval_count":21,"eval_duration":1000000000}`+"\n")
	}))
	t.Cleanup(ollama.Close)
	data, run := t.TempDir(), t.TempDir()
	if err := os.Chmod(run, 0o700); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "DISPLAY="+display(t), "XDG_RUNTIME_DIR="+run, "HOME="+t.TempDir(), "WAYLAND_DISPLAY=")
	process(t, env, "openbox")
	port := freePort(t)
	_, num, _ := net.SplitHostPort(port)
	process(t, env, "dbus-run-session", "--", "WebKitWebDriver", "--host=127.0.0.1", "--port="+num)
	proxy := freePort(t)
	args := []string{"--data", data, "--listen", proxy, "--upstream", "ollama=" + ollama.URL, "--write-key", "window-test-key"}
	d := session(t, "http://"+port, bin, args)

	d.until("the page is drawn", "return document.querySelector('nav') ? document.querySelector('nav').innerText : ''",
		func(s string) bool { return s != "" })
	if got := d.eval("return location.protocol"); got != "wails:" {
		t.Errorf("the page's protocol is %q: the window's UI must have no port", got)
	}
	res, err := http.Post("http://"+proxy+"/window-test-key/ollama/api/chat", "application/json",
		strings.NewReader(`{"model":"window-model","messages":[{"role":"user","content":"hi"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	d.eval("location.hash = '#/requests'; return ''")
	d.until("the exchange shows live in the window", "return document.body.innerText", func(s string) bool {
		return strings.Contains(s, "window-model") && strings.Contains(s, "20")
	})
	d.eval("document.querySelector('[role=grid] .row:not(.head)').click(); return ''")
	d.until("the answer beside the list", "const p = document.querySelector('#detail-panel'); return p ? p.innerText : ''", func(s string) bool {
		return strings.Contains(s, "hello window")
	})
	d.looked("requests")
	pages(d)
	second(t, env, bin, args)
	quit(t, d, data)
}

// pages opens each page in the window and looks at its picture.
func pages(d driver) {
	d.eval(`window.complaints = []; addEventListener('error', (e) => window.complaints.push(e.message));
		addEventListener('unhandledrejection', (e) => window.complaints.push(String(e.reason))); return ''`)
	for _, p := range []struct{ page, shows string }{
		{"overview", "window-model"}, {"models", "window-model"}, {"models/window-model", "window-model"}, {"users", ""}, {"chats", ""}, {"costs", "window-model"},
		{"ollama", "window-model"}, {"sql", "v_exchanges"}, {"setup", "window-test-key"}, {"settings", ""},
	} {
		d.eval("location.hash = '#/" + p.page + "'; return ''")
		d.until(p.page+" has its heading", "const h = document.querySelector('main h1'); return location.hash.startsWith('#/"+p.page+"') && h ? h.innerText : ''",
			func(s string) bool { return s != "" })
		d.until(p.page+" shows what was recorded", "return document.querySelector('main').innerHTML", func(s string) bool { return strings.Contains(s, p.shows) })
		d.looked(strings.ReplaceAll(p.page, "/", "-"))
	}
	d.eval("location.hash = '#/ollama'; return ''")
	d.until("a chart is drawn", `const c = document.querySelector('[data-drawn=requests] canvas');
		return c ? String(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v, i) => i % 4 === 3 && v > 0)) : ''`, func(s string) bool { return s == "true" })
	if got := d.eval("return window.complaints.join(' | ')"); got != "" {
		d.t.Errorf("the pages complained: %s", got)
	}
}

// looked takes the window's picture and sees whether a page was drawn: text and
// lines give many colours, beside the navigation and in the page itself. Where
// GUMSHOE_SCREENSHOTS names a folder the picture is kept there.
func (d driver) looked(name string) {
	d.t.Helper()
	// The driver takes the picture with the next frame, and a page at rest has none:
	// without this it waits for ever now and then.
	d.eval(`if (!window.ticking) {
		const dot = document.body.appendChild(document.createElement('i'));
		dot.style = 'position:fixed;right:0;bottom:0;width:1px;height:1px';
		window.ticking = setInterval(() => { dot.style.background = dot.style.background ? '' : 'gray' }, 50);
	} return ''`)
	var shot []byte
	if err := json.Unmarshal(d.call("GET", "/screenshot", nil), &shot); err != nil {
		d.t.Fatal(err)
	}
	if dir := os.Getenv("GUMSHOE_SCREENSHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "window-"+name+".png"), shot, 0o600); err != nil {
			d.t.Error(err)
		}
	}
	img, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		d.t.Fatalf("the picture of %s: %v", name, err)
	}
	size := img.Bounds()
	if size.Dx() < 800 || size.Dy() < 500 {
		d.t.Errorf("the picture of %s is %v", name, size)
	}
	for _, part := range []struct {
		what string
		area image.Rectangle
	}{{"navigation", image.Rect(0, 0, 70, size.Dy())}, {"page", image.Rect(80, 0, size.Dx(), size.Dy()-30)}} {
		seen := map[color.Color]bool{}
		for y := part.area.Min.Y; y < part.area.Max.Y; y++ {
			for x := part.area.Min.X; x < part.area.Max.X; x++ {
				seen[img.At(x, y)] = true
			}
		}
		if len(seen) < 20 {
			d.t.Errorf("the %s of %s has %d colours: nothing was drawn", part.what, name, len(seen))
		}
	}
}

// session opens the window; WebKitWebDriver starts the binary.
func session(t *testing.T, base, bin string, args []string) driver {
	t.Helper()
	d := driver{t: t, base: base}
	caps := map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"webkitgtk:browserOptions": map[string]any{"binary": bin, "args": args}}}}
	var err error
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		var v json.RawMessage
		if v, err = d.try("POST", "/session", caps); err == nil {
			var s struct{ SessionID string }
			json.Unmarshal(v, &s)
			d.base += "/session/" + s.SessionID
			return d
		}
		var refused *net.OpError
		if !errors.As(err, &refused) {
			break
		}
	}
	t.Fatalf("opening the window: %v", err)
	return d
}

// second launches Gumshoe again on the same data: it must say so and exit 1.
func second(t *testing.T, env []string, bin string, args []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, bin, args...)
	c.Env = env
	out, err := c.CombinedOutput()
	if c.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "brought to the front") {
		t.Errorf("a second launch: %v, said %q", err, out)
	}
}

// quit ends the window by a signal and checks that it let go of the data.
func quit(t *testing.T, d driver, data string) {
	t.Helper()
	r, ok := readRunning(data)
	if !ok || !r.Window {
		t.Fatalf("running.json says %+v", r)
	}
	if err := syscall.Kill(r.PID, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		in, err := claim(data)
		if err == nil {
			in.release()
			return
		}
	}
	t.Error("the window did not end after SIGTERM")
}
