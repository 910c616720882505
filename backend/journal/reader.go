package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Reader follows a journal, also while another process writes it. It is for one
// goroutine. Close it when done.
type Reader struct {
	dir     string
	pos     Position
	file    *os.File // of pos.Segment; nil before it is opened
	salt    uint32
	begun   bool // the header of file has been read
	buf     []byte
	bufOff  int64
	skipped int64
	others  map[uint64]*os.File // for ReadAt
}

const (
	readAhead = 128 << 10
	maxOthers = 4
)

// NewReader reads the journal in dir from a position on.
func NewReader(dir string, from Position) *Reader {
	return &Reader{dir: dir, pos: from, others: map[uint64]*os.File{}}
}

// Position is the place after the last record that Next returned, moved on to
// the next segment once one is done.
func (r *Reader) Position() Position { return r.pos }

// Skipped counts the damaged or torn places that were skipped.
func (r *Reader) Skipped() int64 { return r.skipped }

// Close lets go of the files.
func (r *Reader) Close() error {
	r.leave()
	for n, f := range r.others {
		_ = f.Close()
		delete(r.others, n)
	}
	return nil
}

// Next returns the next whole record and the position after it, or io.EOF when
// there is nothing more for now; call it again later. rec.Payload is valid until
// the next call and lies just before pos: at pos.Offset-len(rec.Payload).
func (r *Reader) Next() (rec Record, pos Position, err error) {
	for {
		if r.file == nil {
			if ok, err := r.enter(); err != nil {
				return Record{}, r.pos, err
			} else if !ok {
				return Record{}, r.pos, io.EOF
			}
		}
		if rec, ok := r.take(); ok {
			return rec, r.pos, nil
		}
		// A later segment means that this one is no longer written. Only then
		// is what can't be read lost and not just still to come.
		next, err := r.later()
		if err != nil {
			return Record{}, r.pos, err
		}
		r.forget()
		if rec, ok := r.take(); ok {
			return rec, r.pos, nil
		}
		if next == 0 {
			if r.jump() {
				continue
			}
			r.forget()
			return Record{}, r.pos, io.EOF
		}
		if r.resync() {
			continue
		}
		r.leave()
		r.pos = Position{Segment: next}
	}
}

// enter opens the first segment at or after the position.
func (r *Reader) enter() (bool, error) {
	numbers, err := segments(r.dir)
	if err != nil {
		return false, err
	}
	for _, n := range numbers {
		if n < r.pos.Segment {
			continue
		}
		f, err := os.Open(r.path(n))
		if errors.Is(err, os.ErrNotExist) {
			continue // released meanwhile
		}
		if err != nil {
			return false, fmt.Errorf("opening journal segment %d: %w", n, err)
		}
		if n > r.pos.Segment {
			r.pos = Position{Segment: n}
		}
		r.file, r.begun = f, false
		r.forget()
		return true, nil
	}
	return false, nil
}

// later returns the lowest segment after this one, 0 where there is none.
func (r *Reader) later() (uint64, error) {
	numbers, err := segments(r.dir)
	if err != nil {
		return 0, err
	}
	for _, n := range numbers {
		if n > r.pos.Segment {
			return n, nil
		}
	}
	return 0, nil
}

func (r *Reader) leave() {
	if r.file != nil {
		_ = r.file.Close()
	}
	r.file, r.begun = nil, false
	r.forget()
}

func (r *Reader) path(n uint64) string { return filepath.Join(r.dir, segmentName(n)) }

// forget drops what was read ahead: bytes after the last whole record may be
// cut off and written anew.
func (r *Reader) forget() { r.buf = r.buf[:0] }

// peek returns n bytes of the segment from off, fewer at its end.
func (r *Reader) peek(off int64, n int) []byte {
	if off >= r.bufOff && off+int64(n) <= r.bufOff+int64(len(r.buf)) {
		return r.buf[off-r.bufOff:][:n]
	}
	size := max(n, readAhead)
	if cap(r.buf) < size || cap(r.buf) > 2*MaxChunk && size <= MaxChunk {
		r.buf = make([]byte, size)
	}
	got, _ := r.file.ReadAt(r.buf[:size], off)
	r.buf, r.bufOff = r.buf[:got], off
	return r.buf[:min(n, got)]
}

func (r *Reader) begin() bool {
	if !r.begun {
		r.salt, r.begun = parseHeader(r.peek(0, headerSize))
		r.pos.Offset = max(r.pos.Offset, headerSize)
	}
	return r.begun
}

// take returns the record at the position if it is whole, and moves past it.
func (r *Reader) take() (Record, bool) {
	if !r.begin() {
		return Record{}, false
	}
	rec, n := r.frameAt(r.pos.Offset)
	r.pos.Offset += int64(n)
	return rec, n > 0
}

// frameAt reads the frame at off; n is its length, 0 where none is sound.
func (r *Reader) frameAt(off int64) (rec Record, n int) {
	head := r.peek(off, frameSize)
	if len(head) < frameSize {
		return Record{}, 0
	}
	n, ok := frameLen(head, r.salt)
	if !ok {
		return Record{}, 0
	}
	frame := r.peek(off, n)
	if len(frame) < n {
		return Record{}, 0
	}
	if rec, ok = parseFrame(frame, r.salt); !ok {
		return Record{}, 0
	}
	return rec, n
}

// jump skips one damaged record of the segment being written, if its length
// leads to a sound one. It returns true where Next is to try again.
func (r *Reader) jump() bool {
	if !r.begun {
		return false
	}
	head := r.peek(r.pos.Offset, frameSize)
	if len(head) < frameSize {
		return false
	}
	n, ok := frameLen(head, r.salt)
	if !ok {
		return false
	}
	if _, after := r.frameAt(r.pos.Offset + int64(n)); after == 0 {
		return false
	}
	// What was read may be a record half-way through being written. The sound
	// one behind it was begun after that: now it is whole, or damaged.
	r.forget()
	if _, whole := r.frameAt(r.pos.Offset); whole > 0 {
		return true
	}
	r.pos.Offset += int64(n)
	r.skipped++
	return true
}

// resync looks for the next sound record of a closed segment. It returns false
// at the segment's end.
func (r *Reader) resync() bool {
	off := r.pos.Offset
	if !r.begun || len(r.peek(off, 1)) == 0 {
		if !r.begun {
			r.skipped++
		}
		return false
	}
	r.skipped++
	for {
		off++
		head := r.peek(off, frameSize)
		if len(head) < frameSize {
			return false
		}
		if _, ok := frameLen(head, r.salt); !ok {
			continue
		}
		if _, n := r.frameAt(off); n > 0 {
			r.pos.Offset = off
			return true
		}
	}
}

// ReadAt fills p with the segment's bytes at a position, as a record's payload
// lies there. It does not move the reader.
func (r *Reader) ReadAt(p []byte, at Position) error {
	f := r.others[at.Segment]
	if f == nil {
		var err error
		if f, err = os.Open(r.path(at.Segment)); err != nil {
			return fmt.Errorf("opening journal segment %d: %w", at.Segment, err)
		}
		for n, old := range r.others {
			if len(r.others) < maxOthers {
				break
			}
			_ = old.Close()
			delete(r.others, n)
		}
		r.others[at.Segment] = f
	}
	if _, err := f.ReadAt(p, at.Offset); err != nil {
		return fmt.Errorf("reading journal segment %d at %d: %w", at.Segment, at.Offset, err)
	}
	return nil
}

// Forget closes the files that ReadAt keeps of segments before p, so that they
// can be deleted.
func (r *Reader) Forget(p Position) {
	for n, f := range r.others {
		if n < p.Segment {
			_ = f.Close()
			delete(r.others, n)
		}
	}
}
