package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
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

// smallDisk is a folder that is a disk of its own.
func smallDisk(t *testing.T) string {
	t.Helper()
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
	return data
}

// TestDiskFull fills the disk while streams run, and empties it again. It is a
// real one, a small tmpfs; where none may be mounted the injected ENOSPC of
// backend/journal's TestDiskFullIsReportedAndHeals is what there is.
func TestDiskFull(t *testing.T) {
	data := smallDisk(t)
	up := httptest.NewServer(http.HandlerFunc(talker))
	t.Cleanup(up.Close)
	c := serve(t, data, "--upstream", "ollama="+up.URL)
	first := talk(c.BaseURLs["ollama"], "first", 4)
	first.grows(t, "before the disk is full", 8)
	first.stop()
	l := talk(c.BaseURLs["ollama"], "disk", 4)
	l.gaps = true
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
	if s := c.becomes(t, false); !strings.HasSuffix(s.RecordingCode, "_full") || s.RecordingSince == 0 {
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
	compare(t, data, first.seen)
	compare(t, data, l.seen)
	if cut := compare(t, data, again.seen); cut > 0 {
		t.Errorf("%d exchanges after the disk had room are told as interrupted", cut)
	}
	if code, said, _ := once(t, "check", "--data", data); code != 0 {
		t.Errorf("check: %s", said)
	}
}

// TestReadOnlyDisk: the disk can't be written, as one that had errors is mounted by
// the system. The start says so in a sentence and changes nothing; once it can be
// written again, all is there.
func TestReadOnlyDisk(t *testing.T) {
	data := smallDisk(t)
	up := httptest.NewServer(http.HandlerFunc(talker))
	t.Cleanup(up.Close)
	c := serve(t, data, "--upstream", "ollama="+up.URL)
	chat(t, c.BaseURLs["ollama"], "stored")
	c.rows(t, 1)
	l := talk(c.BaseURLs["ollama"], "before", 2)
	l.grows(t, "before", 4)
	c.cmd.Process.Kill() // some of it is in the journal only
	<-c.exited
	l.stop()
	remount := func(flags uintptr) {
		t.Helper()
		if err := syscall.Mount("", data, "", syscall.MS_REMOUNT|flags, "size=24m,mode=0700"); err != nil {
			t.Fatal(err)
		}
	}
	remount(syscall.MS_RDONLY)
	for _, args := range [][]string{{"serve", "--listen", "127.0.0.1:0", "--ui", "127.0.0.1:0"}, {"export"}, {"backup", filepath.Join(t.TempDir(), "b.db")}} {
		code, out, stderr := once(t, append(args, "--data", data)...)
		if code != 1 || !strings.Contains(stderr, data) || !strings.Contains(stderr, "read-only") && !strings.Contains(stderr, "readonly") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: %d %s%s", args, code, out, stderr)
		}
	}
	if code, out, stderr := once(t, "check", "--data", data); code != 0 || strings.HasPrefix(out, "0 exchanges") {
		t.Errorf("check only reads: %d %s%s", code, out, stderr)
	}
	remount(0)
	if code, _, stderr := once(t, "export", "--data", data, "--out", filepath.Join(t.TempDir(), "x.csv")); code != 0 {
		t.Fatal(stderr)
	}
	compare(t, data, l.seen)
}

// immutable is the flag of a file that nobody may write, not even who has it open.
const immutable = 0x10

// setImmutable sets or clears it.
func setImmutable(path string, on bool) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	flags, err := unix.IoctlGetInt(int(f.Fd()), unix.FS_IOC_GETFLAGS)
	if err != nil {
		return err
	}
	if flags &^= immutable; on {
		flags |= immutable
	}
	return unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, flags)
}

// TestDatabaseReadOnly: the database can't be written any more while the program runs.
// Its mode says nothing to a program that has it open; this flag does, as a disk that
// the system made read-only would. Traffic flows, the window says so, and once it can
// be written again all of it is stored.
func TestDatabaseReadOnly(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(talker))
	t.Cleanup(up.Close)
	data := t.TempDir()
	c := serve(t, data, "--upstream", "ollama="+up.URL)
	l := talk(c.BaseURLs["ollama"], "readonly", 4)
	l.grows(t, "at first", 4)
	files := []string{dbPath(data), dbPath(data) + "-wal"}
	for _, path := range files {
		t.Cleanup(func() { _ = setImmutable(path, false) }) // what is gone needs it no more
		if err := setImmutable(path, true); errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOTTY) || errors.Is(err, syscall.EOPNOTSUPP) {
			l.stop()
			t.Skipf("to make a file read-only that is open takes more rights than these, or another file system: %v", err)
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if s := c.becomes(t, false); s.RecordingCode != "log_failed" || s.RecordingSince == 0 {
		t.Errorf("the window says %+v", s)
	}
	l.grows(t, "while it can't be written", 20)
	if code, body := c.reach(t, "GET", "/api/exchanges", ""); code != 200 {
		t.Errorf("the list: %d %s", code, body)
	}
	for _, path := range files {
		if err := setImmutable(path, false); err != nil {
			t.Fatal(err)
		}
	}
	c.becomes(t, true)
	l.grows(t, "once it can be", 4)
	l.stop()
	l.untouched(t, c, data)
	if code, said, _ := once(t, "check", "--data", data); code != 0 {
		t.Errorf("check: %s", said)
	}
}
