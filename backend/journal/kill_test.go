package journal

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

const childDir = "GUMSHOE_TEST_JOURNAL_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir)
		return
	}
	os.Exit(m.Run())
}

// child appends without end and says on standard output what was accepted, one
// line a record, until it is killed. Its seeds begin where its parent says.
func child(dir string) {
	var base uint64
	if _, err := fmt.Sscan(os.Getenv(childDir+"_BASE"), &base); err != nil {
		panic(err)
	}
	j, err := Open(Config{Dir: dir, SegmentBytes: 256 << 10})
	if err != nil {
		panic(err)
	}
	var group sync.WaitGroup
	for w := range uint64(4) {
		group.Go(func() {
			for i := uint64(0); ; i++ {
				seed := base + w<<24 + i
				if err := j.Append(record(seed, killSize(seed))); err != nil {
					panic(err)
				}
				// One write a line: the parent gets it whole or not at all.
				if _, err := fmt.Fprintf(os.Stdout, "%d\n", seed); err != nil {
					return
				}
			}
		})
	}
	group.Wait()
}

// killSize varies, now and then up to a size that a kill can cut in two.
func killSize(seed uint64) int {
	if seed%97 == 0 {
		return MaxChunk
	}
	return int(seed * 2654435761 % 6000)
}

func TestKilledWriter(t *testing.T) {
	const rounds = 15
	dir := t.TempDir()
	accepted := map[uint64]bool{}
	for round := range uint64(rounds) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+dir, fmt.Sprintf("%s_BASE=%d", childDir, round<<32))
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(out)
		said := 0
		var timer *time.Timer
		for {
			line, err := lines.ReadString('\n')
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			var seed uint64
			if _, err := fmt.Sscan(line, &seed); err != nil {
				t.Fatal(err)
			}
			accepted[seed] = true
			if said++; said == 1 {
				timer = time.AfterFunc(time.Duration(rand.IntN(60_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
			}
		}
		_ = cmd.Wait() // killed
		if said == 0 {
			t.Fatal("the child said nothing")
		}
		timer.Stop()
	}

	r := reader(t, dir, Position{})
	found, last := map[uint64]bool{}, map[uint64]uint64{}
	for {
		rec, _, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		var seed uint64
		if _, err := fmt.Sscanf(string(rec.ID[:]), "%x", &seed); err != nil {
			t.Fatal(err)
		}
		if found[seed] || rec.At != int64(seed)*7 || !bytes.Equal(rec.Payload, payload(seed, killSize(seed))) {
			t.Fatalf("record %x came twice or differs", seed)
		}
		if before, ok := last[seed>>24]; ok && seed != before+1 {
			t.Fatalf("record %x follows %x", seed, before)
		}
		found[seed], last[seed>>24] = true, seed
	}
	for seed := range accepted {
		if !found[seed] {
			t.Errorf("record %x was accepted and is lost", seed)
		}
	}
	if r.Skipped() > rounds {
		t.Errorf("%d damaged places after %d kills", r.Skipped(), rounds)
	}
	t.Logf("%d records accepted, %d found, %d torn tails", len(accepted), len(found), r.Skipped())
}
