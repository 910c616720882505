package journal

import (
	"io"
	"testing"

	"github.com/google/uuid"
)

// A reader that is as fast as the writer sees records while they are written;
// it must not take one of them for damage.
func TestFollowingAtFullSpeedSkipsNothing(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(Config{Dir: dir, SegmentBytes: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	const all = 20000
	id := uuid.New()
	done := make(chan error, 1)
	go func() {
		payload := make([]byte, 9000)
		for i := range all {
			if err := j.Append(Record{Type: ReplyChunk, ID: id, At: int64(i), Payload: payload[:85+i*7919%8900]}); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	r := NewReader(dir, Position{})
	defer r.Close()
	for next := 0; next < all; {
		rec, _, err := r.Next()
		if err == io.EOF {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if rec.At != int64(next) || r.Skipped() != 0 {
			t.Fatalf("record %d came in place of %d, %d skipped", rec.At, next, r.Skipped())
		}
		next++
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
