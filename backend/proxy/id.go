package proxy

import (
	"encoding/binary"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// ids gives exchanges their ids, which sort as they began: UUIDs of version 7, with
// the 4096th parts of a millisecond where that lets them. uuid.NewV7 would go on
// from its last one after the clock was set back, hours away from when the exchange
// began, and nothing that looks for its time would find it.
type ids struct {
	last atomic.Int64 // milliseconds and parts
}

const (
	partBits = 12
	// jitter is how far back a clock goes without having been set: it may tick
	// coarsely, and requests come on several threads.
	jitter = int64(time.Second/time.Millisecond) << partBits
)

// next is the id of what begins now.
func (i *ids) next(now time.Time) uuid.UUID {
	at := now.UnixMilli()<<partBits | int64(now.Nanosecond()%int(time.Millisecond))>>8
	for {
		last, v := i.last.Load(), at
		if v <= last && last-v < jitter {
			v = last + 1
		}
		if i.last.CompareAndSwap(last, v) {
			return idOf(v)
		}
	}
}

func idOf(v int64) uuid.UUID {
	id := uuid.New() // of random bits, and the variant's
	const version = 7 << 12
	binary.BigEndian.PutUint64(id[:8], uint64(v>>partBits)<<16|version|uint64(v)&(1<<partBits-1))
	return id
}
