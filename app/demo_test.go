package main

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gumshoe/backend/journal"
	"gumshoe/backend/query"
	"gumshoe/backend/store"
)

func noEnv(name string) string {
	if name == "GUMSHOE_NO_KEYRING" {
		return "1"
	}
	return ""
}

// demoIn starts the demo in a folder and waits until all of it is stored.
func demoIn(t *testing.T, dir string) *program {
	t.Helper()
	o := options{data: dir}.forDemo(noEnv)
	p, err := start(t.Context(), o, noEnv, slog.New(slog.DiscardHandler), false)
	if err != nil {
		t.Fatal(err)
	}
	for range 60 { // what was made is in the journal now
		if end, err := journal.EndOf(journalPath(dir)); err != nil {
			t.Fatal(err)
		} else if caughtUp(t, p, end) {
			return p
		}
	}
	t.Fatal("the demo is not stored")
	return nil
}

func TestDemoShowsEverything(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made")
	p := demoIn(t, dir)
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	f, err := p.store.Facets(t.Context(), query.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	has := func(what string, list []store.Facet, want ...string) {
		for _, w := range want {
			if !slices.ContainsFunc(list, func(v store.Facet) bool { return strings.HasPrefix(v.Value, w) }) {
				t.Errorf("no %s is %s: %v", what, w, list)
			}
		}
	}
	has("state", f.States, "ok", "error", "cancelled", "broken")
	has("task", f.Tasks, "chat", "tool_loop", "title_generation", "tags_generation", "follow_up_generation")
	has("upstream", f.Upstreams, "ollama", "openai", "anthropic")
	has("verdict", f.Verdicts, "cold_start", "context_cut", "stalled", "duplicate", "retry", "abandoned", "unknown_tool", "tool_arguments", "tool_in_text", "empty_answer", "secret_sent")
	sum, err := p.store.Totals(t.Context(), query.Filter{})
	if err != nil || sum.Requests < 1000 || sum.Cost == nil || *sum.Cost <= 0 || sum.EstimatedTokens == 0 {
		t.Errorf("it sums up to %+v, %v", sum, err)
	}
	// Its proxy keeps a client's traffic out of the invented log.
	before, err := p.store.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, base := range p.baseURLs() {
		res, err := http.Post(base+"/api/chat", "application/json", strings.NewReader(`{"model":"m","messages":[]}`))
		if err != nil {
			t.Fatal(err)
		}
		said, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusForbidden || !strings.Contains(string(said), "demo") || !strings.Contains(string(said), "gumshoe serve") {
			t.Errorf("%s: %d %s, %v", name, res.StatusCode, said, err)
		}
	}
	if end, err := journal.EndOf(journalPath(dir)); err != nil || !caughtUp(t, p, end) {
		t.Errorf("the journal was not read to its end: %v", err)
	}
	if after, err := p.store.Count(t.Context()); err != nil || after != before {
		t.Errorf("%d of %d requests are in the log after a client's, %v", after, before, err)
	}
	if !isDemo(dir) || !(machine{p}).Status().Demo {
		t.Error("nothing says that it is a demo")
	}
}

// caughtUp says whether the recorder has read the journal up to a place.
func caughtUp(t *testing.T, p *program, end journal.Position) bool {
	t.Helper()
	for range 100 {
		got, err := p.store.Progress(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if at, err := journal.ParsePosition(got.Read); err == nil && !at.Less(end) {
			return true
		}
		time.Sleep(50 * time.Millisecond)
	}
	return false
}

// TestDemoFolderServesNothingReal: nothing but a demo opens a demo's folder, which
// the next demo empties.
func TestDemoFolderServesNothingReal(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, demoMark), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, window := range []bool{false, true} {
		p, err := start(t.Context(), options{data: dir, listen: "127.0.0.1:0", ui: "127.0.0.1:0"}, noEnv, slog.New(slog.DiscardHandler), window)
		if !errors.Is(err, errDemo) {
			t.Errorf("it starts on a demo's folder: %v", err)
		}
		if p != nil {
			_ = p.Close()
		}
	}
	for _, args := range [][]string{{"serve", "--listen", "127.0.0.1:0", "--ui", "127.0.0.1:0"}, {"restore", filepath.Join(dir, "backup"), "--replace"}} {
		code, _, stderr := once(t, append(args, "--data", dir)...)
		if code != 1 || !strings.Contains(stderr, "gumshoe demo") || !strings.Contains(stderr, "--data") {
			t.Errorf("gumshoe %s: %d %s", args[0], code, stderr)
		}
	}
	if _, err := os.Stat(dbPath(dir)); err == nil {
		t.Error("a log was made in it")
	}
}

func TestDemoLeavesRealDataAlone(t *testing.T) {
	dir := t.TempDir()
	o := options{data: dir, listen: "127.0.0.1:0", ui: "127.0.0.1:0"}
	p, err := start(t.Context(), o, noEnv, slog.New(slog.DiscardHandler), false)
	if err != nil {
		t.Fatal(err)
	}
	if (machine{p}).Status().Demo {
		t.Error("a real log says that it is a demo")
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(dbPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	p, err = start(t.Context(), options{data: dir}.forDemo(noEnv), noEnv, slog.New(slog.DiscardHandler), false)
	if !errors.Is(err, errNoDemo) {
		t.Errorf("a demo in a real folder: %v", err)
	}
	if p != nil {
		_ = p.Close()
	}
	after, err := os.ReadFile(dbPath(dir))
	if err != nil || string(after) != string(before) || isDemo(dir) {
		t.Errorf("the real log was touched (%v)", err)
	}
	if o := (options{data: defaultData(noEnv)}).forDemo(noEnv); o.data == defaultData(noEnv) {
		t.Error("the demo's usual folder is the real one")
	}
}
