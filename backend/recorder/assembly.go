package recorder

import (
	"io"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
	"gumshoe/backend/journal"
)

const (
	// maxSpans is how many places of body bytes are held for one body; those
	// beyond are found by reading the journal once more.
	maxSpans = 64 << 10
	// maxChunks is how many chunk times are kept of a reply; beyond it two
	// neighbours become one.
	maxChunks = 64 << 10
	// maxHeld is the largest body that is held in memory, in bytes, and
	// maxAllHeld bounds the sum of all.
	maxHeld, maxAllHeld = 64 << 10, 8 << 20
)

// assembly is what is known of an exchange while its records come in.
type assembly struct {
	id        uuid.UUID
	start     journal.Position // before its first record
	startedAt int64
	lastAt    int64 // of its newest record
	lastSeen  time.Time
	request   body
	reply     body
	info      exchange.Start
	head      *exchange.Head
	sentAt    *int64
	chunks    []exchange.Chunk
}

// body is where the bytes of a body lie in the journal.
type body struct {
	typ   journal.Type
	spans []span
	size  int64
	rest  journal.Position // before the first record that has no span; zero: none
	end   journal.Position // after the last record
	held  []byte           // all of it while it is small, so that it need not be read again
	big   bool             // no longer held
}

type span struct {
	at  journal.Position
	len int32
	us  int64 // arrival, after the exchange's start
}

// newAssembly begins an exchange from its Start record, which ends at pos; nil
// if that can't be read.
func newAssembly(rec journal.Record, pos journal.Position) *assembly {
	a := &assembly{
		id: rec.ID, start: before(rec, pos), startedAt: rec.At, lastAt: rec.At,
		request: body{typ: journal.ReqChunk}, reply: body{typ: journal.ReplyChunk},
	}
	if a.info.UnmarshalBinary(rec.Payload) != nil {
		return nil
	}
	return a
}

// before is the place before a record that ends at pos.
func before(rec journal.Record, pos journal.Position) journal.Position {
	return journal.Position{Segment: pos.Segment, Offset: pos.Offset - journal.Size(rec)}
}

// add takes a record and reports whether it was the last.
func (a *assembly) add(rec journal.Record, pos journal.Position, all *held) (last bool) {
	a.lastAt = max(a.lastAt, rec.At)
	us := max(0, rec.At-a.startedAt)
	switch rec.Type {
	case journal.ReqChunk:
		a.request.add(rec, pos, us, all)
	case journal.ReqEnd:
		a.sentAt = exchange.Int64(us)
	case journal.Head:
		var head exchange.Head
		if head.UnmarshalBinary(rec.Payload) == nil {
			a.head = &head
		}
	case journal.ReplyChunk:
		a.reply.add(rec, pos, us, all)
		if len(rec.Payload) > 0 {
			a.addChunk(exchange.Chunk{At: us, Len: int64(len(rec.Payload))}, all)
		}
	case journal.End:
		return true
	}
	return false
}

// ending reads what an exchange's last record says.
func ending(rec journal.Record) exchange.End {
	var end exchange.End
	if end.UnmarshalBinary(rec.Payload) != nil {
		return exchange.End{State: exchange.Interrupted}
	}
	return end
}

func (a *assembly) addChunk(c exchange.Chunk, all *held) {
	if len(a.chunks) == 1 { // a stream
		a.chunks = append(pop(&all.chunks), a.chunks[0])
	}
	if len(a.chunks) >= maxChunks {
		half := a.chunks[:0]
		for i := 0; i+1 < len(a.chunks); i += 2 {
			x, y := a.chunks[i], a.chunks[i+1]
			half = append(half, exchange.Chunk{At: x.At, Len: x.Len + y.Len})
		}
		a.chunks = half
	}
	a.chunks = append(a.chunks, c)
}

func (b *body) add(rec journal.Record, pos journal.Position, us int64, all *held) {
	n := len(rec.Payload)
	b.hold(rec.Payload, all)
	b.size += int64(n)
	b.end = pos
	if len(b.spans) >= maxSpans {
		if b.rest == (journal.Position{}) {
			b.rest = before(rec, pos)
		}
		return
	}
	if b.spans == nil {
		b.spans = pop(&all.spans)
	}
	b.spans = append(b.spans, span{
		at: journal.Position{Segment: pos.Segment, Offset: pos.Offset - int64(n)}, len: int32(n), us: us,
	})
}

// hold keeps a small body's bytes.
func (b *body) hold(p []byte, all *held) {
	switch {
	case b.big:
	case len(b.held)+len(p) > maxHeld || all.bytes+len(p) > maxAllHeld || len(b.spans) >= maxSpans:
		b.drop(all)
		b.big = true
	default:
		if b.held == nil {
			b.held = all.buffer()
		}
		b.held = append(b.held, p...)
		all.bytes += len(p)
	}
}

// drop lets go of what is held; the journal still has it.
func (b *body) drop(all *held) {
	all.bytes -= len(b.held)
	all.take(b.held)
	b.held = nil
}

// done lets go of all; the body is not read again.
func (b *body) done(all *held) {
	b.drop(all)
	push(&all.spans, b.spans, longReply)
	b.spans = nil
}

// held counts the bytes of bodies in memory and keeps what held earlier ones for
// the next.
type held struct {
	bytes   int
	buffers [][]byte
	spans   [][]span
	chunks  [][]exchange.Chunk
}

// maxSpare is how many buffers wait to be used again: those of a batch. Those of a
// reply of more than longReply chunks are let go.
const maxSpare, longReply = 2 * batchRows, 1024

func (h *held) buffer() []byte {
	if b := pop(&h.buffers); b != nil {
		return b
	}
	return make([]byte, 0, 1<<10)
}

func (h *held) take(b []byte) { push(&h.buffers, b, maxHeld) }

// pop gives what an earlier one has left, empty; nil where there is none.
func pop[T any](spare *[][]T) []T {
	n := len(*spare) - 1
	if n < 0 {
		return nil
	}
	s := (*spare)[n]
	*spare = (*spare)[:n]
	return s
}

func push[T any](spare *[][]T, s []T, most int) {
	if cap(s) > 0 && cap(s) <= most && len(*spare) < maxSpare {
		*spare = append(*spare, s[:0])
	}
}

// bodyReader gives a body's bytes from the journal: as an io.Reader, or piece
// by piece with their arrivals.
type bodyReader struct {
	journal *journal.Reader // for the spans
	dir     string
	a       *assembly
	b       *body
	next    int
	at      int             // of span next in what is held
	tail    *journal.Reader // for what has no span
	buf     []byte
	p       []byte // read but not given yet
	err     error
}

func (r *Recorder) body(a *assembly, b *body) *bodyReader {
	return &bodyReader{journal: r.reader, dir: r.cfg.Dir, a: a, b: b}
}

// Next implements decode.Source.
func (br *bodyReader) Next() (at int64, p []byte, err error) {
	if br.err != nil {
		return 0, nil, br.err
	}
	if br.next < len(br.b.spans) {
		s := br.b.spans[br.next]
		if held := br.b.held; br.at+int(s.len) <= len(held) {
			p = held[br.at : br.at+int(s.len)]
			br.next++
			br.at += int(s.len)
			return s.us, p, nil
		}
		if cap(br.buf) < int(s.len) {
			br.buf = make([]byte, max(int(s.len), 4<<10))
		}
		if br.err = br.journal.ReadAt(br.buf[:s.len], s.at); br.err != nil {
			return 0, nil, br.err
		}
		br.next++
		return s.us, br.buf[:s.len], nil
	}
	if br.b.rest == (journal.Position{}) {
		br.err = io.EOF
		return 0, nil, br.err
	}
	return br.further()
}

// further finds the next record that has no span.
func (br *bodyReader) further() (int64, []byte, error) {
	if br.tail == nil {
		br.tail = journal.NewReader(br.dir, br.b.rest)
	}
	for br.tail.Position().Less(br.b.end) {
		rec, _, err := br.tail.Next()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			br.err = err
			return 0, nil, err
		}
		if rec.ID == br.a.id && rec.Type == br.b.typ {
			return max(0, rec.At-br.a.startedAt), rec.Payload, nil
		}
	}
	br.err = io.EOF
	return 0, nil, io.EOF
}

// Read implements io.Reader.
func (br *bodyReader) Read(p []byte) (int, error) {
	for len(br.p) == 0 {
		var err error
		if _, br.p, err = br.Next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, br.p)
	br.p = br.p[n:]
	return n, nil
}

// Whole gives all of a body that is held in memory, nil for others. What was read
// before comes again.
func (br *bodyReader) Whole() []byte {
	if int64(len(br.b.held)) != br.b.size {
		return nil
	}
	return br.b.held
}

// failed says that the journal could not be read.
func (br *bodyReader) failed() bool { return br.err != nil && br.err != io.EOF }

func (br *bodyReader) close() {
	if br.tail != nil {
		_ = br.tail.Close()
	}
}
