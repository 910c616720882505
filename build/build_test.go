package main

import (
	"bytes"
	"context"
	"debug/pe"
	"encoding/binary"
	"image"
	_ "image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/tc-hib/winres"
)

func here(t *testing.T) *builder {
	t.Helper()
	root, err := findRoot()
	if err != nil {
		t.Fatal(err)
	}
	return &builder{ctx: t.Context(), root: root}
}

// The object that the Windows build links holds an icon, a manifest and a version.
func TestResources(t *testing.T) {
	b := here(t)
	p, err := b.product()
	if err != nil {
		t.Fatal(err)
	}
	rs, err := b.resources(p)
	if err != nil {
		t.Fatal(err)
	}
	for name, machine := range map[string]uint16{"amd64": pe.IMAGE_FILE_MACHINE_AMD64, "arm64": pe.IMAGE_FILE_MACHINE_ARM64} {
		var obj bytes.Buffer
		if err := writeObject(&obj, rs, name); err != nil {
			t.Fatal(err)
		}
		f, err := pe.NewFile(bytes.NewReader(obj.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if f.Machine != machine {
			t.Errorf("%s: machine %#x, want %#x", name, f.Machine, machine)
		}
		data, err := f.Section(".rsrc").Data()
		if err != nil {
			t.Fatal(err)
		}
		types := topTypes(t, data)
		for id, what := range map[uint32]string{3: "icon", 14: "icon group", 16: "version", 24: "manifest"} {
			if !types[id] {
				t.Errorf("%s: no %s among the resources %v", name, what, types)
			}
		}
		if !bytes.Contains(data, []byte("permonitorv2")) {
			t.Errorf("%s: the manifest does not ask for sharp text on every screen", name)
		}
		if !bytes.Contains(data, utf16le("Gumshoe")) || !bytes.Contains(data, utf16le(p.Info.ProductVersion)) {
			t.Errorf("%s: the version resource does not name Gumshoe %s", name, p.Info.ProductVersion)
		}
	}
	if rs.Get(winres.RT_GROUP_ICON, winres.ID(3), 0) == nil {
		t.Error("the icon is not number 3, where the window looks for it")
	}
}

// topTypes reads the numbers of the first level of a resource section.
func topTypes(t *testing.T, data []byte) map[uint32]bool {
	t.Helper()
	if len(data) < 16 {
		t.Fatal("the resource section is empty")
	}
	n := int(binary.LittleEndian.Uint16(data[12:])) + int(binary.LittleEndian.Uint16(data[14:]))
	types := map[uint32]bool{}
	for i := range n {
		types[binary.LittleEndian.Uint32(data[16+8*i:])] = true
	}
	return types
}

func utf16le(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

// build/overlay.json lists every file of app/, so that wails build sees them.
func TestOverlay(t *testing.T) {
	b := here(t)
	want, err := b.overlay()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(b.path("build", "overlay.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
		t.Errorf("build/overlay.json is stale: run go run ./build gen\ngot:\n%s\nwant:\n%s", got, want)
	}
}

// NOTICE.md names every library that go.mod and package.json ask for.
func TestNotice(t *testing.T) {
	b := here(t)
	got, err := os.ReadFile(b.path("build", "NOTICE.md"))
	if err != nil {
		t.Fatal(err)
	}
	goNames, err := b.goDeps()
	if err != nil {
		t.Fatal(err)
	}
	npmNames, err := b.npmDeps()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range append(goNames, npmNames...) {
		if !strings.Contains(string(got), "| "+d.name+" | "+d.version+" |") {
			t.Errorf("build/NOTICE.md does not name %s %s: run go run ./build gen", d.name, d.version)
		}
	}
}

func TestIconIsCommitted(t *testing.T) {
	f, err := os.Open(here(t).path("build", "appicon.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, kind, err := image.DecodeConfig(f)
	if err != nil || kind != "png" || c.Width != iconSize || c.Height != iconSize {
		t.Errorf("the icon is %s %dx%d, %v", kind, c.Width, c.Height, err)
	}
}

func TestGofmtAndFuzzSeeTheRepository(t *testing.T) {
	root := t.TempDir()
	b := &builder{ctx: t.Context(), root: root}
	for name, text := range map[string]string{
		"a/good.go":             "package a\n",
		"a/a_test.go":           "package a\n\nimport \"testing\"\n\nfunc FuzzThing(f *testing.F) {}\n\nfunc Fuzzy() {}\n",
		"node_modules/x/bad.go": "package  x\n",
		"bad.go":                "package  bad\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.gofmt(); err == nil || err.Error() != "run gofmt -w on: bad.go" {
		t.Errorf("gofmt says %v", err)
	}
	found, err := b.fuzzTests()
	if err != nil || len(found) != 1 || found[0] != (fuzzTest{"./a", "FuzzThing"}) {
		t.Errorf("fuzz tests: %v, %v", found, err)
	}
	// What strangers' bytes go through is fuzzed, and longest.
	all, err := here(t).fuzzTests()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []fuzzTest{
		{"./backend/proxy", "FuzzRoute"}, {"./backend/query", "FuzzParse"}, {"./backend/journal", "FuzzReader"}, {"./backend/wire/sse", "FuzzSSE"}, {"./backend/wire/ndjson", "FuzzNDJSON"},
		{"./backend/wire/dialects", "FuzzOpenAIReply"}, {"./backend/wire/dialects", "FuzzOllamaReply"}, {"./backend/wire/dialects", "FuzzAnthropicReply"}, {"./backend/wire/dialects", "FuzzGeminiReply"},
		{"./backend/wire/dialects", "FuzzOpenAIRequest"}, {"./backend/wire/dialects", "FuzzOllamaRequest"}, {"./backend/wire/dialects", "FuzzAnthropicRequest"}, {"./backend/wire/dialects", "FuzzGeminiRequest"},
	} {
		if !slices.Contains(all, want) || want.time() != "10s" {
			t.Errorf("%v is not fuzzed for ten seconds", want)
		}
	}
}

// An interrupt ends a program together with what it started.
func TestInterruptEndsTheGroup(t *testing.T) {
	if !exists("/bin/sh") {
		t.Skip("the script of this test is for a Unix shell")
	}
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b := &builder{ctx: ctx, root: dir}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c := b.command(".", nil, "/bin/sh", "-c", "sleep 600 & echo started; wait")
	c.Stdout = w
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	buf := make([]byte, 8)
	if n, err := r.Read(buf); err != nil || string(buf[:n]) != "started\n" {
		t.Fatalf("the program said %q, %v", buf[:n], err)
	}
	cancel()
	_ = c.Wait()
	endGroup(c)
	// The pipe ends only when the grandchild, which holds it too, is gone.
	if n, err := r.Read(buf); n != 0 || err == nil {
		t.Errorf("something still writes: %q", buf[:n])
	}
}

// TestSecurityPage: each line of the threat model names tests that exist.
func TestSecurityPage(t *testing.T) {
	b := here(t)
	page, err := os.ReadFile(b.path("build", "docs", "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	sources, err := b.sources()
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			text, err := os.ReadFile(b.path(name))
			if err != nil {
				t.Fatal(err)
			}
			code.Write(text)
		}
	}
	lines, named := 0, regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+|[a-z0-9/]+\\.test\\.ts)`")
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.HasPrefix(cells[1], " what") || strings.HasPrefix(cells[1], "--") {
			continue
		}
		lines++
		tests := named.FindAllStringSubmatch(cells[3], -1)
		if len(tests) == 0 && !strings.Contains(cells[2], "build audit") {
			t.Errorf("no test attacks this: %s", line)
		}
		for _, m := range tests {
			if strings.HasSuffix(m[1], ".ts") && !exists(b.path(filepath.FromSlash(m[1]))) || !strings.HasSuffix(m[1], ".ts") && !strings.Contains(code.String(), "func "+m[1]+"(") {
				t.Errorf("there is no %s", m[1])
			}
		}
	}
	if lines < 20 {
		t.Errorf("%d lines were read", lines)
	}
}
