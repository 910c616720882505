package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// scenario is one measurement: loadgen's arguments, and which of Gumshoe's
// upstreams it goes to.
type scenario struct {
	name, upstream string
	args           []string
}

// scenarios are the bars of the project, each measured direct, through a bare
// reverse proxy and through Gumshoe in the same run.
func scenarios() []scenario {
	args := strings.Fields
	return []scenario{
		{"rest", "openai", args("-c 1 -n 1500")},
		{"c16", "openai", args("-c 16 -n 6000")},
		{"c64", "openai", args("-c 64 -n 6000")},
		{"stream", "openai", args("-stream -usage -model mock-t200 -c 16 -n 1000")},
		{"paced", "openai", args("-stream -usage -model mock-t60-d5-ts -c 64 -n 640")},
		{"ollama", "ollama", args("-api ollama -stream -model mock-t50 -c 16 -n 1000")},
		{"prompt-1mb", "openai", args("-prompt 1048576 -c 4 -n 200")},
		{"huge", "openai", args("-prompt 1048576 -model fault-huge -c 16 -n 48 -rounds 1 -warm 0")},
	}
}

// faultScenarios sends every fault of the mock in every mode.
func faultScenarios() []scenario {
	var all []scenario
	for f := range strings.FieldsSeq("500 503 429 401 404 reset-early reset-mid-stream abort-mid-stream error-in-stream truncated-json short-body garbage no-http bad-header gzip no-usage split crlf huge") {
		for _, up := range []string{"openai", "ollama"} {
			for _, stream := range []string{"false", "true"} {
				n := "40"
				if f == "huge" {
					n = "4"
				}
				all = append(all, scenario{"fault-" + f + " " + up + " stream=" + stream, up,
					[]string{"-api", up, "-stream=" + stream, "-model", "fault-" + f, "-usage", "-c", "4", "-n", n, "-rounds", "1", "-warm", "0"}})
			}
		}
	}
	return all
}

// measured is what loadgen's report says of one target.
type measured struct {
	Name      string
	OK        int
	Errors    map[string]int
	RPS       float64
	Latency   struct{ P50, P99 float64 } `json:"latency_us"`
	Transit   struct{ P50, P99 float64 } `json:"transit_us"`
	CPU       float64                    `json:"cpu_us_per_request"`
	Peak      float64                    `json:"peak_rss_mb"`
	RespExact [2]int64                   `json:"response_bodies_exact_differ"`
	ReqExact  [2]int64                   `json:"request_bodies_exact_differ"`
}

// bench measures the proxy against nothing and against a bare reverse proxy.
// Its arguments name scenarios; "faults" stands for every fault of the mock, and
// profile=DIR keeps a CPU profile of Gumshoe in each.
func (b *builder) bench(args []string) error {
	profiles := ""
	args = slices.DeleteFunc(slices.Clone(args), func(a string) bool {
		dir, ok := strings.CutPrefix(a, "profile=")
		if ok {
			profiles = dir
		}
		return ok
	})
	list := scenarios()
	if slices.Contains(args, "faults") {
		list = faultScenarios()
	} else if len(args) > 0 {
		list = slices.DeleteFunc(list, func(s scenario) bool { return !slices.Contains(args, s.name) })
	}
	if len(list) == 0 {
		return errors.New("no such scenario; there are rest, c16, c64, stream, paced, ollama, prompt-1mb, huge and faults")
	}
	tmp, err := os.MkdirTemp("", "gumshoe-bench-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(tmp)
	return b.measureAll(tmp, profiles, list)
}

// measureAll builds what the scenarios need in the folder tmp, runs them and
// prints a table; profiles is a folder for CPU profiles, or empty.
func (b *builder) measureAll(tmp, profiles string, list []scenario) error {
	bin := func(n string) string { return filepath.Join(tmp, n) }
	if err := b.goBuild(target{out: bin("gumshoe"), ldflags: "-s -w", trim: true, guided: true}); err != nil {
		return err
	}
	for _, p := range [][2]string{{"mockllm", "mockllm/cmd"}, {"loadgen", "loadgen"}, {"bareproxy", "bareproxy"}} {
		if err := b.do(".", []string{"CGO_ENABLED=0"}, "go", "build", "-o", bin(p[0]), "./backend/testkit/"+p[1]); err != nil {
			return err
		}
	}
	fmt.Println("| scenario | target | ok | errors | p50 µs | p99 µs | transit p99 µs | req/s | CPU µs/req | × bare | peak MB | replies exact/differ | requests exact/differ |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, s := range list {
		if err := b.measure(tmp, profiles, s); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// measure runs one scenario with fresh programs and prints its rows.
func (b *builder) measure(tmp, profiles string, s scenario) error {
	bin := func(n string) string { return filepath.Join(tmp, n) }
	addr, err := freePorts(4)
	if err != nil {
		return err
	}
	data := filepath.Join(tmp, "data")
	defer os.RemoveAll(data)
	key := "bench"
	mock := "http://" + addr[0]
	pids := make([]string, 3)
	var profile []string
	if profiles != "" {
		profile = []string{"--cpu-profile", filepath.Join(profiles, strings.ReplaceAll(s.name, " ", "-")+".pprof")}
	}
	for i, c := range [][]string{
		{bin("mockllm"), "-addr", addr[0]},
		{bin("bareproxy"), "-addr", addr[1], "-to", mock, "-duplex"},
		append([]string{bin("gumshoe"), "serve", "--data", data, "--listen", addr[2], "--ui", addr[3], "--write-key", key,
			"--upstream", "openai=openai+" + mock + "/v1", "--upstream", "ollama=ollama+" + mock}, profile...),
	} {
		p := b.command(".", []string{"DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent"}, c[0], c[1:]...)
		p.Stdout, p.Stderr = nil, nil
		if err := p.Start(); err != nil {
			return fmt.Errorf("starting %s: %w", filepath.Base(c[0]), err)
		}
		defer end(p)
		pids[i] = strconv.Itoa(p.Process.Pid)
	}
	for _, a := range addr[:3] {
		if err := accepts(a); err != nil {
			return err
		}
	}
	report := bin("report.json")
	args := append([]string{"-mock", mock, "-json", report, "-t", "direct=" + mock, "-t", "bare=http://" + addr[1] + ",pid=" + pids[1],
		"-t", "gumshoe=http://" + addr[2] + "/" + key + "/" + s.upstream + ",pid=" + pids[2]}, s.args...)
	if _, err := b.output(".", bin("loadgen"), args...); err != nil {
		return err
	}
	text, err := os.ReadFile(report)
	if err != nil {
		return fmt.Errorf("reading the report: %w", err)
	}
	var r struct{ Targets []measured }
	if err := json.Unmarshal(text, &r); err != nil {
		return fmt.Errorf("reading the report: %w", err)
	}
	bare := 0.0
	for _, m := range r.Targets {
		if m.Name == "bare" {
			bare = m.CPU
		}
		fmt.Println(m.row(s.name, bare))
	}
	return nil
}

// row is one line of the table.
func (m measured) row(name string, bare float64) string {
	var errs []string
	for e, n := range m.Errors {
		errs = append(errs, fmt.Sprintf("%d %s", n, e))
	}
	slices.Sort(errs)
	ratio := "–"
	if bare > 0 && m.Name == "gumshoe" {
		ratio = fmt.Sprintf("%.2f", m.CPU/bare)
	}
	return fmt.Sprintf("| %s | %s | %d | %s | %.0f | %.0f | %.0f | %.0f | %.0f | %s | %.0f | %d/%d | %d/%d |", name, m.Name, m.OK,
		strings.Join(errs, ", "), m.Latency.P50, m.Latency.P99, m.Transit.P99, m.RPS, m.CPU, ratio, m.Peak,
		m.RespExact[0], m.RespExact[1], m.ReqExact[0], m.ReqExact[1])
}

// freePorts finds n loopback addresses that nobody listens on.
func freePorts(n int) ([]string, error) {
	var all []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("looking for a port: %w", err)
		}
		defer l.Close()
		all = append(all, l.Addr().String())
	}
	return all, nil
}

// accepts waits until something accepts at addr.
func accepts(addr string) error {
	for range 200 {
		if c, err := net.Dial("tcp", addr); err == nil {
			return c.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("nothing accepts at %s", addr)
}

// end stops a program that we started.
func end(p *exec.Cmd) {
	_ = p.Process.Signal(os.Interrupt)
	done := make(chan struct{})
	go func() { _ = p.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(grace):
		_ = p.Process.Kill()
		<-done
	}
	endGroup(p)
}
