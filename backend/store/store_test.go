package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
)

func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "gumshoe.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newID(t testing.TB) string {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	return id.String()
}

// item is an exchange with two bodies.
func item(t testing.TB, request, reply []byte) Item {
	t.Helper()
	r := exchange.Record{Exchange: exchange.Exchange{
		ID: newID(t), StartedAt: time.Now().UnixMicro(), State: exchange.OK, HTTPStatus: 200, Upstream: "ollama", Kind: exchange.KindOllama,
		API: exchange.OllamaChat, Method: "POST", Path: "/api/chat", Model: "m", RequestBytes: int64(len(request)), ResponseBytes: int64(len(reply)),
	}, Head: &exchange.Head{Status: 200}, End: exchange.End{State: exchange.OK}, Chunks: []exchange.Chunk{{At: 5, Len: 3}, {At: 9, Len: 4}}}
	return Item{Record: &r, Request: bytes.NewReader(request), Reply: bytes.NewReader(reply), RequestLen: int64(len(request)), ReplyLen: int64(len(reply))}
}

func save(t *testing.T, s *Store, items ...Item) {
	t.Helper()
	if err := s.Save(t.Context(), items, Progress{Read: "1:2", Keep: "1:1"}); err != nil {
		t.Fatal(err)
	}
}

func body(t *testing.T, s *Store, id string, side Side) []byte {
	t.Helper()
	r, size, err := s.Body(t.Context(), id, side)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(b)) != size {
		t.Errorf("the body has %d bytes, its size says %d", len(b), size)
	}
	return b
}

func TestBodiesComeBackExact(t *testing.T) {
	s := open(t)
	big := make([]byte, 40<<20)
	_, _ = rand.Read(big)
	for name, b := range map[string][]byte{
		"empty":        {},
		"json":         []byte(`{"model":"m", "messages" : [ {"role":"user","content":"a]}\"["} ,{"x":[1,{"y":"\\"}]} ],"tools":[],"stream":true}`),
		"broken json":  []byte(`{"messages":[{"a":"unterminated`),
		"closes early": []byte(`{"messages":]]}}}[`),
		"invalid utf8": []byte("{\"messages\":[\"\xff\xfe\",\"\xc3\"]}"),
		"binary":       big[:3<<20],
		"40 MB":        big,
		"one string":   []byte(`{"input":"` + strings.Repeat("x", 3<<20) + `"}`),
	} {
		t.Run(name, func(t *testing.T) {
			it := item(t, b, b)
			save(t, s, it)
			for _, side := range []Side{Request, Reply} {
				if got := body(t, s, it.Record.ID, side); !bytes.Equal(got, b) {
					t.Errorf("%s differs: %d bytes, want %d", side, len(got), len(b))
				}
			}
		})
	}
}

func TestSaveTwiceChangesNothing(t *testing.T) {
	s := open(t)
	it := item(t, []byte(`{"messages":[{"a":1}]}`), []byte("r"))
	save(t, s, it)
	again := it
	again.Record.Model = "other"
	again.Request, again.Reply = strings.NewReader("x"), strings.NewReader("y")
	save(t, s, again)
	got, err := s.Get(t.Context(), it.Record.ID)
	if err != nil || got.Model != "m" || len(got.Chunks) != 2 || got.Chunks[1] != (exchange.Chunk{At: 9, Len: 4}) {
		t.Errorf("got %+v, %v", got, err)
	}
	if b := body(t, s, it.Record.ID, Reply); string(b) != "r" {
		t.Errorf("the reply is %q", b)
	}
	if p, err := s.Progress(t.Context()); err != nil || p != (Progress{Read: "1:2", Keep: "1:1"}) {
		t.Errorf("progress %+v, %v", p, err)
	}
}

// TestChatsAreStoredOnce sends a growing chat, as every client does.
func TestChatsAreStoredOnce(t *testing.T) {
	s := open(t)
	var messages []string
	raw := 0
	for range 30 {
		noise := make([]byte, 1500)
		_, _ = rand.Read(noise)
		messages = append(messages, fmt.Sprintf(`{"role":"user","content":"%x"}`, noise))
		b := []byte(`{"model":"m","messages":[` + strings.Join(messages, ",") + `]}`)
		raw += len(b)
		save(t, s, item(t, b, nil))
	}
	var kept int
	if err := s.read.QueryRow(`SELECT sum(length(data)) FROM piece`).Scan(&kept); err != nil {
		t.Fatal(err)
	}
	if kept*15 > raw {
		t.Errorf("%d bytes of growing chats take %d in pieces; each turn should be stored once", raw, kept)
	}
}

func TestDeleteGivesEverythingBack(t *testing.T) {
	s := open(t)
	noise := make([]byte, 20<<10)
	for range 40 {
		_, _ = rand.Read(noise)
		save(t, s, item(t, noise, []byte("shared reply")))
	}
	before := s.Size()
	n, err := s.DeleteAll(t.Context())
	if err != nil || n != 40 {
		t.Fatalf("deleted %d, %v", n, err)
	}
	for _, table := range []string{"exchange", "record", "piece"} {
		var rows int
		if err := s.read.QueryRow(`SELECT count(*) FROM ` + table).Scan(&rows); err != nil || rows != 0 {
			t.Errorf("%s keeps %d rows, %v", table, rows, err)
		}
	}
	if after := s.Size(); after*2 > before {
		t.Errorf("the log takes %d bytes after deleting all, %d before", after, before)
	}
	if rows, _, err := s.Page(t.Context(), query.Filter{Text: "shared"}, PageAt{Limit: 5}); err != nil || len(rows) != 0 {
		t.Errorf("a deleted exchange is still found: %v, %v", rows, err)
	}
}

func TestRetention(t *testing.T) {
	s := open(t)
	old, young := item(t, []byte("old"), nil), item(t, []byte("young"), nil)
	old.Record.StartedAt -= 48 * time.Hour.Microseconds()
	then, err := uuid.FromBytes(idAt(old.Record.StartedAt))
	if err != nil {
		t.Fatal(err)
	}
	old.Record.ID = then.String()
	save(t, s, old, young)
	n, err := s.DeleteBefore(t.Context(), time.Now().Add(-24*time.Hour).UnixMicro())
	if err != nil || n != 1 {
		t.Fatalf("deleted %d, %v", n, err)
	}
	if _, err := s.Get(t.Context(), old.Record.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the old one is still there: %v", err)
	}
	if b := body(t, s, young.Record.ID, Request); string(b) != "young" {
		t.Errorf("the young one's body is %q", b)
	}
	if n, err := s.TrimTo(t.Context(), 1); err != nil || n != 1 {
		t.Errorf("trimming deleted %d, %v", n, err)
	}
}

func TestSearch(t *testing.T) {
	s := open(t)
	add := func(prompt, reply string) string {
		it := item(t, nil, nil)
		it.Record.Prompt, it.Record.Reply = prompt, reply
		save(t, s, it)
		return it.Record.ID
	}
	rain := add("Write a haiku about rain", "drops on the window")
	zh := add("請問資料庫怎麼請求", "使用 SELECT")
	add("nothing of the kind", "else")
	for text, want := range map[string]string{
		"haiku": rain, "rain write": rain, "wind": rain, "資料": zh, "請求": zh, "庫怎麼": zh, "select": zh,
		`"haiku`: rain, `haiku"`: rain, "haiku OR": "", "NEAR(": "", `" OR 1=1 --`: "", "haiku*": rain, "-": "", "(": "", "料請": "",
		"win": rain, "wi": "", "rain wr": "", "rain wri": rain, "a": rain, "庫": zh, // so short a word is whole
	} {
		rows, _, err := s.Page(t.Context(), query.Filter{Text: text}, PageAt{Limit: 10})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		got := ""
		if len(rows) == 1 {
			got = rows[0].ID
		}
		if got != want || len(rows) > 1 {
			t.Errorf("%q finds %d rows, %s; want %s", text, len(rows), got, want)
		}
	}
}

// TestPagesAgree compares pages, index and Each with a plain list of rows.
func TestPagesAgree(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	var all []exchange.Record
	for i := range 700 {
		it := item(t, nil, nil)
		it.Record.Model = fmt.Sprintf("m%d", mrand.IntN(3))
		it.Record.Upstream = []string{"a", "b"}[mrand.IntN(2)]
		it.Record.State = []exchange.State{exchange.OK, exchange.Failed}[mrand.IntN(2)]
		if i%7 == 0 {
			it.Record.ModelRequested, it.Record.Model = "asked", ""
		}
		save(t, s, it)
		all = append([]exchange.Record{*it.Record}, all...)
	}
	mid := all[350].StartedAt
	for name, c := range map[string]struct {
		f    query.Filter
		keep func(exchange.Record) bool
	}{
		"all":   {query.Filter{}, func(exchange.Record) bool { return true }},
		"model": {query.Filter{Models: []string{"m1", "asked"}}, func(r exchange.Record) bool { return r.Model == "m1" || r.Model == "" }},
		"both": {query.Filter{Upstreams: []string{"a"}, States: []exchange.State{exchange.Failed}},
			func(r exchange.Record) bool { return r.Upstream == "a" && r.State == exchange.Failed }},
		"time": {query.Filter{From: mid}, func(r exchange.Record) bool { return r.StartedAt >= mid }},
		"past": {query.Filter{To: mid}, func(r exchange.Record) bool { return r.StartedAt < mid }},
	} {
		t.Run(name, func(t *testing.T) {
			var want []string
			for _, r := range all {
				if c.keep(r) {
					want = append(want, r.ID)
				}
			}
			var each []string
			err := s.Each(ctx, c.f, func(r exchange.Exchange) error { each = append(each, r.ID); return nil })
			same(t, "Each", each, want, err)
			each = nil
			err = s.EachUp(ctx, c.f, func(r exchange.Exchange) error { each = append(each, r.ID); return nil })
			slices.Reverse(each)
			same(t, "EachUp", each, want, err)
			total, anchors, err := s.Index(ctx, c.f, 50)
			if err != nil || total != int64(len(want)) {
				t.Fatalf("index: %d rows, %v; want %d", total, err, len(want))
			}
			var paged []string
			for i, a := range anchors {
				if a != want[i*50] {
					t.Errorf("anchor %d is not row %d", i, i*50)
				}
				rows, _, err := s.Page(ctx, c.f, PageAt{FromID: a, Limit: 50})
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range rows {
					paged = append(paged, r.ID)
				}
			}
			same(t, "pages", paged, want, nil)
			rows, more, err := s.Page(ctx, c.f, PageAt{AfterID: want[20], Limit: 10})
			var after []string
			for _, r := range rows {
				after = append(after, r.ID)
			}
			same(t, "after", after, want[10:20], err)
			if !more {
				t.Error("ten more rows are newer, and the page says none")
			}
		})
	}
}

func same(t *testing.T, what string, got, want []string, err error) {
	t.Helper()
	if err != nil || strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%s: %d rows, %v; want %d", what, len(got), err, len(want))
	}
}

// TestEachUpEnds: rows that come on the way are not waited for.
func TestEachUpEnds(t *testing.T) {
	s := open(t)
	save(t, s, item(t, nil, nil), item(t, nil, nil))
	n := 0
	err := s.EachUp(t.Context(), query.Filter{}, func(exchange.Exchange) error {
		n++
		save(t, s, item(t, nil, nil))
		return nil
	})
	if err != nil || n != 2 {
		t.Errorf("%d rows of two, %v", n, err)
	}
}

func TestThroughput(t *testing.T) {
	s := open(t)
	start := time.Now().UnixMicro()
	for i := range 20 {
		it := item(t, nil, nil)
		it.Record.StartedAt = start + int64(i)
		it.Record.Timing.GenerationTPS = exchange.Float64(float64(i + 1))
		it.Record.Usage.Output = exchange.Int64(10)
		if i == 0 {
			it.Record.Notes = []exchange.Note{exchange.NoteColdStart}
		}
		save(t, s, it)
	}
	bare := item(t, nil, nil)
	bare.Record.StartedAt, bare.Record.Model = start+30, "silent"
	guess := item(t, nil, nil)
	guess.Record.StartedAt, guess.Record.Model, guess.Record.State = start+40, "stopped", exchange.Cancelled
	guess.Record.Timing.GenerationTPS, guess.Record.Timing.GenerationTPSBasis = exchange.Float64(7), exchange.Estimated
	save(t, s, bare, guess)
	list, cover, err := s.Throughput(t.Context(), start, start+100, 10, "")
	if err != nil || len(list) != 3 || cover != (Coverage{Missing: 2, Clocked: 20}) {
		t.Fatalf("%d series, %+v, %v", len(list), cover, err)
	}
	m := list[0]
	if m.Summary.Requests != 20 || m.Summary.ColdStarts != 1 || *m.Summary.Generation.P50 != 10 || *m.Summary.Generation.P95 != 19 || *m.Summary.OutTokens != 200 {
		t.Errorf("summary %+v", m.Summary)
	}
	if len(m.Buckets) != 2 || m.Buckets[1].Requests != 10 || *m.Buckets[1].Generation.P50 != 15 {
		t.Errorf("buckets %+v", m.Buckets)
	}
	if q := list[2].Summary; q.Generation.P50 != nil {
		t.Errorf("an estimate is shown as a speed: %+v", q)
	}
	if q := list[1].Summary; q.Generation.P50 != nil || q.InTokens != nil {
		t.Errorf("an unknown figure is shown: %+v", q)
	}
}

func TestFilesOfOthers(t *testing.T) {
	ctx := context.Background()
	t.Run("damaged", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "gumshoe.db")
		if err := os.WriteFile(path, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(ctx, Config{Path: path}); !errors.Is(err, ErrDamaged) {
			t.Errorf("opening says %v", err)
		}
	})
	t.Run("newer", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "gumshoe.db")
		s, err := Open(ctx, Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.write.Exec(`PRAGMA user_version = 99`); err != nil {
			t.Fatal(err)
		}
		s.Close()
		if _, err := Open(ctx, Config{Path: path}); !errors.Is(err, ErrNewer) {
			t.Errorf("opening says %v", err)
		}
		if _, err := OpenReadOnly(ctx, Config{Path: path}); !errors.Is(err, ErrNewer) {
			t.Errorf("reading says %v", err)
		}
	})
	t.Run("private", func(t *testing.T) {
		s := open(t)
		save(t, s, item(t, nil, nil))
		for _, suffix := range []string{"", "-wal", "-shm"} {
			st, err := os.Stat(s.path + suffix)
			if err != nil || st.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", suffix, st.Mode(), err)
			}
		}
	})
}

func BenchmarkSave(b *testing.B) {
	s, err := Open(b.Context(), Config{Path: filepath.Join(b.TempDir(), "gumshoe.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	text := []byte(`{"model":"m","messages":[{"role":"user","content":"` + strings.Repeat("word ", 400) + `"}]}`)
	for b.Loop() {
		items := make([]Item, 100)
		for i := range items {
			id, _ := uuid.NewV7()
			items[i] = Item{Record: &exchange.Record{Exchange: exchange.Exchange{ID: id.String(), State: exchange.OK}},
				Request: bytes.NewReader(text), Reply: bytes.NewReader(text), RequestLen: int64(len(text)), ReplyLen: int64(len(text))}
		}
		if err := s.Save(b.Context(), items, Progress{}); err != nil {
			b.Fatal(err)
		}
	}
}
