package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/events"
	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
	"gumshoe/backend/settings"
	"gumshoe/backend/store"
)

// aged fills a log with exchanges of forty days ago, packed into blocks, and has it
// keep thirty days.
func aged(t *testing.T, data string, n int) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Path: filepath.Join(data, "gumshoe.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	begun := time.Now().AddDate(0, 0, -40)
	var items []store.Item
	for i := range n {
		at := begun.Add(time.Duration(i) * time.Second)
		id, err := uuid.NewV7()
		if err != nil {
			t.Fatal(err)
		}
		binary.BigEndian.PutUint64(id[:8], uint64(at.UnixMilli())<<16|0x7000|uint64(i%4096))
		request := fmt.Sprintf(`{"model":"m","messages":[{"role":"user","content":"old %d %s"}]}`, i, strings.Repeat(fmt.Sprintf("number %d of the old ones ", i*i), 40))
		reply := fmt.Sprintf(`{"model":"m","message":{"role":"assistant","content":"answer %d"},"done":true}`, i)
		items = append(items, store.Item{Record: &exchange.Record{Exchange: exchange.Exchange{ID: id.String(), StartedAt: at.UnixMicro(), State: exchange.OK, HTTPStatus: 200,
			Upstream: "ollama", Kind: exchange.KindOllama, API: exchange.OllamaChat, Method: "POST", Path: "/api/chat", Model: "m", Chat: fmt.Sprintf("chat-%d", i%50),
			RequestBytes: int64(len(request)), ResponseBytes: int64(len(reply))}, End: exchange.End{State: exchange.OK}},
			Request: strings.NewReader(request), RequestLen: int64(len(request)), Reply: strings.NewReader(reply), ReplyLen: int64(len(reply))})
	}
	if err := s.Save(t.Context(), items, store.Progress{}); err != nil {
		t.Fatal(err)
	}
	for more := true; more; {
		if more, err = s.Settle(t.Context(), time.Now().UnixMicro()); err != nil {
			t.Fatal(err)
		}
	}
	// Gumshoe ran until just now: that the clock is believed after a long pause is
	// TestRetentionDoubtsTheClock.
	kept := fmt.Sprintf(`{"believed":%d}`, time.Now().UnixMicro())
	if err := errors.Join(s.SetSetting(t.Context(), "retention_days", "30"), s.SetSetting(t.Context(), clockName, kept)); err != nil {
		t.Fatal(err)
	}
}

// TestRetentionBesideTraffic: clients ask while a large old part of the log goes.
// They get every reply whole, all of it is stored, and replies end while some of the
// old part is gone and some is not: neither waits for the other. That traffic does
// not wait for the log at all is TestDatabaseLocked.
func TestRetentionBesideTraffic(t *testing.T) {
	const old = 6000
	up := httptest.NewServer(http.HandlerFunc(talker))
	t.Cleanup(up.Close)
	data := t.TempDir()
	aged(t, data, old)
	c := serve(t, data, "--upstream", "ollama="+up.URL)
	l := talk(c.BaseURLs["ollama"], "beside", 4)
	path := filepath.Join(data, "gumshoe.db")
	s, err := store.OpenReadOnly(t.Context(), store.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	limit := time.Now().AddDate(0, 0, -30).UnixMicro()
	steps, last, during, stored := 0, int64(old), 0, int64(0)
	for deadline := time.Now().Add(slow); last > 0; time.Sleep(5 * time.Millisecond) {
		left, fresh := aging(t, s, limit)
		if left < last {
			steps++
		}
		if last = left; left > 0 && left < old {
			during, stored = l.answered(), fresh
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d old exchanges are left: %s", left, c.said())
		}
	}
	l.grows(t, "after the old part is gone", 8)
	l.stop()
	t.Logf("%d exchanges went in %d steps seen; %d replies had come and %d new rows were stored before the last of them", old, steps, during, stored)
	if steps < 5 {
		t.Errorf("%d exchanges went in %d steps", old, steps)
	}
	if during == 0 || stored == 0 {
		t.Errorf("while it went, %d replies came and %d were stored", during, stored)
	}
	l.untouched(t, c, data)
	if code, said, _ := once(t, "check", "--data", data); code != 0 {
		t.Errorf("check: %s", said)
	}
}

// TestRetentionDoubtsTheClock: a clock that jumped by years while the program runs
// costs no row, nor does the first look after a long pause; once the clock has been
// steady, what is too old goes.
func TestRetentionDoubtsTheClock(t *testing.T) {
	const old = 20
	data := t.TempDir()
	aged(t, data, old)
	s, err := store.Open(t.Context(), store.Config{Path: filepath.Join(data, "gumshoe.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.SetSetting(t.Context(), clockName, ""); err != nil {
		t.Fatal(err)
	}
	recorded, now := time.Now().AddDate(0, 0, -40), time.Time{}
	p := &program{opts: options{now: func() time.Time { return now }}, store: s, settings: settings.New(s), bus: events.New[dto.Event](), log: slog.New(slog.DiscardHandler)}
	r := retention{program: p}
	asleep := slept()
	look := func(what string, at time.Time, ran time.Duration, want int64) {
		t.Helper()
		now = at
		if err := r.look(t.Context(), ran, asleep); err != nil {
			t.Fatal(err)
		}
		if n, _, err := s.Index(t.Context(), query.Filter{}, 1000); err != nil || n != want {
			t.Fatalf("%s: %d of %d exchanges are left, %v", what, n, want, err)
		}
	}
	look("while they are new", recorded.Add(time.Hour), time.Minute, old)
	look("the clock jumped", recorded.AddDate(10, 0, 0), 2*time.Minute, old)
	look("and went on for hours", recorded.AddDate(10, 0, 0).Add(5*time.Hour), 5*time.Hour, old)
	look("it is put right", recorded.Add(7*time.Hour), 7*time.Hour, old)
	r.keep(t.Context())
	r = retention{program: p}
	look("after forty days", time.Now(), time.Minute, old)
	look("after forty days and some hours", time.Now().Add(5*time.Hour), 5*time.Hour, old)
	asleep += 3 * 24 * time.Hour
	look("and a long sleep", time.Now().Add(77*time.Hour), 5*time.Hour, old)
	look("after a clock that was steady for long enough", time.Now().Add(78*time.Hour), 6*time.Hour+time.Minute, 0)
}

// aging counts what is older than a time and what is not.
func aging(t *testing.T, s *store.Store, limit int64) (old, fresh int64) {
	t.Helper()
	old, _, err := s.Index(t.Context(), query.Filter{To: limit}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if fresh, _, err = s.Index(t.Context(), query.Filter{From: limit}, 1000); err != nil {
		t.Fatal(err)
	}
	return old, fresh
}
