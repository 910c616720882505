package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// fuzzTest is one fuzz function and its package's folder.
type fuzzTest struct{ pkg, name string }

// fuzzTests finds every fuzz function of the repository.
func (b *builder) fuzzTests() ([]fuzzTest, error) {
	files, err := b.sources()
	if err != nil {
		return nil, err
	}
	fuzz := regexp.MustCompile(`(?m)^func (Fuzz[A-Z0-9_]\w*)\(\w+ \*testing\.F\)`)
	var found []fuzzTest
	for _, f := range files {
		if !strings.HasSuffix(f, "_test.go") {
			continue
		}
		src, err := os.ReadFile(b.path(f))
		if err != nil {
			return nil, fmt.Errorf("looking for fuzz tests: %w", err)
		}
		for _, m := range fuzz.FindAllSubmatch(src, -1) {
			found = append(found, fuzzTest{"./" + filepath.ToSlash(filepath.Dir(f)), string(m[1])})
		}
	}
	return found, nil
}

// time is how long a target runs: longer where it reads what strangers send, byte
// by byte. Hours belong to a person's own machine, not to every change.
func (f fuzzTest) time() string {
	switch f.pkg {
	case "./backend/journal", "./backend/query", "./backend/wire/dialects", "./backend/wire/sse", "./backend/wire/ndjson":
		return "10s"
	}
	if f.name == "FuzzRoute" {
		return "10s"
	}
	return "2s"
}

// fuzz runs one target for seconds. On a busy machine Go sometimes fails at the
// end of that time by its own deadline, with no input to blame (go.dev/issue/75804);
// only that is tried again. Inputs are not made shorter: Go spends most of such a
// short run on that, past its end.
func (b *builder) fuzz(f fuzzTest) error {
	for try := 0; ; try++ {
		c := b.command(".", nil, "go", "test", "-run=^$", "-fuzz=^"+f.name+"$", "-fuzztime="+f.time(), "-fuzzminimizetime=0s", f.pkg)
		var out bytes.Buffer
		c.Stdout = io.MultiWriter(os.Stdout, &out)
		err := c.Run()
		endGroup(c)
		if err == nil {
			return nil
		}
		late := bytes.Contains(out.Bytes(), []byte("\n    context deadline exceeded")) && !bytes.Contains(out.Bytes(), []byte("Failing input"))
		if !late || try == 2 || b.ctx.Err() != nil {
			return fmt.Errorf("fuzzing %s %s: %w", f.pkg, f.name, err)
		}
		fmt.Println("that was Go's own deadline, without a failing input; once more")
	}
}
