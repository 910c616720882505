package recorder

import (
	"bytes"
	"context"
	"encoding"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
	"gumshoe/backend/journal"
	"gumshoe/backend/wire"
)

// memory is a Store that keeps everything in maps.
type memory struct {
	mu       sync.Mutex
	rows     map[string]row
	saves    map[string]int // by id
	progress Progress
	batches  []int
	fail     error
	failures int
	noSync   error
	syncs    int
	locked   error         // while a Save is under way
	holding  chan struct{} // what Save waits for; nil: nothing
}

type row struct {
	exchange.Record
	request, reply []byte
}

func newMemory() *memory { return &memory{rows: map[string]row{}, saves: map[string]int{}} }

func (m *memory) Save(_ context.Context, items []Item, p Progress) error {
	m.mu.Lock()
	if hold := m.holding; hold != nil {
		m.mu.Unlock()
		<-hold
		m.mu.Lock()
	}
	defer m.mu.Unlock()
	fresh := make([]row, len(items))
	for i, item := range items {
		fresh[i].Record = *item.Record
		fresh[i].Chunks = slices.Clone(item.Record.Chunks) // the recorder uses them again
		var errRequest, errReply error
		fresh[i].request, errRequest = io.ReadAll(item.Request)
		fresh[i].reply, errReply = io.ReadAll(item.Reply)
		if err := errors.Join(errRequest, errReply); err != nil {
			return err
		}
		if int64(len(fresh[i].request)) != item.RequestLen || int64(len(fresh[i].reply)) != item.ReplyLen {
			return fmt.Errorf("lengths %d and %d were announced as %d and %d",
				len(fresh[i].request), len(fresh[i].reply), item.RequestLen, item.ReplyLen)
		}
	}
	if m.fail != nil {
		m.failures++
		return m.fail
	}
	for _, f := range fresh {
		m.saves[f.ID]++
		m.rows[f.ID] = f
	}
	if len(items) > 0 {
		m.batches = append(m.batches, len(items))
	}
	m.progress = p
	return nil
}

func (m *memory) Progress(context.Context) (Progress, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.progress, nil
}

func (m *memory) Locked() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.locked
}

func (m *memory) Sync() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.syncs++
	return m.noSync
}

func (m *memory) get(id uuid.UUID) (row, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.rows[id.String()]
	return r, ok
}

func (m *memory) setFail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

func (m *memory) failed() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.failures
}

// lines is a dialect for tests: a request is "model text", a stream is lines
// "tok X", "err X" and "end", any other reply is text.
type lines struct{}

func dialect(_ exchange.Kind, _, path string) (exchange.API, wire.Dialect) {
	if path == "/chat" {
		return exchange.OllamaChat, lines{}
	}
	return "", nil
}

func (lines) Operation(exchange.Kind, string, string) (exchange.API, bool) { return "", false }

func (lines) Request(_ wire.RequestMeta, body []byte) (wire.Request, error) {
	model, text, ok := strings.Cut(string(body), " ")
	if !ok {
		return wire.Request{}, errors.New("not a request")
	}
	yes := true
	return wire.Request{Model: model, Stream: &yes, Messages: []exchange.Message{say("user", text)}}, nil
}

func say(role, text string) exchange.Message {
	return exchange.Message{Role: role, Parts: []exchange.Part{{Type: exchange.PartText, Text: text}}}
}

func (lines) Reply(_ exchange.API, meta wire.ReplyMeta) wire.Assembler {
	return &lineReader{stream: streamType(meta.ContentType)}
}

type lineReader struct {
	stream bool
	rest   []byte
	text   string
	reply  wire.Reply
}

func (l *lineReader) Write(at int64, p []byte) {
	l.rest = append(l.rest, p...)
	for l.stream {
		line, rest, ok := bytes.Cut(l.rest, []byte("\n"))
		if !ok {
			return
		}
		l.rest = rest
		switch word, arg, _ := strings.Cut(string(line), " "); word {
		case "tok":
			l.text += arg
			if l.reply.TokenEvents++; l.reply.TokenEvents == 1 {
				l.reply.FirstToken = exchange.Int64(at)
			}
			l.reply.LastToken = exchange.Int64(at)
		case "err":
			l.reply.Error = arg
		case "end":
			l.reply.Ended = true
		}
	}
}

func (l *lineReader) Close(whole bool) wire.Reply {
	l.reply.Stream = l.stream
	if !l.stream {
		l.text = string(l.rest)
		l.reply.Ended = whole
		l.reply.Unreadable = whole && l.text == "rubbish"
	}
	l.reply.Messages = []exchange.Message{say("assistant", l.text)}
	return l.reply
}

// bench is a journal, a store and what is needed to write exchanges.
type bench struct {
	t       testing.TB
	dir     string
	journal *journal.Journal
	store   *memory
}

func newBench(t testing.TB, segment int64) *bench {
	b := &bench{t: t, dir: t.TempDir(), store: newMemory()}
	b.open(segment)
	return b
}

func (b *bench) open(segment int64) {
	b.t.Helper()
	j, err := journal.Open(journal.Config{Dir: b.dir, SegmentBytes: segment})
	if err != nil {
		b.t.Fatal(err)
	}
	b.journal = j
	b.t.Cleanup(func() { _ = j.Close() })
}

func (b *bench) config() Config {
	return Config{Dir: b.dir, Journal: b.journal, Store: b.store, Dialect: dialect}
}

// run starts a recorder; the returned function stops it and waits for its end.
func (b *bench) run(cfg Config) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- New(cfg).Run(ctx) }()
	var once sync.Once
	var result error
	stop = func() error {
		once.Do(func() { cancel(); result = <-done })
		return result
	}
	b.t.Cleanup(func() { _ = stop() })
	return stop
}

// once runs a recorder over what is there.
func (b *bench) once(cfg Config) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := New(cfg).Run(ctx); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) await(what string, ok func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("%s did not happen", what)
		}
	}
}

func (b *bench) put(typ journal.Type, id uuid.UUID, at int64, payload any) {
	b.t.Helper()
	var bytes []byte
	switch p := payload.(type) {
	case nil:
	case string:
		bytes = []byte(p)
	case []byte:
		bytes = p
	case encoding.BinaryAppender:
		var err error
		if bytes, err = p.AppendBinary(nil); err != nil {
			b.t.Fatal(err)
		}
	default:
		b.t.Fatalf("a payload of type %T", p)
	}
	if err := b.journal.Append(journal.Record{Type: typ, ID: id, At: at, Payload: bytes}); err != nil {
		b.t.Fatal(err)
	}
}

// start begins an exchange at time 1,000,000 with its whole request.
func (b *bench) start(request string, headers ...exchange.Header) uuid.UUID {
	id := uuid.New()
	b.put(journal.Start, id, 1_000_000, exchange.Start{
		Upstream: "ollama", Kind: exchange.KindOllama, Method: "POST", Path: "/chat", Headers: headers, ContentLength: int64(len(request)),
	})
	b.put(journal.ReqChunk, id, 1_000_010, request)
	b.put(journal.ReqEnd, id, 1_000_020, nil)
	return id
}

func (b *bench) head(id uuid.UUID, status int, contentType string, length int64) {
	b.put(journal.Head, id, 1_001_000, exchange.Head{
		Status: status, ContentLength: length, Headers: []exchange.Header{{Name: "Content-Type", Value: contentType}},
	})
}

func (b *bench) end(id uuid.UUID, at int64, end exchange.End) { b.put(journal.End, id, at, end) }

const events = "text/event-stream"
