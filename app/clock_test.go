package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/clock"
)

// wallClock is the computer's clock, which somebody sets: by is how far, in seconds.
type wallClock struct{ by atomic.Int64 }

// now is what time.Now gives under such a clock: its time of day moves, and its
// monotonic reading does not, so that what lies between two moments stays what it was.
// No function of package time makes such a Time; its fields are as in time.go.
func (c *wallClock) now() time.Time {
	t := time.Now()
	fields := (*struct {
		wall uint64 // a bit for the reading, 33 of seconds, 30 of nanoseconds
		ext  int64
		loc  *time.Location
	})(unsafe.Pointer(&t))
	fields.wall += uint64(c.by.Load()) << 30
	return t
}

// TestWallClock proves that the clock of the test below is one.
func TestWallClock(t *testing.T) {
	var c wallClock
	before := c.now()
	c.by.Store(-7200)
	after := c.now()
	if d := after.Sub(before); d < 0 || d > time.Hour {
		t.Errorf("%v lie between two moments", d)
	}
	if d := after.UnixMicro() - before.UnixMicro(); d > -7100e6 || d < -7200e6 {
		t.Errorf("the clock went on by %d µs", d)
	}
}

// clocked is a program under a clock that is set while it runs.
type clocked struct {
	*program
	t    *testing.T
	wall *wallClock
}

func startClocked(t *testing.T, upstream string) *clocked {
	t.Helper()
	c := &clocked{t: t, wall: &wallClock{}}
	o := options{data: t.TempDir(), listen: "127.0.0.1:0", ui: "127.0.0.1:0", upstreams: list{"ollama=ollama+" + upstream}, writeKey: "the-key", now: c.wall.now}
	p, err := start(t.Context(), o, noEnv, slog.New(slog.DiscardHandler), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	c.program = p
	return c
}

// ask sends a request and reads its answer to the end.
func (c *clocked) ask(text string) {
	res, err := http.Post("http://"+c.server.Addr()+"/the-key/ollama/api/chat", "application/json", strings.NewReader(`{"model":"m","messages":[{"role":"user","content":"`+text+`"}]}`))
	if err != nil {
		c.t.Error(err)
		return
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != 200 {
		c.t.Errorf("%s: %s, %v", text, res.Status, err)
	}
}

// get asks the API as a page does.
func (c *clocked) get(path string, into any) {
	c.t.Helper()
	w := httptest.NewRecorder()
	c.api.ServeHTTP(w, httptest.NewRequestWithContext(c.t.Context(), "GET", path, nil))
	if err := json.Unmarshal(w.Body.Bytes(), into); w.Code != 200 || err != nil {
		c.t.Fatalf("%s: %d %s, %v", path, w.Code, w.Body, err)
	}
}

// rows waits until so many requests are in the list.
func (c *clocked) rows(n int) []dto.Row {
	c.t.Helper()
	for deadline := time.Now().Add(slow); ; time.Sleep(20 * time.Millisecond) {
		var page dto.Page
		if c.get("/api/exchanges?limit=100", &page); len(page.Rows) == n {
			return page.Rows
		} else if time.Now().After(deadline) {
			c.t.Fatalf("%d rows are there, not %d", len(page.Rows), n)
		}
	}
}

// between is how many requests a time has: by the graph, the list, and its totals.
func (c *clocked) between(from, to int64) [3]int64 {
	c.t.Helper()
	var g dto.Graph
	c.get(fmt.Sprintf("/api/graph?from=%d&to=%d", from, to), &g)
	var page dto.Page
	c.get(fmt.Sprintf("/api/exchanges?from=%d&to=%d&limit=100", from, to), &page)
	var sums dto.Totals
	c.get(fmt.Sprintf("/api/totals?from=%d&to=%d", from, to), &sums)
	return [3]int64{g.Total.Requests, int64(len(page.Rows)), sums.Requests}
}

// TestClockSetBackWhileItRuns: somebody sets the computer's clock back by two hours
// while requests run, as a second system on the same computer does. What comes is in
// the list at the time that the clock said, in order, and in the graphs; nothing lasts
// less than nothing; and retention takes what is old, and no more.
func TestClockSetBackWhileItRuns(t *testing.T) {
	held, begun := make(chan struct{}), make(chan struct{})
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/x-ndjson")
		io.WriteString(w, `{"model":"m","message":{"role":"assistant","content":"one "},"done":false}`+"\n")
		if strings.Contains(string(b), "across") {
			_ = http.NewResponseController(w).Flush()
			close(begun)
			<-held
		}
		io.WriteString(w, `{"model":"m","message":{"role":"assistant","content":"two"},"done":true,"done_reason":"stop","eval_count":2,"eval_duration":2000000,"prompt_eval_count":3}`+"\n")
	}))
	defer up.Close()
	c := startClocked(t, up.URL)
	const hour = int64(3600e6)
	before := c.wall.now().UnixMicro()
	for i := range 3 {
		c.ask(fmt.Sprintf("before %d", i))
	}
	across := make(chan struct{})
	go func() { c.ask("across"); close(across) }()
	<-begun
	c.rows(3)
	c.wall.by.Store(-7200)
	close(held)
	<-across
	after := c.wall.now().UnixMicro()
	for i := range 3 {
		c.ask(fmt.Sprintf("after %d", i))
	}
	list, ids := c.rows(7), map[string]bool{}
	for i, r := range list {
		if ids[r.ID] {
			t.Errorf("the id %s is there twice", r.ID)
		}
		ids[r.ID] = true
		for name, v := range map[string]*int64{"duration": r.Duration, "first byte": r.FirstByte, "TTFT": r.TTFT} {
			if v != nil && (*v < 0 || *v > hour) {
				t.Errorf("%s: its %s is %d µs", r.Prompt, name, *v)
			}
		}
		if r.Duration == nil || r.State != "ok" || r.OutputTokens == nil || *r.OutputTokens != 2 {
			t.Errorf("%s: %+v", r.Prompt, r)
		}
		if i > 0 && r.StartedAt > list[i-1].StartedAt {
			t.Errorf("%s is below %s, and began later", r.Prompt, list[i-1].Prompt)
		}
	}
	for more := true; more; {
		var err error
		if more, err = c.store.RollUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	now := c.wall.now().UnixMicro()
	for name, want := range map[string][3]int64{ // from, to, requests
		"what is new by the clock": {after - 1, now + 1, 3},
		"what is ahead of it":      {before, before + hour, 4},
		"all":                      {after - hour, before + hour, 7},
	} {
		if got := c.between(want[0], want[1]); got != [3]int64{want[2], want[2], want[2]} {
			t.Errorf("%s: graph, list and totals say %v, not %d", name, got, want[2])
		}
	}
	var page dto.Page
	if c.get("/api/exchanges?q=since:1h&limit=100", &page); len(page.Rows) != 7 {
		t.Errorf("since:1h finds %d", len(page.Rows))
	}
	if n, err := c.store.DeleteBefore(t.Context(), before); err != nil || n != 3 {
		t.Errorf("%d are deleted as older than the first, %v", n, err)
	}
	for _, r := range c.rows(4) {
		if r.StartedAt < before {
			t.Errorf("%s is left", r.Prompt)
		}
	}
	if got := c.between(after-hour, before+hour); got != [3]int64{4, 4, 4} {
		t.Errorf("after that, graph, list and totals say %v", got)
	}
}

// TestClockIsKeptAtOnce: a run that is killed in its first minutes has told the next
// one when the clock was believed. Else the newest row would say so, which may be of a
// clock that has jumped since.
func TestClockIsKeptAtOnce(t *testing.T) {
	c := startClocked(t, "http://127.0.0.1:1")
	for deadline := time.Now().Add(slow); ; time.Sleep(20 * time.Millisecond) {
		text, _, err := c.store.Setting(t.Context(), clockName)
		var kept clock.Kept
		if err == nil && json.Unmarshal([]byte(text), &kept) == nil && kept.Believed > 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("what is kept of the clock is %q, %v", text, err)
		}
	}
}
