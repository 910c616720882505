package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
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

// fuzzAll runs every target, as many at once as there are cores: each for its time
// and with one core, so that none waits for the others. What a target printed
// comes when it has ended.
func (b *builder) fuzzAll() error {
	all, err := b.fuzzTests()
	if err != nil {
		return err
	}
	failed := make([]error, len(all))
	next := make(chan int)
	var printing sync.Mutex
	var running sync.WaitGroup
	for range runtime.NumCPU() {
		running.Go(func() {
			for i := range next {
				var out bytes.Buffer
				failed[i] = b.fuzz(all[i], &out)
				printing.Lock()
				fmt.Printf("fuzz %s %s\n%s", all[i].pkg, all[i].name, out.Bytes())
				printing.Unlock()
			}
		})
	}
	for i := range all {
		next <- i
	}
	close(next)
	running.Wait()
	return errors.Join(failed...)
}

// fuzz runs one target for seconds. On a busy machine Go sometimes fails at the
// end of that time by its own deadline, with no input to blame (go.dev/issue/75804);
// only that is tried again. Inputs are not made shorter: Go spends most of such a
// short run on that, past its end.
func (b *builder) fuzz(f fuzzTest, w io.Writer) error {
	for try := 0; ; try++ {
		c := b.command(".", nil, "go", "test", "-run=^$", "-fuzz=^"+f.name+"$", "-fuzztime="+f.time(), "-parallel=1", "-fuzzminimizetime=0s", f.pkg)
		var out bytes.Buffer
		c.Stdout = io.MultiWriter(w, &out)
		c.Stderr = c.Stdout
		err := c.Run()
		endGroup(c)
		if err == nil {
			return nil
		}
		late := bytes.Contains(out.Bytes(), []byte("\n    context deadline exceeded")) && !bytes.Contains(out.Bytes(), []byte("Failing input"))
		if !late || try == 2 || b.ctx.Err() != nil {
			return fmt.Errorf("fuzzing %s %s: %w", f.pkg, f.name, err)
		}
		fmt.Fprintln(w, "that was Go's own deadline, without a failing input; once more")
	}
}
