package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// buildNeeds are the packages of Debian and Ubuntu that the window is built with.
func buildNeeds() []string {
	return []string{"gcc", "libc6-dev", "pkg-config", "libgtk-3-dev", "libwebkit2gtk-4.1-dev"}
}

// testNeeds are those that the whole test suite wants.
func testNeeds() []string {
	return append(buildNeeds(), "chromium", "xvfb", "openbox", "dbus", "webkit2gtk-driver", "fonts-noto-cjk")
}

// packages installs what is missing of some Debian packages, or says how.
func (b *builder) packages(names []string) error {
	if runtime.GOOS != "linux" {
		return nil
	}
	if _, err := exec.LookPath("dpkg"); err != nil {
		return nil // another kind of Linux: the builds say what they miss
	}
	var missing []string
	for _, name := range names {
		c := b.command(".", nil, "dpkg", "-s", name)
		var out bytes.Buffer
		c.Stdout, c.Stderr = &out, nil
		if c.Run() != nil || !strings.Contains(out.String(), "Status: install ok installed") {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	install := "apt-get update && apt-get install -y --no-install-recommends " + strings.Join(missing, " ")
	_, err := exec.LookPath("apt-get")
	if err != nil || !isRoot() {
		return fmt.Errorf("packages are missing; install them and try again:\n  sudo sh -c '%s'", install)
	}
	fmt.Println("installing", strings.Join(missing, " "))
	return b.do(".", []string{"DEBIAN_FRONTEND=noninteractive"}, "sh", "-c", install)
}

// npm runs npm in the frontend's folder.
func (b *builder) npm(args ...string) error {
	name := "npm"
	if runtime.GOOS == "windows" {
		name = "npm.cmd"
	}
	if _, err := exec.LookPath(name); err != nil {
		return errors.New("npm is missing: install Node.js 20.19 or newer (https://nodejs.org)")
	}
	return b.do("frontend", nil, name, args...)
}

// npmInstall fills node_modules when it does not belong to package-lock.json.
func (b *builder) npmInstall() error {
	lock, err := os.ReadFile(b.path("frontend", "package-lock.json"))
	if err != nil {
		return fmt.Errorf("reading the frontend's lock file: %w", err)
	}
	sum := sha256.Sum256(lock)
	want, stamp := hex.EncodeToString(sum[:]), b.path("frontend", "node_modules", ".gumshoe-lock")
	if got, err := os.ReadFile(stamp); err == nil && string(got) == want {
		return nil
	}
	if err := b.npm("ci", "--no-audit", "--no-fund"); err != nil {
		return err
	}
	if err := os.WriteFile(stamp, []byte(want), 0o644); err != nil {
		return fmt.Errorf("noting what is installed: %w", err)
	}
	return nil
}

// frontendBuild builds the UI into frontend/dist. The .gitkeep there, without
// which a fresh clone does not compile, always survives.
func (b *builder) frontendBuild() error {
	err := b.npm("run", "build")
	keep := b.path("frontend", "dist", ".gitkeep")
	if !exists(keep) {
		if mk := os.MkdirAll(filepath.Dir(keep), 0o755); mk != nil {
			return errors.Join(err, mk)
		}
		return errors.Join(err, os.WriteFile(keep, nil, 0o644))
	}
	return err
}

// frontendFresh installs and builds the frontend when its sources are newer
// than what is built.
func (b *builder) frontendFresh() error {
	built, err := os.Stat(b.path("frontend", "dist", "index.html"))
	if err == nil {
		newest, err := newestBelow(b.path("frontend"))
		if err != nil {
			return err
		}
		if newest.Before(built.ModTime()) {
			return nil
		}
	}
	if err := b.npmInstall(); err != nil {
		return err
	}
	return b.frontendBuild()
}

// newestBelow is the time of the newest source of the frontend.
func newestBelow(dir string) (time.Time, error) {
	var newest time.Time
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch d.Name() {
			case "node_modules", "dist", "e2e", "test-results":
				return fs.SkipDir
			}
			return nil
		}
		info, err := d.Info()
		if err == nil && info.ModTime().After(newest) {
			newest = info.ModTime()
		}
		return err
	})
	if err != nil {
		return newest, fmt.Errorf("looking at the frontend's sources: %w", err)
	}
	return newest, nil
}
