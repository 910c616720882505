package recorder

import (
	"context"
	"fmt"
	"sync"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/journal"
)

// flush saves what is pending and how far the recorder is, and tries until it
// succeeds. Once ctx has ended (or with drain) it gives up after a few tries.
func (r *Recorder) flush(ctx context.Context, drain bool) error {
	keep := r.reader.Position()
	for _, a := range r.open {
		if a.start.Less(keep) {
			keep = a.start
		}
	}
	progress := Progress{Read: r.reader.Position().String(), Keep: keep.String()}
	if len(r.pending) == 0 && r.saved == r.reader.Position() {
		return nil
	}
	pause := 50 * time.Millisecond
	for failures := 0; ; {
		err := r.save(progress)
		if err == nil {
			break
		}
		r.setTrouble(err)
		if drain || ctx.Err() != nil {
			if failures++; failures >= stopTries {
				return fmt.Errorf("storing %d exchanges: %w", len(r.pending), err)
			}
			time.Sleep(pause)
			continue
		}
		r.sleep(ctx, pause)
		pause = min(2*pause, 5*time.Second)
	}
	r.setTrouble(nil)
	r.now = r.cfg.Now()
	r.saved, r.savedAt = r.reader.Position(), r.now
	if r.cfg.Announce != nil {
		for _, f := range r.pending {
			r.cfg.Announce(f.record.Exchange, f.record.Subject())
		}
	}
	for _, f := range r.pending {
		f.parts.request.done(&r.held)
		f.parts.reply.done(&r.held)
		push(&r.held.chunks, f.record.Chunks, longReply)
	}
	clear(r.pending)
	r.pending, r.pendingText = r.pending[:0], 0
	r.reader.Forget(keep)
	r.release(keep)
	return nil
}

// release lets the journal delete what is stored, once that is on the disk: a
// commit alone would not outlive a power cut.
func (r *Recorder) release(keep journal.Position) {
	if r.cfg.Journal == nil || !r.cfg.Journal.Releases(keep) {
		return
	}
	if err := r.cfg.Store.Sync(); err != nil {
		r.cfg.Log.Warn("syncing the log before the journal is released", "error", err)
		return
	}
	if err := r.cfg.Journal.Release(keep); err != nil {
		r.cfg.Log.Warn("releasing the journal", "error", err)
	}
}

// save tries once. A save under way is never cut off: it is short.
func (r *Recorder) save(p Progress) error {
	bodies := make([][2]*bodyReader, len(r.pending))
	items := r.items[:0]
	for i := range r.pending {
		f := &r.pending[i]
		bodies[i] = [2]*bodyReader{r.body(f.parts, &f.parts.request), r.body(f.parts, &f.parts.reply)}
		items = append(items, Item{
			Record: &f.record, Request: bodies[i][0], Reply: bodies[i][1],
			RequestLen: f.parts.request.size, ReplyLen: f.parts.reply.size, Adopts: f.adopts,
		})
	}
	defer func() { clear(items); r.items = items }()
	watched := r.watchSave()
	err := r.cfg.Store.Save(context.Background(), items, p)
	r.trouble = watched() || r.trouble
	for i, pair := range bodies {
		for _, b := range pair {
			if b.failed() {
				r.cfg.Log.Error("the journal has lost a body", "id", items[i].Record.ID, "error", b.err)
				r.giveUp(r.pending[i].parts, &r.pending[i].record)
			}
			b.close()
		}
	}
	return err
}

// giveUp keeps of an exchange's bodies what can still be read, so that the next
// try succeeds.
func (r *Recorder) giveUp(a *assembly, record *exchange.Record) {
	for _, b := range []*body{&a.request, &a.reply} {
		b.drop(&r.held)
		kept := b.spans[:0]
		b.size = 0
		for _, s := range b.spans {
			if r.reader.ReadAt(make([]byte, s.len), s.at) == nil {
				kept = append(kept, s)
				b.size += int64(s.len)
			}
		}
		b.spans, b.rest = kept, journal.Position{}
	}
	record.Partial, record.End.Gap = true, true
	record.Notes = withNote(record.Notes, exchange.NoteGap)
}

// watchSave tells of a Save that has to wait: with what waits before it in the store
// that can be much longer than one try takes to fail. The returned function ends
// that and says whether there was trouble.
func (r *Recorder) watchSave() (end func() bool) {
	if r.cfg.Trouble == nil {
		return func() bool { return false }
	}
	var mu sync.Mutex
	told, ended := false, false
	timer := (*time.Timer)(nil)
	look := func() {
		mu.Lock()
		defer mu.Unlock()
		if ended {
			return
		}
		if err := r.cfg.Store.Locked(); err != nil {
			told = true
			r.cfg.Log.Error("recording waits for the log", "error", err)
			r.cfg.Trouble(err)
			return
		}
		timer.Reset(lockedEvery)
	}
	mu.Lock()
	defer mu.Unlock()
	timer = time.AfterFunc(lockedEvery, look)
	return func() bool {
		mu.Lock()
		defer mu.Unlock()
		ended = true
		timer.Stop()
		return told
	}
}

func (r *Recorder) setTrouble(err error) {
	if err != nil {
		r.cfg.Log.Error("recording is behind", "error", err)
	}
	if err == nil && !r.trouble {
		return
	}
	r.trouble = err != nil
	if r.cfg.Trouble != nil {
		r.cfg.Trouble(err)
	}
}
