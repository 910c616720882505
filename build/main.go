// Command build builds, runs, tests and releases Gumshoe:
//
//	go run ./build        lists what it can do
//	go run ./build run    opens Gumshoe, installing what is missing
//	go run ./build test   the whole test suite; the gate of every change
//
// It needs Go and Node and nothing else of ours, reads no standard input, keeps
// every program it starts in a process group of its own and ends that group
// when it is interrupted. All Go builds use the same settings (see goBuild), so
// that they share one build cache. It may be started from any folder of the
// repository.
//
// Test it with: go test ./build
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// verb is one thing that the builder can do.
type verb struct {
	name, help string
	do         func(b *builder, args []string) error
}

func verbs() []verb {
	return []verb{
		{"run", "install what is missing, build, and open Gumshoe (more arguments go to it)", (*builder).run},
		{"test", "the whole test suite: Go, frontend, Chromium, the native window", (*builder).test},
		{"build", "build/bin/gumshoe for this machine: with a window where it can, else without", (*builder).build},
		{"bench", "measure the proxy: direct, bare and Gumshoe in one run (names of scenarios, or faults)", (*builder).bench},
		{"soak", "mixed traffic with faults and kills for an hour (--for 20m), then the log against what clients saw", (*builder).soak},
		{"million", "every page in Chromium on a log of a million generated exchanges (or another number), with what each takes", (*builder).million},
		{"profile", "take the profile again that guides the compiler (build/gumshoe.pgo)", (*builder).profile},
		{"audit", "look up known vulnerabilities of all that Gumshoe is built from (needs the internet)", (*builder).audit},
		{"release", "all binaries of a release, with checksums, in build/bin", (*builder).release},
		{"gen", "write the generated files again: TypeScript shapes, prices, overlay.json, NOTICE.md", (*builder).gen},
		{"pictures", "take the README's screenshots again, of the demo", (*builder).pictures},
		{"icons", "draw the icons again", (*builder).icons},
	}
}

// builder is one call: where the repository is, and when to stop.
type builder struct {
	ctx  context.Context
	root string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := call(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// call is the whole program; it returns the exit code.
func call(ctx context.Context, args []string) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		usage()
		return 0
	}
	root, err := findRoot()
	if err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n", err)
		return 1
	}
	for _, v := range verbs() {
		if v.name != args[0] {
			continue
		}
		if err := v.do(&builder{ctx: ctx, root: root}, args[1:]); err != nil {
			fmt.Fprintf(os.Stderr, "build %s: %v\n", v.name, err)
			return 1
		}
		return 0
	}
	fmt.Fprintf(os.Stderr, "build: there is no %q\n", args[0])
	usage()
	return 2
}

func usage() {
	fmt.Println("usage: go run ./build COMMAND")
	for _, v := range verbs() {
		fmt.Printf("  %-8s %s\n", v.name, v.help)
	}
}

// findRoot goes up from the working folder to the one with go.mod and wails.json.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the working folder: %w", err)
	}
	for {
		if exists(filepath.Join(dir, "go.mod")) && exists(filepath.Join(dir, "frontend", "package.json")) {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("run it inside the repository of Gumshoe")
		}
		dir = up
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// path gives a file of the repository.
func (b *builder) path(parts ...string) string {
	return filepath.Join(append([]string{b.root}, parts...)...)
}
