package shape

import (
	"encoding/json"
	"strings"
	"testing"
)

// learn finds the literals "T" and "N" of an event.
func learn(s *Shape, event string) {
	span := func(lit string) Span {
		i := strings.Index(event, lit)
		if i < 0 {
			return Span{}
		}
		return Span{i, i + len(lit)}
	}
	s.Learn([]byte(event), span(`"T"`), span(`"N"`))
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		learnt, event, text string
		ok                  bool
	}{
		{`{"a":"T"}`, `{"a":"x y"}`, "x y", true},
		{`{"a":"T"}`, `{"a":""}`, "", true},
		{`{"a":"T"}`, `{"a":"\n\u9418\"}"}`, "\n鐘\"}", true},
		{`{"a":"T"}`, `{"a":"鐘"}`, "鐘", true},
		{`{"a":"T"}`, "{\"a\":\"\xff\"}", "\uFFFD", true}, // as encoding/json reads it
		{`{"a":"T","z":"N"}`, `{"a":"1","z":"22"}`, "1", true},
		{`{"z":"N","a":"T"}`, `{"z":"","a":"1"}`, "1", true},
		{`{"z":"N","a":"T"}`, `{"z":"\n","a":"1"}`, "", false},
		{`{"a":"T"}`, `{"a":"x","b":1}`, "", false},
		{`{"a":"T"}`, `{"a":"x"`, "", false},
		{`{"a":"T"}`, `{"a":"x`, "", false},
		{`{"a":"T"}`, `{"a":"x\`, "", false},
		{`{"a":"T"}`, `{"a":"x\"}`, "", false},
		{`{"a":"T"}`, `{"a":"\q"}`, "", false},
		{`{"a":"T"}`, "{\"a\":\"\t\"}", "", false},
		{`{"a":"T"}`, `{"a":null}`, "", false},
		{`{"a":"T"}`, `{"b":"T"}`, "", false},
	} {
		var s Shape
		learn(&s, c.learnt)
		text, ok := s.Match([]byte(c.event))
		if string(text) != c.text || ok != c.ok {
			t.Errorf("%s after %s: %q, %v", c.event, c.learnt, text, ok)
		}
		s.Forget()
		if _, ok := s.Match([]byte(c.learnt)); ok {
			t.Error("a forgotten shape matches")
		}
	}
	var none Shape
	if _, ok := none.Match(nil); ok {
		t.Error("the zero value matches")
	}
}

func TestWanted(t *testing.T) {
	var s Shape
	for i := range giveUp {
		if !s.Wanted() {
			t.Fatalf("gave up after %d", i)
		}
		learn(&s, `{"a":"T"}`)
	}
	if s.Wanted() {
		t.Error("never gives up")
	}
	for range giveUp {
		s.Match([]byte(`{"a":"x"}`))
	}
	if !s.Wanted() {
		t.Error("gives up where it pays")
	}
}

// Whatever matches is what encoding/json reads.
func FuzzMatch(f *testing.F) {
	f.Add(`{"n":"noise","a":"\u0041b"}`)
	f.Add("{\"n\":\"\",\"a\":\"\xff\"}")
	f.Fuzz(func(t *testing.T, event string) {
		var s Shape
		learn(&s, `{"n":"N","a":"T"}`)
		text, ok := s.Match([]byte(event))
		var v struct{ N, A string }
		err := json.Unmarshal([]byte(event), &v)
		if ok && (err != nil || v.A != string(text)) {
			t.Errorf("%q gives %q; JSON says %+v, %v", event, text, v, err)
		}
	})
}
