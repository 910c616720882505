package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// target is one binary to build. An empty goos and arch mean this machine.
type target struct {
	out, goos, arch string
	tags, ldflags   string
	cgo, trim       bool
	guided          bool // by the profile in guide
}

// goBuild builds ./app. Every build goes through here, with settings that
// differ only where they must, so that the build cache is shared: one for what
// people get, which is guided, and one for what is only tested.
func (b *builder) goBuild(t target) error {
	env := []string{"CGO_ENABLED=0"}
	if t.cgo {
		env[0] = "CGO_ENABLED=1"
	}
	if t.goos != "" {
		env = append(env, "GOOS="+t.goos, "GOARCH="+t.arch)
	}
	args := []string{"build", "-o", t.out}
	if t.guided {
		args = append(args, "-pgo="+guide)
	}
	if t.trim {
		args = append(args, "-trimpath")
	}
	if t.tags != "" {
		args = append(args, "-tags", t.tags)
	}
	if t.ldflags != "" {
		args = append(args, "-ldflags", t.ldflags)
	}
	return b.do(".", env, "go", append(args, "./app")...)
}

// windowHere is the window build for this machine; ok is false where it cannot
// be built.
func (b *builder) windowHere(out string) (t target, ok bool) {
	t = target{out: out, tags: "desktop,production", guided: true}
	switch runtime.GOOS {
	case "windows":
		t.ldflags = "-H windowsgui"
		return t, true
	case "darwin":
		t.cgo = true
		return t, true
	case "linux":
		t.cgo, t.tags = true, windowTags
		c := b.command(".", nil, "pkg-config", "--exists", "webkit2gtk-4.1", "gtk+-3.0")
		c.Stderr = nil
		if _, err := exec.LookPath("gcc"); err != nil {
			return t, false
		}
		return t, c.Run() == nil
	}
	return t, false
}

// hasDisplay reports whether a window could be shown here.
func hasDisplay() bool {
	return runtime.GOOS != "linux" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

func (b *builder) binary() string {
	name := "gumshoe"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return b.path("build", "bin", name)
}

// build makes build/bin/gumshoe for this machine.
func (b *builder) build(args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("build takes no arguments, not %q", args)
	}
	if err := b.frontendFresh(); err != nil {
		return err
	}
	_, err := b.here(true)
	return err
}

// here builds the binary of this machine and reports whether it has a window.
func (b *builder) here(wantWindow bool) (bool, error) {
	t, window := b.windowHere(b.binary())
	if !window || !wantWindow {
		t, window = target{out: b.binary(), guided: true}, false
	}
	if err := b.goBuild(t); err != nil {
		return false, err
	}
	fmt.Println("built", t.out)
	return window, nil
}

// run builds what is needed and starts Gumshoe with the other arguments: with
// its window where there is a display and WebKit, else as a server for browsers.
func (b *builder) run(args []string) error {
	if hasDisplay() {
		if _, ok := b.windowHere(""); !ok {
			if err := b.packages(buildNeeds()); err != nil {
				fmt.Fprintf(os.Stderr, "no window here: %v\nstarting without one; open the address below in a browser\n", err)
			}
		}
	}
	if err := b.frontendFresh(); err != nil {
		return err
	}
	window, err := b.here(hasDisplay())
	if err != nil {
		return err
	}
	command := args
	if !window && (len(args) == 0 || strings.HasPrefix(args[0], "-")) {
		command = append([]string{"serve"}, args...)
	}
	c := b.command(".", nil, b.binary(), command...)
	if wd, err := os.Getwd(); err == nil {
		c.Dir = wd // relative paths in the arguments are the caller's
	}
	err = c.Run()
	endGroup(c)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return fmt.Errorf("%s ended with %v", filepath.Base(b.binary()), exit)
	}
	if b.ctx.Err() != nil {
		return nil
	}
	return err
}
