package shape

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzValues compares with encoding/json: what is valid, and what lies in it.
func FuzzValues(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":[true,{"c":"\"}"},null],"a":"x\\"}`, `[1, "a,]" ,{"x":[]} , -1.5e9]`, ` { } `, `[ ]`, `"s"`, `12`, `{"a" : {"b":"\\\""},
		"\u0061":3}`, `{"a":1,}`, `[1 2]`, `{"a"`, `"`, `"\`, "[\"\x01\"]", ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		valid := json.Valid(b)
		if Valid(b) != valid {
			t.Fatalf("Valid says %v of %q", !valid, b)
		}
		object, list := Object(b), List(b) // of anything, they end
		if !valid {
			return
		}
		var m map[string]json.RawMessage
		if json.Unmarshal(b, &m) == nil && m != nil && utf8.Valid(b) {
			if len(m) != len(object) {
				t.Fatalf("%q has members %q, not %q", b, object, m)
			}
			for k, v := range m {
				if !bytes.Equal(v, object[k]) {
					t.Errorf("%q: %q is %q, not %q", b, k, object[k], v)
				}
			}
		} else if m == nil && object != nil {
			t.Errorf("%q is no object: %q", b, object)
		}
		var l []json.RawMessage
		if json.Unmarshal(b, &l) == nil && l != nil {
			if len(l) != len(list) {
				t.Fatalf("%q has elements %q, not %q", b, list, l)
			}
			for i, v := range l {
				if !bytes.Equal(v, list[i]) {
					t.Errorf("%q: element %d is %q, not %q", b, i, list[i], v)
				}
			}
		} else if l == nil && list != nil {
			t.Errorf("%q is no list: %q", b, list)
		}
	})
}

// TestNestedWithoutEnd: brackets in brackets cost a stack in most parsers. The
// memory that these would take without a bound is more than a machine has.
func TestNestedWithoutEnd(t *testing.T) {
	for _, s := range []string{strings.Repeat("[", 32<<20), `{"stream":true,"a":` + strings.Repeat(`{"a":`, 4<<20)} {
		if Valid([]byte(s)) {
			t.Error("it is taken for valid")
		}
		Object([]byte(s))
		List([]byte(s))
	}
	deep := strings.Repeat("[", maxNested) + strings.Repeat("]", maxNested)
	if !Valid([]byte(deep)) || Valid([]byte("["+deep+"]")) || json.Valid([]byte("["+deep+"]")) {
		t.Error("the bound is not that of encoding/json")
	}
}
