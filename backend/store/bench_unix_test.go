//go:build unix

package store

import (
	"syscall"
	"testing"
	"time"
)

// worked is how long the process has worked: what a question takes of a core says
// the same beside other programs, whatever it waits for them.
func worked(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
