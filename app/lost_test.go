package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"gumshoe/backend/api/dto"
)

// load keeps clients talking until it is stopped.
type load struct {
	*seen
	stopped chan struct{}
	wg      sync.WaitGroup
}

// talk begins workers clients; each asks, reads and asks again.
func talk(base, prefix string, workers int) *load {
	l := &load{seen: &seen{bytes: map[string][]byte{}, whole: map[string]bool{}}, stopped: make(chan struct{})}
	for w := range workers {
		l.wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-l.stopped:
					return
				default:
					l.ask(base, fmt.Sprintf("%s-%d-%d-", prefix, w, n))
				}
			}
		})
	}
	return l
}

func (l *load) stop() { close(l.stopped); l.wg.Wait() }

// answered counts the replies that came whole.
func (s *seen) answered() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ok := range s.whole {
		if ok {
			n++
		}
	}
	return n
}

// status is what the window shows of the recording.
func (c *child) status(t *testing.T) dto.Status {
	t.Helper()
	var s dto.Status
	_, text := c.reach(t, "GET", "/api/status", "")
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return s
}

// slow is how long a busy machine may take for what is waited for.
const slow = 3 * time.Minute

// becomes waits until recording works, or doesn't.
func (c *child) becomes(t *testing.T, recording bool) dto.Status {
	t.Helper()
	for deadline := time.Now().Add(slow); ; time.Sleep(50 * time.Millisecond) {
		if s := c.status(t); s.Recording == recording {
			return s
		}
		if time.Now().After(deadline) {
			t.Fatalf("recording does not become %v: %s", recording, c.said())
		}
	}
}

// grows waits until more replies came whole: traffic flows.
func (l *load) grows(t *testing.T, what string, more int) {
	t.Helper()
	from := l.answered()
	for deadline := time.Now().Add(slow); l.answered() < from+more; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: %d more replies came, not %d", what, l.answered()-from, more)
		}
	}
}

// untouched stops the program and says where it did not end well, where a reply
// was cut, and where the log has not what came.
func (l *load) untouched(t *testing.T, c *child, data string) {
	t.Helper()
	if code := c.stop(t); code != 0 {
		t.Errorf("it ended with %d: %s", code, c.said())
	}
	for tag, whole := range l.whole {
		if !whole {
			t.Errorf("%s broke off", tag)
		}
	}
	if cut := compare(t, data, l.seen); cut > 0 {
		t.Errorf("%d exchanges are told as interrupted", cut)
	}
}

// TestDatabaseLocked: another program holds the database for longer than anybody
// waits. Traffic flows, the window says so, and all of it is stored afterwards.
func TestDatabaseLocked(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(talker))
	t.Cleanup(up.Close)
	data := t.TempDir()
	c := serve(t, data, "--upstream", "ollama="+up.URL)
	l := talk(c.BaseURLs["ollama"], "locked", 4)
	db, err := sql.Open("sqlite", "file:"+dbPath(data))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), `PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	locked := time.Now()
	s := c.becomes(t, false)
	if took := time.Since(locked); took > 8*time.Second {
		t.Errorf("the window says so after %v", took)
	}
	if s.RecordingCode != "log_locked" || s.RecordingSince == 0 {
		t.Errorf("the window says %+v", s)
	}
	l.grows(t, "while the database is locked", 20)
	l.grows(t, "still locked", 20)
	if _, err := conn.ExecContext(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	c.becomes(t, true)
	l.stop()
	if code := c.stop(t); code != 0 {
		t.Errorf("it ended with %d: %s", code, c.said())
	}
	compare(t, data, l.seen)
}

// TestDatabaseCorrupted: the file is overwritten under the program. Traffic
// flows, check tells, the next start says what to do, and with a backup restored
// what the journal still has is stored into it.
func TestDatabaseCorrupted(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(talker))
	t.Cleanup(up.Close)
	data, backup := t.TempDir(), filepath.Join(t.TempDir(), "backup.db")
	c := serve(t, data, "--upstream", "ollama="+up.URL)
	first := talk(c.BaseURLs["ollama"], "before", 2)
	first.grows(t, "at first", 5)
	first.stop()
	if code, _, stderr := once(t, "backup", "--data", data, backup); code != 0 {
		t.Fatal(stderr)
	}
	for _, suffix := range []string{"", "-wal"} {
		st, err := os.Stat(dbPath(data) + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dbPath(data)+suffix, []byte(strings.Repeat("rubbish!", int(st.Size())/8)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	later := talk(c.BaseURLs["ollama"], "after", 2)
	later.grows(t, "with a corrupted database", 10)
	if s := c.becomes(t, false); s.RecordingCode != "log_damaged" {
		t.Errorf("the window says %+v", s)
	}
	later.grows(t, "while the window says so", 10)
	later.stop()
	if code, said, stderr := once(t, "check", "--data", data); code != 1 {
		t.Errorf("check says %s%s", said, stderr)
	}
	c.cmd.Process.Kill()
	<-c.exited
	code, _, stderr := once(t, "serve", "--data", data, "--listen", "127.0.0.1:0", "--ui", "127.0.0.1:0")
	if code != 1 || !strings.Contains(stderr, "gumshoe restore") {
		t.Errorf("the next start: %d %s", code, stderr)
	}
	if code, said, stderr := once(t, "restore", "--data", data, "--replace", backup); code != 0 {
		t.Fatalf("restore: %s %s", said, stderr)
	}
	if code, _, stderr := once(t, "export", "--data", data, "--out", filepath.Join(t.TempDir(), "x.csv")); code != 0 {
		t.Fatal(stderr)
	}
	compare(t, data, first.seen)
	compare(t, data, later.seen)
}

// TestDatabaseIsAFolder: the start says what is wrong and where; with the folder
// gone it starts.
func TestDatabaseIsAFolder(t *testing.T) {
	data := t.TempDir()
	if err := os.Mkdir(dbPath(data), 0o700); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := once(t, "serve", "--data", data, "--listen", "127.0.0.1:0", "--ui", "127.0.0.1:0")
	if code != 1 || !strings.Contains(stderr, "gumshoe.db") || strings.Count(strings.TrimSpace(stderr), "\n") > 0 {
		t.Errorf("%d %s", code, stderr)
	}
	if err := os.Remove(dbPath(data)); err != nil {
		t.Fatal(err)
	}
	serve(t, data).stop(t)
}

// TestLongPause: the machine sleeps in the middle of streams. They go on, and
// every byte is there.
func TestLongPause(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(talker))
	t.Cleanup(up.Close)
	data := t.TempDir()
	c := serve(t, data, "--upstream", "ollama="+up.URL)
	l := talk(c.BaseURLs["ollama"], "pause", 6)
	l.grows(t, "before the pause", 6)
	for range 2 {
		pause(t, c.cmd.Process, 1500*time.Millisecond)
		l.grows(t, "after the pause", 6)
	}
	l.stop()
	l.untouched(t, c, data)
}

// TestTwoOnOneFolder: the second goes at once and says who is there; the first
// is not disturbed, however often it is tried.
func TestTwoOnOneFolder(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(talker))
	t.Cleanup(up.Close)
	data := t.TempDir()
	c := serve(t, data, "--upstream", "ollama="+up.URL)
	l := talk(c.BaseURLs["ollama"], "two", 4)
	for range 4 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		out, err := gumshoe(ctx, "serve", "--data", data, "--listen", "127.0.0.1:0", "--ui", "127.0.0.1:0").CombinedOutput()
		cancel()
		if err == nil || !strings.Contains(string(out), fmt.Sprintf("process %d", c.cmd.Process.Pid)) {
			t.Errorf("%v: %s", err, out)
		}
	}
	l.grows(t, "with others trying", 8)
	l.stop()
	c.stop(t)
	if cut := compare(t, data, l.seen); cut > 0 {
		t.Errorf("%d exchanges are told as interrupted", cut)
	}
}

// TestDatabaseTakenAway: somebody moves the log while the program has it open, and
// puts it back; then a folder stands in its place for good. Traffic flows, the
// window says what to do, and what was not in the log that is gone is in the next.
func TestDatabaseTakenAway(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows lets nobody move a file that is open")
	}
	up := httptest.NewServer(http.HandlerFunc(talker))
	t.Cleanup(up.Close)
	data, aside := t.TempDir(), t.TempDir()
	move := func(from, to string) {
		t.Helper()
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if err := os.Rename(dbPath(from)+suffix, dbPath(to)+suffix); err != nil {
				t.Fatal(err)
			}
		}
	}
	c := serve(t, data, "--upstream", "ollama="+up.URL)
	l := talk(c.BaseURLs["ollama"], "moved", 4)
	l.grows(t, "at first", 4)
	move(data, aside)
	if s := c.becomes(t, false); s.RecordingCode != "log_moved" || s.RecordingSince == 0 {
		t.Errorf("the window says %+v", s)
	}
	l.grows(t, "without a log", 10)
	move(aside, data)
	c.becomes(t, true)
	l.grows(t, "with the log back", 4)
	move(data, aside)
	if err := os.Mkdir(dbPath(data), 0o700); err != nil {
		t.Fatal(err)
	}
	c.becomes(t, false)
	l.grows(t, "with a folder in its place", 10)
	c.cmd.Process.Kill()
	<-c.exited
	l.stop()
	if err := os.Remove(dbPath(data)); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := once(t, "export", "--data", data, "--out", filepath.Join(t.TempDir(), "x.csv")); code != 0 {
		t.Fatal(stderr)
	}
	compare(t, data, l.seen)
}

// putBack moves a folder's files to where the folder was; the program may have made
// a new one there at once.
func putBack(t *testing.T, aside, dir string) {
	t.Helper()
	list, err := os.ReadDir(aside)
	if err != nil || len(list) == 0 {
		t.Fatalf("%s: %d files, %v", aside, len(list), err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if err := os.Rename(filepath.Join(aside, f.Name()), filepath.Join(dir, f.Name())); err != nil {
			t.Fatal(err)
		}
	}
}

// TestJournalTakenAway: a file stands where the journal's folder was. Traffic
// flows, and the window says that it is not recorded; with the folder back it is,
// and what is missing of the time between is told.
func TestJournalTakenAway(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows lets nobody move a folder with an open file")
	}
	up := httptest.NewServer(http.HandlerFunc(talker))
	t.Cleanup(up.Close)
	data, aside := t.TempDir(), filepath.Join(t.TempDir(), "journal")
	c := serve(t, data, "--upstream", "ollama="+up.URL)
	first := talk(c.BaseURLs["ollama"], "first", 4)
	first.grows(t, "at first", 4)
	first.stop()
	l := talk(c.BaseURLs["ollama"], "moved", 4)
	l.gaps = true
	if err := os.Rename(journalPath(data), aside); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(journalPath(data), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if s := c.becomes(t, false); s.RecordingCode != "journal_failed" {
		t.Errorf("the window says %+v", s)
	}
	l.grows(t, "without a journal", 10)
	if err := os.Remove(journalPath(data)); err != nil {
		t.Fatal(err)
	}
	putBack(t, aside, journalPath(data))
	c.becomes(t, true)
	l.grows(t, "with the journal back", 10)
	l.stop()
	again := talk(c.BaseURLs["ollama"], "again", 4)
	again.grows(t, "with the journal back", 4)
	again.stop()
	if code := c.stop(t); code != 0 {
		t.Errorf("it ended with %d: %s", code, c.said())
	}
	compare(t, data, first.seen)
	compare(t, data, l.seen)
	compare(t, data, again.seen)
}
