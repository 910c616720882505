package api

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/exchange"
	"gumshoe/backend/store"
)

// lastHour is a range that holds the stage's exchange.
func lastHour() string {
	now := time.Now()
	return fmt.Sprintf("from=%d&to=%d", now.Add(-time.Hour).UnixMicro(), now.Add(time.Minute).UnixMicro())
}

func TestGraphAnswers(t *testing.T) {
	s := newStage(t)
	for _, c := range []struct {
		method, path, body string
		status             int
		has                string
	}{
		{"GET", "/api/graph?" + lastHour(), "", 200, `"requests":1`},
		{"GET", "/api/graph?unit=month&tz=480&model=m&" + lastHour(), "", 200, `"step":0`},
		{"GET", "/api/graph?model=other&" + lastHour(), "", 200, `"slots":[]`},
		{"GET", "/api/graph?unit=fortnight&" + lastHour(), "", 400, "bad_filter"},
		{"GET", "/api/graph?model=a&task=b&" + lastHour(), "", 400, "bad_filter"},
		{"GET", "/api/graph?zone=Nowhere/Land&tz=480&" + lastHour(), "", 200, `"steps":[`},
		{"GET", "/api/graph?tz=9999&" + lastHour(), "", 400, "bad_number"},
		{"GET", "/api/graph", "", 400, "bad_range"},
		{"GET", "/api/graph?from=9&to=3", "", 400, "bad_range"},
		{"GET", "/api/graph?from=1&to=9223372036854775807", "", 400, "bad_range"},
		{"GET", "/api/groups?by=model&" + lastHour(), "", 200, `"value":"m"`},
		{"GET", "/api/groups?by=user&" + lastHour(), "", 200, `"chats":0`},
		{"GET", "/api/groups?by=user&brief=1&" + lastHour(), "", 200, `"chats":null`},
		{"GET", "/api/groups?by=model&brief=1&" + lastHour(), "", 200, `"value":"m"`},
		{"GET", "/api/groups?by=model&user=a&brief=1&" + lastHour(), "", 400, "bad_filter"},
		{"GET", "/api/prices/names", "", 200, `"openai/gpt-4o-mini"`},
		{"GET", "/api/groups?by=colour&" + lastHour(), "", 400, "bad_filter"},
		{"GET", "/api/week?" + lastHour(), "", 200, `"requests":1`},
		{"GET", "/api/distribution?figure=ttft&" + lastHour(), "", 200, `"lacks":1`},
		{"GET", "/api/distribution?figure=colour&" + lastHour(), "", 400, "bad_filter"},
		{"GET", "/api/what-if?" + lastHour(), "", 400, "bad_filter"},
		{"GET", "/api/what-if?as=openai/gpt-4o&" + lastHour(), "", 200, `"now":null,"estimated":0,"then":null,"price":"","lacks":1`},
		{"GET", "/api/budgets", "", 200, `{"budgets":[]}`},
		{"PUT", "/api/budgets", `{"budgets":[{"scope":"","value":"","usd":5}]}`, 200, `"scope":"all"`},
		{"PUT", "/api/budgets", `{"budgets":[{"scope":"model","value":"","usd":5}]}`, 400, "bad_setting"},
		{"PUT", "/api/budgets", `{"budgets":[{"scope":"user","value":"a","usd":-5}]}`, 400, "bad_setting"},
		{"PUT", "/api/budgets", `{"budgets":[{"scope":"user","value":"a","usd":1},{"scope":"user","value":"a","usd":2}]}`, 400, "bad_setting"},
		{"PUT", "/api/views", `{"views":[{"name":"errors","query":"is:error"}]}`, 200, "is:error"},
		{"PUT", "/api/views", `{"views":[{"name":" ","query":"is:error"}]}`, 400, "bad_setting"},
		{"GET", "/api/views", "", 200, "is:error"},
		{"GET", "/api/histogram", "", 200, `"requests":1`},
		{"GET", "/api/histogram?q=model:other", "", 200, `"steps":[]`},
		{"GET", "/api/exchanges?q=model:m+hello", "", 200, s.id},
		{"GET", "/api/exchanges?q=model:m+-hello", "", 200, `"rows":[]`},
		{"GET", "/api/exchanges?q=modle:m", "", 400, "bad_filter"},
		{"GET", "/api/facets?q=is:error", "", 200, `"models":[]`},
		{"GET", "/api/totals?q=since:1h", "", 200, `"requests":1`},
		{"POST", "/api/exchanges/match", `{"query":"q=hello","ids":["` + s.id + `"]}`, 200, s.id},
		{"POST", "/api/exchanges/match", `{"query":"q=-hello","ids":["` + s.id + `"]}`, 200, `{"ids":[]}`},
		{"POST", "/api/exchanges/match", `{"query":"q=(","ids":["` + s.id + `"]}`, 400, "bad_filter"},
	} {
		w := s.do(c.method, c.path, c.body)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.has) {
			t.Errorf("%s %s: %d %.300s; want %d with %s", c.method, c.path, w.Code, w.Body, c.status, c.has)
		}
	}
}

// TestChatsAreOfUsers counts chats where they are a user's, of all models.
func TestChatsAreOfUsers(t *testing.T) {
	s := newStage(t)
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	rec := exchange.Record{Exchange: exchange.Exchange{ID: id.String(), StartedAt: time.Now().UnixMicro(), State: exchange.OK, Model: "x", User: "ann", Chat: "c"}}
	if err := s.Log.(*store.Store).Save(t.Context(), []store.Item{{Record: &rec}}, store.Progress{}); err != nil {
		t.Fatal(err)
	}
	for more, want := range map[string]string{"": "1", "&model=x": "none", "&brief=1": "none"} {
		counted := "no user"
		for _, g := range into[dto.Groups](t, s.do("GET", "/api/groups?by=user&"+lastHour()+more, "")).Groups {
			if g.Value == "ann" && g.Chats == nil {
				counted = "none"
			} else if g.Value == "ann" {
				counted = fmt.Sprint(*g.Chats)
			}
		}
		if counted != want {
			t.Errorf("%q: chats of ann: %s, want %s", more, counted, want)
		}
	}
}

func TestQueryIsExplained(t *testing.T) {
	s := newStage(t)
	ask := func(text string, caret int) dto.Query {
		return into[dto.Query](t, s.do("GET", fmt.Sprintf("/api/query?q=%s&caret=%d", url.QueryEscape(text), caret), ""))
	}
	got := ask("😀 model:m -ttft:>2s", -1)
	if got.Error != nil || got.Tree == nil || got.Tree.Kind != "and" || len(got.Tree.Kids) != 3 {
		t.Fatalf("%+v", got)
	}
	if k := got.Tree.Kids[1]; k.From != 3 || k.To != 10 || k.Field != "model" || k.Type != "text" {
		t.Errorf("the second term is %+v", k)
	}
	if k := got.Tree.Kids[2].Kids[0]; k.Values[0].Number != 2e6 || k.Values[0].Op != ">" {
		t.Errorf("the third term is %+v", k)
	}
	if !slices.Equal(got.Words, []string{"😀"}) {
		t.Errorf("words to mark: %q", got.Words)
	}
	if got = ask("😀 modle:m", -1); got.Error == nil || got.Error.Code != "unknown_field" || got.Error.From != 3 || got.Error.Suggestion != "model" {
		t.Errorf("%+v", got.Error)
	}
	if got = ask("mod", 3); len(got.Choices) != 1 || got.Choices[0].Text != "model:" {
		t.Errorf("fields offered: %+v", got.Choices)
	}
	if got = ask("😀 model:", 9); len(got.Choices) != 1 || got.Choices[0].Text != "m" || *got.Choices[0].Count != 1 || got.ChoiceFrom != 9 {
		t.Errorf("models offered: %+v at %d", got.Choices, got.ChoiceFrom)
	}
	if got = ask("is:estimated-", 13); len(got.Choices) != 2 || got.Choices[0].Text != "estimated-tokens" || got.Choices[1].Text != "estimated-cost" {
		t.Errorf("estimates offered: %+v", got.Choices)
	}
	if got = ask("is:tr", 5); len(got.Choices) != 1 || got.Choices[0].Text != "truncated" {
		t.Errorf("choices offered: %+v", got.Choices)
	}
	for text, want := range map[string]string{"is:o": "ok 1", "state:err": "error 0", "api:": "ollama.chat 1", "tag:": `"so good" 1`} {
		if text == "tag:" {
			if err := s.Log.(*store.Store).SetMark(t.Context(), s.id, store.Mark{Tags: []string{"so good"}}); err != nil {
				t.Fatal(err)
			}
		}
		got := ask(text, len(text))
		if len(got.Choices) != 1 || got.Choices[0].Count == nil || fmt.Sprint(got.Choices[0].Text, " ", *got.Choices[0].Count) != want || got.ChoiceSince != 0 {
			t.Errorf("%s offers %+v since %d, not %s", text, got.Choices, got.ChoiceSince, want)
		}
	}
}
