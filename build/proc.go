package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// grace is how long a program may take to end after it was asked to: longer
// than the ten seconds that Gumshoe gives to running streams.
const grace = 20 * time.Second

// command prepares a program in a folder of the repository, in a process group
// of its own, without standard input. env is added to ours.
func (b *builder) command(dir string, env []string, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(b.ctx, name, args...)
	c.Dir = filepath.Join(b.root, dir)
	c.Env = append(os.Environ(), env...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	c.WaitDelay = grace
	ownGroup(c)
	return c
}

// do runs a program to its end and ends what it left behind.
func (b *builder) do(dir string, env []string, name string, args ...string) error {
	c := b.command(dir, env, name, args...)
	err := c.Run()
	endGroup(c)
	if b.ctx.Err() != nil {
		return fmt.Errorf("%s was interrupted", name)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(append([]string{name}, args...), " "), err)
	}
	return nil
}

// output runs a program and returns what it printed, trimmed.
func (b *builder) output(dir string, name string, args ...string) (string, error) {
	c := b.command(dir, nil, name, args...)
	var out bytes.Buffer
	c.Stdout = &out
	err := c.Run()
	endGroup(c)
	if err != nil {
		return "", fmt.Errorf("%s: %w", strings.Join(append([]string{name}, args...), " "), err)
	}
	return strings.TrimSpace(out.String()), nil
}
