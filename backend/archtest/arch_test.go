package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "gumshoe/"

// layers is the table of ../README.md: a package may import only lower ones.
func layers() map[string]int {
	return map[string]int{
		"app":         5,
		"backend/api": 4, "backend/proxy": 4,
		"backend/journal": 3, "backend/recorder": 3, "backend/decode": 3, "backend/store": 3,
		"backend/export": 3, "backend/demo": 3, "backend/webhook": 3, "backend/ollama": 3, "backend/setup": 3,
		"backend/wire/openai": 2, "backend/wire/ollama": 2, "backend/wire/anthropic": 2,
		"backend/wire/gemini": 2, "backend/wire/dialects": 2,
		"backend/openwebui": 2, "backend/redact": 2, "backend/snippet": 2, "backend/query": 2, "backend/tokens": 2, "backend/verdict": 2,
		"backend/price": 2,
		"backend/wire":  1, "backend/wire/sse": 1, "backend/wire/shape": 1, "backend/wire/ndjson": 1, "backend/upstream": 1,
		"backend/secrets": 1, "backend/settings": 1, "backend/events": 1, "backend/columns": 1, "backend/tempfiles": 1,
		"backend/exchange": 0, "backend/squeeze": 0, "backend/clock": 0, "backend/api/dto": 0, "frontend": 0,
	}
}

// beside are the imports between packages of one layer, and why each is right.
func beside() map[[2]string]string {
	return map[[2]string]string{
		{"backend/recorder", "backend/journal"}:             "it follows the journal",
		{"backend/recorder", "backend/decode"}:              "it decodes what it assembled",
		{"backend/snippet", "backend/redact"}:               "it puts placeholders where secrets were taken out",
		{"backend/demo", "backend/journal"}:                 "it writes what the proxy would have written",
		{"backend/export", "backend/decode"}:                "it reads prompts and answers from bodies",
		{"backend/export", "backend/store"}:                 "it reads the log",
		{"backend/wire/ollama", "backend/wire/openai"}:      "Ollama speaks OpenAI's dialect too",
		{"backend/wire/dialects", "backend/wire/openai"}:    "it chooses among the dialects",
		{"backend/wire/dialects", "backend/wire/ollama"}:    "it chooses among the dialects",
		{"backend/wire/dialects", "backend/wire/anthropic"}: "it chooses among the dialects",
		{"backend/wire/dialects", "backend/wire/gemini"}:    "it chooses among the dialects",
	}
}

// tools may import anything of ours and nothing imports them.
func tools() []string {
	return []string{"build", "backend/api/gen", "backend/archtest", "backend/testkit"}
}

// source is one Go file of the repository.
type source struct {
	path, pkg string // slashes, from the root; pkg is the folder
	test      bool
	text      string
	file      *ast.File
	set       *token.FileSet
}

func sources(t *testing.T) []source {
	t.Helper()
	root := filepath.Join("..", "..")
	var all []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); n == "node_modules" || n == ".git" || n == "testdata" {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, text, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		all = append(all, source{path: rel, pkg: filepath.ToSlash(filepath.Dir(rel)),
			test: strings.HasSuffix(rel, "_test.go"), text: string(text), file: f, set: set})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("only %d Go files found: the test looks in the wrong place", len(all))
	}
	return all
}

func isTool(pkg string) bool {
	for _, p := range tools() {
		if pkg == p || strings.HasPrefix(pkg, p+"/") {
			return true
		}
	}
	return false
}

func imports(t *testing.T, s source) []string {
	t.Helper()
	var all []string
	for _, i := range s.file.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func TestImportsGoDownwards(t *testing.T) {
	table, sideways := layers(), beside()
	for _, s := range sources(t) {
		if isTool(s.pkg) {
			continue
		}
		from, known := table[s.pkg]
		if !known {
			t.Errorf("%s: the package %s is in no layer: add it to the table here and in backend/README.md", s.path, s.pkg)
			continue
		}
		if s.test {
			continue
		}
		for _, p := range imports(t, s) {
			to, ours := strings.CutPrefix(p, module)
			if !ours || to == s.pkg {
				continue
			}
			if isTool(to) {
				t.Errorf("%s imports %s: a tool is no part of the program", s.path, to)
				continue
			}
			level, known := table[to]
			if known && level < from {
				continue
			}
			if _, ok := sideways[[2]string{s.pkg, to}]; ok && level == from {
				continue
			}
			t.Errorf("%s (layer %d) imports %s (layer %d): imports go downwards only, so that each room can be read and tested alone; "+
				"declare a small interface here and let app pass the other one in", s.path, from, to, level)
		}
	}
}

func TestOneHomeForEachBigLibrary(t *testing.T) {
	homes := []struct{ prefix, home, why string }{
		{"github.com/wailsapp/", "app", "the rest must build without cgo and a window"},
		{"database/sql", "backend/store", "all SQL is in one place, so that the schema can change"},
		{"modernc.org/", "backend/store backend/tempfiles", "all SQL is in one place, so that the schema can change"},
		{"github.com/tiktoken-go/", "backend/tokens", "7 MB of vocabulary are enough once"},
		{"github.com/zalando/go-keyring", "backend/secrets", "keys are kept in one place"},
		{"github.com/tc-hib/winres", "build", "the program itself needs no resources"},
		{"unsafe", "backend/tempfiles", "nothing else here is worth it"},
	}
	for _, s := range sources(t) {
		for _, p := range imports(t, s) {
			for _, h := range homes {
				if strings.HasPrefix(p, h.prefix) && !slices.Contains(strings.Fields(h.home), s.pkg) && !s.test {
					t.Errorf("%s imports %s: only %q may, because %s", s.path, p, h.home, h.why)
				}
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	doc := map[string]bool{}
	for _, s := range sources(t) {
		if !s.test {
			doc[s.pkg] = doc[s.pkg] || (s.file.Doc != nil && len(strings.TrimSpace(s.file.Doc.Text())) > 20)
		}
	}
	for pkg, ok := range doc {
		if !ok {
			t.Errorf("%s has no package comment: say its purpose, what it guarantees and how to test it", pkg)
		}
	}
}

func TestFilesAndFunctionsAreShort(t *testing.T) {
	const fileLines, functionLines = 600, 90
	for _, s := range sources(t) {
		if n := strings.Count(s.text, "\n"); n > fileLines && !s.test {
			t.Errorf("%s has %d lines, more than %d: split it by what it does", s.path, n, fileLines)
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1; n > functionLines && !s.test {
				t.Errorf("%s: %s has %d lines, more than %d: name its parts", s.path, f.Name.Name, n, functionLines)
			}
			if f.Name.Name == "init" && f.Recv == nil {
				t.Errorf("%s has an init function: app wires everything, in an order that can be read", s.path)
			}
		}
	}
}

func TestWordsThatStayOut(t *testing.T) {
	// In parts, so that this file is clean too.
	words := regexp.MustCompile(strings.Join([]string{
		`\bTO` + `DO\b`, `\bFIX` + `ME\b`, `\bXX` + `X\b`,
		`proxy\.` + `golang\.org`, `sum\.` + `golang\.org`, `registry\.` + `npmjs`, `registry\.` + `yarnpkg`, `pypi\.` + `org`,
	}, "|"))
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch d.Name() {
			case "node_modules", ".git", "dist", "bin", "testdata", "test-results":
				return fs.SkipDir
			}
			return nil
		}
		switch filepath.Ext(path) {
		case ".go", ".ts", ".svelte", ".js", ".css", ".html", ".md", ".c", ".json":
		default:
			return nil
		}
		if d.Name() == "package-lock.json" {
			return nil // npm writes the addresses of packages into it
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(text), "\n") {
			if w := words.FindString(line); w != "" {
				t.Errorf("%s:%d says %q: finish it or leave it out", filepath.ToSlash(path), i+1, w)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The table here and the one that people read are the same.
func TestTheReadmeNamesEveryRoom(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for pkg, layer := range layers() {
		name := strings.TrimPrefix(pkg, "backend/")
		if pkg == "frontend" || name == "api/dto" {
			continue
		}
		row := regexp.MustCompile(`(?m)^\| ` + strconv.Itoa(layer) + ` \|.*` + "`" + regexp.QuoteMeta(name) + "`")
		if !row.Match(text) {
			t.Errorf("backend/README.md does not have `%s` in layer %d", name, layer)
		}
	}
}
