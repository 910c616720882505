package recorder

import (
	"testing"
	"time"
)

// TestRestInABurst: long work is followed by a rest, unless it is behind already.
func TestRestInABurst(t *testing.T) {
	for _, c := range []struct{ worked, lag, want time.Duration }{
		{time.Millisecond, 0, 0},
		{10 * time.Millisecond, time.Millisecond, 20 * time.Millisecond},
		{time.Second, time.Second, maxRest},
		{10 * time.Millisecond, -time.Hour, 20 * time.Millisecond}, // the clock was set back
		{10 * time.Millisecond, 4 * time.Second, 0},
	} {
		if got := rest(c.worked, c.lag); got != c.want {
			t.Errorf("after %v, %v behind: %v, not %v", c.worked, c.lag, got, c.want)
		}
	}
}
