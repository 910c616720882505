package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// childEnv makes the test binary the program itself, so that tests can start
// and kill real processes of it.
const childEnv = "GUMSHOE_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		main()
	}
	os.Exit(m.Run())
}

// ready is the line that serve --json prints.
type ready struct {
	Proxy    string            `json:"proxy"`
	UI       string            `json:"ui"`
	BaseURLs map[string]string `json:"base_urls"`
}

// child is a running serve.
type child struct {
	ready
	cmd    *exec.Cmd
	mu     sync.Mutex
	stderr bytes.Buffer
	exited chan struct{}
}

func (c *child) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stderr.Write(p)
}

func (c *child) said() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stderr.String()
}

// program is the test binary as gumshoe, without keyring and display.
func gumshoe(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, os.Args[0], args...)
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if name == "DISPLAY" || name == "WAYLAND_DISPLAY" || name == "DBUS_SESSION_BUS_ADDRESS" || strings.HasPrefix(name, "GUMSHOE_") {
			continue
		}
		c.Env = append(c.Env, kv)
	}
	c.Env = append(c.Env, childEnv+"=1", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent")
	return c
}

// serve starts gumshoe serve on free ports and waits until it is ready.
func serve(t *testing.T, data string, more ...string) *child {
	t.Helper()
	args := append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--ui", "127.0.0.1:0", "--json"}, more...)
	c := &child{cmd: gumshoe(context.Background(), args...), exited: make(chan struct{})}
	c.cmd.Stderr = c
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	go func() { c.cmd.Wait(); close(c.exited) }()
	t.Cleanup(func() { c.cmd.Process.Kill(); <-c.exited })
	if err != nil {
		<-c.exited
		t.Fatalf("serve did not get ready: %v, said %s", err, c.said())
	}
	if err := json.Unmarshal(line, &c.ready); err != nil {
		t.Fatalf("the ready line %q: %v", line, err)
	}
	return c
}

// stop ends serve as a person would and returns its exit code.
func (c *child) stop(t *testing.T) int {
	t.Helper()
	c.cmd.Process.Signal(os.Interrupt)
	select {
	case <-c.exited:
	case <-time.After(30 * time.Second):
		t.Fatalf("serve did not end: %s", c.said())
	}
	return c.cmd.ProcessState.ExitCode()
}

// once runs one command to its end.
func once(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	c := gumshoe(ctx, args...)
	var o, e bytes.Buffer
	c.Stdout, c.Stderr = &o, &e
	if err := c.Run(); err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), o.String(), e.String()
}
