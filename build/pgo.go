package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// guide is the profile by which the compiler chooses what to inline in the
// programs that people get: about a tenth less CPU time per request. Tests are
// built without it, as it would have everything compiled twice.
const guide = "build/gumshoe.pgo"

// profiled is the traffic that the profile is taken of: plain replies, long
// streams of server-sent events and of lines, and long prompts.
func profiled() []scenario {
	args := strings.Fields
	return []scenario{
		{"c16", "openai", args("-c 16 -n 40000 -rounds 1")},
		{"stream", "openai", args("-stream -usage -model mock-t200 -c 16 -n 10000 -rounds 1")},
		{"ollama", "ollama", args("-api ollama -stream -model mock-t50 -c 16 -n 10000 -rounds 1")},
		{"prompt-1mb", "openai", args("-prompt 1048576 -c 4 -n 200 -rounds 1")},
	}
}

// profile takes the profile again. It is worth it after the hot path or the
// recorder changed much; an old one costs nothing but what it gains.
func (b *builder) profile(args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("profile takes no arguments, not %q", args)
	}
	tmp, err := os.MkdirTemp("", "gumshoe-profile-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := b.measureAll(tmp, tmp, profiled()); err != nil {
		return err
	}
	found, err := filepath.Glob(filepath.Join(tmp, "*.pprof"))
	if err != nil || len(found) != len(profiled()) {
		return fmt.Errorf("there are %d profiles of %d: %w", len(found), len(profiled()), err)
	}
	return b.do(".", nil, "go", append([]string{"tool", "pprof", "-proto", "-output=" + b.path(guide)}, found...)...)
}
