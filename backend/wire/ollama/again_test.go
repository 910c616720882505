package ollama

import (
	"reflect"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
)

// decoded reads a stream; slow decodes every line in full.
func decoded(api exchange.API, b []byte, slow bool) wire.Reply {
	a := Dialect{}.Reply(api, wire.ReplyMeta{Status: 200, ContentType: "application/x-ndjson"}).(*assembler)
	if slow {
		a.again.GiveUp()
	}
	a.Write(5, b)
	return a.Close(true)
}

// What is not decoded anew says the same as if it were.
func FuzzOllamaAgain(f *testing.F) {
	const a = `{"model":"m","created_at":"2026-11-01T00:00:00Z","message":{"role":"assistant","content":"a"},"done":false}` + "\n"
	for _, s := range []string{
		a + a + `{"model":"m","created_at":"","message":{"role":"assistant","content":"\u9418\n"},"done":false}` + "\n" + `{"model":"m","done":true,"eval_count":3}` + "\n",
		`{"model":"m","response":"","thinking":"t","done":false}` + "\n" + `{"model":"m","response":"","thinking":"u","done":false}` + "\n",
		`{"response":"a","Response":"b","done":false}` + "\n" + `{"response":"c","Response":"b","done":false}` + "\n",
		`{"message":{"content":"a"},"response":"b","done":false}` + "\n" + `{"message":{"content":"c"},"response":"b","done":false}` + "\n",
		`{"message":{"content":"a"},"logprobs":[1]}` + "\n" + `{"message":{"content":"b"},"logprobs":[1]}` + "\n",
		`{"message":{"content":"a"},"error":"x"}` + "\n" + `{"message":{"content":"b"},"error":"x"}` + "\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		// Twice the same is what makes a shape match.
		b = append(append([]byte{}, b...), b...)
		for _, api := range []exchange.API{exchange.OllamaChat, exchange.OllamaGenerate, exchange.OllamaPull} {
			fast, slow := decoded(api, b, false), decoded(api, b, true)
			if !reflect.DeepEqual(fast, slow) {
				t.Errorf("%s: %q\ngives %+v\nnot   %+v", api, b, fast, slow)
			}
		}
	})
}
