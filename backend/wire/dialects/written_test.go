package dialects_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/dialects"
)

// written is a capture that was written from a published format: one file with
// the request (its line, its header, its body) and the reply below it.
type written struct {
	name, method, path, requestType string
	request                         []byte
	status                          int
	whole                           bool
	replyType                       string
	reply                           []byte
}

// load reads all captures of a dialect's testdata folder.
func load(t testing.TB, dialect string) []written {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", dialect, "testdata", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatal(dialect, files, err)
	}
	var out []written
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) // as git may check it out
		w := written{name: strings.TrimSuffix(filepath.Base(file), ".txt")}
		top, rest, ok := bytes.Cut(b, []byte("\n--- reply "))
		if !ok {
			t.Fatalf("%s has no reply", file)
		}
		head, body, _ := bytes.Cut(top, []byte("\n\n"))
		lines := bufio.NewScanner(bytes.NewReader(head))
		lines.Scan()
		w.method, w.path, _ = strings.Cut(lines.Text(), " ")
		for lines.Scan() {
			if v, ok := strings.CutPrefix(lines.Text(), "Content-Type: "); ok {
				w.requestType = v
			}
		}
		w.request = body
		if strings.HasPrefix(w.requestType, "multipart/") {
			w.request = bytes.ReplaceAll(body, []byte("\n"), []byte("\r\n"))
		}
		line, reply, _ := bytes.Cut(rest, []byte("\n"))
		var how string
		if _, err := fmt.Sscan(string(line), &w.status, &how); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		w.whole = how == "whole"
		_, w.replyType, _ = strings.Cut(string(line), how+" ")
		w.reply = reply
		out = append(out, w)
	}
	return out
}

// kindOf is the kind of upstream that speaks a dialect.
func kindOf(dialect string) exchange.Kind {
	return exchange.Kind(dialect)
}

// all are the dialects with written captures.
func all() []string { return []string{"openai", "ollama", "anthropic", "gemini"} }

func (w written) understood(t testing.TB, dialect string) (exchange.API, wire.Dialect) {
	t.Helper()
	api, d := dialects.For(kindOf(dialect), w.method, w.path)
	if d == nil || !strings.HasPrefix(string(api), dialect+".") {
		t.Fatalf("%s: %s %s is read as %q", w.name, w.method, w.path, api)
	}
	return api, d
}

func TestWrittenTraffic(t *testing.T) {
	for _, dialect := range all() {
		for _, w := range load(t, dialect) {
			t.Run(dialect+"/"+w.name, func(t *testing.T) {
				api, d := w.understood(t, dialect)
				q, qerr := d.Request(wire.RequestMeta{API: api, Path: w.path, ContentType: w.requestType}, w.request)
				meta := wire.ReplyMeta{Status: w.status, ContentType: w.replyType, StreamAsked: q.Stream}
				got := read(api, d, meta, w.reply, len(w.reply)+1, w.whole)
				for _, size := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 23, 64, 79, 500} {
					if other := read(api, d, meta, w.reply, size, w.whole); !reflect.DeepEqual(got, other) {
						t.Fatalf("pieces of %d give\n%+v, not\n%+v", size, other, got)
					}
				}
				problem := ""
				if qerr != nil {
					problem = qerr.Error()
				}
				goldenFile(t, filepath.Join("..", dialect, "testdata", w.name+".golden.json"), map[string]any{
					"api": api, "request": trim(q), "request_problem": problem, "reply": trim(got)})
			})
		}
	}
}

// Line ends, comments and unknown fields of an event stream change nothing.
func TestFramingChangesNothing(t *testing.T) {
	for _, dialect := range all() {
		for _, w := range load(t, dialect) {
			if strings.HasPrefix(w.replyType, "text/event-stream") && !strings.Contains(w.name, "line") &&
				(bytes.HasPrefix(w.reply, []byte("data:")) || bytes.HasPrefix(w.reply, []byte("event:"))) {
				framed(t, dialect, w)
			}
		}
	}
}

func framed(t *testing.T, dialect string, w written) {
	t.Helper()
	api, d := w.understood(t, dialect)
	meta := wire.ReplyMeta{Status: w.status, ContentType: w.replyType}
	want := read(api, d, meta, w.reply, len(w.reply)+1, w.whole)
	for name, with := range map[string]string{"CR LF": "\r\n", "CR": "\r", "comments": "\n: keep-alive\nid: 1\nretry: 5\n", "byte order mark": "\n"} {
		body := bytes.ReplaceAll(w.reply, []byte("\n"), []byte(with))
		if name == "comments" { // between the events only
			body = bytes.ReplaceAll(w.reply, []byte("\n\n"), []byte("\n\n: keep-alive\n\nid: 1\n"))
		}
		if name == "byte order mark" {
			body = append([]byte("\xef\xbb\xbf"), w.reply...)
		}
		for _, size := range []int{1, 5, 64, len(body) + 1} {
			if got := read(api, d, meta, body, size, w.whole); !reflect.DeepEqual(got, want) {
				t.Errorf("%s with %s in pieces of %d gives\n%+v, not\n%+v", w.name, name, size, got, want)
			}
		}
	}
}

// A reply that breaks off anywhere is read without panic, never has more than
// the whole one, and is not called ended before its end mark.
func TestCutAnywhere(t *testing.T) {
	for _, dialect := range all() {
		for _, w := range load(t, dialect) {
			api, d := w.understood(t, dialect)
			meta := wire.ReplyMeta{Status: w.status, ContentType: w.replyType}
			all := read(api, d, meta, w.reply, len(w.reply)+1, w.whole)
			for n := 0; n < len(w.reply); n += 1 + n/32 {
				got := read(api, d, meta, w.reply[:n], n+1, false)
				if got.TokenEvents > all.TokenEvents || got.Unreadable {
					t.Fatalf("%s cut after %d bytes: %+v", w.name, n, got)
				}
				if all.Stream && got.Ended && !all.Ended {
					t.Fatalf("%s cut after %d bytes has ended", w.name, n)
				}
			}
		}
	}
}
