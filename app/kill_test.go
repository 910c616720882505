package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gumshoe/backend/decode"
	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
	"gumshoe/backend/store"
	"gumshoe/backend/wire/dialects"
)

// talker streams numbered lines of the request's own tag, a little apart.
func talker(w http.ResponseWriter, r *http.Request) {
	var q struct{ Messages []struct{ Content string } }
	b, _ := io.ReadAll(r.Body)
	if json.Unmarshal(b, &q) != nil || len(q.Messages) == 0 {
		http.Error(w, "no messages", http.StatusBadRequest)
		return
	}
	tag := q.Messages[0].Content
	w.Header().Set("Content-Type", "application/x-ndjson")
	rc := http.NewResponseController(w)
	for i := range 60 {
		fmt.Fprintf(w, `{"model":"m","message":{"role":"assistant","content":"%s %d "},"done":false}`+"\n", tag, i)
		if rc.Flush() != nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
	io.WriteString(w, `{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","eval_count":60,"eval_duration":60000000,"prompt_eval_count":3}`+"\n")
}

// seen is what clients received, by tag.
type seen struct {
	mu    sync.Mutex
	bytes map[string][]byte
	whole map[string]bool
	gaps  bool // the disk could not take all of it: what is missing has to be told
}

// ask sends one tagged request and keeps every byte of the reply that came.
func (s *seen) ask(base, tag string) {
	body := fmt.Sprintf(`{"model":"m","messages":[{"role":"user","content":%q}]}`, tag)
	res, err := http.Post(base+"/api/chat", "application/json", strings.NewReader(body))
	if err != nil {
		return
	}
	defer res.Body.Close()
	var got bytes.Buffer
	_, err = io.Copy(&got, res.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes[tag] = got.Bytes()
	s.whole[tag] = err == nil
}

// TestKillLosesNothing kills the program under load, again and again, and
// compares the log with what the clients had received. GUMSHOE_KILLS says how
// often (6).
func TestKillLosesNothing(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(talker))
	t.Cleanup(up.Close)
	data := t.TempDir()
	s := &seen{bytes: map[string][]byte{}, whole: map[string]bool{}}
	rounds := 6
	if n, err := strconv.Atoi(os.Getenv("GUMSHOE_KILLS")); err == nil {
		rounds = n
	}
	for round := range rounds {
		c := serve(t, data, "--upstream", "ollama="+up.URL)
		stop := make(chan struct{})
		var wg sync.WaitGroup
		for worker := range 8 {
			wg.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-stop:
						return
					default:
						s.ask(c.BaseURLs["ollama"], fmt.Sprintf("tag-%d-%d-%d-", round, worker, n))
					}
				}
			})
		}
		time.Sleep(time.Duration(300+rand.IntN(500)) * time.Millisecond)
		c.cmd.Process.Kill()
		close(stop)
		wg.Wait()
		<-c.exited
	}
	if code, _, stderr := once(t, "export", "--data", data, "--out", filepath.Join(t.TempDir(), "x.csv")); code != 0 {
		t.Fatalf("export after the kills: %s", stderr)
	}
	if compare(t, data, s) == 0 {
		t.Error("the kills proved nothing: no exchange was cut")
	}
}

// compare checks every byte that a client received against the log, and counts
// the exchanges that were cut.
func compare(t *testing.T, data string, s *seen) (cut int) {
	t.Helper()
	ctx := context.Background()
	st, err := store.Open(ctx, store.Config{Path: filepath.Join(data, "gumshoe.db"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	rows := map[string]exchange.Exchange{}
	err = st.Each(ctx, query.Filter{}, func(e exchange.Exchange) error {
		rec, err := st.Get(ctx, e.ID)
		if err != nil {
			return err
		}
		request, _, err := st.Body(ctx, e.ID, store.Request)
		if err != nil {
			return err
		}
		reply, _, err := st.Body(ctx, e.ID, store.Reply)
		if err != nil {
			return err
		}
		said, err := decode.Stored(rec, request, reply, dialects.For)
		rows[decode.PromptText(said.Request.Messages)] = e
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	received, missing := 0, 0
	for tag, want := range s.bytes {
		r, ok := rows[tag]
		told := s.gaps && (!ok || slices.Contains(r.Notes, exchange.NoteGap))
		if !ok && told {
			missing++
			continue
		}
		if !ok {
			t.Errorf("%s: %d bytes reached the client, no row", tag, len(want))
			continue
		}
		if r.State == exchange.Interrupted {
			cut++
		}
		if s.whole[tag] && r.State != exchange.OK && r.State != exchange.Interrupted {
			t.Errorf("%s: whole at the client, %s in the log", tag, r.State)
		}
		body, _, err := st.Body(ctx, r.ID, store.Reply)
		if err != nil {
			t.Errorf("%s: %v", tag, err)
			continue
		}
		got, err := io.ReadAll(body)
		body.Close()
		if told {
			missing++
		} else if err != nil || !bytes.HasPrefix(got, want) {
			t.Errorf("%s (%s): the client received %d bytes, the log has other %d (%v)", tag, r.State, len(want), len(got), err)
		}
		received += len(want)
	}
	if received == 0 {
		t.Error("nothing was received")
	}
	t.Logf("%d exchanges, %d bytes received, %d interrupted, %d told as not recorded", len(s.bytes), received, cut, missing)
	if s.gaps && (missing == 0 || missing == len(s.bytes)) {
		t.Errorf("%d of %d are told as not recorded", missing, len(s.bytes))
	}
	return cut
}
