//go:build !linux

package main

import (
	"os"
	"testing"
	"time"
)

// pause needs signals that this system has not, or has otherwise.
func pause(t *testing.T, _ *os.Process, _ time.Duration) {
	t.Skip("this system can't stop a process for a while")
}
