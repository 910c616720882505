package openwebui

import (
	"strings"
	"testing"
)

func FuzzPlain(f *testing.F) {
	for _, s := range []string{"", " ", "a", "a b", "a  b", " a", "a ", "a\tb", "鐘 誰", "鐘\u3000誰", "a\u00a0b", "\xff \xff", "a\u0085"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want := strings.Join(strings.Fields(s), " ")
		if got := plain(s); got != want {
			t.Errorf("%q became %q, not %q", s, got, want)
		}
		if even(s) != (s == want) {
			t.Errorf("even(%q) is %v", s, even(s))
		}
	})
}
