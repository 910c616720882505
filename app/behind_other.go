//go:build !linux

package main

// behind does nothing: elsewhere a thread's priority is not its own matter. The
// recorder rests now and then (backend/recorder/rest.go).
func behind() error { return nil }
