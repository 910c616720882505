package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// pause stops a process as a closed lid does, and lets it go on.
func pause(t *testing.T, p *os.Process, d time.Duration) {
	t.Helper()
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(d)
	if err := p.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
}

// TestDiskFull fills the disk while streams run, and empties it again. It is a
// real one, a small tmpfs; where none may be mounted the injected ENOSPC of
// backend/journal's TestDiskFullIsReportedAndHeals is what there is.
func TestDiskFull(t *testing.T) {
	data := t.TempDir()
	if err := syscall.Mount("tmpfs", data, "tmpfs", 0, "size=24m,mode=0700"); err != nil {
		if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
			t.Skip("mounting a small disk takes more rights than these")
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(data, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	up := httptest.NewServer(http.HandlerFunc(talker))
	t.Cleanup(up.Close)
	c := serve(t, data, "--upstream", "ollama="+up.URL)
	l := talk(c.BaseURLs["ollama"], "disk", 4)
	l.grows(t, "before the disk is full", 8)
	ballast := filepath.Join(data, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	for buf := make([]byte, 4096); err == nil; {
		_, err = f.Write(buf)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if s := c.becomes(t, false); s.RecordingError == "" || s.RecordingSince == 0 {
		t.Errorf("the window says %+v", s)
	}
	l.grows(t, "with the disk full", 20)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	c.becomes(t, true)
	again := talk(c.BaseURLs["ollama"], "healed", 4)
	again.grows(t, "with room again", 8)
	again.stop()
	l.stop()
	if code := c.stop(t); code != 0 {
		t.Errorf("it ended with %d: %s", code, c.said())
	}
	for tag, whole := range l.whole {
		if !whole {
			t.Errorf("%s broke off: the proxy let a full disk touch the traffic", tag)
		}
	}
	if cut := compare(t, data, again.seen); cut > 0 {
		t.Errorf("%d exchanges after the disk had room are told as interrupted", cut)
	}
	if code, said, _ := once(t, "check", "--data", data); code != 0 {
		t.Errorf("check: %s", said)
	}
}
