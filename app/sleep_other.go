//go:build !linux && !darwin

package main

import "time"

// slept is 0: on Windows a sleep is part of the time that passed.
func slept() time.Duration { return 0 }
