package openwebui

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"gumshoe/backend/exchange"
)

func h(pairs ...string) (hs []exchange.Header) {
	for i := 0; i < len(pairs); i += 2 {
		hs = append(hs, exchange.Header{Name: pairs[i], Value: pairs[i+1]})
	}
	return hs
}

func from(name string) Source { return Source{name, exchange.Reported} }

func say(role, text string) exchange.Message {
	return exchange.Message{Role: role, Parts: []exchange.Part{{Type: exchange.PartText, Text: text}}}
}

func TestIdentify(t *testing.T) {
	for name, c := range map[string]struct {
		headers []exchange.Header
		want    Identity
	}{
		"nothing": {},
		"all of Open WebUI's": {
			h("X-Openwebui-User-Email", " ann@example.org ", "x-openwebui-user-name", "Ann", "X-OpenWebUI-User-Id", "u1", "X-OpenWebUI-User-Role", "admin",
				"X-OPENWEBUI-CHAT-ID", "temporary:s1", "X-OpenWebUI-Message-Id", "m1", "X-OpenWebUI-User-Message-Id", "m0", "X-OpenWebUI-Task", "title_generation", "Helicone-User-Id", "other"),
			Identity{User: "ann@example.org", UserID: "u1", Email: "ann@example.org", Name: "Ann", Role: "admin", Chat: "temporary:s1", Answer: "m1", UserMessage: "m0",
				Task: TaskTitle, TaskSaid: true, UserSource: from("x-openwebui-user-email"), ChatSource: from("x-openwebui-chat-id"),
				AnswerSource: from("x-openwebui-message-id"), TaskSource: from("x-openwebui-task")},
		},
		"a percent-encoded name": {h("X-OpenWebUI-User-Name", "J%C3%BCrgen M%C3%BCller", "X-OpenWebUI-User-Id", "u1"),
			Identity{User: "Jürgen Müller", Name: "Jürgen Müller", UserID: "u1", UserSource: from("x-openwebui-user-name")}},
		"a name with a stray percent": {h("X-OpenWebUI-User-Name", "100% Ann"), Identity{User: "100% Ann", Name: "100% Ann", UserSource: from("x-openwebui-user-name")}},
		"a name in raw UTF-8":         {h("X-OpenWebUI-User-Name", "王小明"), Identity{User: "王小明", Name: "王小明", UserSource: from("x-openwebui-user-name")}},
		"a name that would turn text": {h("X-OpenWebUI-User-Name", "%E2%80%AEnnA%0A%00x"), Identity{User: "nnA x", Name: "nnA x", UserSource: from("x-openwebui-user-name")}},
		"an id":                       {h("X-OpenWebUI-User-Email", "", "X-OpenWebUI-User-Id", "u1"), Identity{User: "u1", UserID: "u1", UserSource: from("x-openwebui-user-id")}},
		"Helicone's": {h("Helicone-User-Id", "bob", "Helicone-Session-Id", "s9", "Helicone-Session-Path", "/a/b", "Helicone-Session-Name", "trip", "Helicone-Property-app", "x"),
			Identity{User: "bob", UserID: "bob", Chat: "s9", Session: Session{"s9", "/a/b", "trip"}, Properties: map[string]string{"App": "x"},
				UserSource: from("helicone-user-id"), ChatSource: from("helicone-session-id")}},
		"placeholders that were not filled": {h("X-OpenWebUI-User-Email", "{{USER_EMAIL}}", "X-OpenWebUI-Task", "{{TASK}}"), Identity{}},
		"an empty task":                     {h("X-OpenWebUI-Task", ""), Identity{TaskSaid: true}},
		"raw bytes":                         {h("X-OpenWebUI-User-Email", "a\xffb"), Identity{User: "a\uFFFDb", Email: "a\uFFFDb", UserSource: from("x-openwebui-user-email")}},
		"a repeated header, first empty":    {h("X-OpenWebUI-User-Id", "", "X-OpenWebUI-User-Id", "u2", "X-OpenWebUI-User-Id", "u3"), Identity{User: "u2", UserID: "u2", UserSource: from("x-openwebui-user-id")}},
	} {
		if got := Identify(Request{Headers: c.headers}, Config{}); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got\n%+v, want\n%+v", name, got, c.want)
		}
	}
	long := Identify(Request{Headers: h("X-OpenWebUI-Chat-Id", strings.Repeat("語", 5000))}, Config{}).Chat
	if len(long) > maxValue || !utf8.ValidString(long) {
		t.Errorf("an absurd id keeps %d bytes", len(long))
	}
}

func TestTaskOf(t *testing.T) {
	yes, no := true, false
	title := "### Task:\nGenerate a title summarizing the chat history.\n{ \"title\": \"your concise title here\" }\n<chat_history>\nUSER: hi\n</chat_history>"
	for name, c := range map[string]struct {
		stream   *bool
		messages []exchange.Message
		want     exchange.Task
	}{
		"nothing":                      {nil, nil, exchange.TaskChat},
		"a talk about merging":         {&yes, []exchange.Message{say("user", "hi"), say("assistant", "ho"), say("user", `What does "You have been provided with a set of responses from various models" mean?`)}, exchange.TaskChat},
		"a talk about faces":           {&no, []exchange.Message{say("user", "hi"), say("assistant", "ho"), say("user", "Translate: Your task is to reflect the speaker's likely facial expression")}, exchange.TaskChat},
		"a talk about summaries":       {nil, []exchange.Message{say("user", "hi"), say("assistant", "ho"), say("user", `grep for "Summarize the conversation history that will be compacted"`)}, exchange.TaskChat},
		"a question":                   {&yes, []exchange.Message{say("user", "why?")}, exchange.TaskChat},
		"a title":                      {&no, []exchange.Message{say("system", "be brief"), say("user", title)}, TaskTitle},
		"a title, unsaid":              {nil, []exchange.Message{say("user", title)}, TaskTitle},
		"a streamed talk about titles": {&yes, []exchange.Message{say("user", title)}, exchange.TaskChat},
		"retrieval":                    {&no, []exchange.Message{say("user", "### Task:\nRespond to the user query using the provided context.\n"+title)}, exchange.TaskChat},
		"a task told earlier":          {&no, []exchange.Message{say("user", title), say("assistant", "{}"), say("user", "thanks")}, exchange.TaskChat},
		"follow-ups":                   {&no, []exchange.Message{say("user", "### Task:\nSuggest 3-5 relevant follow-up questions … {\"follow_ups\": []}")}, TaskFollowUps},
		"tags":                         {&no, []exchange.Message{say("user", "### Task:\nGenerate 1-3 broad tags categorizing the main themes")}, TaskTags},
		"queries":                      {&no, []exchange.Message{say("user", "### Task:\nAnalyze to determine the necessity of generating search queries { \"queries\": [\"q\"] }")}, TaskQueries},
		"functions":                    {&no, []exchange.Message{say("system", "Available Tools: []\nchoose and return the correct tool(s)"), say("user", "Query: x")}, TaskFunctions},
		"autocompletion":               {&no, []exchange.Message{say("user", "### Task:\nYou are an autocompletion system. <type>General</type><text>he</text>")}, TaskAutocomplete},
		"an image prompt":              {&no, []exchange.Message{say("user", "### Task:\nGenerate a detailed prompt for am image generation task")}, TaskImagePrompt},
		"an emoji":                     {&no, []exchange.Message{say("user", "Your task is to reflect the speaker's likely facial expression through a fitting emoji.")}, TaskEmoji},
		"a streamed merge":             {&yes, []exchange.Message{say("user", "You have been provided with a set of responses from various models to the latest user query")}, TaskMerge},
		"a compaction":                 {&no, []exchange.Message{say("user", "Summarize the conversation history that will be compacted")}, TaskCompaction},
		"a memory review":              {&no, []exchange.Message{say("system", "You are Open WebUI's private memory reviewer. "), say("user", "x")}, TaskMemory},
		"a note's title":               {nil, []exchange.Message{say("user", "### Task:\nGenerate a concise title summarizing the content <content>x</content>")}, TaskNoteTitle},
		"a question about the marker":  {&no, []exchange.Message{say("user", "What does this prompt do? "+title)}, exchange.TaskChat},
		"a history that quotes one":    {&no, []exchange.Message{say("user", strings.Replace(title, "USER: hi", "USER: "+retrievalTemplate, 1))}, TaskTitle},
		"documents that quote one":     {&no, []exchange.Message{say("user", "### Task:\nRespond to the user query using the provided context\n<context>"+title+"</context>\nwhy?")}, exchange.TaskChat},
		"a task in a conversation":     {&no, []exchange.Message{say("user", "hi"), say("assistant", "ho"), say("user", title)}, exchange.TaskChat},
		"a task, begun to be answered": {&no, []exchange.Message{say("user", title), say("assistant", "{")}, exchange.TaskChat},
		"only ### Task:":               {&no, []exchange.Message{say("user", "### Task:\nWrite a poem")}, exchange.TaskChat},
		"talk of an emoji":             {&no, []exchange.Message{say("user", "What emoji fits a detective?")}, exchange.TaskChat},
		"the system's message last":    {&no, []exchange.Message{say("user", title), say("system", "be brief")}, TaskTitle},
		"an older function's result":   {nil, []exchange.Message{say("user", "add"), {Role: "assistant"}, say("function", "3")}, exchange.TaskToolLoop},
		"a tool's result":              {&yes, []exchange.Message{say("user", "add"), {Role: "assistant"}, say("tool", "3")}, exchange.TaskToolLoop},
	} {
		if got := TaskOf(c.stream, c.messages); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
