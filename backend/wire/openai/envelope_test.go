package openai

import (
	"reflect"
	"testing"
)

// What is read as it lies is what encoding/json reads.
func FuzzEnvelope(f *testing.F) {
	for _, s := range []string{
		`{"id":"1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":"a\u00e9"}},null,5],"usage":null}`,
		`{"type":"error","error":{"message":"no"},"detail":[1],"message":"x","stop":true,"stop_type":"eos","content":"c","response":{}}`,
		`{"model":5,"object":null,"choices":{},"stop":"true","usage":{"prompt_tokens":"7","completion_tokens":3.5,"total_tokens":-1,"cost":0.1}}`,
		`{"Model":"capital","model":"m","choices":[]}`, `{"model":"a","model":"b"}`, `{"mod\u0065l":"m"}`, `{"ſtop":true}`, ` {"choices" : [ ] , "timings":{"prompt_n":1}} `,
		`{"usage":{"prompt_tokens_details":{"cached_tokens":4,"Audio_tokens":1},"completion_tokens_details":null,"input_tokens_details":[],"output_tokens_details":{"reasoning_tokens":null}}}`,
		`{"x_groq":{"usage":{}}}`, `[]`, `null`, `{"model":"` + "\xff" + `"}`, `{"model":"m"`, `{"choices":[{"a":1,"a":2}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var quick, plain envelope
		if inner := object(raw)["usage"]; inner != nil {
			defer sameUsage(t, inner)
		}
		sameUsage(t, raw)
		fit, err := quick.read(raw), Lenient(raw, &plain)
		if fit != (err == nil) || fit && !reflect.DeepEqual(quick, plain) {
			t.Fatalf("%q\nis %v %+v\nnot %v %+v", raw, fit, quick, err, plain)
		}
	})
}

func sameUsage(t *testing.T, raw []byte) {
	for _, before := range []usage{{}, {Prompt: Number{4, true}, PromptDetails: details{Cached: Number{2, true}}}} {
		quick, plain := before, before
		fit, err := quick.read(raw), Lenient(raw, &plain)
		if fit != (err == nil) || fit && !reflect.DeepEqual(quick, plain) {
			t.Fatalf("usage %q\nis %v %+v\nnot %v %+v", raw, fit, quick, err, plain)
		}
	}
}
