package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestBackupWhileRunning: backed up under load, restored elsewhere and over
// another log, checked, and served again.
func TestBackupWhileRunning(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(talker))
	t.Cleanup(up.Close)
	data, file := t.TempDir(), filepath.Join(t.TempDir(), "backup.db")
	c := serve(t, data, "--upstream", "ollama="+up.URL)
	s := &seen{bytes: map[string][]byte{}, whole: map[string]bool{}}
	for i := range 20 {
		s.ask(c.BaseURLs["ollama"], fmt.Sprintf("before-%d-", i))
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	later := &seen{bytes: map[string][]byte{}, whole: map[string]bool{}}
	wg.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
				later.ask(c.BaseURLs["ollama"], fmt.Sprintf("meanwhile-%d-", n))
			}
		}
	})
	code, said, stderr := once(t, "backup", "--data", data, file)
	checked, found, _ := once(t, "check", "--data", data)
	close(stop)
	wg.Wait()
	if code != 0 || !strings.Contains(said, "Keys are not in it") {
		t.Fatalf("backup: %d %s %s", code, said, stderr)
	}
	if checked != 0 || !strings.Contains(found, "All is as it was stored") {
		t.Errorf("check beside a running one: %d %s", checked, found)
	}
	if code, _, stderr := once(t, "backup", "--data", data, file); code != 1 || !strings.Contains(stderr, "choose another name") {
		t.Errorf("a backup over a backup: %d %s", code, stderr)
	}
	if code, _, stderr := once(t, "restore", "--data", data, "--replace", file); code != 1 || !strings.Contains(stderr, "already runs") {
		t.Errorf("a restore under a running one: %d %s", code, stderr)
	}

	fresh := filepath.Join(t.TempDir(), "new")
	if code, said, stderr := once(t, "restore", "--data", fresh, file); code != 0 || !strings.Contains(said, "exchanges are in") {
		t.Fatalf("restore: %d %s %s", code, said, stderr)
	}
	if cut := compare(t, fresh, s); cut > 0 {
		t.Errorf("%d exchanges are told as interrupted", cut)
	}
	if code, _, stderr := once(t, "restore", "--data", fresh, file); code != 1 || !strings.Contains(stderr, "--replace") {
		t.Errorf("a restore over a log, unasked: %d %s", code, stderr)
	}
	again := serve(t, fresh, "--upstream", "ollama="+up.URL)
	s.ask(again.BaseURLs["ollama"], "after-")
	again.stop(t)
	compare(t, fresh, s)
	if code, said, stderr := once(t, "restore", "--data", fresh, file, "--replace"); code != 0 || !strings.Contains(said, "lies in") {
		t.Errorf("restore --replace: %d %s %s", code, said, stderr)
	}
}

// TestCheckSaysWhatToDo: damage on the disk is found and worded.
func TestCheckSaysWhatToDo(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, `{"model":"m","message":{"role":"assistant","content":"`+strings.Repeat("long words, ", 3000)+`"},"done":true}`)
	}))
	t.Cleanup(up.Close)
	data := t.TempDir()
	c := serve(t, data, "--upstream", "ollama="+up.URL)
	s := &seen{bytes: map[string][]byte{}, whole: map[string]bool{}}
	for i := range 10 {
		s.ask(c.BaseURLs["ollama"], fmt.Sprintf("tag-%d-%s", i, strings.Repeat("x", 5000)))
	}
	c.rows(t, 10)
	c.stop(t)
	if code, said, stderr := once(t, "check", "--data", data); code != 0 {
		t.Fatalf("before the damage: %s %s", said, stderr)
	}
	name := filepath.Join(data, "gumshoe.db")
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for at := 4096 * 3; at < len(b); at += 4096 {
		b[at+2000] ^= 0x55
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	code, said, stderr := once(t, "check", "--data", data)
	if code != 1 || !strings.Contains(stderr, "restore a") {
		t.Errorf("after it: %d %s %s", code, said, stderr)
	}
	if code, _, stderr := once(t, "check", "--data", filepath.Join(data, "nowhere")); code != 1 || !strings.Contains(stderr, "--data") {
		t.Errorf("where nothing is: %d %s", code, stderr)
	}
}
