//go:build linux || darwin

package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// between is how much later one of the system's clocks is than another.
func between(clock, later int32) time.Duration {
	var a, b unix.Timespec
	if unix.ClockGettime(clock, &a) != nil || unix.ClockGettime(later, &b) != nil {
		return 0
	}
	return max(time.Duration(b.Nano()-a.Nano()), 0)
}
