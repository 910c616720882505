package query

import (
	"testing"
	"time"
)

func TestResolve(t *testing.T) {
	n, err := Parse("a OR -since:2h", nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	if got, want := Format(Resolve(n, now)), "a OR -since:2026-11-24T08:00:00Z"; got != want {
		t.Errorf("two hours before ten is %s, want %s", got, want)
	}
	if got := Format(n); got != "a OR -since:2h" {
		t.Errorf("the tree itself became %s", got)
	}
	if Resolve(nil, now) != nil {
		t.Error("nothing is something")
	}
}
