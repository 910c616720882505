package sse_test

import (
	"reflect"
	"testing"

	"gumshoe/backend/wire/sse"
)

type event struct{ name, data string }

func split(b []byte, size int) []event {
	var out []event
	s := sse.Splitter{Emit: func(e sse.Event) { out = append(out, event{e.Name, string(e.Data)}) }}
	for len(b) > 0 {
		n := min(size, len(b))
		s.Write(b[:n])
		b = b[n:]
	}
	s.Close()
	return out
}

func TestEvents(t *testing.T) {
	for in, want := range map[string][]event{
		"data: a\n\n":                              {{"", "a"}},
		"data:a\r\n\r\ndata: b\r\rdata: c":         {{"", "a"}, {"", "b"}, {"", "c"}},
		": note\nevent: x\ndata: a\ndata:  b\n\n":  {{"x", "a\n b"}},
		"\xef\xbb\xbfdata: a\n\n":                  {{"", "a"}},
		"event: lonely\n\ndata\n\nid: 1\nretry: 2": {{"", ""}},
	} {
		for size := 1; size < 12; size++ {
			if got := split([]byte(in), size); !reflect.DeepEqual(got, want) {
				t.Errorf("%q in pieces of %d: %q, want %q", in, size, got, want)
			}
		}
	}
}

func FuzzSSE(f *testing.F) {
	f.Add([]byte("data: a\r\n\r\ndata: b\n\n"), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, size uint8) {
		if one, cut := split(b, len(b)+1), split(b, int(size)+1); !reflect.DeepEqual(one, cut) {
			t.Errorf("whole %q, cut %q", one, cut)
		}
	})
}
