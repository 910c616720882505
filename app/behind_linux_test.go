package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRecorderGoesBehind: one thread of a running program has the lowest priority,
// also after many were started, and no other has a lower one than the program.
func TestRecorderGoesBehind(t *testing.T) {
	if own := niceness(t, os.Getpid()); own["19"] > 0 {
		t.Skip("this test itself runs behind all others")
	}
	c := serve(t, t.TempDir())
	for range 50 {
		c.status(t)
	}
	for deadline := time.Now().Add(slow); ; time.Sleep(50 * time.Millisecond) {
		counts := niceness(t, c.cmd.Process.Pid)
		own := niceness(t, os.Getpid())
		if counts["19"] == 1 && len(own) == 1 && len(counts) == 2 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("threads by niceness: %v, ours: %v", counts, own)
		}
	}
}

// niceness counts a process's threads by their niceness, field 19 of stat (proc(5)).
func niceness(t *testing.T, pid int) map[string]int {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d threads, %v", len(files), err)
	}
	counts := map[string]int{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue // it ended
		}
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		counts[fields[16]]++
	}
	return counts
}
