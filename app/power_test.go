package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestPowerCutTakesBackCommits: a power cut may take all that SQLite has
// committed and not synced; the journal still has it. What the journal itself
// keeps of what was written is for its own TestPowerCut.
func TestPowerCutTakesBackCommits(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(talker))
	t.Cleanup(up.Close)
	data := t.TempDir()
	c := serve(t, data, "--upstream", "ollama="+up.URL)
	s := &seen{bytes: map[string][]byte{}, whole: map[string]bool{}}
	for round := range 8 {
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() { s.ask(c.BaseURLs["ollama"], fmt.Sprintf("round-%d-%d-", round, i)) })
		}
		wg.Wait()
	}
	c.cmd.Process.Kill()
	<-c.exited
	wal, err := os.Stat(filepath.Join(data, "gumshoe.db-wal"))
	if err != nil || wal.Size() == 0 {
		t.Fatalf("nothing was committed and not yet copied: %v", err)
	}
	for _, n := range []string{"gumshoe.db-wal", "gumshoe.db-shm"} {
		if err := os.Remove(filepath.Join(data, n)); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, stderr := once(t, "export", "--data", data, "--out", filepath.Join(t.TempDir(), "x.csv")); code != 0 {
		t.Fatalf("export after the cut: %s", stderr)
	}
	for tag := range s.bytes {
		if !s.whole[tag] {
			t.Fatalf("%s broke off before the cut", tag)
		}
	}
	if cut := compare(t, data, s); cut > 0 {
		t.Errorf("%d exchanges that ended are told as interrupted", cut)
	}
}

// TestPowerCutTakesTheJournal: the log is ahead of a journal of which the disk
// has kept nothing. What comes next is stored all the same.
func TestPowerCutTakesTheJournal(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(talker))
	t.Cleanup(up.Close)
	data := t.TempDir()
	s := &seen{bytes: map[string][]byte{}, whole: map[string]bool{}}
	for round := range 3 {
		c := serve(t, data, "--upstream", "ollama="+up.URL)
		for i := range 4 {
			s.ask(c.BaseURLs["ollama"], fmt.Sprintf("round-%d-%d-", round, i))
		}
		c.rows(t, 4*(round+1))
		c.cmd.Process.Kill()
		<-c.exited
		if err := os.RemoveAll(filepath.Join(data, "journal")); err != nil {
			t.Fatal(err)
		}
	}
	if cut := compare(t, data, s); cut > 0 {
		t.Errorf("%d exchanges that ended are told as interrupted", cut)
	}
}
