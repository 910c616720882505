package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"time"
)

// product is the part of wails.json that names a release.
type product struct {
	Info struct {
		CompanyName    string `json:"companyName"`
		ProductName    string `json:"productName"`
		ProductVersion string `json:"productVersion"`
		Copyright      string `json:"copyright"`
		Comments       string `json:"comments"`
	} `json:"info"`
}

func (b *builder) product() (product, error) {
	var p product
	text, err := os.ReadFile(b.path("wails.json"))
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err == nil && p.Info.ProductVersion == "" {
		err = errors.New("info.productVersion is missing")
	}
	if err != nil {
		return p, fmt.Errorf("reading wails.json: %w", err)
	}
	return p, nil
}

// stamp is the linker's part that tells a binary its version.
func (b *builder) stamp(version string) string {
	commit, err := b.output(".", "git", "rev-parse", "--short=12", "HEAD")
	if err != nil {
		commit = "unknown"
	}
	date := time.Now().UTC().Format(time.RFC3339)
	return fmt.Sprintf("-s -w -X main.version=%s -X main.commit=%s -X main.buildDate=%s", version, commit, date)
}

// release builds everything that a release holds. The window of macOS needs a
// Mac; everything else is made on Linux.
func (b *builder) release(args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("release takes no arguments, not %q: the version is in wails.json", args)
	}
	p, err := b.product()
	if err != nil {
		return err
	}
	if runtime.GOOS == "linux" {
		if err := b.packages(buildNeeds()); err != nil {
			return err
		}
	}
	if err := errors.Join(b.npmInstall(), b.frontendBuild()); err != nil {
		return err
	}
	flags := b.stamp(p.Info.ProductVersion)
	var made []string
	for _, t := range b.releaseTargets(p.Info.ProductVersion, flags) {
		fmt.Println("building", filepath.Base(t.out))
		if err := b.releaseOne(t, p); err != nil {
			return err
		}
		made = append(made, t.out)
	}
	return checksums(b.path("build", "bin", "SHA256SUMS"), made)
}

func (b *builder) releaseTargets(version, flags string) []target {
	bin := func(kind, goos, arch string) string {
		name := fmt.Sprintf("gumshoe%s-%s-%s-%s", kind, version, goos, arch)
		if goos == "windows" {
			name += ".exe"
		}
		return b.path("build", "bin", name)
	}
	var all []target
	if here, ok := b.windowHere(bin("", runtime.GOOS, runtime.GOARCH)); ok && runtime.GOOS != "windows" {
		here.ldflags, here.trim = flags, true
		all = append(all, here)
	}
	for _, goos := range []string{"linux", "darwin", "windows"} {
		for _, arch := range []string{"amd64", "arm64"} {
			all = append(all, target{out: bin("-headless", goos, arch), goos: goos, arch: arch, ldflags: flags, trim: true, guided: true})
		}
	}
	for _, arch := range []string{"amd64", "arm64"} {
		all = append(all, target{out: bin("", "windows", arch), goos: "windows", arch: arch,
			tags: "desktop,production", ldflags: flags + " -H windowsgui", trim: true, guided: true})
	}
	return all
}

// releaseOne builds one target; a window for Windows gets its resources, in a
// file that is beside the sources only meanwhile.
func (b *builder) releaseOne(t target, p product) (err error) {
	if t.goos == "windows" && t.tags != "" {
		syso := b.path("app", "gumshoe_windows_"+t.arch+".syso")
		defer func() { err = errors.Join(err, os.Remove(syso)) }()
		if err := b.writeResources(syso, t.arch, p); err != nil {
			return err
		}
	}
	return b.goBuild(t)
}

// checksums writes a file that sha256sum -c understands.
func checksums(path string, files []string) error {
	sort.Strings(files)
	var out strings.Builder
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return fmt.Errorf("summing: %w", err)
		}
		h := sha256.New()
		_, err = io.Copy(h, f)
		f.Close()
		if err != nil {
			return fmt.Errorf("summing %s: %w", name, err)
		}
		fmt.Fprintf(&out, "%x  %s\n", h.Sum(nil), filepath.Base(name))
	}
	if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
		return fmt.Errorf("writing checksums: %w", err)
	}
	fmt.Print(out.String())
	return nil
}
