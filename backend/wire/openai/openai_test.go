package openai_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/openai"
)

func reply(api exchange.API, status int, contentType, body string, whole bool) wire.Reply {
	a := openai.Dialect{}.Reply(api, wire.ReplyMeta{Status: status, ContentType: contentType})
	for _, b := range []byte(body) {
		a.Write(1, []byte{b})
	}
	return a.Close(whole)
}

// A sound is neither held nor unreadable, whatever its bytes look like.
func TestSpeechIsASound(t *testing.T) {
	for _, body := range []string{"\xff\xfb\x90data: x\n\n", "{not json", "data: [DONE]\n\n", "\x00"} {
		r := reply(exchange.OpenAISpeech, 200, "audio/mpeg", body, true)
		if r.Unreadable || r.Stream || !r.Ended || r.Error != "" || len(r.Messages) != 1 || r.Messages[0].Parts[0] != (exchange.Part{Type: exchange.PartAudio, MediaType: "audio/mpeg"}) {
			t.Errorf("%q: %+v", body, r)
		}
	}
	if r := reply(exchange.OpenAISpeech, 200, "audio/mpeg", "\xff\xfb", false); r.Unreadable || r.Ended {
		t.Errorf("a cut sound: %+v", r)
	}
	if r := reply(exchange.OpenAISpeech, 200, "audio/mpeg", "", true); r.Unreadable || len(r.Messages) != 0 {
		t.Errorf("no sound: %+v", r)
	}
	if r := reply(exchange.OpenAISpeech, 500, "audio/mpeg", "\xff\xfb", true); r.Error == "" || r.Unreadable {
		t.Errorf("a failed sound: %+v", r)
	}
	if r := reply(exchange.OpenAISpeech, 502, "text/plain", "no voice", true); r.Error != "no voice" || r.Unreadable {
		t.Errorf("a plain error: %+v", r)
	}
	if r := reply(exchange.OpenAISpeech, 404, "application/json", `{"detail":"Not Found"}`, true); r.Error != "Not Found" || len(r.Messages) != 0 {
		t.Errorf("an error: %+v", r)
	}
}

func TestErrorTexts(t *testing.T) {
	for raw, want := range map[string]string{
		``: "", `null`: "", `""`: "", `{}`: "", `[]`: "", `false`: "",
		`"x\n y"`:                    "x y",
		`{"message":"m","type":"t"}`: "m",
		`{"type":"t"}`:               "t",
		`{"code":"c"}`:               "c",
		`{"code":500}`:               `{"code":500}`,
		`{"message":"Provider returned error","metadata":{"raw":"boom"}}`: "Provider returned error: boom",
		`{"message":7,"type":"t"}`:                                        "t",
		`{"error":{"message":"inner"}}`:                                   "inner",
		`[{"msg":"Field required","loc":["body"]}]`:                       "Field required",
		`12`: "12",
	} {
		if got := openai.ErrorText(json.RawMessage(raw)); got != want {
			t.Errorf("%s is %q, want %q", raw, got, want)
		}
	}
	if got := openai.ErrorText(json.RawMessage(`"` + strings.Repeat("ü", 4000) + `"`)); len(got) > 520 || strings.ContainsRune(got, '\uFFFD') {
		t.Errorf("a long error has %d bytes", len(got))
	}
}

func TestMidStreamErrors(t *testing.T) {
	const before = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"
	for event, want := range map[string]string{
		`data: {"error":{"message":"m"}}`:                              "m",
		`data: {"error":"m"}`:                                          "m",
		"event: error\ndata: {\"message\":\"m\"}":                      "m",
		"event: error\ndata: {\"error\":{\"message\":\"m\"}}":          "m",
		"event: error\ndata: it broke":                                 "it broke",
		"event: error\ndata: {}":                                       "error",
		`data: {"object":"error","message":"m"}`:                       "m",
		`data: {"detail":"m"}`:                                         "m",
		`data: {"choices":[{"error":{"code":502,"message":"m"}}]}`:     "m",
		`data: {"x_groq":{"error":"m"}}`:                               "m",
		`error: {"message":"m","code":500}`:                            "m",
		`error: it broke`:                                              "it broke",
		`{"error":{"message":"m"}}`:                                    "m",
		`{"message":"m"}`:                                              "m",
		`data: {"error":null,"choices":[{"delta":{"content":"b"}}]}`:   "",
		`data: {"detail":"x","model":"m","choices":[{"index":0}]}`:     "",
		"event: ping\ndata: {}":                                        "",
		`: error: in a comment`:                                        "",
		"event: error\ndata: {\"error\":{\"message\":\"m\"}}\n\n: bye": "m",
	} {
		r := reply(exchange.OpenAIChat, 200, "text/event-stream", before+event+"\n\n", true)
		if r.Error != want || r.Ended || r.Unreadable || r.Messages[0].Text()[:1] != "a" {
			t.Errorf("%s: %+v", event, r)
		}
	}
	r := reply(exchange.OpenAIChat, 200, "text/event-stream", before+"data: {\"error\":\"first\"}\n\ndata: {\"error\":\"then\"}\n\n", true)
	if r.Error != "first" {
		t.Errorf("%q", r.Error)
	}
}

func TestSplitThinking(t *testing.T) {
	for s, want := range map[string][2]string{
		"<think>a</think>b":                        {"a", "b"},
		" \n<think>\na\n</think>\n\n b":            {"a", " b"},
		"<thinking>a</thinking>b<think>c</think>":  {"a", "b<think>c</think>"},
		"◁think▷a◁/think▷b":                        {"a", "b"},
		"<|begin_of_thought|>a<|end_of_thought|>b": {"a", "b"},
		"<think>a":                     {"a", ""},
		"<think></think>b":             {"", "b"},
		"b<think>a</think>":            {"", "b<think>a</think>"},
		"<thinker>a":                   {"", "<thinker>a"},
		"I greet.\n</think>\n\nHello!": {"I greet.", "Hello!"}, // the opening tag stood in the prompt
		"The tag </think> ends it":     {"", "The tag </think> ends it"},
		"```\n</think>\n```":           {"", "```\n</think>\n```"},
		"a\n</think>\nb\n</think>\nc":  {"", "a\n</think>\nb\n</think>\nc"},
		"  b ":                         {"", "  b "},
		"":                             {"", ""},
		"<reasoning>a</reasoning>":     {"a", ""},
		"<think>a <b></b></think>b":    {"a <b></b>", "b"},
		"<Thought>a</Thought>b":        {"a", "b"},
		"<thought>a</thought>b":        {"a", "b"},
		"<reason>a</reason>b":          {"a", "b"},
		"\xef\xbb\xbf<think>a</think>": {"", "\xef\xbb\xbf<think>a</think>"},
		"<think>a</think>" + strings.Repeat("</think>", 3) + "b": {"a", "</think></think></think>b"},
	} {
		if a, b := openai.SplitThinking(s); a != want[0] || b != want[1] {
			t.Errorf("%q is %q, %q", s, a, b)
		}
	}
}

// The same reasoning in a field and in tags is given once, other text twice.
func TestReasoningBesideTags(t *testing.T) {
	for body, want := range map[string]int{
		`{"choices":[{"message":{"reasoning_content":"a","content":"<think>a</think>b"}}]}`:                2,
		`{"choices":[{"message":{"reasoning_content":"a","content":"<think>c</think>b"}}]}`:                3,
		`{"choices":[{"message":{"reasoning":"a","reasoning_content":"a","thinking":"a","content":"b"}}]}`: 2,
	} {
		r := reply(exchange.OpenAIChat, 200, "application/json", body, true)
		if len(r.Messages) != 1 || len(r.Messages[0].Parts) != want || r.Messages[0].Text() != "b" {
			t.Errorf("%s: %+v", body, r.Messages)
		}
	}
}

// Extra holds what has no place, and nothing that is empty or has one.
func TestExtra(t *testing.T) {
	r := reply(exchange.OpenAIChat, 200, "application/json", `{"choices":[{"index":0,"logprobs":null,"content_filter_results":{},"stop_reason":9,
		"message":{"role":"assistant","content":"a","refusal":null,"annotations":[],"tool_calls":[],"function_call":null,"provider_specific_fields":{"a": 1}}}]}`, true)
	want := map[string]json.RawMessage{"stop_reason": json.RawMessage("9"), "provider_specific_fields": json.RawMessage(`{"a": 1}`)}
	if got := r.Messages[0].Extra; !reflect.DeepEqual(got, want) {
		t.Errorf("%s", got)
	}
	// Joined pieces are JSON, whatever kinds they are of.
	kinds := []string{`[1]`, `[]`, `{"a":[1],"b":null}`, `{"a":[2],"c":"x"}`, `"s"`, `7`, `null`}
	for _, a := range kinds {
		for _, b := range kinds {
			for _, c := range kinds {
				var e openai.Extras
				for _, raw := range []string{a, b, c} {
					e.Add("audio", json.RawMessage(raw))
				}
				for _, raw := range e.JSON() {
					if !json.Valid(raw) {
						t.Errorf("%s %s %s give %s", a, b, c, raw)
					}
				}
			}
		}
	}
}

func TestUsage(t *testing.T) {
	usage := func(u string) wire.Reply {
		return reply(exchange.OpenAIChat, 200, "application/json", `{"model":"m","usage":`+u+`}`, true)
	}
	n, x := exchange.Int64, exchange.Float64
	for u, want := range map[string]exchange.Usage{
		`null`:                                 {},
		`{}`:                                   {},
		`[]`:                                   {},
		`"none"`:                               {},
		`{"prompt_tokens":0,"total_tokens":0}`: {},
		`{"prompt_tokens":-1}`:                 {},
		`{"prompt_tokens":5,"completion_tokens":0}`:                                        {Input: n(5), Output: n(0), Basis: exchange.Reported},
		`{"prompt_tokens":5.0,"completion_tokens":"2"}`:                                    {Input: n(5), Output: n(2), Basis: exchange.Reported},
		`{"prompt_cache_hit_tokens":3,"prompt_cache_miss_tokens":4,"completion_tokens":1}`: {Input: n(7), Output: n(1), Cached: n(3), Basis: exchange.Reported},
		`{"prompt_tokens":5,"completion_tokens":2,"total_tokens":100}`:                     {Input: n(5), Output: n(2), Basis: exchange.Reported},
		`{"prompt_tokens":5,"prompt_tokens_details":null,"completion_tokens_details":"x"}`: {Input: n(5), Basis: exchange.Reported},
		// LiteLLM passes Anthropic's cache on, within the prompt; other gateways beside it.
		`{"prompt_tokens":5000,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":1000,"cache_creation_tokens":3000},"cache_creation_input_tokens":3000,"cache_read_input_tokens":1000}`: {Input: n(5000), Output: n(10), Cached: n(1000), CacheWrite: n(3000), Basis: exchange.Reported},
		`{"input_tokens":10,"output_tokens":5,"cache_read_input_tokens":1000,"cache_creation_input_tokens":0}`:                                                                                        {Input: n(1010), Output: n(5), Cached: n(1000), CacheWrite: n(0), Basis: exchange.Reported},
		`{"input_tokens":5,"output_tokens":9,"output_tokens_details":{"reasoning_tokens":4,"x":[]}}`:                                                                                                  {Input: n(5), Output: n(9), Reasoning: n(4), Basis: exchange.Reported},
	} {
		if got := usage(u).Usage; !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %+v", u, got)
		}
	}
	for u, want := range map[string]*float64{
		`{"prompt_tokens":1}`:          nil,
		`{"cost":0}`:                   x(0),
		`{"cost":0.25}`:                x(0.25),
		`{"cost":"0.25"}`:              x(0.25),
		`{"cost":-1}`:                  nil,
		`{"cost":{"total_cost":0.5}}`:  x(0.5),
		`{"cost":{"total_cost":null}}`: nil,
		`{"cost":1,"is_byok":true,"cost_details":{"upstream_inference_cost":2}}`:  x(3),
		`{"cost":1,"is_byok":false,"cost_details":{"upstream_inference_cost":2}}`: x(1),
		`{"cost_details":{"upstream_inference_cost":2}}`:                          x(2),
		`{"cost_in_usd_ticks":37756000}`:                                          x(0.0037756),
	} {
		r := usage(u)
		if !reflect.DeepEqual(r.Charged, want) || u != `{"prompt_tokens":1}` && r.Usage != (exchange.Usage{}) {
			t.Errorf("%s: %+v", u, r)
		}
	}
	// Later figures win; what they leave out stays; zeros and null change nothing.
	r := reply(exchange.OpenAIChat, 200, "text/event-stream", `data: {"usage":{"prompt_tokens":5,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":4}}}

data: {"usage":{"prompt_tokens":5,"completion_tokens":2}}

data: {"usage":{"prompt_tokens":0,"completion_tokens":0}}

data: {"usage":null}

`, true)
	if want := (exchange.Usage{Input: n(5), Output: n(2), Cached: n(4), Basis: exchange.Reported}); !reflect.DeepEqual(r.Usage, want) {
		t.Errorf("%+v", r.Usage)
	}
}

func TestEmbedding(t *testing.T) {
	for raw, want := range map[string]string{`[]`: "0", `[1]`: "1", `[ -1.5e-7 , 2 ]`: "2", `[[1,2],[3]]`: "3", `"AACAPw=="`: "1", `""`: "0", `null`: "0"} {
		if p := openai.Embedding(json.RawMessage(raw)); p.Text != want || p.Type != exchange.PartEmbedding {
			t.Errorf("%s is %+v", raw, p)
		}
	}
}

// A form whose file was shortened on the way, or holds what looks like a
// boundary, still gives its fields; one without an end says so.
func TestForms(t *testing.T) {
	form := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"ä.wav\"\r\nContent-Type: audio/wav\r\n\r\nRI--bFF\x00\r\n\xff--b\n--b\r\n" +
		"content-disposition: form-data; name=model\r\n\r\nwhisper-1\r\n--b\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\ntrue\r\n--b--\r\n"
	meta := wire.RequestMeta{API: exchange.OpenAITranscription, ContentType: `multipart/form-data; boundary="b"`}
	q, err := openai.Dialect{}.Request(meta, []byte(form))
	if err != nil || q.Model != "whisper-1" || q.Stream == nil || !*q.Stream || q.Messages[0].Parts[0] != (exchange.Part{Type: exchange.PartAudio, MediaType: "audio/wav"}) ||
		q.Params["file"] != `{"filename":"ä.wav","content_type":"audio/wav","bytes":14}` {
		t.Errorf("%+v, %v", q, err)
	}
	for n := range len(form) - 3 {
		if _, err := (openai.Dialect{}).Request(meta, []byte(form[:n])); err == nil {
			t.Errorf("cut after %d bytes it is whole", n)
		}
	}
	meta.ContentType = "multipart/form-data"
	if _, err := (openai.Dialect{}).Request(meta, []byte(form)); err == nil {
		t.Error("a form without a boundary is read")
	}
	var large bytes.Buffer
	large.WriteString("--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\n")
	large.Write(bytes.Repeat([]byte("x"), 2<<20))
	large.WriteString("\r\n--b--")
	meta.ContentType = "multipart/form-data; boundary=b"
	if q, err := (openai.Dialect{}).Request(meta, large.Bytes()); err != nil || len(q.Messages[0].Text()) != 1<<20 {
		t.Errorf("%v", err)
	}
}

// Servers that answer nothing, spaces, or something else entirely.
func TestOddReplies(t *testing.T) {
	for _, c := range []struct {
		contentType, body  string
		stream, unreadable bool
		ended              bool
	}{
		{"application/json", "", false, false, false},
		{"application/json", " \n", false, false, false},
		{"application/json", "{", false, true, false},
		{"application/json", "[]", false, true, false},
		{"application/json", "\xef\xbb\xbf{}", false, false, true},
		{"application/json", "\n\n   {\"choices\":[]}", false, false, true},
		{"application/json", strings.Repeat(" ", 5000) + "{}", false, false, true},
		{"text/event-stream", "{\"error\":\"x\"}", false, false, true},
		{"text/event-stream", ": ping\n\n", true, true, false},
		{"", "data: {}\n\ndata: [DONE]\n\n", true, false, true},
		{"", "dat", false, true, false},
		{"text/html", "<html>", false, true, false},
	} {
		r := reply(exchange.OpenAIChat, 200, c.contentType, c.body, true)
		if r.Stream != c.stream || r.Unreadable != c.unreadable || r.Ended != c.ended {
			t.Errorf("%s %q: %+v", c.contentType, c.body, r)
		}
		if r := reply(exchange.OpenAIChat, 200, c.contentType, c.body, false); r.Unreadable {
			t.Errorf("%q broke off and is unreadable", c.body)
		}
	}
}
