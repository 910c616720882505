//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the program and its children in one group, which is asked to
// end as a whole.
func ownGroup(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }
}

// endGroup ends what is left of the group of a program that has ended.
func endGroup(c *exec.Cmd) {
	if c.Process != nil {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
	}
}

func isRoot() bool { return syscall.Geteuid() == 0 }
