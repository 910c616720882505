package gemini

import (
	"bytes"
	"encoding/json"
	"testing"
)

// A view says of any JSON what encoding/json says of it.
func FuzzView(f *testing.F) {
	for _, s := range []string{`{"a":1,"b" : [ 1 , {"c":"}\\\""} ] ,"c":{}, "d":null}`, `[true,false , -1e5,"\\",[],{}]`, `"\u00e9\ud83d"`, " { } ", "0", `{"a_b":1,"__":2,"a__b":3}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v := parse(b)
		if v == nil {
			return
		}
		var whole any
		if err := json.Unmarshal(v, &whole); err != nil {
			return // nested too deep, a number too large
		}
		if s, ok := whole.(string); ok && s != v.str() {
			t.Errorf("%s reads as %q, not %q", v, v.str(), s)
		}
		if o, ok := whole.(map[string]any); ok {
			seen := map[string]view{}
			for _, m := range v.object() {
				seen[m.name] = m.value
			}
			for name, value := range o {
				if same(t, seen[camel(name)], value) {
					continue
				}
				clash := false
				for other := range o {
					clash = clash || other != name && camel(other) == camel(name)
				}
				if !clash {
					t.Errorf("%s has %q as %s, not %v", v, name, seen[camel(name)], value)
				}
			}
		}
		if list, ok := whole.([]any); ok {
			n := 0
			v.each(func(in view) {
				if n >= len(list) || !same(t, in, list[n]) {
					t.Errorf("%s has %s at %d", v, in, n)
				}
				n++
			})
			if n != len(list) {
				t.Errorf("%s has %d elements, not %d", v, n, len(list))
			}
		}
	})
}

func same(t *testing.T, v view, want any) bool {
	t.Helper()
	var got any
	if json.Unmarshal(v, &got) != nil {
		return false
	}
	x, errX := json.Marshal(got)
	y, errY := json.Marshal(want)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func TestCamel(t *testing.T) {
	for in, want := range map[string]string{"mime_type": "mimeType", "mimeType": "mimeType", "a_1": "a1", "_a": "_a", "a_": "a_", "": "", "thought_signature": "thoughtSignature"} {
		if got := camel(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for in, want := range map[string]int64{"0": 0, "7": 7, `"42"`: 42, "1e3": 1000, "-1": -1, "1.5": -1, `"x"`: -1, "null": -1, "{}": -1, "1e99": -1, `""`: -1} {
		got := view(in).number()
		if (got == nil) != (want < 0) || got != nil && *got != want {
			t.Errorf("%s gives %v, want %d", in, got, want)
		}
	}
}
