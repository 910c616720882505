package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/journal"
	"gumshoe/backend/query"
	"gumshoe/backend/recorder"
	"gumshoe/backend/store"
	"gumshoe/backend/wire/dialects"
)

// TestJournalCutAtEveryByte kills the program in the middle of a stream and after
// the end of one, and then cuts the journal at every byte of its last record, as a
// writer that was killed while it wrote would leave it. What is stored of it is
// told as it is, and all before is whole.
func TestJournalCutAtEveryByte(t *testing.T) {
	hold := make(chan struct{})
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/x-ndjson")
		fmt.Fprintln(w, `{"model":"m","message":{"content":"one "},"done":false}`)
		http.NewResponseController(w).Flush()
		if strings.Contains(string(b), "endless") {
			fmt.Fprintln(w, `{"message":{"content":"two "}}`)
			http.NewResponseController(w).Flush()
			<-hold
		}
		fmt.Fprintln(w, `{"model":"m","message":{"content":""},"done":true,"eval_count":1,"prompt_eval_count":1}`)
	}))
	t.Cleanup(func() { close(hold); up.Close() })
	for what, last := range map[string]string{"in the middle of a stream": "endless", "after the end of one": "third"} {
		t.Run(what, func(t *testing.T) {
			data := t.TempDir()
			c := serve(t, data, "--upstream", "ollama="+up.URL)
			chat(t, c.BaseURLs["ollama"], "first")
			chat(t, c.BaseURLs["ollama"], "second")
			res, err := http.Post(c.BaseURLs["ollama"]+"/api/chat", "application/json", strings.NewReader(`{"model":"m","messages":[{"role":"user","content":"`+last+`"}]}`))
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			got := make([]byte, 0, 1000)
			for !bytes.Contains(got, []byte("two ")) {
				n, err := res.Body.Read(got[len(got):cap(got)])
				got = got[:len(got)+n]
				if err == io.EOF {
					c.rows(t, 3) // so that its end is in the journal
					break
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			c.cmd.Process.Kill()
			<-c.exited
			cutEverywhere(t, data, got, last == "endless")
		})
	}
}

// cutEverywhere makes a log of the journal with each possible end. A client has
// received got of the last reply.
func cutEverywhere(t *testing.T, data string, got []byte, open bool) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(journalPath(data), "*.log"))
	if err != nil || len(files) != 1 {
		t.Fatalf("segments %v, %v", files, err)
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	r := journal.NewReader(journalPath(data), journal.Position{})
	defer r.Close()
	var from int64 // the last record's begin
	var rec journal.Record
	for {
		at := r.Position().Offset
		next, _, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		from, rec = at, next
		rec.Payload = bytes.Clone(next.Payload)
	}
	if open != (rec.Type == journal.ReplyChunk) || !open && rec.Type != journal.End {
		t.Fatalf("the last record is of type %d", rec.Type)
	}
	st, err := store.Open(t.Context(), store.Config{Path: dbPath(t.TempDir())})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for size := from; size <= int64(len(whole)); size++ {
		dir := t.TempDir()
		if err := os.Mkdir(journalPath(dir), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(journalPath(dir), filepath.Base(files[0])), whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		want, state := got, exchange.Interrupted
		if open && size < int64(len(whole)) {
			want = got[:len(got)-len(rec.Payload)] // what is torn nobody had received
		} else if !open && size == int64(len(whole)) {
			state = exchange.OK
		}
		what := fmt.Sprintf("cut to %d of %d bytes", size-from, int64(len(whole))-from)
		stored(t, st, dir, what, want, state)
	}
}

// stored brings a folder's journal into an empty log, as the commands do, compares
// its three exchanges, and leaves it empty.
func stored(t *testing.T, st *store.Store, dir, what string, want []byte, state exchange.State) {
	t.Helper()
	if err := recorder.New(recorder.Config{Dir: journalPath(dir), Store: sink{st}, Dialect: dialects.For}).Drain(t.Context()); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	n := 0
	err := st.Each(t.Context(), query.Filter{}, func(e exchange.Exchange) error {
		body, _, err := st.Body(t.Context(), e.ID, store.Reply)
		if err != nil {
			return err
		}
		defer body.Close()
		b, err := io.ReadAll(body)
		if n++; n > 1 && (e.State != exchange.OK || !bytes.HasSuffix(b, []byte(`"prompt_eval_count":1}`+"\n"))) {
			t.Errorf("%s: an earlier exchange is %s with %q", what, e.State, b)
		}
		if n == 1 && (e.State != state || !bytes.Equal(b, want)) { // the newest comes first
			t.Errorf("%s: it is %s with %q, want %s with %q", what, e.State, b, state, want)
		}
		return err
	})
	if err != nil || n != 3 {
		t.Errorf("%s: %d exchanges, %v", what, n, err)
	}
	if _, err := st.DeleteAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := st.Save(t.Context(), nil, store.Progress{}); err != nil {
		t.Fatal(err)
	}
}
