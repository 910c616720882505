package demo

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image/png"
	"reflect"
	"testing"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/journal"
)

type kept []journal.Record

func (k *kept) Append(list ...journal.Record) error {
	*k = append(*k, list...)
	return nil
}

func TestLogIsTheSameEachTime(t *testing.T) {
	now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	var a, b, other kept
	n, stays, err := Write(&a, now, 1)
	if err != nil || n < 1000 {
		t.Fatal(n, err)
	}
	if _, again, err := Write(&b, now, 1); err != nil || !reflect.DeepEqual(a, b) || !reflect.DeepEqual(stays, again) {
		t.Errorf("the same seed gives another log (%v)", err)
	}
	if _, _, err := Write(&other, now, 2); err != nil || reflect.DeepEqual(a, other) {
		t.Errorf("another seed gives the same log (%v)", err)
	}
}

// TestModelsComeAndGo: what was in memory when, of which at most two at once.
func TestModelsComeAndGo(t *testing.T) {
	now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	_, stays, err := Write(&kept{}, now, 1)
	if err != nil || len(stays) < 50 {
		t.Fatal(len(stays), err)
	}
	evicted := 0
	for i, s := range stays {
		if s.To.Before(s.From) || s.To.After(now) || s.Context == 0 {
			t.Errorf("%+v", s)
		}
		if s.By != "" {
			evicted++
		}
		beside := 0
		for _, o := range stays[:i] {
			if !o.From.After(s.From) && o.To.After(s.From) {
				beside++
			}
			if o.Model == s.Model && o.To.After(s.From) {
				t.Errorf("%s is there twice: %v to %v, %v to %v", s.Model, o.From, o.To, s.From, s.To)
			}
		}
		if beside >= room {
			t.Errorf("%d beside %+v", beside, s)
		}
	}
	if evicted == 0 || evicted == len(stays) {
		t.Errorf("%d of %d were evicted", evicted, len(stays))
	}
}

func TestExchangesAreWhole(t *testing.T) {
	now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	var log kept
	n, _, err := Write(&log, now, 1)
	if err != nil {
		t.Fatal(err)
	}
	open, ended, states := false, 0, map[exchange.State]int{}
	var last int64
	for i, r := range log {
		if at := time.UnixMicro(r.At); at.After(now) || at.Before(now.AddDate(0, 0, -Days-1)) {
			t.Fatalf("record %d is of %v", i, at)
		}
		switch r.Type {
		case journal.Start:
			if open {
				t.Fatalf("record %d begins an exchange inside another", i)
			}
			open, last = true, r.At
		case journal.ReqChunk:
			if !json.Valid(r.Payload) {
				t.Errorf("record %d sends %.80s", i, r.Payload)
			}
		case journal.End:
			var e exchange.End
			if err := e.UnmarshalBinary(r.Payload); err != nil {
				t.Fatal(err)
			}
			states[e.State]++
			open = false
			ended++
		}
		if r.At < last {
			t.Errorf("record %d is before the one before it", i)
		}
		last = r.At
	}
	if open || ended != n {
		t.Errorf("%d exchanges end, %d were said", ended, n)
	}
	for _, s := range []exchange.State{exchange.OK, exchange.Cancelled, exchange.Broken} {
		if states[s] == 0 {
			t.Errorf("none is %s", s)
		}
	}
}

func TestPictureIsOne(t *testing.T) {
	b, err := base64.StdEncoding.DecodeString(pixel)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(b)); err != nil {
		t.Error(err)
	}
}
