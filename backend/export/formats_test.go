package export

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
	"gumshoe/backend/store"
	"gumshoe/backend/wire/dialects"
)

// wired is a log of exchanges given by their bytes.
type wired []one

type one struct {
	id, path, request, reply string
	kind                     exchange.Kind
	api                      exchange.API
	change                   func(*exchange.Exchange)
}

func (w wired) rec(o one) exchange.Exchange {
	e := exchange.Exchange{ID: o.id, StartedAt: 1_700_000_000_000_000, State: exchange.OK, HTTPStatus: 200, Upstream: "u", Kind: o.kind, API: o.api, Method: "POST", Path: o.path,
		Model: "m", Task: exchange.TaskChat, RequestBytes: int64(len(o.request)), ResponseBytes: int64(len(o.reply)),
		Usage: exchange.Usage{Input: exchange.Int64(3), Output: exchange.Int64(2), Basis: exchange.Estimated}, Timing: exchange.Timing{Duration: exchange.Int64(5000), FirstByte: exchange.Int64(2000)}}
	if o.change != nil {
		o.change(&e)
	}
	return e
}

func (w wired) Each(_ context.Context, _ query.Filter, fn func(exchange.Exchange) error) error {
	for _, o := range w {
		if err := fn(w.rec(o)); err != nil {
			return err
		}
	}
	return nil
}

func (w wired) EachUp(ctx context.Context, f query.Filter, fn func(exchange.Exchange) error) error {
	w = slices.Clone(w)
	slices.Reverse(w)
	return w.Each(ctx, f, fn)
}

func (w wired) Get(_ context.Context, id string) (exchange.Record, error) {
	for _, o := range w {
		if o.id == id {
			return exchange.Record{Exchange: w.rec(o), Start: exchange.Start{Kind: o.kind, Method: "POST", Path: o.path, URL: "http://127.0.0.1:1" + o.path + "?a=1", Query: "a=1",
				Headers: []exchange.Header{{Name: "Authorization", Value: "[redacted]"}, {Name: "Content-Type", Value: "application/json"}}}, SentAt: exchange.Int64(500),
				Head: &exchange.Head{Status: 200, ContentLength: -1, Headers: []exchange.Header{{Name: "Content-Type", Value: "application/json"}}}, End: exchange.End{State: exchange.OK}}, nil
		}
	}
	return exchange.Record{}, store.ErrNotFound
}

func (w wired) Body(_ context.Context, id string, side store.Side) (io.ReadCloser, int64, error) {
	for _, o := range w {
		if o.id == id {
			s := o.request
			if side == store.Reply {
				s = o.reply
			}
			return io.NopCloser(strings.NewReader(s)), int64(len(s)), nil
		}
	}
	return nil, 0, store.ErrNotFound
}

const weather = `"tools":[{"type":"function","function":{"name":"get_weather","description":"now","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]`

func chatOf(id, messages, more, reply string) one {
	return one{id: id, path: "/v1/chat/completions", kind: exchange.KindOpenAI, api: exchange.OpenAIChat, request: `{"model":"m","messages":` + messages + more + `}`,
		reply: `{"model":"m","choices":[{"index":0,"finish_reason":"stop","message":` + reply + `}]}`}
}

func sample() wired {
	with := func(o one, change func(*exchange.Exchange)) one {
		o.change = change
		return o
	}
	said := `{"role":"assistant","content":"ho"}`
	return wired{
		chatOf("plain", `[{"role":"developer","content":"be brief"},{"role":"user","content":"hi"}]`, "", `{"role":"assistant","content":"ho","reasoning_content":"hm"}`),
		chatOf("tools", `[{"role":"user","content":"rain?"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"台北\"}"}}]},{"role":"tool","tool_call_id":"c1","content":"yes"}]`, ","+weather, said),
		chatOf("calls", `[{"role":"user","content":"rain?"}]`, ","+weather, `{"role":"assistant","content":null,"tool_calls":[{"id":"c9","type":"function","function":{"name":"get_weather","arguments":"{}"}}]}`),
		chatOf("picture", `[{"role":"user","content":[{"type":"text","text":"what?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]`, "", said),
		{id: "ollama", path: "/api/chat", kind: exchange.KindOllama, api: exchange.OllamaChat,
			request: `{"model":"m","messages":[{"role":"user","content":"rain?"},{"role":"assistant","content":"","tool_calls":[{"function":{"name":"get_weather","arguments":{"city":"x"}}}]},{"role":"tool","content":"no"}],` + weather + `,"stream":false}`,
			reply:   `{"model":"m","message":{"role":"assistant","content":"dry"},"done":true,"done_reason":"stop"}`},
		with(chatOf("task", `[{"role":"user","content":"title"}]`, "", said), func(e *exchange.Exchange) { e.Task = "title_generation" }),
		with(chatOf("failed", `[{"role":"user","content":"hi"}]`, "", said), func(e *exchange.Exchange) { e.State = exchange.Failed }),
		with(chatOf("cut", `[{"role":"user","content":"hi"}]`, "", said), func(e *exchange.Exchange) { e.Finish = "length" }),
		chatOf("empty", `[{"role":"user","content":"hi"}]`, "", `{"role":"assistant","content":""}`),
		chatOf("unoffered", `[{"role":"user","content":"hi"}]`, "", `{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}`),
		chatOf("unanswered", `[{"role":"user","content":"rain?"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"get_weather","arguments":"{}"}}]},{"role":"user","content":"well?"}]`, ","+weather, said),
		chatOf("dotted", `[{"role":"user","content":"hi"}]`, `,"tools":[{"type":"function","function":{"name":"get.weather"}}]`, said),
		chatOf("spaced", `[{"role":"user","content":"hi"}]`, `,"tools":[{"type":"function","function":{"name":"my tool"}}]`, said),
		chatOf("blank", `[{"role":"user","content":[{"type":"text","text":""},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]`, "", said),
		chatOf("garbled", `[{"role":"user","content":"rain?"}]`, ","+weather, `{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"get_weather","arguments":"{\"city\":"}}]}`),
		{id: "models", path: "/v1/models", kind: exchange.KindOpenAI, api: exchange.OpenAIModels, request: "", reply: `{"data":[]}`},
	}
}

func written(t *testing.T, log Log, o Options) (string, Result) {
	t.Helper()
	var b strings.Builder
	res, err := Write(t.Context(), &b, log, query.Filter{}, o, dialects.For)
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), res
}

// TestFinetuneIsValid reads every line as OpenAI's validator does and compares it
// with what was said.
func TestFinetuneIsValid(t *testing.T) {
	out, res := written(t, sample(), Options{Format: AsFinetune})
	want := map[string]int64{LeftNoChat: 2, LeftFailed: 1, LeftCut: 1, LeftNoAnswer: 1, LeftNoTools: 1, LeftCalls: 1, LeftNames: 2, LeftEmptyText: 1, LeftArguments: 1}
	for why, n := range want {
		if res.Left[why] != n {
			t.Errorf("%d are left out for %s, want %d: %v", res.Left[why], why, n, res.Left)
		}
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if res.Rows != 5 || len(lines) != 5 {
		t.Fatalf("%d examples, %d lines: %v", res.Rows, len(lines), res.Left)
	}
	for i, l := range lines {
		d := json.NewDecoder(strings.NewReader(l))
		d.DisallowUnknownFields()
		var ex example
		if err := d.Decode(&ex); err != nil {
			t.Fatalf("line %d: %v", i, err)
		}
		if err := Check(ex.Messages, ex.Tools); err != nil {
			t.Errorf("line %d is refused: %v", i, err)
		}
		for _, m := range ex.Messages {
			if m.Content == nil && len(m.ToolCalls) == 0 || m.Reasoning != "" || m.Name != "" {
				t.Errorf("line %d has a message %+v", i, m)
			}
			for _, c := range m.ToolCalls {
				if !strings.HasPrefix(c.Function.Arguments, "{") || !json.Valid([]byte(c.Function.Arguments)) || c.ID == "" || c.Type != "function" {
					t.Errorf("line %d calls %+v", i, c)
				}
			}
		}
	}
	if got := `{"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hi"},{"role":"assistant","content":"ho"}]}`; lines[0] != got {
		t.Errorf("the first line is %s", lines[0])
	}
	if !strings.Contains(lines[4], `"tool_call_id":"call_1"`) || !strings.Contains(lines[4], `"arguments":"{\"city\":\"x\"}"`) {
		t.Errorf("Ollama's calls are %s", lines[4])
	}
	if !strings.Contains(lines[3], `"url":"data:image/png;base64,AAAA"`) {
		t.Errorf("the picture is %s", lines[3])
	}
}

func TestCheckRefuses(t *testing.T) {
	offered := []tool{{"function", toolSpec{Name: "f"}}}
	with := func(arguments string) []message {
		return []message{{Role: "assistant", ToolCalls: []call{{"c", "function", function{"f", arguments}}}}}
	}
	calls := []call{{"c", "function", function{"f", "{}"}}}
	for name, c := range map[string]struct {
		list []message
		want error
	}{
		"nothing":                 {nil, errEnd},
		"a question at the end":   {[]message{{Role: "user"}}, errEnd},
		"a result alone":          {[]message{{Role: "tool", ToolCallID: "c"}, {Role: "assistant"}}, errOrder},
		"a call without a result": {[]message{{Role: "assistant", ToolCalls: calls}, {Role: "assistant"}}, errOrder},
		"another tool":            {[]message{{Role: "assistant", ToolCalls: []call{{"c", "function", function{"g", "{}"}}}}}, errTools},
		"two of one id":           {[]message{{Role: "assistant", ToolCalls: append(calls, calls...)}}, errOrder},
		"half an object":          {with(`{"a":`), errArguments},
		"a list of arguments":     {with(`[1]`), errArguments},
		"no arguments":            {with(``), errArguments},
		"a whole loop":            {[]message{{Role: "assistant", ToolCalls: calls}, {Role: "tool", ToolCallID: "c"}, {Role: "assistant"}}, nil},
	} {
		if err := Check(c.list, offered); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, want := range map[string]error{"Get-weather_2": nil, strings.Repeat("a", 64): nil, strings.Repeat("a", 65): errNames, "": errNames,
		"my tool": errNames, "get.weather": errNames, "天氣": errNames, "f\n": errNames} {
		if err := Check([]message{{Role: "assistant"}}, []tool{{"function", toolSpec{Name: name}}}); !errors.Is(err, want) {
			t.Errorf("a tool %q: %v", name, err)
		}
	}
}

func TestJSONL(t *testing.T) {
	out, res := written(t, sample(), Options{Format: AsJSONL, Bodies: true})
	n := 0
	for s := bufio.NewScanner(strings.NewReader(out)); s.Scan(); n++ {
		var l line
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		if l.ID != sample()[n].id || l.TokensBasis != "estimated" || *l.InputTokens != 3 || l.Cost != nil || *l.Duration != 5 {
			t.Errorf("line %d is %+v", n, l)
		}
		if l.ID == "blank" && !strings.Contains(s.Text(), `{"type":"text","text":""}`) {
			t.Errorf("an empty text is %s", s.Text())
		}
		if l.ID == "tools" && (len(l.Messages) != 3 || len(l.Tools) != 1 || len(l.Reply) != 1 || string(l.Params["model"]) == "x") {
			t.Errorf("it said %+v", l)
		}
	}
	if int64(n) != res.Rows || n != len(sample()) {
		t.Errorf("%d lines of %d", n, res.Rows)
	}
	if out, _ := written(t, sample(), Options{Format: AsJSONL}); strings.Contains(out, "台北") {
		t.Error("bodies were not asked for")
	}
}

// TestHAR reads the archive by the fields that HAR 1.2 requires.
func TestHAR(t *testing.T) {
	out, _ := written(t, sample(), Options{Format: AsHAR})
	var har struct {
		Log struct {
			Version string
			Creator struct{ Name, Version string }
			Entries []map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(out), &har); err != nil {
		t.Fatal(err)
	}
	if har.Log.Version != "1.2" || har.Log.Creator.Name == "" || len(har.Log.Entries) != len(sample()) {
		t.Fatalf("%+v", har.Log)
	}
	if first := string(har.Log.Entries[0]["_gumshoe"]); !strings.Contains(first, `"id":"`+sample()[len(sample())-1].id+`"`) {
		t.Errorf("the oldest does not come first, but %s", first)
	}
	for _, e := range har.Log.Entries {
		for _, name := range []string{"startedDateTime", "time", "request", "response", "cache", "timings"} {
			if _, ok := e[name]; !ok {
				t.Errorf("an entry has no %s", name)
			}
		}
		var v harEntry
		raw, err := json.Marshal(e)
		if err == nil {
			err = json.Unmarshal(raw, &v)
		}
		if err != nil {
			t.Fatal(err)
		}
		if sum := v.Timings.Send + v.Timings.Wait + v.Timings.Receive; sum != v.Time || v.Time != 5 || v.Timings.Wait != 1.5 || v.Timings.DNS != -1 {
			t.Errorf("the times are %+v of %g", v.Timings, v.Time)
		}
		if v.Request.Cookies == nil || v.Request.QueryString[0] != (pair{"a", "1"}) || v.Request.Headers[0].Value != "[redacted]" || v.Response.StatusText != "OK" {
			t.Errorf("%+v", v.Request)
		}
		if v.Request.BodySize > 0 && v.Request.PostData.Text != sample()[0].request && !json.Valid([]byte(v.Request.PostData.Text)) {
			t.Errorf("the request is %+v", v.Request.PostData)
		}
	}
	if out, _ := written(t, wired{}, Options{Format: AsHAR}); !json.Valid([]byte(out)) {
		t.Errorf("an empty archive is %s", out)
	}
}

func TestMarkdown(t *testing.T) {
	log := wired{chatOf("id", `[{"role":"user","content":"# no heading\nof ours"}]`, "", `{"role":"assistant","content":"ho"}`)}
	out, _ := written(t, log, Options{Format: AsMarkdown})
	if !strings.Contains(out, "### user\n\n> # no heading\n> of ours\n\n### assistant\n\n> ho\n\n---\n") || !strings.Contains(out, "- tokens: ~3 in / 2 out\n") {
		t.Errorf("%s", out)
	}
}

func TestCSVForSpreadsheets(t *testing.T) {
	out, _ := written(t, sample(), Options{Format: AsCSV, BOM: true, Semicolon: true, Bodies: true})
	rest, ok := strings.CutPrefix(out, byteOrderMark)
	if !ok {
		t.Error("no byte order mark")
	}
	r := csv.NewReader(strings.NewReader(rest))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != len(sample())+1 || len(rows[0]) != len(Columns(true)) {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	log := make(wired, 0, 1000)
	for range 1000 {
		log = append(log, sample()[0])
	}
	looked := int64(0)
	_, err := Write(ctx, io.Discard, log, query.Filter{}, Options{Format: AsJSONL, Progress: func(rows int64) { looked = rows; cancel() }}, dialects.For)
	if !errors.Is(err, context.Canceled) || looked != progressRows {
		t.Errorf("after %d rows: %v", looked, err)
	}
	if _, err := Write(t.Context(), io.Discard, log, query.Filter{}, Options{Format: "docx"}, dialects.For); !errors.Is(err, ErrFormat) {
		t.Errorf("an unknown format: %v", err)
	}
}
