package openai

import (
	"reflect"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
)

// decoded reads a stream; slow decodes every event in full.
func decoded(api exchange.API, b []byte, slow bool) wire.Reply {
	a := Dialect{}.Reply(api, wire.ReplyMeta{Status: 200, ContentType: "text/event-stream"}).(*assembler)
	if slow {
		a.again.GiveUp()
	}
	a.Write(5, b)
	return a.Close(true)
}

// What is not decoded anew says the same as if it were.
func FuzzOpenAIAgain(f *testing.F) {
	const a = `data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}` + "\n\n"
	for _, s := range []string{
		a + a + `data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"\u9418\n"},"finish_reason":null}]}` + "\n\ndata: [DONE]\n\n",
		a + `data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"stop"}]}` + "\n\n" + a,
		`data: {"choices":[{"index":1,"delta":{"role":"assistant","reasoning":"r","content":""}}],"obfuscation":"xx"}` + "\n\n" + `data: {"choices":[{"index":1,"delta":{"role":"assistant","reasoning":"s","content":""}}],"obfuscation":"y"}` + "\n\n",
		`data: {"choices":[{"delta":{"content":"a","content":"b"}}]}` + "\n\n" + `data: {"choices":[{"delta":{"content":"c","content":"b"}}]}` + "\n\n",
		`data: {"choices":[{"delta":{"content":"a"},"logprobs":{"content":[1]}}]}` + "\n\n" + `data: {"choices":[{"delta":{"content":"b"},"logprobs":{"content":[1]}}]}` + "\n\n",
		`data: {"choices":[{"text":"a"}],"usage":{"completion_tokens":1}}` + "\n\n" + `data: {"choices":[{"text":"b"}],"usage":{"completion_tokens":1}}` + "\n\n",
		`data: {"Usage":{"completion_tokens":1},"choices":[{"delta":{"Content":"a"}}]}` + "\n\n" + `data: {"Usage":{"completion_tokens":1},"choices":[{"delta":{"Content":"b"}}]}` + "\n\n",
		"event: error\n" + a + a,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		// Twice the same is what makes a shape match.
		b = append(append([]byte{}, b...), b...)
		for _, api := range []exchange.API{exchange.OpenAIChat, exchange.OpenAICompletions} {
			fast, slow := decoded(api, b, false), decoded(api, b, true)
			if !reflect.DeepEqual(fast, slow) {
				t.Errorf("%s: %q\ngives %+v\nnot   %+v", api, b, fast, slow)
			}
		}
	})
}
