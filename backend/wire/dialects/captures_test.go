package dialects_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/testkit/captures"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/dialects"
)

var update = flag.Bool("update", false, "write the golden files anew")

// read assembles a reply from pieces of the given size, all at one instant.
func read(api exchange.API, d wire.Dialect, meta wire.ReplyMeta, body []byte, size int, whole bool) wire.Reply {
	a := d.Reply(api, meta)
	for len(body) > 0 {
		n := min(size, len(body))
		piece := append([]byte(nil), body[:n]...)
		a.Write(1000, piece)
		clear(piece) // an assembler may not keep what it was lent
		body = body[n:]
	}
	return a.Close(whole)
}

func TestRealTraffic(t *testing.T) {
	names, err := captures.Names()
	if err != nil || len(names) < 50 {
		t.Fatal(len(names), err)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			c, err := captures.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			total := 0
			for _, r := range c.Reads {
				total += r.Bytes
			}
			if total != len(c.Raw) {
				t.Errorf("timing counts %d bytes of %d", total, len(c.Raw))
			}
			api, d := dialects.For(exchange.KindOllama, c.Method, c.Path)
			if d == nil {
				t.Skipf("not understood: %s %s", c.Method, c.Path)
			}
			q, qerr := d.Request(wire.RequestMeta{API: api, Path: c.Path, ContentType: c.Header.Get("Content-Type")}, c.Request)
			meta := wire.ReplyMeta{Status: c.Status, ContentType: c.Header.Get("Content-Type"), StreamAsked: q.Stream}
			got := read(api, d, meta, c.Reply, len(c.Reply)+1, c.Whole)
			for _, size := range []int{1, 2, 3, 7, 64, 1000} {
				if other := read(api, d, meta, c.Reply, size, c.Whole); !reflect.DeepEqual(got, other) {
					t.Errorf("pieces of %d give\n%+v, not\n%+v", size, other, got)
				}
			}
			problem := ""
			if qerr != nil {
				problem = qerr.Error()
			}
			golden(t, name, map[string]any{"api": api, "status": c.Status, "whole": c.Whole, "request": q, "request_problem": problem, "reply": got})
		})
	}
}

func golden(t *testing.T, name string, v any) {
	t.Helper()
	goldenFile(t, filepath.Join("testdata", strings.ReplaceAll(name, "/", "_")+".json"), v)
}

func goldenFile(t *testing.T, file string, v any) {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	b = append(b, '\n')
	if *update {
		if err := os.WriteFile(file, b, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(b) {
		t.Errorf("%s differs; run with -update and look at the change. Now:\n%s", file, b)
	}
}

// trim drops what says nothing (null, "", false) from a value,
// so that a golden file shows what was read and no more.
func trim(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		return err.Error()
	}
	return trimmed(out)
}

func trimmed(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, one := range v {
			if one == nil || one == "" || one == false {
				delete(v, k)
				continue
			}
			v[k] = trimmed(one)
		}
	case []any:
		for i := range v {
			v[i] = trimmed(v[i])
		}
	}
	return v
}
