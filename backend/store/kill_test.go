package store

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// killedPath is, in the environment, the log that a child works on.
const killedPath = "GUMSHOE_TEST_STORE_CHILD"

// TestWorksUntilKilled is the child of TestKilledWhilePacking: it saves, packs and
// deletes without end, and says on standard output what it has done.
func TestWorksUntilKilled(t *testing.T) {
	path := os.Getenv(killedPath)
	if path == "" {
		t.Skip("it is for TestKilledWhilePacking to start")
	}
	s, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	s.blockBytes = 32 << 10
	var ids []string
	for n := 0; ; n++ {
		it, _, _ := stream(t, fmt.Sprintf("chat-%d", n%7), n/7%20, fmt.Sprintf("word%d", n))
		save(t, s, it)
		ids = append(ids, it.Record.ID)
		fmt.Printf("\nsaved %s %d\n", it.Record.ID, n) // one write a line
		switch n % 9 {
		case 4, 8:
			if _, err := s.Settle(t.Context(), 1<<60); err != nil {
				t.Fatal(err)
			}
		case 6:
			gone := ids[rand.IntN(len(ids))]
			fmt.Printf("\ndeleting %s 0\n", gone)
			if _, err := s.DeleteIDs(t.Context(), []string{gone}, nil); err != nil {
				t.Fatal(err)
			}
			fmt.Printf("\ndeleted %s 0\n", gone)
		}
	}
}

// TestKilledWhilePacking kills a process that saves, packs and deletes. What it
// said was saved is there to the byte, what it said was deleted is not, and Check
// finds nothing wrong.
func TestKilledWhilePacking(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gumshoe.db")
	saved, deleting, deleted := map[string]int{}, map[string]bool{}, map[string]bool{}
	for range 5 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestWorksUntilKilled$")
		cmd.Env = append(os.Environ(), killedPath+"="+path)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		said := 0
		var timer *time.Timer
		for lines := bufio.NewReader(out); ; {
			line, err := lines.ReadString('\n')
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			var what, id string
			var n int
			if _, err := fmt.Sscan(line, &what, &id, &n); err != nil {
				continue
			}
			switch what {
			case "saved":
				saved[id] = n
			case "deleting":
				deleting[id] = true
			case "deleted":
				deleted[id] = true
			}
			if said++; said == 20 {
				timer = time.AfterFunc(time.Duration(rand.IntN(300))*time.Millisecond, func() { _ = cmd.Process.Kill() })
			}
		}
		_ = cmd.Wait() // killed
		if timer == nil {
			t.Fatalf("the child ended by itself after %d lines", said)
		}
	}
	s, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	var blocks int
	if err := s.read.QueryRowContext(t.Context(), `SELECT count(*) FROM block`).Scan(&blocks); err != nil || blocks == 0 || len(deleted) == 0 {
		t.Errorf("%d blocks were packed and %d exchanges deleted, %v: the kills proved nothing", blocks, len(deleted), err)
	}
	for id, n := range saved {
		if deleting[id] {
			if _, _, err := s.Body(t.Context(), id, Reply); deleted[id] && !errors.Is(err, ErrNotFound) {
				t.Errorf("%s was deleted: %v", id, err)
			}
			continue
		}
		_, request, reply := stream(t, fmt.Sprintf("chat-%d", n%7), n/7%20, fmt.Sprintf("word%d", n))
		if !bytes.Equal(body(t, s, id, Request), request) || !bytes.Equal(body(t, s, id, Reply), reply) {
			t.Errorf("the bodies of %s differ", id)
		}
	}
	if c, err := s.Check(t.Context()); err != nil || c.Count > 0 {
		t.Errorf("%v: %s", err, strings.Join(c.Problems, "\n"))
	}
	t.Logf("%d saved, %d deleted, %d blocks", len(saved), len(deleted), blocks)
}
