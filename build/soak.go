package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	soakFor     = time.Hour
	soakWorkers = 8
	soakKills   = 45 * time.Second // between two kills, on average
	soakPause   = 40 * time.Millisecond
	soakRest    = 3 * time.Second // for what still runs behind the clients to end
)

// What a run is held to, beside what clients saw.
const (
	// soakFiles is what may be open at the end: the log, the journal, and idle
	// connections to the upstream.
	soakFiles = 100
	// soakGrowth is how much higher the last peak of memory may be than the first.
	soakGrowth = 1.5
	// soakShare is the part of the bodies' size that the log takes, and soakBase
	// what it takes of its own: the journal, the write-ahead log, empty tables.
	soakShare, soakBase = 0.75, 64e6
)

// soak is a long run: mixed traffic with faults, clients that leave, and the
// program killed and started again.
type soak struct {
	b        *builder
	dir      string
	addr     []string
	sent     atomic.Int64
	bytes    atomic.Int64
	mu       sync.Mutex
	answered map[string]bool // tags of which at least a reply's header came
	peaks    []float64       // MB, of each life of the program
	files    int             // that it had open when all clients were gone
}

// soak runs traffic through Gumshoe for a while and then compares the log with
// what clients saw.
func (b *builder) soak(args []string) error {
	fs := flag.NewFlagSet("soak", flag.ContinueOnError)
	long := fs.Duration("for", soakFor, "how long")
	if err := fs.Parse(args); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "gumshoe-soak-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(tmp)
	s := &soak{b: b, dir: tmp, answered: map[string]bool{}}
	if s.addr, err = freePorts(3); err != nil {
		return err
	}
	if err := b.goBuild(target{out: s.bin("gumshoe"), ldflags: "-s -w", trim: true, guided: true}); err != nil {
		return err
	}
	if err := b.do(".", []string{"CGO_ENABLED=0"}, "go", "build", "-o", s.bin("mockllm"), "./backend/testkit/mockllm/cmd"); err != nil {
		return err
	}
	mock := s.start(s.bin("mockllm"), "-addr", s.addr[0], "-hang", "1s")
	defer end(mock)
	if err := s.run(*long); err != nil {
		return err
	}
	return s.judge()
}

func (s *soak) bin(name string) string { return filepath.Join(s.dir, name) }

func (s *soak) start(name string, args ...string) *exec.Cmd {
	p := s.b.command(".", []string{"DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent"}, name, args...)
	p.Stdout, p.Stderr = nil, nil
	if err := p.Start(); err != nil {
		fmt.Fprintf(os.Stderr, "starting %s: %v\n", filepath.Base(name), err)
	}
	return p
}

func (s *soak) gumshoe() (*exec.Cmd, error) {
	up := "http://" + s.addr[0]
	p := s.start(s.bin("gumshoe"), "serve", "--data", s.bin("data"), "--listen", s.addr[1], "--ui", s.addr[2], "--write-key", "soak",
		"--upstream", "openai=openai+"+up+"/v1", "--upstream", "ollama=ollama+"+up, "--upstream", "claude=anthropic+"+up, "--upstream", "gemini=gemini+"+up)
	return p, accepts(s.addr[1])
}

// run keeps clients busy, and kills and starts the program meanwhile.
func (s *soak) run(long time.Duration) error {
	p, err := s.gumshoe()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.b.ctx, long)
	defer cancel()
	var wg sync.WaitGroup
	for w := range soakWorkers {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				s.ask(ctx, fmt.Sprintf("tag-%d-%d.", w, n))
				time.Sleep(time.Duration(rand.Int64N(int64(2 * soakPause))))
			}
		})
	}
	for ctx.Err() == nil {
		select {
		case <-time.After(soakKills/2 + time.Duration(rand.Int64N(int64(soakKills)))):
		case <-ctx.Done():
			continue
		}
		s.peaks = append(s.peaks, peakOf(p.Process.Pid))
		_ = p.Process.Kill()
		_ = p.Wait()
		endGroup(p)
		fmt.Printf("%6d sent, killed after a peak of %.0f MB\n", s.sent.Load(), s.peaks[len(s.peaks)-1])
		if p, err = s.gumshoe(); err != nil {
			break
		}
	}
	wg.Wait()
	http.DefaultClient.CloseIdleConnections()
	time.Sleep(soakRest)
	s.peaks, s.files = append(s.peaks, peakOf(p.Process.Pid)), filesOf(p.Process.Pid)
	end(p)
	return errors.Join(err, s.b.ctx.Err())
}

// ask sends one request of a kind that chance chooses.
func (s *soak) ask(ctx context.Context, tag string) {
	model := "mock-t" + strconv.Itoa(1+rand.IntN(200))
	if rand.IntN(8) == 0 {
		faults := strings.Fields("500 429 reset-early reset-mid-stream abort-mid-stream error-in-stream truncated-json short-body stall-mid-stream garbage no-http bad-header gzip no-usage split crlf")
		model = "fault-" + faults[rand.IntN(len(faults))]
	}
	path := []string{"openai/chat/completions", "ollama/api/chat", "claude/v1/messages", "openai/responses", "gemini/v1beta/models/" + model + ":generateContent",
		"gemini/v1beta/models/" + model + ":streamGenerateContent?alt=sse"}[rand.IntN(6)]
	words := tag + strings.Repeat(" and what then?", rand.IntN(300))
	said := map[string]any{"model": model, "stream": rand.IntN(4) > 0, "max_tokens": 99, "messages": []any{map[string]string{"role": "user", "content": words}}}
	switch path[:8] {
	case "openai/r":
		said = map[string]any{"model": model, "stream": said["stream"], "input": words}
	case "gemini/v":
		said = map[string]any{"contents": []any{map[string]any{"role": "user", "parts": []any{map[string]string{"text": words}}}}}
	}
	body, err := json.Marshal(said)
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	if rand.IntN(20) == 0 { // one that loses its patience
		ctx, cancel = context.WithTimeout(ctx, time.Duration(rand.IntN(100))*time.Millisecond)
	}
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "POST", "http://"+s.addr[1]+"/soak/"+path, strings.NewReader(string(body)))
	if err != nil {
		return
	}
	req.Header.Set("Content-Type", "application/json")
	s.sent.Add(1)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		var refused *net.OpError
		if errors.As(err, &refused) && refused.Op == "dial" {
			s.sent.Add(-1) // nobody was there
		}
		return
	}
	n, _ := io.Copy(io.Discard, res.Body) // how it ends is part of the game
	res.Body.Close()
	s.bytes.Add(n + int64(len(body)))
	s.mu.Lock()
	s.answered[tag] = true
	s.mu.Unlock()
}

// judge compares the log with what clients saw.
func (s *soak) judge() error {
	if err := s.b.do(".", nil, s.bin("gumshoe"), "check", "--data", s.bin("data")); err != nil {
		return err
	}
	out := s.bin("log.jsonl")
	if err := s.b.do(".", nil, s.bin("gumshoe"), "export", "--data", s.bin("data"), "--format", "jsonl", "--bodies", "--out", out); err != nil {
		return err
	}
	f, err := os.Open(out)
	if err != nil {
		return fmt.Errorf("reading the export: %w", err)
	}
	defer f.Close()
	rows, seen := 0, map[string]int{}
	tag := regexp.MustCompile(`tag-\d+-\d+\.`)
	lines := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			rows++
			seen[tag.FindString(line)]++
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("reading the export: %w", err)
		}
	}
	lost, twice := 0, 0
	for t := range s.answered {
		switch n := seen[t]; {
		case n == 0:
			lost++
		case n > 1:
			twice++
		}
	}
	size := folderBytes(s.bin("data"))
	fmt.Printf("%d requests sent, %d answered, %d rows; %d answered ones lost, %d twice; %d kills; peak memory %.0f MB; %.1f MB of bodies in %.1f MB; %d files open at the end\n",
		s.sent.Load(), len(s.answered), rows, lost, twice, len(s.peaks)-1, maxOf(s.peaks), float64(s.bytes.Load())/1e6, float64(size)/1e6, s.files)
	if lost > 0 || twice > 0 || int64(rows) > s.sent.Load() {
		return errors.New("the log is not what the clients saw")
	}
	first, last := s.peaks[0], s.peaks[len(s.peaks)-1]
	switch {
	case s.files > soakFiles:
		return fmt.Errorf("%d files and connections stayed open, more than %d", s.files, soakFiles)
	case len(s.peaks) > 1 && last > soakGrowth*first:
		return fmt.Errorf("memory grew from a peak of %.0f MB to one of %.0f MB", first, last)
	case float64(size) > soakShare*float64(s.bytes.Load())+soakBase:
		return fmt.Errorf("the log takes %d bytes, more than was predicted", size)
	}
	return nil
}

// filesOf is how many files and connections a process has open; 0 where that
// can't be read.
func filesOf(pid int) int {
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return 0
	}
	return len(list)
}

// peakOf is the most memory that a process had, in MB; 0 where that can't be read.
func peakOf(pid int) float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(b)
	if m == nil {
		return 0
	}
	kb, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		return 0
	}
	return kb / 1024
}

func maxOf(list []float64) (most float64) {
	for _, v := range list {
		most = max(most, v)
	}
	return most
}

func folderBytes(dir string) (n int64) {
	_ = filepath.Walk(dir, func(_ string, st os.FileInfo, err error) error {
		if err == nil && !st.IsDir() {
			n += st.Size()
		}
		return nil
	})
	return n
}
