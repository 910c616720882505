//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
	"gumshoe/backend/journal"
	"gumshoe/backend/recorder"
	"gumshoe/backend/store"
	"gumshoe/backend/testkit/mockllm"
	"gumshoe/backend/upstream"
	"gumshoe/backend/wire/dialects"
)

// BenchmarkRecorder measures what recording costs behind the proxy, an exchange:
// from records in the journal to committed rows with indexes and words. It is one
// goroutine's work, so its CPU time can be compared between machines that are
// busy with other things.
//
//	go test ./app -run xxx -bench Recorder -benchtime 10000x -cpuprofile cpu.out
func BenchmarkRecorder(b *testing.B) {
	mock := httptest.NewServer(mockllm.New(mockllm.Config{}))
	defer mock.Close()
	for _, c := range []struct{ name, up, path, body string }{
		{"small", "openai", "/v1/chat/completions", `{"model":"mock","messages":[{"role":"user","content":%q}]}`},
		{"stream200", "openai", "/v1/chat/completions", `{"model":"mock-t200","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":%q}]}`},
		{"ollama50", "ollama", "/api/chat", `{"model":"mock-t50","messages":[{"role":"user","content":%q}]}`},
		{"turn20", "ollama", "/api/chat", `{"model":"mock-t50","messages":[` + strings.Repeat(`{"role":"user","content":"What about the other half of it?"},{"role":"assistant","content":"It is the same, but for the colour."},`, 20) + `{"role":"user","content":%q}]}`},
	} {
		b.Run(c.name, func(b *testing.B) {
			dir := b.TempDir()
			fillJournal(b, dir, mock.URL, c.up, c.path, c.body)
			ctx, log := context.Background(), slog.New(slog.DiscardHandler)
			st, err := store.Open(ctx, store.Config{Path: dbPath(dir)})
			if err != nil {
				b.Fatal(err)
			}
			defer st.Close()
			in, err := openInsight(ctx, st, dir, log)
			if err != nil {
				b.Fatal(err)
			}
			reg := upstream.NewRegistry(nil)
			rec := recorder.New(recorder.Config{Dir: journalPath(dir), Store: sink{st}, Dialect: dialects.For, Insight: in.forRecorder(reg)})
			b.ReportAllocs()
			b.ResetTimer()
			before := processor(b)
			if err := rec.Drain(ctx); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			b.ReportMetric(float64((processor(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
			if rows, err := st.Recent(ctx, 100); err != nil || len(rows) != min(b.N, 100) || rows[0].State != exchange.OK {
				b.Fatalf("%d of %d rows, %v", len(rows), b.N, err)
			}
		})
	}
}

// processor is the time that this process has had of the processors.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// fillJournal writes b.N exchanges as the proxy does, each with a prompt of its
// own of about a kilobyte.
func fillJournal(b *testing.B, dir, mock, up, path, body string) {
	b.Helper()
	j, err := journal.Open(journal.Config{Dir: journalPath(dir)})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	prompt := func(i int) string {
		return fmt.Sprintf("[bench %d] ", i) + strings.Repeat("why is the sky blue and the sea sometimes green ", 20)
	}
	res, err := http.Post(mock+path, "application/json", strings.NewReader(fmt.Sprintf(body, prompt(0))))
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	reply, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	head := exchange.Head{Status: res.StatusCode, ContentLength: -1}
	for _, n := range []string{"Content-Type", "Date"} {
		head.Headers = append(head.Headers, exchange.Header{Name: n, Value: res.Header.Get(n)})
	}
	at := time.Now().Add(-time.Hour).UnixMicro()
	for i := range b.N {
		request := fmt.Appendf(nil, body, prompt(i))
		id := uuid.Must(uuid.NewV7())
		put := func(t journal.Type, payload []byte) {
			at += 40
			if err := j.Append(journal.Record{Type: t, ID: id, At: at, Payload: payload}); err != nil {
				b.Fatal(err)
			}
		}
		describe := func(t journal.Type, v encoding.BinaryAppender) {
			p, err := v.AppendBinary(nil)
			if err != nil {
				b.Fatal(err)
			}
			put(t, p)
		}
		describe(journal.Start, exchange.Start{Upstream: up, Kind: exchange.Kind(up), Method: "POST", Path: path, URL: mock + path, Remote: "127.0.0.1",
			ContentLength: int64(len(request)), Headers: []exchange.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "User-Agent", Value: "bench"}}})
		put(journal.ReqChunk, request)
		put(journal.ReqEnd, nil)
		describe(journal.Head, head)
		for rest := reply; len(rest) > 0; {
			n := len(rest)
			if bytes.Contains(rest, []byte("\n")) {
				n = bytes.IndexByte(rest, '\n') + 1
				if n < len(rest) && rest[n] == '\n' {
					n++
				}
			}
			put(journal.ReplyChunk, rest[:n])
			rest = rest[n:]
		}
		describe(journal.End, exchange.End{State: exchange.OK})
	}
}
