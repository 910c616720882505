package mockllm

import (
	"strconv"
	"strings"
	"time"
)

// spec is what one request asks of the mock. It comes from the model name, the
// one field that every proxy has to pass on: "mock-t200-d5-ts" is 200 tokens,
// 5 ms apart, each carrying the time it was sent at.
type spec struct {
	model   string
	tokens  int           // tN  completion tokens (= content chunks in a stream)
	bytes   int           // cN  bytes per token
	delay   time.Duration // dMS between tokens (fractions allowed: d0.5)
	ttft    time.Duration // fMS before the first byte
	ts      bool          // ts  each token is "@<unix nanoseconds>@"
	noUsage bool          // nousage
	gzip    bool          // gzip
	think   bool          // think  half of the tokens are reasoning
	tools   bool          // tools  the answer is a tool call
	fault   string
}

// Longest first: the first that is a prefix of the name's rest wins.
var faults = []string{
	"reset-mid-stream", "abort-mid-stream", "error-in-stream", "truncated-json", "stall-mid-stream",
	"short-body", "reset-early", "no-usage", "bad-header", "no-http", "garbage", "split", "crlf", "gzip", "huge", "hang", "slow",
	"500", "503", "429", "401", "404",
}

func parseModel(name string, def spec) spec {
	s := def
	s.model = name
	n := name
	if i := strings.LastIndexByte(n, '/'); i >= 0 {
		n = n[i+1:]
	}
	n, _, _ = strings.Cut(n, ":")
	rest, isFault := strings.CutPrefix(n, "fault-")
	if isFault {
		for _, f := range faults {
			if r, ok := strings.CutPrefix(rest, f); ok && (r == "" || r[0] == '-') {
				s.fault, rest = f, r
				break
			}
		}
	} else {
		rest = strings.TrimPrefix(n, "mock")
	}
	for _, p := range strings.Split(rest, "-") {
		switch p {
		case "":
			continue
		case "ts":
			s.ts = true
			continue
		case "nousage":
			s.noUsage = true
			continue
		case "gzip":
			s.gzip = true
			continue
		case "think":
			s.think = true
			continue
		case "tools":
			s.tools = true
			continue
		}
		v, err := strconv.ParseFloat(p[1:], 64)
		if err != nil || v < 0 || v > 1e8 {
			continue
		}
		ms := time.Duration(v * float64(time.Millisecond))
		switch p[0] {
		case 't':
			s.tokens = int(v)
		case 'c':
			s.bytes = int(v)
		case 'd':
			s.delay = min(ms, 10*time.Second)
		case 'f':
			s.ttft = min(ms, time.Minute)
		}
	}
	switch s.fault {
	case "no-usage":
		s.noUsage = true
	case "gzip":
		s.gzip = true
	case "slow":
		s.ttft = max(s.ttft, 3*time.Second)
	case "huge":
		s.tokens, s.bytes = 20, 1<<20
	}
	return s
}

// modelNames is what the model lists answer.
func modelNames() []string {
	names := []string{"mock", "mock-t20", "mock-t200", "mock-t200-ts", "mock-t200-d5-ts", "mock-t400-d20", "mock-t200-nousage", "mock-t40-think", "mock-tools"}
	for _, f := range faults {
		names = append(names, "fault-"+f)
	}
	return names
}
