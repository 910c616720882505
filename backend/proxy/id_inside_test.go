package proxy

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/uuid"
)

// TestIDs: ids sort as exchanges begin, also where the clock stands or trembles; they
// have its time, also after it was set.
func TestIDs(t *testing.T) {
	var all ids
	base := time.Date(2026, 11, 23, 12, 0, 0, 123_456_789, time.UTC)
	seen, last := map[uuid.UUID]bool{}, uuid.UUID{}
	for n, step := range []struct {
		set   time.Duration // beside the one before
		times int
		back  bool // the first of them sorts before the last of those
	}{{0, 5000, false}, {time.Millisecond, 5, false}, {-20 * time.Millisecond, 5, false}, {time.Hour, 5, false}, {-2 * time.Hour, 5, true}, {time.Microsecond, 5, false}} {
		base = base.Add(step.set)
		for i := range step.times {
			id := all.next(base)
			if sorted := bytes.Compare(id[:], last[:]) > 0; sorted == (step.back && i == 0) {
				t.Fatalf("step %d, %d: %s comes after %s", n, i, id, last)
			}
			if id.Version() != 7 || id.Variant() != uuid.RFC4122 || seen[id] {
				t.Fatalf("step %d, %d: %s is of version %d, seen %v", n, i, id, id.Version(), seen[id])
			}
			if seconds, nanos := id.Time().UnixTime(); time.Unix(seconds, nanos).Sub(base).Abs() > time.Second {
				t.Fatalf("step %d, %d: %s has another time than %v", n, i, id, base)
			}
			seen[id], last = true, id
		}
	}
}
