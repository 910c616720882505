package exchange

import (
	"encoding/json"
	"reflect"
	"testing"
)

type binaryForms struct {
	name  string
	write func() ([]byte, error)
	json  any
	read  func([]byte) (any, error)
}

func examples() []binaryForms {
	var all []binaryForms
	start := func(s Start) {
		all = append(all, binaryForms{"start", func() ([]byte, error) { return s.AppendBinary(nil) }, s, func(b []byte) (any, error) {
			var got Start
			err := got.UnmarshalBinary(b)
			return got, err
		}})
	}
	head := func(h Head) {
		all = append(all, binaryForms{"head", func() ([]byte, error) { return h.AppendBinary(nil) }, h, func(b []byte) (any, error) {
			var got Head
			err := got.UnmarshalBinary(b)
			return got, err
		}})
	}
	end := func(e End) {
		all = append(all, binaryForms{"end", func() ([]byte, error) { return e.AppendBinary(nil) }, e, func(b []byte) (any, error) {
			var got End
			err := got.UnmarshalBinary(b)
			return got, err
		}})
	}
	start(Start{})
	start(Start{Upstream: "ollama", Kind: KindOllama, Method: "POST", Path: "/api/chat", Query: "a=1", URL: "http://127.0.0.1:11434/api/chat?a=1",
		Headers: []Header{{"Content-Type", "application/json"}, {"X", ""}, {"", "漢字"}}, Remote: "127.0.0.1", ContentLength: -1, RequestID: "r", PriceModel: "m",
		OmitRequest: true, Notes: []Note{NoteOmitted, NoteBadControl}})
	start(Start{OmitReply: true, ContentLength: 1 << 40, Claims: &Claims{Subject: "s", Email: "e@example.org", Name: "n", Role: "admin", Verified: true}})
	start(Start{Claims: &Claims{Subject: "s"}})
	head(Head{})
	head(Head{Status: 200, Headers: []Header{{"Date", "now"}}, ContentLength: -1, UsageAsked: true})
	head(Head{Status: 502, ContentLength: 77, Own: true})
	end(End{})
	end(End{State: Failed, Error: "no", Trailers: []Header{{"A", "b"}}, Gap: true, Sent: 1, Received: 1 << 50, Model: "m"})
	return all
}

func TestBinaryFormsComeBack(t *testing.T) {
	for _, e := range examples() {
		b, err := e.write()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := e.read(b); err != nil || !reflect.DeepEqual(got, e.json) {
			t.Errorf("%s: %+v, %v; want %+v", e.name, got, err, e.json)
		}
		old, err := json.Marshal(e.json)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := e.read(old); err != nil || !reflect.DeepEqual(got, e.json) {
			t.Errorf("%s as JSON: %+v, %v; want %+v", e.name, got, err, e.json)
		}
		for i := range b {
			if _, err := e.read(b[:i]); err == nil {
				t.Errorf("%s cut to %d of %d bytes is read without an error", e.name, i, len(b))
			}
		}
	}
}

func FuzzBinaryForms(f *testing.F) {
	for _, e := range examples() {
		b, err := e.write()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte{binaryForm, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		var s Start
		if s.UnmarshalBinary(b) == nil && len(b) > 0 && b[0] == binaryForm {
			again, err := s.AppendBinary(nil)
			if err != nil {
				t.Fatal(err)
			}
			var got Start
			if err := got.UnmarshalBinary(again); err != nil || !reflect.DeepEqual(got, s) {
				t.Errorf("%+v became %+v, %v", s, got, err)
			}
		}
		_ = (&Head{}).UnmarshalBinary(b)
		_ = (&End{}).UnmarshalBinary(b)
	})
}
