// Package recorder follows the journal and turns what has ended into rows: it
// assembles an exchange's records, unpacks and decodes its bodies, decides its
// state, tells who sent it and why, computes its figures, and stores it in
// batches together with the place in the journal from which to go on.
//
// Guarantees: everything in the journal is stored once, also after the process
// was killed at any moment (rows are idempotent by id, and the place is saved
// in the same transaction). An exchange that an earlier process left open
// becomes interrupted, with what had come. Segments are released only behind
// saved rows, and what was written is not kept longer than that: a journal that
// has been quiet for a minute or is closed is left empty. Where the store fails, the recorder waits and tries again; the
// journal is the buffer. Memory holds small bodies up to a bound and the places of
// all others' bytes; of the one exchange that is being decoded, what a brief
// reading takes.
//
// Test it with: go test ./backend/recorder
package recorder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/decode"
	"gumshoe/backend/exchange"
	"gumshoe/backend/journal"
)

// Item is one exchange to store. Request and Reply give the exact bytes of the
// bodies, once.
type Item struct {
	Record               *exchange.Record
	Request, Reply       io.Reader
	RequestLen, ReplyLen int64
	// Adopts are ids of earlier exchanges without a chat that turned out to
	// belong to this one's chat and answer.
	Adopts []string
}

// Progress is how far the recorder is, as journal positions in text: all that
// ended before Read is stored; Keep is where to go on after a restart, and what
// lies before it may be deleted.
type Progress struct{ Read, Keep string }

// Store keeps what the recorder gives it.
type Store interface {
	// Save stores all items and the progress, or nothing. An item that is
	// already there, by its record's ID, is no error. Items and what they hold
	// are the recorder's again once it returns.
	Save(ctx context.Context, items []Item, p Progress) error
	// Progress is what was saved last; the zero value where nothing was.
	Progress(ctx context.Context) (Progress, error)
	// Sync brings all that was saved to the disk, so that a power cut can't take
	// it back.
	Sync() error
	// Locked says why a Save under way has to wait for longer than an instant; nil
	// where it has not. It is asked beside Save.
	Locked() error
}

// Journal is the writing end that the recorder follows; *journal.Journal is one.
type Journal interface {
	Begin() journal.Position
	// Position is the place behind the last record.
	Position() journal.Position
	Wait(ctx context.Context, p journal.Position) error
	// Releases says whether Release has anything to delete.
	Releases(p journal.Position) bool
	Release(p journal.Position) error
	// Rotate begins a new segment where the last one holds anything.
	Rotate() error
}

// ErrUnread says that the trouble is with reading the journal, not with storing.
var ErrUnread = errors.New("the journal can't be read")

// Config is what a Recorder needs.
type Config struct {
	Dir     string  // the journal's folder
	Journal Journal // nil where no writer is alive (Drain)
	Store   Store
	Dialect decode.DialectFunc
	Insight Insight
	// Announce is told of every stored exchange and its last user message,
	// after it was saved. May be nil; must be quick.
	Announce func(e exchange.Exchange, prompt string)
	// Trouble is told each time that storing fails or has to wait, and with nil when
	// it works again; beside Save, too. May be nil.
	Trouble func(err error)
	// Alive says whether an exchange is still running. Where it is given, an
	// exchange that has gone silent and isn't alive is stored as interrupted:
	// its end could not be journalled (a full disk). May be nil.
	Alive func(id uuid.UUID) bool
	Log   *slog.Logger     // nil: discarded
	Now   func() time.Time // nil: time.Now
}

const (
	batchRows     = 100
	batchWait     = 50 * time.Millisecond
	batchText     = 16 << 20 // bytes of prompts and answers
	progressEvery = 200 * time.Millisecond
	gather        = 20 * time.Millisecond  // so as not to wake for every chunk
	silence       = 30 * time.Second       // before Alive is asked
	stopTries     = 3                      // to save once Run's context has ended
	quiet         = time.Minute            // before what was stored leaves the journal
	lockedEvery   = 250 * time.Millisecond // while a Save is under way
)

// Recorder is for one call of Run or Drain.
type Recorder struct {
	cfg    Config
	reader *journal.Reader
	begin  journal.Position // where the living writer began
	swept  bool             // what earlier processes left open has been ended

	buffer      []byte // to read bodies with
	mind        mind
	open        map[uuid.UUID]*assembly
	until       journal.Position // where the journal ended when last asked
	pending     []finished
	pendingText int
	held        held
	since       time.Time // of the oldest pending
	items       []Item    // of the save under way

	stored  journal.Position // all that ended before it was stored by an earlier run
	saved   journal.Position // Read as last saved
	savedAt time.Time
	asked   time.Time // when Alive was last asked
	heard   time.Time // when the journal last said anything
	rotated bool      // nothing came since the journal was rotated
	trouble bool
	unread  bool      // the trouble is that the journal can't be read
	now     time.Time // a moment ago: the clock is not asked for each record
	gave    time.Time // when it last let other goroutines go first
	woke    time.Time // when it last began to work after a pause
	looked  uint      // records since then, roughly
}

// finished is an exchange that waits to be saved.
type finished struct {
	record exchange.Record
	adopts []string
	parts  *assembly
}

// New makes a Recorder; it does nothing before Run or Drain.
func New(cfg Config) *Recorder {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Recorder{cfg: cfg, open: map[uuid.UUID]*assembly{}, buffer: make([]byte, 64<<10), mind: newMind()}
}

// Run follows the journal until ctx ends, then stores what is there and
// returns. What is still open stays in the journal for the next run. The error
// is nil unless something could not be read or stored at the end.
func (r *Recorder) Run(ctx context.Context) error {
	if r.cfg.Journal != nil {
		r.begin = r.cfg.Journal.Begin()
	}
	return r.follow(ctx, false)
}

// Drain stores all that the journal holds, with what is open as interrupted.
// No writer may be alive.
func (r *Recorder) Drain(ctx context.Context) error {
	return r.follow(ctx, true)
}

func (r *Recorder) follow(ctx context.Context, drain bool) error {
	if err := r.resume(ctx); err != nil {
		return err
	}
	defer func() { _ = r.reader.Close() }()
	for {
		stopping := drain || ctx.Err() != nil
		rec, pos, err := r.next()
		if r.unread && (err == nil || err == io.EOF) {
			r.unread = false
			r.setTrouble(nil)
		}
		switch {
		case err == nil:
			r.rotated, r.heard = false, time.Time{}
			if r.looked++; r.looked%lookEvery == 0 {
				r.now = r.cfg.Now()
			}
			r.sweep(false)
			r.take(rec, pos)
			if r.due() {
				if err := r.flush(ctx, drain); err != nil {
					return err
				}
			}
			if !stopping && r.looked%lookEvery == 0 {
				r.giveWay(ctx, rec)
			}
			if drain && ctx.Err() != nil {
				return fmt.Errorf("draining the journal: %w", ctx.Err())
			}
		case err == io.EOF:
			r.now = r.cfg.Now()
			r.sweep(drain)
			if r.rotate(stopping) {
				continue
			}
			if stopping || r.due() || r.progressDue() {
				if err := r.flush(ctx, drain); err != nil {
					return err
				}
			}
			if stopping {
				return nil
			}
			r.buryDead()
			r.wait(ctx)
			r.now = r.cfg.Now()
			r.woke = r.now
		default:
			if stopping {
				return fmt.Errorf("following the journal: %w", err)
			}
			r.unread = true
			r.setTrouble(fmt.Errorf("%w: %w", ErrUnread, err))
			r.sleep(ctx, time.Second)
		}
	}
}

// next reads a record. Where the journal says that there is none, no file is
// looked for; it is asked again where it ended when last asked.
func (r *Recorder) next() (journal.Record, journal.Position, error) {
	if at := r.reader.Position(); r.cfg.Journal != nil && !at.Less(r.until) {
		if r.until = r.cfg.Journal.Position(); at == r.until {
			return journal.Record{}, at, io.EOF
		}
	}
	return r.reader.Next()
}

// rotate leaves a segment behind that holds nothing but what was read, so that
// prompts don't lie in the journal after their rows were deleted. It says
// whether there is a new one to go on to.
func (r *Recorder) rotate(stopping bool) bool {
	now := r.cfg.Now()
	if !r.rotated && r.heard.IsZero() {
		r.heard = now
	}
	if r.rotated || r.cfg.Journal == nil || len(r.open) > 0 || !stopping && now.Sub(r.heard) < quiet {
		return false
	}
	r.rotated, r.heard = true, time.Time{}
	if err := r.cfg.Journal.Rotate(); err != nil {
		r.cfg.Log.Warn("beginning a journal segment", "error", err)
		return false
	}
	return true
}

// resume goes to where the last run left off.
func (r *Recorder) resume(ctx context.Context) error {
	p, err := r.cfg.Store.Progress(context.WithoutCancel(ctx)) // also where the program ends as soon as it has begun
	if err != nil {
		return fmt.Errorf("reading where the recorder was: %w", err)
	}
	keep, errKeep := journal.ParsePosition(p.Keep)
	read, errRead := journal.ParsePosition(p.Read)
	end, err := journal.EndOf(r.cfg.Dir)
	if err != nil {
		return err
	}
	if err := errors.Join(errKeep, errRead); err != nil || end.Segment < keep.Segment {
		r.cfg.Log.Warn("the journal is not the one that was followed; reading all of it",
			"keep", p.Keep, "end", end.String(), "error", err)
		keep, read = journal.Position{}, journal.Position{}
	}
	r.remember(context.WithoutCancel(ctx))
	r.reader = journal.NewReader(r.cfg.Dir, keep)
	r.now = r.cfg.Now()
	r.stored, r.saved, r.savedAt = read, read, r.now
	return nil
}

// take adds one record to its exchange.
func (r *Recorder) take(rec journal.Record, pos journal.Position) {
	a := r.open[rec.ID]
	if rec.Type == journal.Start {
		if a != nil {
			return
		}
		if a = newAssembly(rec, pos); a == nil {
			r.cfg.Log.Warn("an unreadable start in the journal", "id", rec.ID)
			return
		}
		a.lastSeen = r.now
		r.open[rec.ID] = a
		return
	}
	if a == nil {
		return // stored by an earlier run, or its start could not be journalled
	}
	a.lastSeen = r.now
	switch {
	case !a.add(rec, pos, &r.held):
	case r.stored.Less(pos):
		r.finish(a, ending(rec))
	default:
		r.forget(a) // an earlier run stored it
	}
}

// forget lets go of an exchange.
func (r *Recorder) forget(a *assembly) {
	delete(r.open, a.id)
	a.request.done(&r.held)
	a.reply.done(&r.held)
}

// finish decodes an exchange and queues it to be saved.
func (r *Recorder) finish(a *assembly, end exchange.End) {
	delete(r.open, a.id)
	if now := r.cfg.Now(); now.Sub(r.gave) > giveWayEvery {
		runtime.Gosched() // a token that has come meanwhile goes first
		r.gave = now
	}
	record, adopts := r.build(a, end)
	if len(r.pending) == 0 {
		r.since = r.now
	}
	r.pending = append(r.pending, finished{record, adopts, a})
	r.pendingText += len(record.Prompt) + len(record.Reply)
}

// sweep ends what an earlier process left open, once all that it wrote has been
// read; with all, whatever is open.
func (r *Recorder) sweep(all bool) {
	if !all && (r.swept || r.begin.Segment == 0 || r.reader.Position().Segment < r.begin.Segment) {
		return
	}
	r.swept = true
	for _, a := range r.open {
		if all || a.start.Segment < r.begin.Segment {
			r.finish(a, exchange.End{State: exchange.Interrupted})
		}
	}
}

// buryDead ends exchanges whose end never reached the journal.
func (r *Recorder) buryDead() {
	now := r.cfg.Now()
	if r.cfg.Alive == nil || now.Sub(r.asked) < time.Second {
		return
	}
	r.asked = now
	for _, a := range r.open {
		if now.Sub(a.lastSeen) < silence {
			continue
		}
		if r.cfg.Alive(a.id) {
			a.lastSeen = now
			continue
		}
		r.cfg.Log.Warn("an exchange has no end in the journal", "id", a.id)
		r.finish(a, exchange.End{State: exchange.Interrupted, Gap: true})
	}
}

func (r *Recorder) due() bool {
	return len(r.pending) > 0 && (len(r.pending) >= batchRows || r.pendingText >= batchText ||
		r.now.Sub(r.since) >= batchWait)
}

func (r *Recorder) progressDue() bool {
	return r.saved != r.reader.Position() && r.cfg.Now().Sub(r.savedAt) >= progressEvery
}

// wait blocks until there is more to read or to do.
func (r *Recorder) wait(ctx context.Context) {
	limit := time.Second
	if r.saved != r.reader.Position() {
		limit = progressEvery - r.cfg.Now().Sub(r.savedAt)
	}
	if len(r.pending) > 0 {
		limit = min(limit, batchWait-r.cfg.Now().Sub(r.since))
	}
	limit = max(limit, time.Millisecond)
	if r.cfg.Journal == nil {
		r.sleep(ctx, min(limit, batchWait))
		return
	}
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := r.cfg.Journal.Wait(timed, r.reader.Position())
	switch {
	case errors.Is(err, journal.ErrClosed):
		r.sleep(ctx, limit)
	case err == nil:
		r.sleep(ctx, gather)
	}
}

func (r *Recorder) sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
