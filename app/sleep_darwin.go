package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// slept is how long the machine has slept since it was started; by the clock that a
// program is given, no time passes meanwhile. 0 where the system doesn't tell.
func slept() time.Duration {
	return between(unix.CLOCK_UPTIME_RAW, unix.CLOCK_MONOTONIC)
}
