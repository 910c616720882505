package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
)

// behind lets the calling goroutine go on on a thread of its own that the system
// runs behind all others: what waits for a token goes first, without being waited
// for. Go gets one more thread for it, so that its absence is none to the traffic,
// unless GOMAXPROCS says how many there are to be. Threads that Go starts later are
// made by others, and are not behind.
func behind() error {
	const last = 19
	runtime.LockOSThread()
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	}
	if err := syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), last); err != nil {
		return fmt.Errorf("lowering the priority of the recorder's thread: %w", err)
	}
	return nil
}
