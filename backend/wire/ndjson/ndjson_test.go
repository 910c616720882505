package ndjson_test

import (
	"reflect"
	"testing"

	"gumshoe/backend/wire/ndjson"
)

func split(b []byte, size int) []string {
	var out []string
	s := ndjson.Splitter{Emit: func(l []byte) { out = append(out, string(l)) }}
	for len(b) > 0 {
		n := min(size, len(b))
		s.Write(b[:n])
		b = b[n:]
	}
	s.Close()
	return out
}

func TestLines(t *testing.T) {
	for size := 1; size < 12; size++ {
		if got := split([]byte("{}\r\n\n \n{\"a\":1}\nlast"), size); !reflect.DeepEqual(got, []string{"{}", `{"a":1}`, "last"}) {
			t.Errorf("pieces of %d: %q", size, got)
		}
	}
}

func FuzzNDJSON(f *testing.F) {
	f.Add([]byte("{}\n{}"), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, size uint8) {
		if one, cut := split(b, len(b)+1), split(b, int(size)+1); !reflect.DeepEqual(one, cut) {
			t.Errorf("whole %q, cut %q", one, cut)
		}
	})
}
