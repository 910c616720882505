package gemini_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/gemini"
)

// Point 8: a prefix of the path, and how it is written, change nothing.
func TestOperationAndModel(t *testing.T) {
	vertex := "/v1/projects/p/locations/us-east1/"
	for _, c := range []struct {
		kind         exchange.Kind
		method, path string
		want         exchange.API
		model        string
		stream       any
	}{
		{exchange.KindGemini, "POST", "/v1beta/models/gemini-2.5-pro:generateContent", exchange.GeminiGenerate, "gemini-2.5-pro", false},
		{exchange.KindOpenAI, "POST", "/v1/models/gemini-2.5-pro:streamGenerateContent", exchange.GeminiGenerate, "gemini-2.5-pro", true},
		{exchange.KindGemini, "POST", "/models/a:b:countTokens", exchange.GeminiCountTokens, "a:b", nil},
		{exchange.KindGemini, "POST", "/v1beta/models/gemini%2D2%3Aembed%43ontent", exchange.GeminiEmbed, "gemini-2", nil},
		{exchange.KindGemini, "POST", "/v1beta/models/e:batchEmbedContents", exchange.GeminiEmbed, "e", nil},
		{exchange.KindGemini, "POST", "/v1beta/tunedModels/mine-1:generateContent", exchange.GeminiGenerate, "tunedModels/mine-1", false},
		{exchange.KindGemini, "POST", vertex + "publishers/google/models/gemini-3-pro:streamGenerateContent", exchange.GeminiGenerate, "gemini-3-pro", true},
		{exchange.KindGemini, "POST", vertex + "endpoints/123:generateContent", exchange.GeminiGenerate, "endpoints/123", false},
		{exchange.KindGemini, "POST", "/gw/models/google/gemini:generateContent", exchange.GeminiGenerate, "google/gemini", false},
		{exchange.KindGemini, "GET", "/v1beta/models", exchange.GeminiModels, "", nil},
		{exchange.KindGemini, "GET", "/models", exchange.GeminiModels, "", nil},
		{exchange.KindGemini, "GET", "/v1/models/gemini-2.5-pro", exchange.GeminiModels, "", nil},
		{exchange.KindGemini, "GET", "/v1beta/tunedModels", exchange.GeminiModels, "", nil},
		{exchange.KindGemini, "GET", "/v1beta1/publishers/google/models", exchange.GeminiModels, "", nil},
		{exchange.KindOpenAI, "GET", "/v1beta/models", exchange.GeminiModels, "", nil},

		{exchange.KindOpenAI, "GET", "/v1/models", "", "", nil},
		{exchange.KindGemini, "GET", "/v1beta/openai/models", "", "", nil},
		{exchange.KindGemini, "POST", "/v1beta/openai/chat/completions", "", "", nil},
		{exchange.KindGemini, "POST", "/v1beta/models/m:predict", "", "", nil},
		{exchange.KindGemini, "POST", "/v1beta/models/:generateContent", "", "", nil},
		{exchange.KindGemini, "POST", "/v1beta/models/m", "", "", nil},
		{exchange.KindGemini, "POST", "/v1beta/cachedContents", "", "", nil},
		{exchange.KindGemini, "GET", "/v1beta/models/m:generateContent2", exchange.GeminiModels, "", nil},
		{exchange.KindGemini, "PATCH", "/v1beta/models", "", "", nil},
		{exchange.KindGemini, "POST", "", "", "", nil},
	} {
		got, ok := gemini.Dialect{}.Operation(c.kind, c.method, c.path)
		if ok != (c.want != "") || got != c.want {
			t.Errorf("%s %s %s is %q, %v, want %q", c.kind, c.method, c.path, got, ok, c.want)
		}
		if !ok || c.method == "GET" {
			continue
		}
		q, err := gemini.Dialect{}.Request(wire.RequestMeta{API: got, Path: c.path}, []byte(`{"model":"models/other"}`))
		if err != nil || q.Model != c.model || (q.Stream == nil) != (c.stream == nil) || q.Stream != nil && *q.Stream != c.stream {
			t.Errorf("%s: model %q, stream %v, %v", c.path, q.Model, q.Stream, err)
		}
	}
}

// read assembles a reply from pieces of the given size, all at one instant.
func read(api exchange.API, meta wire.ReplyMeta, body []byte, size int, whole bool) wire.Reply {
	a := gemini.Dialect{}.Reply(api, meta)
	for len(body) > 0 {
		n := min(size, len(body))
		a.Write(1000, body[:n])
		body = body[n:]
	}
	return a.Close(whole)
}

func reply(status int, contentType, body string, whole bool) wire.Reply {
	return read(exchange.GeminiGenerate, wire.ReplyMeta{Status: status, ContentType: contentType}, []byte(body), len(body)+1, whole)
}

func figure(v *int64) any {
	if v == nil {
		return nil
	}
	return *v
}

// Point 7: thinking is of the output, tools' results are of the input, and a
// count that is left out is not 0 unless the total says so.
func TestUsage(t *testing.T) {
	for in, want := range map[string][]any{ // input, output, cached, reasoning, input and output audio, images
		`{"promptTokenCount":5,"candidatesTokenCount":2,"totalTokenCount":7}`:                                          {5, 2, nil, nil, nil, nil, nil, nil},
		`{"prompt_token_count":5,"candidates_token_count":2,"thoughts_token_count":3,"tool_use_prompt_token_count":4}`: {9, 5, nil, 3, nil, nil, nil, nil},
		`{"promptTokenCount":5,"totalTokenCount":5}`:                                                                   {5, 0, nil, nil, nil, nil, nil, nil},
		`{"promptTokenCount":5}`:                                 {5, nil, nil, nil, nil, nil, nil, nil},
		`{"promptTokenCount":5,"totalTokenCount":3}`:             {5, nil, nil, nil, nil, nil, nil, nil},
		`{"candidatesTokenCount":2,"toolUsePromptTokenCount":4}`: {nil, 2, nil, nil, nil, nil, nil, nil},
		`{"promptTokenCount":"5","candidatesTokenCount":1.5,"cachedContentTokenCount":-1,"promptTokensDetails":7}`:              {5, nil, nil, nil, nil, nil, nil, nil},
		`{"promptTokensDetails":[{"modality":"AUDIO","tokenCount":3},{"modality":"IMAGE"},null,{"modality":4,"tokenCount":9}]}`: {nil, nil, nil, nil, 3, nil, nil, nil},
		`{"candidatesTokensDetails":[{"modality":"AUDIO","tokenCount":1},{"modality":"AUDIO","tokenCount":2},{"modality":"IMAGE","tokenCount":6}],"toolUsePromptTokensDetails":[{"modality":"IMAGE","tokenCount":8}],"promptTokensDetails":[{"modality":"IMAGE","tokenCount":1}],"cachedContentTokenCount":0}`: {nil, nil, 0, nil, nil, 3, 9, 6},
		`{"promptTokenCount":0,"candidatesTokenCount":0,"totalTokenCount":0}`: {nil, nil, nil, nil, nil, nil, nil, nil},
		`null`: {nil, nil, nil, nil, nil, nil, nil, nil},
	} {
		r := reply(200, "application/json", `{"usageMetadata":`+in+`,"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]}`, true)
		u := r.Usage
		got := []any{figure(u.Input), figure(u.Output), figure(u.Cached), figure(u.Reasoning), figure(u.InputAudio), figure(u.OutputAudio), figure(u.InputImage), figure(u.OutputImage)}
		for i, v := range want {
			if n, ok := v.(int); ok {
				want[i] = int64(n)
			}
		}
		if !reflect.DeepEqual(got, want) || (u.Basis == exchange.Reported) != (u.Input != nil || u.Output != nil) || len(r.Messages) != 1 {
			t.Errorf("%s gives %v in %+v, want %v", in, got, r, want)
		}
	}
	// A stream that broke off has no total to trust: what it cost is not known.
	if r := reply(200, "text/event-stream", `data: {"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":{"promptTokenCount":5,"totalTokenCount":5}}`+"\n\n", false); r.Usage.Output != nil || *r.Usage.Input != 5 {
		t.Errorf("%+v", r.Usage)
	}
}

// Points 2, 3 and 22: an array's elements count as they come, whatever stands in
// their texts; a torn end is no end.
func TestArrayComesInPieces(t *testing.T) {
	a := gemini.Dialect{}.Reply(exchange.GeminiGenerate, wire.ReplyMeta{Status: 200, ContentType: "application/json"})
	for i, s := range []string{"[", `{"candidates":[{"content":{"parts":[{"text":"]}\"`, `a"}]}}]}`, "\r\n,\r\n", `{"candidates":[{"content":{"parts":[{"text":"b\\`, `\\"}]},"finishReason":"STOP"}]}`} {
		a.Write(int64(i), []byte(s))
	}
	r := a.Close(false)
	if *r.FirstToken != 2 || *r.LastToken != 5 || r.TokenEvents != 2 || !r.Stream || r.Ended || r.Unreadable || r.Messages[0].Text() != `]}"ab\\` {
		t.Errorf("%+v", r)
	}
	for body, want := range map[string][2]bool{ // ended, unreadable
		"[]": {true, false}, "[": {false, true}, "[{}": {false, false}, "[{}]": {true, false}, "[{}] ]x{": {true, false}, "[rubbish": {false, true}, `[{"a":}]`: {true, true},
	} {
		if r := reply(200, "application/json", body, true); !r.Stream || r.Ended != want[0] || r.Unreadable != want[1] {
			t.Errorf("%q: %+v", body, r)
		}
	}
}

// Point 4: with n > 1 each answer keeps its own text, end and logprobs, and the
// stream ends with the last of them.
func TestCandidatesOfAStream(t *testing.T) {
	one := `data: {"candidates":[{"index":1,"content":{"parts":[{"text":"b"}]},"logprobsResult":{"a":1}},{"content":{"parts":[{"text":"a"}]}}]}` + "\n\n" +
		`data: {"candidates":[{"index":1,"content":{"parts":[{"text":"B"}]},"logprobsResult":{"a":2},"finishReason":"STOP"}]}` + "\n\n"
	if r := reply(200, "text/event-stream", one, true); r.Ended {
		t.Errorf("ended before its last answer: %+v", r)
	}
	r := reply(200, "text/event-stream", one+`data: {"candidates":[{"content":{"parts":[{"text":"A"}]},"finishReason":"MAX_TOKENS"}]}`+"\n\n", true)
	want := []exchange.Message{
		{Role: "assistant", Parts: []exchange.Part{{Type: exchange.PartText, Text: "aA"}}, Finish: "MAX_TOKENS"},
		{Role: "assistant", Parts: []exchange.Part{{Type: exchange.PartText, Text: "bB"}}, Finish: "STOP", Extra: map[string]json.RawMessage{"logprobsResult": json.RawMessage(`[{"a":1},{"a":2}]`)}},
	}
	if !reflect.DeepEqual(r.Messages, want) || !r.Ended || r.Finish != "MAX_TOKENS" || r.TokenEvents != 3 {
		t.Errorf("%+v", r)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		status     int
		ct, body   string
		want       string
		unreadable bool
	}{
		{400, "application/json", `{"error":{"code":400,"message":"Bad\n key","status":"INVALID_ARGUMENT"}}`, "Bad key", false},
		{400, "application/json", `{"error":{"code":400,"status":"INVALID_ARGUMENT"}}`, "INVALID_ARGUMENT", false},
		{400, "application/json", `{"error":"gone"}`, "gone", false},
		{403, "application/json", `{"message":"m"}`, "m", false},
		{500, "application/json", `{"error":{"code":500}}`, `{"code":500}`, false},
		{500, "application/json", `{}`, "{}", false},
		{502, "text/html", "<html>bad\n gateway", "<html>bad gateway", true},
		{200, "text/event-stream", "data: [{\"error\":{\"message\":\"x\"}}]\n\n", "x", false},
		{200, "text/event-stream", "data: {}\r\n\r\n{\r\n \"error\": {\r\n\"message\": \"bare\"}}", "bare", false},
		{200, "text/event-stream", "rubbish\n\n", "", true},
		{200, "application/json", `{"candidates":`, "", true},
		{200, "application/json", "", "", false},
		{200, "application/json", `{"promptFeedback":{"blockReason":"OTHER","blockReasonMessage":"Sorry."}}`, "the prompt was blocked: OTHER Sorry.", false},
		{200, "application/json", `{"promptFeedback":{"blockReason":"BLOCKED_REASON_UNSPECIFIED"},"candidates":{}}`, "", false},
	} {
		r := reply(c.status, c.ct, c.body, true)
		if r.Error != c.want || r.Unreadable != c.unreadable {
			t.Errorf("%d %q: error %q, unreadable %v, want %q, %v", c.status, c.body, r.Error, r.Unreadable, c.want, c.unreadable)
		}
	}
	if r := reply(500, "text/plain", strings.Repeat("é ", 4000), true); len(r.Error) > 510 {
		t.Error(len(r.Error))
	}
}

// A body says by its first bytes how it is framed, whatever its header says.
func TestFraming(t *testing.T) {
	answer := `{"modelVersion":"m","candidates":[{"finishReason":"STOP"}]}`
	for body, stream := range map[string]bool{
		answer: false, "\xef\xbb\xbf \n" + answer: false, "[" + answer + "]": true, " [\n" + answer + "\n]": true,
		"data: " + answer + "\n\n": true, "\xef\xbb\xbfdata:" + answer: true, "\r\n: hi\r\ndata: " + answer + "\r\r": true,
	} {
		for _, ct := range []string{"", "application/json", "Text/Event-Stream"} {
			for size := 1; size < 5; size++ {
				r := read(exchange.GeminiGenerate, wire.ReplyMeta{Status: 200, ContentType: ct}, []byte(body), size, true)
				if r.Stream != stream || !r.Ended || r.Model != "m" || r.Finish != "STOP" {
					t.Errorf("%q as %q: %+v", body, ct, r)
				}
			}
		}
	}
}

func TestRequestSurvivesWrongTypes(t *testing.T) {
	say := func(role, s string) []exchange.Message {
		return []exchange.Message{{Role: role, Parts: []exchange.Part{{Type: exchange.PartText, Text: s}}}}
	}
	for _, c := range []struct {
		body string
		bad  bool
		want wire.Request
	}{
		{"", true, wire.Request{}},
		{"[]", true, wire.Request{}},
		{"{", true, wire.Request{}},
		{`{"model":"models/m","contents":"a"}`, false, wire.Request{Model: "m", Messages: say("user", "a")}},
		{`{"contents":{"role":"model","parts":{"text":"a"}},"model":[]}`, false, wire.Request{Messages: say("assistant", "a")}},
		{`{"contents":7,"systemInstruction":"s","tools":[7,{"functionDeclarations":[{"name":1}]}]}`, true, wire.Request{Messages: say("system", "s"), Tools: []exchange.Tool{{}}}},
		{`{"contents":[null,{"parts":[{"text":1},null,7]}]}`, false, wire.Request{Messages: []exchange.Message{{Role: "user"}, {Role: "user", Parts: []exchange.Part{{Type: exchange.PartOther, Text: "7"}}}}}},
	} {
		got, err := gemini.Dialect{}.Request(wire.RequestMeta{API: exchange.GeminiGenerate}, []byte(c.body))
		got.Params = nil
		if (err != nil) != c.bad || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v\n%+v, want\n%+v", c.body, err, got, c.want)
		}
	}
	if q, err := (gemini.Dialect{}).Request(wire.RequestMeta{API: exchange.GeminiModels, Path: "/v1beta/models"}, nil); err != nil || q.Model != "" {
		t.Error(q, err)
	}
}
