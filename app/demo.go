package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"gumshoe/backend/demo"
	"gumshoe/backend/journal"
	"gumshoe/backend/ollama"
)

const (
	// demoMark is the file that tells a folder of invented data from a real one.
	demoMark = "demo"
	// demoFresh is how long a demo is kept before it is made anew: its last day
	// should be today.
	demoFresh = 20 * time.Hour
	demoSeed  = 1
)

var (
	errNoDemo = errors.New("the folder holds something else than a demo; leave --data out, or name an empty folder")
	errDemo   = errors.New("the folder holds the invented log of gumshoe demo, and the next demo deletes what is in it; name another folder with --data, or look at it with gumshoe demo")
)

// demoClosed is what clients are told that send their traffic to a demo.
const demoClosed = "This is Gumshoe's demo: it forwards and records nothing, so that its invented log stays apart from yours. Start gumshoe (or gumshoe serve), and use the base URL from its Setup page"

// forDemo sets what keeps a demo apart: its own folder, ports that are free, and
// no upstream that answers.
func (o options) forDemo(env func(string) string) options {
	if o.data == defaultData(env) {
		o.data += "-demo"
	}
	if o.listen == "" {
		o.listen = "127.0.0.1:0"
	}
	if o.ui == "" {
		o.ui = "127.0.0.1:0"
	}
	if len(o.upstreams) == 0 {
		o.upstreams = list{"ollama=ollama+http://127.0.0.1:1"}
	}
	o.demo = true
	return o
}

func isDemo(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, demoMark))
	return err == nil
}

// notDemo refuses a demo's folder for anything real: a demo is made anew over it.
func notDemo(dir string) error {
	if isDemo(dir) {
		return fmt.Errorf("opening %s: %w", dir, errDemo)
	}
	return nil
}

// makeDemo fills a folder with invented data, or leaves a fresh demo as it is. It
// touches no folder that holds anything else.
func (p *program) makeDemo(now time.Time) error {
	mark := filepath.Join(p.dir, demoMark)
	st, err := os.Stat(mark)
	if err == nil && now.Sub(st.ModTime()) < demoFresh {
		return nil
	}
	if err != nil {
		if _, err := os.Stat(dbPath(p.dir)); err == nil {
			return fmt.Errorf("opening %s: %w", p.dir, errNoDemo)
		}
		if entries, err := os.ReadDir(journalPath(p.dir)); err == nil && len(entries) > 0 {
			return fmt.Errorf("opening %s: %w", p.dir, errNoDemo)
		}
	}
	// The mark comes first: what is half made is a demo, too.
	if err := os.WriteFile(mark, []byte("Invented data, made by gumshoe demo.\n"), 0o600); err != nil {
		return fmt.Errorf("making the demo: %w", err)
	}
	for _, name := range []string{dbPath(p.dir), dbPath(p.dir) + "-wal", dbPath(p.dir) + "-shm", journalPath(p.dir)} {
		if err := os.RemoveAll(name); err != nil {
			return fmt.Errorf("making the demo anew: %w", err)
		}
	}
	j, err := journal.Open(journal.Config{Dir: journalPath(p.dir), Log: p.log})
	if err != nil {
		return fmt.Errorf("making the demo: %w", err)
	}
	_, stays, err := demo.Write(j, now, demoSeed)
	p.demoStays = inMemory(stays)
	return errors.Join(err, j.Close())
}

// inMemory is what polling the demo's Ollama would have seen.
func inMemory(stays []demo.Stay) (list []ollama.Stay) {
	for _, s := range stays {
		seen := ollama.Stay{Upstream: "ollama", Model: s.Model, From: s.From.UnixMicro(), To: s.To.UnixMicro(), Context: &s.Context, Left: ollama.LeftExpired}
		if s.By != "" {
			seen.Left, seen.By = ollama.LeftEvicted, s.By
		}
		list = append(list, seen)
	}
	return list
}
