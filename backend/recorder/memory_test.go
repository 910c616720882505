package recorder

import (
	"bytes"
	"context"
	"io"
	"runtime"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/journal"
)

// sink is a Store that counts bytes.
type sink struct {
	bytes int64
	notes []exchange.Note
}

func (s *sink) Progress(context.Context) (Progress, error) { return Progress{}, nil }

func (s *sink) Sync() error { return nil }

func (s *sink) Save(_ context.Context, items []Item, _ Progress) error {
	for _, item := range items {
		for _, r := range []io.Reader{item.Request, item.Reply} {
			n, err := io.Copy(io.Discard, r)
			if err != nil {
				return err
			}
			s.bytes += n
		}
		s.notes = append(s.notes, item.Record.Notes...)
	}
	return nil
}

func (*sink) Locked() error { return nil }

func TestGiantBodiesAreNotHeld(t *testing.T) {
	b := newBench(t, 0)
	id := b.start("m hi")
	b.head(id, 200, events, -1)
	piece := bytes.Repeat([]byte("tok x\n"), 1<<20/6)
	const pieces = 100
	for range pieces {
		b.put(journal.ReqChunk, id, 1_002_000, piece)
		b.put(journal.ReplyChunk, id, 1_002_000, piece)
	}
	b.end(id, 1_003_000, exchange.End{State: exchange.OK})
	var store sink
	cfg := b.config()
	cfg.Store = &store
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b.once(cfg)
	runtime.ReadMemStats(&after)
	if want := int64(2*pieces*len(piece) + 4); store.bytes != want {
		t.Errorf("%d bytes were stored, want %d", store.bytes, want)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("%d bytes were allocated for it", used)
	}
	if len(store.notes) != 1 || store.notes[0] != exchange.NoteTooLarge {
		t.Errorf("notes are %v", store.notes)
	}
}
