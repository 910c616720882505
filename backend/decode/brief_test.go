package decode

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// Long strings are cut wherever the bytes are split, and what is left is the
// same JSON with shorter strings.
func TestLongStringsAreCut(t *testing.T) {
	long := strings.Repeat("x", maxString-3)
	for name, in := range map[string]string{
		"plain":        `{"a":"` + strings.Repeat("y", 3*maxString) + `","b":[1,"short \" \\ é"]}`,
		"escape":       `{"a":"` + long + `\"\\\n` + strings.Repeat("z", 50) + `","b":2}`,
		"unicode":      `{"a":"` + long + `\u00e9\u00e9\u00e9` + strings.Repeat("z", 50) + `","b":2}`,
		"quote behind": `{"a":"` + strings.Repeat("y", 2*maxString) + `\"}{","b":2}`,
		"short":        `{"a":"b","c":{"d":["e\\"]}}`,
	} {
		if !json.Valid([]byte(in)) {
			t.Fatalf("%s: the test itself is wrong", name)
		}
		var want []byte
		for _, size := range []int{len(in), 1, 2, 3, 7, 4096} {
			var e elider
			var got []byte
			for rest := []byte(in); len(rest) > 0; {
				n := min(size, len(rest))
				got = append(got, e.cut(bytes.Clone(rest[:n]))...)
				rest = rest[n:]
			}
			if want == nil {
				want = got
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s: pieces of %d give other bytes", name, size)
			}
			if !json.Valid(got) || len(got) > maxString+100 {
				t.Errorf("%s: %d bytes are left, valid %v", name, len(got), json.Valid(got))
			}
			if len(in) < maxString && string(got) != in {
				t.Errorf("%s: became %q", name, got)
			}
		}
		var whole, cut map[string]any
		if json.Unmarshal([]byte(in), &whole) != nil || json.Unmarshal(want, &cut) != nil || len(whole) != len(cut) {
			t.Errorf("%s: %d fields became %d", name, len(whole), len(cut))
		}
	}
}

func FuzzElider(f *testing.F) {
	f.Add([]byte(`{"a":"b\u00e9"}`), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, size uint8) {
		var whole, split elider
		want := whole.cut(bytes.Clone(b))
		if !bytes.Equal(want, b) {
			t.Errorf("short input %q became %q", b, want)
		}
		var got []byte
		for rest := bytes.Clone(b); len(rest) > 0; {
			n := min(int(size)+1, len(rest))
			got = append(got, split.cut(rest[:n])...)
			rest = rest[n:]
		}
		if !bytes.Equal(got, want) {
			t.Errorf("split %q, whole %q", got, want)
		}
	})
}
