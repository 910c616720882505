package openwebui

import (
	"strings"
	"testing"

	"gumshoe/backend/exchange"
)

func TestGist(t *testing.T) {
	const history = "### Task:\nDo it as JSON: { \"title\": \"your concise title here\" }\n### Chat History:\n<chat_history>\nUSER: Who was it?\nASSISTANT: The butler.\nUSER: Are you\n sure?\nASSISTANT: Quite.\n</chat_history>"
	for _, c := range []struct {
		what          string
		task          exchange.Task
		prompt, reply string
		want          string
	}{
		{"a title", TaskTitle, history, `{ "title": "🔎 The  butler" }`, "🔎 The butler"},
		{"words around it", TaskTitle, history, "<think>{hm}</think>Sure!\n```json\n{\"title\":\"The butler\"}\n```", "The butler"},
		{"follow-ups", TaskFollowUps, history, `{"follow_ups":["Why?","With what?",""]}`, "Why? · With what?"},
		{"tags", TaskTags, history, `{"tags":["Crime","家"]}`, "Crime · 家"},
		{"searches", TaskQueries, history, `{"queries":["butler alibi"]}`, "butler alibi"},
		{"no search is needed", TaskQueries, history, `{"queries":[]}`, "Are you sure?"},
		{"a call", TaskFunctions, "Query: History:\nUSER: \"hi\"\nQuery: hi", `{"tool_calls":[{"name":"clock","parameters":{}}]}`, "clock"},
		{"nothing to call", TaskFunctions, "Query: History:\nUSER: \"hi\"\nQuery: hi", `{"tool_calls":[]}`, "hi"},
		{"an emoji", TaskEmoji, "…", "😀\n", "😀"},
		{"what is typed", TaskAutocomplete, "<text>a</text> like <text>Who di</text>", `{"text":"d it?"}`, "d it?"},
		{"nothing to add", TaskAutocomplete, "<text>a</text> like <text>Who di</text>", `{"text":""}`, "Who di"},
		{"several answers in one", TaskMerge, "You have been provided with a set of responses from various models to the latest user query: \"Who?\"\n\nYour task", `{"title":"no"}`, "Who?"},
		{"no JSON", TaskTitle, history, "The butler", "Are you sure?"},
		{"broken JSON", TaskTags, history, `{"tags":["Crime"`, "Are you sure?"},
		{"another shape", TaskTags, history, `{"tags":{"a":1}}`, "Are you sure?"},
		{"no answer", TaskFollowUps, history, "", "Are you sure?"},
		{"a long one", TaskTitle, history, `{"title":"` + strings.Repeat("x", maxGist) + `"}`, "Are you sure?"},
		{"a word in the middle of a line", TaskTitle, "<chat_history>\nUSER: Say USER: twice\n</chat_history>", "", "Say USER: twice"},
		{"a question with documents", TaskTitle, "<chat_history>\nUSER: ### Task:\nRespond to the user query using the provided context\n<user_query>Who?</user_query>\nASSISTANT: He.\n</chat_history>", "", "Who?"},
		{"a template of one's own", TaskTitle, "Name this:\nUSER: Hello there\nASSISTANT: Hi", "no", "Hello there"},
		{"nothing to be known", TaskTitle, "Name this", "no", ""},
		{"a task of another name", "weather", "USER: Rain?", `{"title":"no"}`, "Rain?"},
		{"a chat", exchange.TaskChat, history, `{"title":"no"}`, ""},
		{"a tool loop", exchange.TaskToolLoop, history, `{"title":"no"}`, ""},
	} {
		if got := Gist(c.task, c.prompt, c.reply); got != c.want {
			t.Errorf("%s: %q, not %q", c.what, got, c.want)
		}
	}
}
