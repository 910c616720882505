// Package journal is the crash-safe append-only log between the hot path, which
// must never wait, and the recorder, which may fall behind.
//
// A journal is a folder of segments, 00000001.log and on, of which the highest
// is being written. A segment is a 16-byte header and records, each framed by
// its length and a CRC-32C that is salted by the segment, so that no bytes that
// a client sends can pass for a record.
//
// Guarantees: when Append returns nil, the record outlives the process, killed
// at whatever moment (one write(2) a record; nothing is kept back in memory).
// What was written is synced to the disk in the background, SyncEvery after it at
// the latest, so that a power cut takes no more than the last second. After a
// failed write (disk full) the torn bytes are cut off or left behind in a
// closed segment, and later Appends can succeed again. Readers never see half a
// record, and skip and count what a disk has damaged.
//
// Test it with go test ./backend/journal; TestKilledWriter kills real writers.
package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Type is the type of a record.
type Type uint8

// The record types, in the order in which an exchange has them; the two chunk
// types may interleave.
const (
	Start      Type = iota + 1 // payload: exchange.Start, by AppendBinary
	ReqChunk                   // payload: bytes of the request body
	ReqEnd                     // no payload: the request body is complete
	Head                       // payload: exchange.Head, by AppendBinary
	ReplyChunk                 // payload: bytes of the reply body
	End                        // payload: exchange.End, by AppendBinary
)

// Record is one entry of the journal.
type Record struct {
	Type    Type
	ID      uuid.UUID // of the exchange
	At      int64     // microseconds since the Unix epoch
	Payload []byte
}

const (
	// DefaultSegmentBytes is the size at which a new segment is begun.
	DefaultSegmentBytes = 16 << 20
	// MaxChunk is the largest payload of one chunk record, in bytes; Append
	// splits larger ones.
	MaxChunk = 1 << 20
	// maxPayload bounds the payload of any record.
	maxPayload = 16 << 20
)

// ErrClosed is returned by a journal that was closed.
var ErrClosed = errors.New("the journal is closed")

// File is what the journal needs of a segment's file.
type File interface {
	io.WriterAt
	io.Closer
	Truncate(size int64) error
	Sync() error
}

// Config says where and how to keep a journal.
type Config struct {
	Dir          string // made if it is missing, mode 0700
	SegmentBytes int64  // 0: DefaultSegmentBytes
	// After is a segment that was in use: new ones get higher numbers, also
	// where a power cut took its file.
	After     uint64
	SyncEvery time.Duration // from a write to its sync; 0: DefaultSyncEvery
	Log       *slog.Logger  // nil: discarded
	// OpenFile opens a segment for writing; nil: os.OpenFile. Tests use it to
	// fill the disk.
	OpenFile func(name string, flag int, perm os.FileMode) (File, error)
}

// Journal is the writing end. It is safe for concurrent use.
type Journal struct {
	dir     string
	maxSize int64
	every   time.Duration
	log     *slog.Logger
	open    func(name string, flag int, perm os.FileMode) (File, error)

	mu     sync.Mutex
	file   File // nil after a failure that a new segment must heal
	pos    Position
	begin  Position // where this writer began
	salt   uint32
	next   uint64 // number of the next segment
	first  uint64 // lowest segment that may exist
	buf    []byte
	moved  chan struct{} // closed at the next Append; nil while nobody waits
	closed bool

	syncing sync.Mutex // held while files are synced; taken before mu
	dirty   bool       // a sync of what was written is due
	made    bool       // a segment was made since the folder was synced
	full    []File     // segments that are written no more, to be synced and closed
}

// Open begins a new segment after those already in cfg.Dir, which stay to be
// followed.
func Open(cfg Config) (*Journal, error) {
	j := &Journal{dir: cfg.Dir, maxSize: cfg.SegmentBytes, every: cfg.SyncEvery, log: cfg.Log, open: cfg.OpenFile}
	if j.every <= 0 {
		j.every = DefaultSyncEvery
	}
	if j.maxSize <= 0 {
		j.maxSize = DefaultSegmentBytes
	}
	if j.log == nil {
		j.log = slog.New(slog.DiscardHandler)
	}
	if j.open == nil {
		j.open = func(name string, flag int, perm os.FileMode) (File, error) {
			return os.OpenFile(name, flag, perm)
		}
	}
	if err := os.MkdirAll(j.dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the journal's folder: %w", err)
	}
	if err := removeUnfinished(j.dir); err != nil {
		return nil, err
	}
	numbers, err := segments(j.dir)
	if err != nil {
		return nil, err
	}
	j.next, j.first = 1, 1
	if n := len(numbers); n > 0 {
		j.next, j.first = numbers[n-1]+1, numbers[0]
	}
	j.next = max(j.next, cfg.After+1)
	if err := j.beginSegment(); err != nil {
		return nil, err
	}
	j.begin = j.pos
	return j, nil
}

// Begin is where this journal began to write: all before it is what earlier
// processes left.
func (j *Journal) Begin() Position { return j.begin }

// beginSegment makes the next segment and writes to it from now on. The file
// appears under its name only once its header is whole; from then on nothing is
// written to an earlier segment, which is what lets a reader leave it.
func (j *Journal) beginSegment() error {
	number := j.next
	name := filepath.Join(j.dir, segmentName(number))
	header, salt := newHeader()
	temp, err := j.open(name+unfinished, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if errors.Is(err, os.ErrNotExist) && os.MkdirAll(j.dir, 0o700) == nil { // somebody took the folder away
		temp, err = j.open(name+unfinished, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	}
	if err != nil {
		return fmt.Errorf("making journal segment %d: %w", number, err)
	}
	_, err = temp.WriteAt(header, 0)
	if errClose := temp.Close(); err == nil {
		err = errClose
	}
	if err == nil {
		err = os.Rename(name+unfinished, name)
	}
	if err != nil {
		_ = os.Remove(name + unfinished)
		return fmt.Errorf("making journal segment %d: %w", number, err)
	}
	if j.file != nil {
		j.full = append(j.full, j.file)
		j.file = nil
	}
	j.next = number + 1
	j.made = true
	j.due()
	file, err := j.open(name, os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening journal segment %d: %w", number, err)
	}
	j.file, j.salt = file, salt
	j.pos = Position{Segment: number, Offset: headerSize}
	return nil
}

// Append writes records, by one write(2) where they are not large; when it
// returns nil, they are kept whatever happens to the process. Chunks larger than
// MaxChunk become several records. On an error some may have been kept.
func (j *Journal) Append(list ...Record) error {
	large := 0
	for _, r := range list {
		if r.Type < Start || r.Type > End {
			return fmt.Errorf("journal record of unknown type %d", r.Type)
		}
		if !r.chunk() && len(r.Payload) > maxPayload {
			return fmt.Errorf("journal record of %d bytes is too large", len(r.Payload))
		}
		large = max(large, len(r.Payload))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if large <= MaxChunk/4 {
		return j.write(list...)
	}
	for _, r := range list {
		for r.chunk() && len(r.Payload) > MaxChunk {
			part := r
			part.Payload = r.Payload[:MaxChunk]
			if err := j.write(part); err != nil {
				return err
			}
			r.Payload = r.Payload[MaxChunk:]
		}
		if err := j.write(r); err != nil {
			return err
		}
	}
	return nil
}

// chunk says whether a record holds bytes of a body.
func (r Record) chunk() bool { return r.Type == ReqChunk || r.Type == ReplyChunk }

// write keeps records that lie next to each other.
func (j *Journal) write(list ...Record) error {
	if j.closed {
		return ErrClosed
	}
	var size int64
	for _, r := range list {
		size += frameSize + int64(len(r.Payload))
	}
	switch {
	case j.file == nil:
		if err := j.beginSegment(); err != nil {
			return err
		}
	case j.pos.Offset > headerSize && j.pos.Offset+size > j.maxSize:
		// Where no new segment can be made the old one goes on growing.
		if err := j.beginSegment(); err != nil {
			j.log.Warn("beginning a journal segment", "error", err)
			if j.file == nil {
				return err
			}
		}
	}
	if cap(j.buf) > 4*MaxChunk {
		j.buf = nil
	}
	j.buf = j.buf[:0]
	for _, r := range list {
		j.buf = appendFrame(j.buf, r, j.salt)
	}
	n, err := j.file.WriteAt(j.buf, j.pos.Offset)
	if err != nil {
		j.heal(n)
		return fmt.Errorf("writing to the journal: %w", err)
	}
	j.pos.Offset += size
	j.due()
	if j.moved != nil {
		close(j.moved)
		j.moved = nil
	}
	return nil
}

// heal removes the n bytes that a failed write left behind. Where that fails,
// the next Append begins a new segment.
func (j *Journal) heal(n int) {
	if n == 0 {
		return
	}
	if err := j.file.Truncate(j.pos.Offset); err != nil {
		j.log.Warn("cutting off a torn journal record", "error", err)
		_ = j.file.Close()
		j.file = nil
	}
}

// Position is the place just after the last whole record.
func (j *Journal) Position() Position {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.pos
}

// Wait blocks until Position is past p, ctx ends or the journal is closed.
func (j *Journal) Wait(ctx context.Context, p Position) error {
	for {
		j.mu.Lock()
		if p.Less(j.pos) {
			j.mu.Unlock()
			return nil
		}
		if j.closed {
			j.mu.Unlock()
			return ErrClosed
		}
		if j.moved == nil {
			j.moved = make(chan struct{})
		}
		moved := j.moved
		j.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Rotate begins a new segment, unless the one being written is empty, so that a
// reader that has come this far lets Release delete all that was written.
func (j *Journal) Rotate() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return ErrClosed
	}
	if j.file != nil && j.pos.Offset == headerSize {
		return nil
	}
	if err := j.beginSegment(); err != nil {
		return err
	}
	if j.moved != nil {
		close(j.moved)
		j.moved = nil
	}
	return nil
}

// Releases says whether Release has anything to delete.
func (j *Journal) Releases(p Position) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.first < min(p.Segment, j.pos.Segment)
}

// Release deletes the whole segments before p. The one being written stays. What
// they held must be on the disk elsewhere.
func (j *Journal) Release(p Position) error {
	j.mu.Lock()
	limit := min(p.Segment, j.pos.Segment)
	first, full := j.first, len(j.full)
	j.mu.Unlock()
	if first >= limit {
		return nil
	}
	if full > 0 { // Windows deletes no open file
		if err := j.Sync(); err != nil {
			j.log.Warn("syncing before segments are deleted", "error", err)
		}
	}
	numbers, err := segments(j.dir)
	if err != nil {
		return err
	}
	var failed error
	for _, n := range numbers {
		if n >= limit {
			break
		}
		if err := os.Remove(filepath.Join(j.dir, segmentName(n))); err != nil && !errors.Is(err, os.ErrNotExist) {
			failed = errors.Join(failed, fmt.Errorf("deleting journal segment %d: %w", n, err))
		}
	}
	if failed == nil {
		j.mu.Lock()
		j.first = max(j.first, limit)
		j.mu.Unlock()
	}
	return failed
}

// Close ends the journal; what it holds is on the disk.
func (j *Journal) Close() error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return nil
	}
	j.closed = true
	if j.moved != nil {
		close(j.moved)
		j.moved = nil
	}
	if j.file != nil {
		j.full = append(j.full, j.file)
		j.file = nil
	}
	j.mu.Unlock()
	if err := j.Sync(); err != nil {
		return fmt.Errorf("closing the journal: %w", err)
	}
	return nil
}
