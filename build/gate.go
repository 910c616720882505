package main

import (
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const windowTags = "desktop,production,webkit2_41"

// watched has the race detector watch our own code and not SQLite's translated C,
// of which it tells nothing (a connection is used under its own lock), and where it
// makes every statement three times as dear. The driver's callers stay watched. What
// stands for C's library below it keeps its addresses in integers, at each of which
// the detector's check of pointers asks the heap. The packages that take longest
// begin first, so that neither runs on alone at the end.
var watched = []string{"test", "-race",
	"-gcflags=modernc.org/sqlite/lib=-race=false",
	"-gcflags=modernc.org/libc=-d=checkptr=0",
	"-gcflags=modernc.org/memory=-d=checkptr=0",
	"-shuffle=on", "-timeout=30m", "./backend/store", "./app", "./..."}

// step is one part of the gate.
type step struct {
	name string
	do   func() error
}

// test runs every step, also after one failed, and ends with a table.
func (b *builder) test(args []string) error {
	tmp, err := os.MkdirTemp("", "gumshoe-gate-")
	if err != nil {
		return fmt.Errorf("making a folder for the binaries: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := b.packages(testNeeds()); err != nil {
		return err
	}
	var table strings.Builder
	passed, failed := 0, 0
	for _, s := range b.gate(tmp) {
		if len(args) > 0 && !strings.Contains(s.name, args[0]) {
			continue
		}
		fmt.Printf("\n=== %s\n", s.name)
		start := time.Now()
		err := s.do()
		took := time.Since(start).Seconds()
		if b.ctx.Err() != nil {
			return errors.New("interrupted")
		}
		word := "pass"
		if err != nil {
			word = "FAIL"
			failed++
			fmt.Printf("FAIL: %v\n", err)
		} else {
			passed++
		}
		fmt.Fprintf(&table, "%s  %6.1fs  %s\n", word, took, s.name)
	}
	fmt.Printf("\n%s%d passed, %d failed\n", table.String(), passed, failed)
	if failed > 0 {
		return fmt.Errorf("%d of %d steps failed", failed, passed+failed)
	}
	return nil
}

// gate lists the steps; binaries go to tmp.
func (b *builder) gate(tmp string) []step {
	goTool := func(args ...string) func() error {
		return func() error { return b.do(".", nil, "go", args...) }
	}
	npm := func(args ...string) func() error {
		return func() error { return b.npm(args...) }
	}
	steps := []step{
		{"gofmt", b.gofmt},
		{"go vet", goTool("vet", "./...")},
		{"staticcheck", goTool("tool", "staticcheck", "./...")},
		{"npm ci", b.npmInstall},
		{"known vulnerabilities", b.auditInGate},
		{"npm run check", npm("run", "check")},
		{"npm run lint", npm("run", "lint")},
		{"npm test", npm("test")},
		{"npm run build", b.frontendBuild},
		{"go test -race", goTool(watched...)},
	}
	headless, window := filepath.Join(tmp, "headless"), filepath.Join(tmp, "gumshoe")
	steps = append(steps, step{"build headless", func() error {
		return b.goBuild(target{out: headless})
	}})
	for _, t := range []target{
		{goos: "windows", arch: "amd64", tags: "desktop,production", ldflags: "-H windowsgui"},
		{goos: "windows", arch: "arm64", tags: "desktop,production", ldflags: "-H windowsgui"},
		{goos: "darwin", arch: "arm64"},
		{goos: "linux", arch: "arm64"},
	} {
		t.out = filepath.Join(tmp, "cross")
		steps = append(steps, step{"build " + t.goos + "/" + t.arch, func() error { return b.goBuild(t) }})
	}
	steps = append(steps, step{"fuzz", b.fuzzAll})
	steps = append(steps, step{"Chromium end to end", func() error {
		if !exists(headless) {
			return errors.New("there is no headless binary to test")
		}
		log, err := b.generatedLog(filepath.Join(tmp, "log"), 20_000)
		if err != nil {
			return err
		}
		return b.do("frontend", []string{"GUMSHOE_E2E_BINARY=" + headless, "GUMSHOE_E2E_LOG=" + log}, "npm", "run", "e2e")
	}})
	if runtime.GOOS == "linux" {
		tags := windowTags + ",automation"
		steps = append(steps,
			step{"vet the window", goTool("vet", "-tags", tags+",windowtest", "./app")},
			step{"build the window", func() error { return b.goBuild(target{out: window, tags: tags, cgo: true}) }},
			step{"the native window", func() error {
				if !exists(window) {
					return errors.New("there is no window binary to test")
				}
				return b.do(".", []string{"GUMSHOE_BINARY=" + window},
					"go", "test", "-count=1", "-tags", "windowtest", "-run", "TestWindow", "./app")
			}})
	}
	return steps
}

// sources lists the Go files of the repository: what git tracks where there is
// git, else every file outside of node_modules.
func (b *builder) sources() ([]string, error) {
	if out, err := b.output(".", "git", "ls-files", "-z", "--", "*.go"); err == nil && out != "" {
		var files []string
		for _, f := range strings.Split(strings.Trim(out, "\x00"), "\x00") {
			if exists(b.path(f)) {
				files = append(files, f)
			}
		}
		return files, nil
	}
	var files []string
	err := filepath.WalkDir(b.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, ".go") {
			rel, err := filepath.Rel(b.root, path)
			if err != nil {
				return err
			}
			files = append(files, filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing Go files: %w", err)
	}
	return files, nil
}

// gofmt reports the files that gofmt would change.
func (b *builder) gofmt() error {
	files, err := b.sources()
	if err != nil {
		return err
	}
	var wrong []string
	for _, f := range files {
		src, err := os.ReadFile(b.path(f))
		if err != nil {
			return fmt.Errorf("reading a source: %w", err)
		}
		want, err := format.Source(src)
		if err != nil {
			return fmt.Errorf("%s: %w", f, err)
		}
		if string(want) != string(src) {
			wrong = append(wrong, f)
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("run gofmt -w on: %s", strings.Join(wrong, " "))
	}
	return nil
}
