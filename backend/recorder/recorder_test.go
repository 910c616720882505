package recorder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
	"gumshoe/backend/journal"
	"gumshoe/backend/openwebui"
)

func TestOneExchange(t *testing.T) {
	b := newBench(t, 0)
	var mu sync.Mutex
	var announced []string
	cfg := b.config()
	cfg.Announce = func(e exchange.Exchange, prompt string) {
		mu.Lock()
		defer mu.Unlock()
		announced = append(announced, e.ID+" "+prompt)
	}
	stop := b.run(cfg)
	id := b.start("llama Why is the sky blue?", exchange.Header{Name: "User-Agent", Value: "curl/8"},
		exchange.Header{Name: "X-OpenWebUI-User-Email", Value: "ann@example.org"}, exchange.Header{Name: "X-OpenWebUI-Chat-Id", Value: "c1"})
	b.head(id, 200, events, -1)
	b.put(journal.ReplyChunk, id, 1_002_000, "tok Ray")
	b.put(journal.ReplyChunk, id, 1_022_000, "leigh\ntok  scat")
	b.put(journal.ReplyChunk, id, 1_042_000, "tering\ntok .\nend\n")
	b.end(id, 1_050_000, exchange.End{State: exchange.OK})
	b.await("saving", func() bool { _, ok := b.store.get(id); return ok })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	r, _ := b.store.get(id)
	if r.State != exchange.OK || r.HTTPStatus != 200 || r.Upstream != "ollama" || r.API != exchange.OllamaChat ||
		r.Method != "POST" || r.Path != "/chat" || r.Client != "curl/8" || r.ModelRequested != "llama" ||
		r.User != "ann@example.org" || r.Chat != "c1" || r.Task != exchange.TaskChat || r.StartedAt != 1_000_000 ||
		r.Prompt != "Why is the sky blue?" || r.Reply != "Rayleigh scattering." || r.Stream == nil || !*r.Stream || r.Error != "" || r.Partial {
		t.Errorf("the row is %+v", r.Record)
	}
	if string(r.request) != "llama Why is the sky blue?" || string(r.reply) != "tok Rayleigh\ntok  scattering\ntok .\nend\n" ||
		r.RequestBytes != int64(len(r.request)) || r.ResponseBytes != int64(len(r.reply)) {
		t.Errorf("the bodies are %q and %q", r.request, r.reply)
	}
	wantChunks := []exchange.Chunk{{At: 2000, Len: 7}, {At: 22_000, Len: 15}, {At: 42_000, Len: 17}}
	if !slices.Equal(r.Chunks, wantChunks) || r.SentAt == nil || *r.SentAt != 20 {
		t.Errorf("chunks %v, sent at %v", r.Chunks, r.SentAt)
	}
	if *r.Timing.FirstByte != 2000 || *r.Timing.TTFT != 22_000 || *r.Timing.LastToken != 42_000 || *r.Timing.Duration != 50_000 {
		t.Errorf("the times are %+v", r.Timing)
	}
	if *r.Usage.Output != 3 || r.Usage.Basis != exchange.Estimated || r.Usage.Input != nil ||
		*r.Timing.GenerationTPS != 100 || r.Timing.GenerationTPSBasis != exchange.Estimated {
		t.Errorf("usage %+v, speed %v", r.Usage, *r.Timing.GenerationTPS)
	}
	if want := []string{id.String() + " Why is the sky blue?"}; !slices.Equal(announced, want) {
		t.Errorf("announced %q", announced)
	}
}

// TestDocumentsAreNoSubject asks a question in the template that Open WebUI puts
// around documents: lists show the question, searches find the documents.
func TestDocumentsAreNoSubject(t *testing.T) {
	b := newBench(t, 0)
	stop := b.run(b.config())
	id := b.start("llama ### Task:\nRespond to the user query using the provided context\n<context>\nlong\n</context>\n\nWho did it?")
	b.head(id, 200, events, -1)
	b.put(journal.ReplyChunk, id, 1_002_000, "tok He\nend\n")
	b.end(id, 1_005_000, exchange.End{State: exchange.OK})
	b.await("saving", func() bool { _, ok := b.store.get(id); return ok })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	r, _ := b.store.get(id)
	if r.Subject() != "Who did it?" || !strings.Contains(r.Prompt, "long") {
		t.Errorf("the subject is %q of %q", r.Subject(), r.Prompt)
	}
	if plain := (exchange.Record{Prompt: "why"}); plain.Subject() != "why" {
		t.Errorf("the subject is %q", plain.Subject())
	}
}

// TestTasksAreNoTemplates runs a background task of Open WebUI: lists show what came
// of it, and the prompt stays as it is.
func TestTasksAreNoTemplates(t *testing.T) {
	b := newBench(t, 0)
	stop := b.run(b.config())
	const prompt = "### Task:\nSuggest 3-5 relevant follow-up questions as { \"follow_ups\": [] }\n<chat_history>\nUSER: Who did it?\nASSISTANT: He.\n</chat_history>"
	ask := func(reply string) uuid.UUID {
		id := b.start("llama "+prompt, exchange.Header{Name: "X-OpenWebUI-Task", Value: string(openwebui.TaskFollowUps)})
		b.head(id, 200, "text/plain", -1)
		b.put(journal.ReplyChunk, id, 1_002_000, reply)
		b.end(id, 1_005_000, exchange.End{State: exchange.OK})
		b.await("saving", func() bool { _, ok := b.store.get(id); return ok })
		return id
	}
	came, failed := ask(`{"follow_ups":["Why?","How?"]}`), ask("Sorry")
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[uuid.UUID]string{came: "Why? · How?", failed: "Who did it?"} {
		if r, _ := b.store.get(id); r.Subject() != want || r.Task != openwebui.TaskFollowUps || r.Prompt != prompt {
			t.Errorf("the subject is %q of the %s %q", r.Subject(), r.Task, r.Prompt)
		}
	}
}

func TestStates(t *testing.T) {
	b := newBench(t, 0)
	ok := exchange.End{State: exchange.OK}
	cases := map[string]struct {
		status      int
		contentType string
		length      int64
		reply       string
		end         exchange.End
		own         bool
		want        exchange.State
		error       string
		note        exchange.Note
	}{
		"whole stream":       {200, events, -1, "tok a\nend\n", ok, false, exchange.OK, "", ""},
		"whole text":         {200, "text/plain", 5, "hello", ok, false, exchange.OK, "", ""},
		"error status":       {404, "text/plain", -1, "x", ok, false, exchange.Failed, "HTTP 404 Not Found", ""},
		"own answer":         {502, "text/plain", -1, "x", exchange.End{State: exchange.OK, Error: "upstream is down"}, true, exchange.Failed, "upstream is down", ""},
		"error under 200":    {200, events, -1, "tok a\nerr out of\tmemory\n", ok, false, exchange.Failed, "out of memory", ""},
		"no end mark":        {200, events, -1, "tok a\n", ok, false, exchange.Broken, "the stream ended without its end mark", ""},
		"too few bytes":      {200, "text/plain", 9, "hello", ok, false, exchange.Broken, "the reply ended after 5 of 9 bytes", ""},
		"unreadable":         {200, "text/plain", -1, "rubbish", ok, false, exchange.OK, "", exchange.NoteUnreadable},
		"client left":        {200, events, -1, "tok a\n", exchange.End{State: exchange.Cancelled}, false, exchange.Cancelled, "", ""},
		"client left at end": {200, events, -1, "tok a\nend\n", exchange.End{State: exchange.Cancelled, Error: "left"}, false, exchange.OK, "", ""},
		"upstream died":      {200, events, -1, "tok a\n", exchange.End{State: exchange.Broken, Error: "reset"}, false, exchange.Broken, "reset", ""},
		"upstream refused":   {0, "", -1, "", exchange.End{State: exchange.Failed, Error: "refused"}, false, exchange.Failed, "refused", ""},
		"no reply":           {0, "", -1, "", ok, false, exchange.Broken, "no reply came", ""},
		"a gap":              {200, events, -1, "tok a\n", exchange.End{State: exchange.OK, Gap: true}, false, exchange.OK, "", exchange.NoteGap},
		"a strange state":    {200, events, -1, "tok a\n", exchange.End{State: "odd"}, false, exchange.Interrupted, "", ""},
	}
	ids := map[string]uuid.UUID{}
	for name, c := range cases {
		id := b.start("m hi")
		ids[name] = id
		if c.status != 0 {
			b.put(journal.Head, id, 1_001_000, exchange.Head{Status: c.status, ContentLength: c.length, Own: c.own,
				Headers: []exchange.Header{{Name: "content-type", Value: c.contentType}}})
			b.put(journal.ReplyChunk, id, 1_002_000, c.reply)
		}
		b.end(id, 1_003_000, c.end)
	}
	bad := b.start("nospace")
	b.head(bad, 200, "text/plain", -1)
	b.end(bad, 1_003_000, ok)
	b.once(b.config())
	for name, c := range cases {
		r, found := b.store.get(ids[name])
		if !found || r.State != c.want || r.Error != c.error || string(r.reply) != c.reply {
			t.Errorf("%s: %v %q with %q, want %v %q", name, r.State, r.Error, r.reply, c.want, c.error)
		}
		if c.note != "" && !slices.Contains(r.Notes, c.note) || c.note == "" && len(r.Notes) > 0 {
			t.Errorf("%s: notes %v, want %q", name, r.Notes, c.note)
		}
		if (r.Stream == nil) != (c.status == 0) {
			t.Errorf("%s: stream is %v", name, r.Stream)
		}
	}
	if r, _ := b.store.get(bad); !slices.Contains(r.Notes, exchange.NoteBadRequestBody) {
		t.Errorf("a bad request body has notes %v", r.Notes)
	}
}

// A process is killed with two exchanges open; the next one stores them as
// interrupted, with all that had come, and everything once.
func TestInterrupted(t *testing.T) {
	b := newBench(t, 0)
	done, half, silent := b.start("m done"), b.start("m half"), b.start("m silent")
	b.head(done, 200, events, -1)
	b.head(half, 200, events, -1)
	b.put(journal.ReplyChunk, done, 1_002_000, "tok a\nend\n")
	b.put(journal.ReplyChunk, half, 1_002_000, "tok par")
	b.end(done, 1_003_000, exchange.End{State: exchange.OK})
	b.put(journal.ReplyChunk, half, 1_009_000, "tial\n")
	b.once(b.config())
	if _, ok := b.store.get(half); ok {
		t.Fatal("a running exchange was stored")
	}
	before := b.store.progress
	if keep, _ := journal.ParsePosition(before.Keep); !keep.Less(b.journal.Position()) || before.Read != b.journal.Position().String() {
		t.Errorf("progress is %+v at %v", before, b.journal.Position())
	}
	_ = b.journal.Close()

	b.open(0)
	stop := b.run(b.config())
	live := b.start("m live")
	b.await("storing what was left open", func() bool { _, ok := b.store.get(half); return ok })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	r, _ := b.store.get(half)
	if r.State != exchange.Interrupted || r.Reply != "partial" || string(r.reply) != "tok partial\n" || *r.Timing.Duration != 9000 {
		t.Errorf("the row is %+v with %q", r.Record, r.reply)
	}
	if r, ok := b.store.get(silent); !ok || r.State != exchange.Interrupted || r.Stream != nil {
		t.Errorf("the silent one: %v %+v", ok, r.Record)
	}
	if _, ok := b.store.get(live); ok {
		t.Error("an exchange of the living writer was ended")
	}
	if b.store.saves[done.String()] != 1 {
		t.Errorf("a finished exchange was saved %d times", b.store.saves[done.String()])
	}
	entries, err := os.ReadDir(b.dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d segments are left, %v; want the current one", len(entries), err)
	}
}

// TestNothingIsReleasedUnsynced: a power cut may take back what was only
// committed, and then the journal must still have it.
func TestNothingIsReleasedUnsynced(t *testing.T) {
	b := newBench(t, 2<<10)
	segments := func() int {
		entries, err := os.ReadDir(b.dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	b.store.noSync = errors.New("the cable came off")
	for range 20 {
		id := b.start("m " + strings.Repeat("question ", 30))
		b.end(id, 1_004_000, exchange.End{State: exchange.OK})
	}
	before := segments()
	b.once(b.config())
	if n := segments(); n < before || before < 4 || b.store.syncs == 0 {
		t.Errorf("%d of %d segments are left after %d syncs that failed", n, before, b.store.syncs)
	}
	b.store.noSync = nil
	b.end(b.start("m one more"), 1_005_000, exchange.End{State: exchange.OK})
	b.once(b.config())
	if n := segments(); n != 1 {
		t.Errorf("%d segments are left once the log was synced", n)
	}
}

// TestClockSetBack: a journal in which time goes backwards gives no figure below
// nothing, and every byte.
func TestClockSetBack(t *testing.T) {
	b := newBench(t, 0)
	id := b.start("m hi") // at 1_000_000
	b.head(id, 200, events, -1)
	b.put(journal.ReplyChunk, id, 400_000, "tok a\n")
	b.put(journal.ReplyChunk, id, 300_000, "tok b\nend\n")
	b.end(id, 200_000, exchange.End{State: exchange.OK})
	b.once(b.config())
	r, ok := b.store.get(id)
	if !ok || r.State != exchange.OK || string(r.reply) != "tok a\ntok b\nend\n" {
		t.Fatalf("%v %+v", ok, r.Record)
	}
	for name, v := range map[string]*int64{"duration": r.Timing.Duration, "first byte": r.Timing.FirstByte, "TTFT": r.Timing.TTFT, "last token": r.Timing.LastToken} {
		if v == nil || *v < 0 {
			t.Errorf("%s is %v", name, v)
		}
	}
	for _, c := range r.Chunks {
		if c.At < 0 {
			t.Errorf("a chunk came at %d", c.At)
		}
	}
}

func TestDrain(t *testing.T) {
	b := newBench(t, 0)
	half := b.start("m half")
	b.head(half, 200, events, -1)
	b.put(journal.ReplyChunk, half, 1_002_000, "tok a\n")
	b.once(b.config()) // progress is at the very end now
	end := b.journal.Position()
	_ = b.journal.Close()
	cfg := b.config()
	cfg.Journal = nil
	for range 2 {
		if err := New(cfg).Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if r, ok := b.store.get(half); !ok || r.State != exchange.Interrupted || r.Reply != "a" {
		t.Errorf("the row is %+v", r.Record)
	}
	if b.store.saves[half.String()] != 1 || b.store.progress != (Progress{end.String(), end.String()}) {
		t.Errorf("saved %d times, progress %+v", b.store.saves[half.String()], b.store.progress)
	}
}

// Everything is stored once and exactly, in whatever places the recorder is
// stopped and started again, over many segments that are released behind it.
func TestRestartsLoseAndRepeatNothing(t *testing.T) {
	b := newBench(t, 8<<10)
	const n = 120
	var ids [n]uuid.UUID
	bodies := map[uuid.UUID]string{}
	for i := range n + 6 {
		if i < n {
			ids[i] = b.start(fmt.Sprintf("m question %d", i))
			b.head(ids[i], 200, events, -1)
		}
		for back := range 6 { // six overlap
			if k := i - back; k >= 0 && k < n {
				text := fmt.Sprintf("tok %d.%d %s\n", k, back, strings.Repeat("x", k*7))
				bodies[ids[k]] += text
				b.put(journal.ReplyChunk, ids[k], 1_002_000, text)
			}
		}
		if k := i - 6; k >= 0 && k < n {
			b.put(journal.ReplyChunk, ids[k], 1_003_000, "end\n")
			bodies[ids[k]] += "end\n"
			b.end(ids[k], 1_004_000, exchange.End{State: exchange.OK})
		}
		if i%17 == 0 {
			b.once(b.config())
		}
	}
	b.once(b.config())
	for i, id := range ids {
		r, ok := b.store.get(id)
		if !ok || string(r.reply) != bodies[id] || string(r.request) != fmt.Sprintf("m question %d", i) || r.State != exchange.OK {
			t.Fatalf("exchange %d: stored %v, %v, %d bytes of %d", i, ok, r.State, len(r.reply), len(bodies[id]))
		}
		if b.store.saves[id.String()] != 1 {
			t.Errorf("exchange %d was saved %d times", i, b.store.saves[id.String()])
		}
	}
	if entries, err := os.ReadDir(b.dir); err != nil || len(entries) != 1 {
		t.Errorf("%d segments are left, %v", len(entries), err)
	}
}

func TestStoreFailsAndHeals(t *testing.T) {
	b := newBench(t, 0)
	full := errors.New("database or disk is full")
	b.store.setFail(full)
	var mu sync.Mutex
	var troubles []error
	cfg := b.config()
	cfg.Trouble = func(err error) { mu.Lock(); troubles = append(troubles, err); mu.Unlock() }
	stop := b.run(cfg)
	id := b.start("m hi")
	b.end(id, 1_003_000, exchange.End{State: exchange.Cancelled})
	b.await("failing", func() bool { return b.store.failed() >= 2 })
	later := b.start("m later")
	b.end(later, 1_003_000, exchange.End{State: exchange.Cancelled})
	b.store.setFail(nil)
	b.await("healing", func() bool { _, ok := b.store.get(later); return ok })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, ok := b.store.get(id); !ok {
		t.Error("what failed first was lost")
	}
	if n := len(troubles); n < 2 || !errors.Is(troubles[0], full) || slices.Index(troubles, nil) != n-1 {
		t.Errorf("troubles are %v", troubles)
	}
	b.store.setFail(full)
	last := b.start("m last")
	b.end(last, 1_003_000, exchange.End{State: exchange.OK})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := New(b.config()).Run(ctx); !errors.Is(err, full) {
		t.Errorf("Run ends with %v while the store fails", err)
	}
	b.store.setFail(nil)
	b.once(b.config())
	if _, ok := b.store.get(last); !ok {
		t.Error("what could not be stored before the end was lost")
	}
}

// Storing that only has to wait is trouble before it fails, until it went through.
func TestLockedStoreIsTroubleAtOnce(t *testing.T) {
	b := newBench(t, 0)
	locked := errors.New("locked")
	b.store.locked, b.store.holding = locked, make(chan struct{})
	troubles := make(chan error, 64)
	cfg := b.config()
	cfg.Trouble = func(err error) { troubles <- err }
	stop := b.run(cfg)
	id := b.start("m hi")
	b.end(id, 1_003_000, exchange.End{State: exchange.OK})
	if err := <-troubles; !errors.Is(err, locked) {
		t.Errorf("the trouble is %v", err)
	}
	if _, ok := b.store.get(id); ok {
		t.Error("it is stored while the store waits")
	}
	close(b.store.holding)
	if err := <-troubles; err != nil {
		t.Errorf("the trouble goes on: %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if _, ok := b.store.get(id); !ok {
		t.Error("what had to wait was lost")
	}
}

func TestProgressMovesOnChunksAlone(t *testing.T) {
	b := newBench(t, 0)
	b.run(b.config())
	id := b.start("m hi")
	b.put(journal.ReplyChunk, id, 1_002_000, "tok a\n")
	want := b.journal.Position().String()
	b.await("saving how far it is", func() bool { p, _ := b.store.Progress(context.Background()); return p.Read == want })
	if p, _ := b.store.Progress(context.Background()); p.Keep == p.Read {
		t.Errorf("keep %s has passed an open exchange", p.Keep)
	}
}

func TestForeignJournalIsReadWhole(t *testing.T) {
	for _, p := range []Progress{{"900:16", "900:16"}, {"x", "y"}} {
		b := newBench(t, 0)
		b.store.progress = p
		id := b.start("m hi")
		b.end(id, 1_003_000, exchange.End{State: exchange.OK})
		b.once(b.config())
		if _, ok := b.store.get(id); !ok {
			t.Errorf("nothing was read after progress %v", p)
		}
	}
}

func TestBatchesAreBounded(t *testing.T) {
	b := newBench(t, 0)
	for range 250 {
		b.end(b.start("m hi"), 1_003_000, exchange.End{State: exchange.OK})
	}
	b.once(b.config())
	if len(b.store.rows) != 250 || slices.Max(b.store.batches) > batchRows {
		t.Errorf("%d rows in batches of %v", len(b.store.rows), b.store.batches)
	}
}

// More chunks than places are held for: the rest is found in the journal.
func TestBodiesOfVeryManyChunks(t *testing.T) {
	b := newBench(t, 1<<20)
	id, other := b.start("m hi"), b.start("m other")
	b.head(id, 200, events, -1)
	var want bytes.Buffer
	for i := range maxSpans + 5000 {
		text := fmt.Sprintf("tok %d\n", i)
		want.WriteString(text)
		b.put(journal.ReplyChunk, id, 1_002_000+int64(i), text)
		if i%1000 == 0 {
			b.put(journal.ReplyChunk, other, 1_002_000, "noise\n")
			b.put(journal.ReqChunk, id, 1_002_000, ".")
		}
	}
	b.put(journal.ReplyChunk, id, 2_000_000, "end\n")
	want.WriteString("end\n")
	b.end(id, 2_000_000, exchange.End{State: exchange.OK})
	b.once(b.config())
	r, _ := b.store.get(id)
	if !bytes.Equal(r.reply, want.Bytes()) || string(r.request) != "m hi"+strings.Repeat(".", 71) {
		t.Errorf("%d bytes of %d came, request %q", len(r.reply), want.Len(), r.request)
	}
	if r.State != exchange.OK || *r.Usage.Output != maxSpans+5000 || *r.Timing.LastToken != 2000+maxSpans+4999 {
		t.Errorf("%v, %d tokens, last at %d", r.State, *r.Usage.Output, *r.Timing.LastToken)
	}
	sum := int64(0)
	for _, c := range r.Chunks {
		sum += c.Len
	}
	if len(r.Chunks) > maxChunks || sum != int64(want.Len()) || *r.Timing.FirstByte != 2000 {
		t.Errorf("%d chunks of %d bytes in all, first at %d", len(r.Chunks), sum, *r.Timing.FirstByte)
	}
}

// The journal loses a segment that holds a body's middle.
func TestLostSegmentIsAGap(t *testing.T) {
	b := newBench(t, 4<<10)
	long := b.start("m hi")
	first := b.journal.Position().Segment
	for i := range 10 {
		b.put(journal.ReplyChunk, long, 1_002_000, strings.Repeat(fmt.Sprint(i), 2*maxHeld/10))
	}
	stop := b.run(b.config())
	read := b.journal.Position().String()
	b.await("reading", func() bool { p, _ := b.store.Progress(context.Background()); return p.Read == read })
	if err := os.Remove(filepath.Join(b.dir, fmt.Sprintf("%08d.log", first+1))); err != nil {
		t.Fatal(err)
	}
	b.end(long, 1_003_000, exchange.End{State: exchange.Cancelled})
	b.await("saving", func() bool { _, ok := b.store.get(long); return ok })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	r, _ := b.store.get(long)
	if !r.Partial || !slices.Contains(r.Notes, exchange.NoteGap) || r.ResponseBytes != 2*maxHeld/10*10 || len(r.reply) >= 2*maxHeld/10*10 || len(r.reply) == 0 {
		t.Errorf("partial %v, notes %v, %d bytes kept of %d", r.Partial, r.Notes, len(r.reply), r.ResponseBytes)
	}
}

func TestEndThatNeverCame(t *testing.T) {
	b := newBench(t, 0)
	dead, alive := b.start("m dead"), b.start("m alive")
	var mu sync.Mutex
	now := time.Unix(1, 0)
	cfg := b.config()
	cfg.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); now = now.Add(time.Minute); return now }
	cfg.Alive = func(id uuid.UUID) bool { return id == alive }
	stop := b.run(cfg)
	b.await("burying", func() bool { _, ok := b.store.get(dead); return ok })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if r, _ := b.store.get(dead); r.State != exchange.Interrupted || !r.Partial {
		t.Errorf("the row is %+v", r.Record)
	}
	if _, ok := b.store.get(alive); ok {
		t.Error("a living exchange was buried")
	}
}

// ahead says that there is more than the reader has found.
type ahead struct{ *journal.Journal }

func (a ahead) Position() journal.Position {
	p := a.Journal.Position()
	p.Offset++
	return p
}

// A journal that can't be read is trouble until it can be read again.
func TestUnreadableJournalIsTrouble(t *testing.T) {
	b := newBench(t, 0)
	first := b.start("m hi")
	b.end(first, 1_003_000, exchange.End{State: exchange.OK})
	cfg := b.config()
	cfg.Journal = ahead{b.journal}
	troubles := make(chan error, 64)
	cfg.Trouble = func(err error) { troubles <- err }
	stop := b.run(cfg)
	b.await("the first row", func() bool { _, ok := b.store.get(first); return ok })
	away := cfg.Dir + "-away"
	if err := os.Rename(cfg.Dir, away); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cfg.Dir, nil, 0o600); err != nil { // no folder: it can't be listed
		t.Fatal(err)
	}
	if err := <-troubles; err == nil {
		t.Error("it begins with the end of a trouble")
	}
	if err := os.Remove(cfg.Dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(away, cfg.Dir); err != nil {
		t.Fatal(err)
	}
	if err := <-troubles; err != nil {
		t.Errorf("the trouble goes on: %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
