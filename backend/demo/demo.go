// Package demo makes a log for a first look and for pictures: a month of an
// invented office, its people, chats and mishaps. No one's data is in it.
//
// It writes a journal as the proxy would have written it, and the recorder reads
// it like any other: what the pages then show was decoded, counted, priced and
// judged by the program itself.
//
// Guarantees: the same seed and time give the same journal; exchanges lie in the
// days before that time and none after it.
//
// Test it with: go test ./backend/demo
package demo

import (
	"encoding"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
	"gumshoe/backend/journal"
)

// Appender takes the journal's records; *journal.Journal is one.
type Appender interface {
	Append(list ...journal.Record) error
}

// Days is how far the log goes back.
const Days = 30

// Write appends the whole log, the oldest exchange first, and says how many there
// are and when Ollama had which model in memory. now is when it ends.
func Write(to Appender, now time.Time, seed uint64) (int, []Stay, error) {
	g := &generator{to: to, rng: rand.New(rand.NewPCG(seed, 1)), now: now}
	first := now.AddDate(0, 0, -Days)
	for day := range Days + 1 {
		if err := g.day(first.AddDate(0, 0, day)); err != nil {
			return g.count, nil, fmt.Errorf("writing the demo's log: %w", err)
		}
	}
	return g.count, g.memory.until(now), nil
}

// generator makes exchanges one after the other.
type generator struct {
	to     Appender
	rng    *rand.Rand
	now    time.Time
	count  int
	chats  int
	memory memory
}

// day has chats in office hours, fewer on a weekend.
func (g *generator) day(date time.Time) error {
	chats := 14 + g.rng.IntN(10)
	if wd := date.Weekday(); wd == time.Saturday || wd == time.Sunday {
		chats = 3 + g.rng.IntN(4)
	}
	midnight := date.Truncate(24 * time.Hour)
	var starts []time.Duration
	for range chats {
		hour := 9 + g.rng.NormFloat64()*2.6 + float64(g.rng.IntN(2))*5
		starts = append(starts, time.Duration(min(max(hour, 0.2), 23)*float64(time.Hour)))
	}
	sortDurations(starts)
	for _, s := range starts {
		if err := g.chat(midnight.Add(s)); err != nil {
			return err
		}
	}
	return nil
}

func sortDurations(d []time.Duration) {
	for i := range d {
		for j := i; j > 0 && d[j] < d[j-1]; j-- {
			d[j], d[j-1] = d[j-1], d[j]
		}
	}
}

// made is one exchange as it went over the wire.
type made struct {
	at          time.Time
	up          place
	path        string
	headers     []exchange.Header
	request     []byte
	status      int // 0: no reply came
	reply       []piece
	contentType string
	end         exchange.State
	failure     string
}

// piece is one read of a reply.
type piece struct {
	after time.Duration // since the piece before
	data  string
}

// put journals one exchange and returns when it ended. What would lie in the
// future is left out.
func (g *generator) put(m made) (time.Time, error) {
	length := time.Duration(0)
	for _, p := range m.reply {
		length += p.after
	}
	over := m.at.Add(length + 40*time.Millisecond)
	if over.After(g.now) {
		return over, nil
	}
	id := g.id(m.at)
	at := m.at.UnixMicro()
	add := func(t journal.Type, payload []byte) error {
		return g.to.Append(journal.Record{Type: t, ID: id, At: at, Payload: payload})
	}
	describe := func(t journal.Type, v encoding.BinaryAppender) error {
		b, err := v.AppendBinary(nil)
		if err != nil {
			return fmt.Errorf("describing an exchange: %w", err)
		}
		return add(t, b)
	}
	start := exchange.Start{Upstream: m.up.name, Kind: m.up.kind, Method: "POST", Path: m.path, URL: m.up.url + m.path, Remote: "127.0.0.1",
		ContentLength: int64(len(m.request)), Headers: append([]exchange.Header{{Name: "Content-Type", Value: "application/json"}}, m.headers...)}
	if err := describe(journal.Start, start); err != nil {
		return over, err
	}
	at += 1500
	if err := add(journal.ReqChunk, m.request); err != nil {
		return over, err
	}
	if err := add(journal.ReqEnd, nil); err != nil {
		return over, err
	}
	headed := false
	for _, p := range m.reply {
		at += p.after.Microseconds()
		if !headed && m.status > 0 {
			headed = true
			if err := describe(journal.Head, exchange.Head{Status: m.status, ContentLength: -1, Headers: []exchange.Header{{Name: "Content-Type", Value: m.contentType}}}); err != nil {
				return over, err
			}
		}
		if err := add(journal.ReplyChunk, []byte(p.data)); err != nil {
			return over, err
		}
	}
	g.count++
	return over, describe(journal.End, exchange.End{State: m.end, Error: m.failure})
}

// id is a UUIDv7 of a time.
func (g *generator) id(at time.Time) uuid.UUID {
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:8], uint64(at.UnixMilli())<<16|0x7000|uint64(g.rng.IntN(0x1000)))
	binary.BigEndian.PutUint64(u[8:], g.rng.Uint64()&^(3<<62)|2<<62)
	return u
}

func (g *generator) between(low, high time.Duration) time.Duration {
	return low + time.Duration(g.rng.Int64N(int64(high-low)+1))
}
