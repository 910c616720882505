package anthropic_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/anthropic"
)

func TestOperation(t *testing.T) {
	for _, c := range []struct {
		kind         exchange.Kind
		method, path string
		want         exchange.API
	}{
		{exchange.KindAnthropic, "POST", "/v1/messages", exchange.AnthropicMessages},
		{exchange.KindAnthropic, "POST", "/messages", exchange.AnthropicMessages},
		{exchange.KindAnthropic, "POST", "/v1/messages/count_tokens", exchange.AnthropicCountTokens},
		{exchange.KindOllama, "POST", "/v1/messages", exchange.AnthropicMessages},
		{exchange.KindOpenAI, "POST", "/messages/count_tokens", exchange.AnthropicCountTokens},
		{exchange.KindOpenAI, "POST", "/api/v1/messages", exchange.AnthropicMessages},
		{exchange.KindOpenAI, "POST", "/anthropic/v1/messages", exchange.AnthropicMessages},
		{exchange.KindAnthropic, "GET", "/v1/models", exchange.AnthropicModels},
		{exchange.KindAnthropic, "GET", "/models", exchange.AnthropicModels},
		{exchange.KindAnthropic, "GET", "/v1/models/claude-sonnet-4-5", exchange.AnthropicModels},

		{exchange.KindOpenAI, "GET", "/v1/models", ""},
		{exchange.KindAnthropic, "GET", "/v1/modelsets", ""},
		{exchange.KindAnthropic, "POST", "/v1/models", ""},
		{exchange.KindAnthropic, "GET", "/v1/messages", ""},
		{exchange.KindAnthropic, "POST", "/v1/messages/batches", ""},
		{exchange.KindAnthropic, "POST", "/v1/complete", ""},
		{exchange.KindAnthropic, "POST", "/count_tokens", ""},
		{exchange.KindOpenAI, "POST", "/v1/threads/t_1/messages", ""}, // OpenAI's assistants
		{exchange.KindAnthropic, "POST", "/", ""},
		{exchange.KindAnthropic, "GET", "", ""},
	} {
		got, ok := anthropic.Dialect{}.Operation(c.kind, c.method, c.path)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s %s %s is %q, %v, want %q", c.kind, c.method, c.path, got, ok, c.want)
		}
	}
}

func events(list ...string) []byte {
	return []byte("data: " + strings.Join(list, "\n\ndata: ") + "\n\n")
}

// read assembles a reply from pieces of the given size, all at one instant.
func read(api exchange.API, meta wire.ReplyMeta, body []byte, size int, whole bool) wire.Reply {
	a := anthropic.Dialect{}.Reply(api, meta)
	for len(body) > 0 {
		n := min(size, len(body))
		a.Write(1000, body[:n])
		body = body[n:]
	}
	return a.Close(whole)
}

func reply(status int, contentType string, body []byte, whole bool) wire.Reply {
	return read(exchange.AnthropicMessages, wire.ReplyMeta{Status: status, ContentType: contentType}, body, len(body)+1, whole)
}

func figure(v *int64) any {
	if v == nil {
		return nil
	}
	return *v
}

// Point 7: cached counts are of the input, and writes are told apart.
func TestUsageIsTheWholePrompt(t *testing.T) {
	for in, want := range map[string][]any{ // input, output, cached, 5 minutes, an hour, basis
		`{"input_tokens":5,"output_tokens":2}`:                                                             {5, 2, nil, nil, nil, "reported"},
		`{"input_tokens":5,"cache_read_input_tokens":100,"output_tokens":2}`:                               {105, 2, 100, nil, nil, "reported"},
		`{"input_tokens":5,"cache_read_input_tokens":100,"cache_creation_input_tokens":30}`:                {135, nil, 100, 30, nil, "reported"},
		`{"input_tokens":0,"cache_read_input_tokens":7,"output_tokens":0}`:                                 {7, 0, 7, nil, nil, "reported"},
		`{"input_tokens":0,"output_tokens":3}`:                                                             {nil, 3, nil, nil, nil, "reported"},
		`{"input_tokens":0,"output_tokens":0}`:                                                             {nil, nil, nil, nil, nil, ""},
		`{"cache_read_input_tokens":100}`:                                                                  {nil, nil, 100, nil, nil, ""},
		`{"input_tokens":1,"cache_creation":{"ephemeral_1h_input_tokens":9}}`:                              {10, nil, nil, 0, 9, "reported"},
		`{"input_tokens":1,"cache_creation_input_tokens":4,"cache_creation":null}`:                         {5, nil, nil, 4, nil, "reported"},
		`{"input_tokens":"5","output_tokens":2.5,"cache_read_input_tokens":-1,"cache_creation":[]}`:        {nil, nil, nil, nil, nil, ""},
		`{"input_tokens":1e2,"output_tokens":{},"cache_creation_input_tokens":99999999999999999999999999}`: {100, nil, nil, nil, nil, "reported"},
		`7`: {nil, nil, nil, nil, nil, ""},
	} {
		r := reply(200, "application/json", []byte(`{"type":"message","model":"m","usage":`+in+`,"content":[{"type":"text","text":"a"}]}`), true)
		u := r.Usage
		got := []any{figure(u.Input), figure(u.Output), figure(u.Cached), figure(u.CacheWrite), figure(u.CacheWriteHour), string(u.Basis)}
		for i, v := range want {
			if n, ok := v.(int); ok {
				want[i] = int64(n)
			}
		}
		if !reflect.DeepEqual(got, want) || r.Model != "m" || len(r.Messages) != 1 {
			t.Errorf("%s gives %v in %+v, want %v", in, got, r, want)
		}
	}
}

// The output of message_start only fills the place; message_delta's counts are
// cumulative, and it has the sum of both kinds of cache writes only.
func TestCumulativeUsageOfAStream(t *testing.T) {
	begin := `{"type":"message_start","message":{"model":"m","usage":{"input_tokens":10,"cache_creation_input_tokens":50,"cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":30},"output_tokens":4}}}`
	r := reply(200, "text/event-stream", events(begin, `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}`), false)
	if r.Usage.Output != nil || *r.Usage.Input != 60 || r.Ended {
		t.Errorf("a stream that broke off: %+v", r)
	}
	r = reply(200, "text/event-stream", events(begin, `{"type":"message_delta","delta":{},"usage":{"output_tokens":3}}`,
		`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":11,"cache_creation_input_tokens":60,"cache_read_input_tokens":null,"output_tokens":8}}`, `{"type":"message_stop"}`), true)
	if u := r.Usage; *u.Output != 8 || *u.Input != 71 || *u.CacheWrite != 30 || *u.CacheWriteHour != 30 || u.Cached != nil || !r.Ended || r.Finish != "end_turn" {
		t.Errorf("usage %+v", r)
	}
}

// Point 4: parallel calls, their JSON cut anywhere, and thinking survive; a call
// that came out of order or without its start is still a call.
func TestBlocksAreKeptApart(t *testing.T) {
	r := reply(200, "text/event-stream", events(
		`{"type":"message_start","message":{}}`,
		`{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"b","name":"two","input":{}}}`,
		`{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"a","name":"one","input":{"x":1}}}`,
		`{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"q\":"}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}`,
		`{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"1}"}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}`,
		`{"type":"content_block_delta","index":9,"delta":{"type":"input_json_delta","partial_json":"{"}}`), false)
	want := []exchange.Message{{Role: "assistant", Parts: []exchange.Part{{Type: exchange.PartReasoning, Text: "hm"}},
		ToolCalls: []exchange.ToolCall{{ID: "a", Name: "one", Arguments: `{"x":1}`}, {ID: "b", Name: "two", Arguments: `{"q":1}`}, {Arguments: "{"}},
		Extra:     map[string]json.RawMessage{"signature": json.RawMessage(`"s"`)}}}
	if !reflect.DeepEqual(r.Messages, want) || r.TokenEvents != 6 {
		t.Errorf("%d token events, messages\n%+v, want\n%+v", r.TokenEvents, r.Messages, want)
	}
}

// Points 2 and 3: what a stream said before it broke off is kept, with the times
// of its first and last token.
func TestTokenTimes(t *testing.T) {
	a := anthropic.Dialect{}.Reply(exchange.AnthropicMessages, wire.ReplyMeta{Status: 200, ContentType: "text/event-stream"})
	for i, s := range []string{
		`{"type":"message_start","message":{}}`, `{"type":"ping"}`, `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"b"}}`, `{"type":"content_block_stop","index":0}`,
	} {
		a.Write(int64(i), events(s))
	}
	r := a.Close(false)
	if *r.FirstToken != 3 || *r.LastToken != 4 || r.TokenEvents != 2 || r.Ended || r.Unreadable || r.Messages[0].Text() != "ab" {
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
		{529, "application/json", `{"type":"error","error":{"type":"overloaded_error","message":"Over\nloaded"}}`, "Over loaded", false},
		{200, "text/event-stream", "event: error\ndata: {\"error\":{\"type\":\"api_error\"}}\n\n", "api_error", false},
		{200, "text/event-stream", "event: error\ndata: {\"x\":1}\n\n", `{"x":1}`, false},
		{200, "text/event-stream", "data: {\"error\":\"gone\"}\n\n", "gone", false},
		{200, "", `{"type":"error","error":{"message":""}}`, `{"message":""}`, false},
		{401, "application/json", `{"detail":"no key"}`, "no key", false},
		{500, "application/json", `{"message":"m"}`, "m", false},
		{502, "text/html", "<html>bad\n gateway", "<html>bad gateway", true},
		{500, "application/json", `{}`, "{}", false},
		{200, "text/event-stream", "rubbish\n\n", "", true},
		{200, "application/json", `{"model":`, "", true},
		{200, "application/json", "", "", false},
		{200, "application/json", `[]`, "", true},
	} {
		r := reply(c.status, c.ct, []byte(c.body), true)
		if r.Error != c.want || r.Unreadable != c.unreadable {
			t.Errorf("%d %q: error %q, unreadable %v, want %q, %v", c.status, c.body, r.Error, r.Unreadable, c.want, c.unreadable)
		}
	}
	if r := reply(500, "text/plain", []byte(strings.Repeat("é ", 4000)), true); len(r.Error) > 510 {
		t.Error(len(r.Error))
	}
}

// A body says by its first bytes how it is framed, whatever its header says.
func TestFraming(t *testing.T) {
	message := `{"type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"a"}],"stop_reason":"end_turn"}`
	start := "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"m\"}}\n\nevent: message_stop\ndata: {}\n\n"
	for body, stream := range map[string]bool{
		message: false, "\xef\xbb\xbf \n" + message: false, start: true, "\xef\xbb\xbf" + start: true, "\r\n" + start: true, ": hello\n\n" + start: true,
	} {
		for _, ct := range []string{"", "application/json", "Text/Event-Stream"} {
			for size := 1; size < 5; size++ {
				r := read(exchange.AnthropicMessages, wire.ReplyMeta{Status: 200, ContentType: ct}, []byte(body), size, true)
				if r.Stream != stream || !r.Ended || r.Model != "m" {
					t.Errorf("%q as %q: %+v", body, ct, r)
				}
			}
		}
	}
}

func TestRequestSurvivesWrongTypes(t *testing.T) {
	for _, c := range []struct {
		body string
		bad  bool
		want wire.Request
	}{
		{"", true, wire.Request{}},
		{"[]", true, wire.Request{}},
		{`{"model":1,"stream":"yes","messages":[{"role":"user","content":"a"}]}`, true, wire.Request{Messages: text("user", "a")}},
		{`{"model":"m","stream":false,"messages":{"role":"user"}}`, true, wire.Request{Model: "m", Stream: new(bool)}},
		{`{"messages":[{"role":7,"content":[{"type":"text","text":"a"},null,3]}],"tools":[{"name":1,"type":"bash_20250124"}]}`, false, wire.Request{
			Messages: []exchange.Message{{Parts: []exchange.Part{{Type: exchange.PartText, Text: "a"}, {Type: exchange.PartOther, Text: "3"}}}},
			Tools:    []exchange.Tool{{Name: "bash_20250124"}}}},
		{`{"system":[],"messages":[{"role":"user","content":{"type":"text","text":"a"}}]}`, false, wire.Request{Messages: append([]exchange.Message{{Role: "system"}}, text("user", "a")...)}},
		{`{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t"},{"type":"tool_result","tool_use_id":"u","content":[{"type":"tool_result","content":"x"}]}]}]}`, false, wire.Request{
			Messages: []exchange.Message{{Role: "tool", ToolCallID: "t"}, {Role: "tool", ToolCallID: "u", Parts: []exchange.Part{{Type: exchange.PartOther, Text: `{"content":"x","type":"tool_result"}`}}}}}},
	} {
		got, err := anthropic.Dialect{}.Request(wire.RequestMeta{API: exchange.AnthropicMessages}, []byte(c.body))
		got.Params = nil
		if (err != nil) != c.bad || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v\n%+v, want\n%+v", c.body, err, got, c.want)
		}
	}
	if q, err := (anthropic.Dialect{}).Request(wire.RequestMeta{API: exchange.AnthropicModels}, nil); err != nil || q.Model != "" {
		t.Error(q, err)
	}
}

func text(role, s string) []exchange.Message {
	return []exchange.Message{{Role: role, Parts: []exchange.Part{{Type: exchange.PartText, Text: s}}}}
}
