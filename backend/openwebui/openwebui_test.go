package openwebui

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gumshoe/backend/exchange"
)

func TestIdentify(t *testing.T) {
	h := func(pairs ...string) (hs []exchange.Header) {
		for i := 0; i < len(pairs); i += 2 {
			hs = append(hs, exchange.Header{Name: pairs[i], Value: pairs[i+1]})
		}
		return hs
	}
	for name, c := range map[string]struct {
		headers []exchange.Header
		want    Identity
	}{
		"nothing": {},
		"all of Open WebUI's": {
			h("X-Openwebui-User-Email", " ann@example.org ", "x-openwebui-user-name", "Ann", "X-OPENWEBUI-CHAT-ID", "temporary:s1",
				"X-OpenWebUI-Message-Id", "m1", "X-OpenWebUI-Task", "title_generation", "Helicone-User-Id", "other"),
			Identity{"ann@example.org", "temporary:s1", "m1", TaskTitle},
		},
		"a percent-encoded name":            {h("X-OpenWebUI-User-Name", "J%C3%BCrgen M%C3%BCller", "X-OpenWebUI-User-Id", "u1"), Identity{User: "Jürgen Müller"}},
		"a name with a stray percent":       {h("X-OpenWebUI-User-Name", "100% Ann"), Identity{User: "100% Ann"}},
		"an id":                             {h("X-OpenWebUI-User-Email", "", "X-OpenWebUI-User-Id", "u1"), Identity{User: "u1"}},
		"Helicone's":                        {h("Helicone-User-Id", "bob", "Helicone-Session-Id", "s9"), Identity{User: "bob", Chat: "s9"}},
		"placeholders that were not filled": {h("X-OpenWebUI-User-Email", "{{USER_EMAIL}}", "X-OpenWebUI-Task", "{{TASK}}"), Identity{}},
		"raw bytes":                         {h("X-OpenWebUI-User-Email", "a\xffb"), Identity{User: "a\uFFFDb"}},
	} {
		if got := Identify(c.headers); got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
	long := Identify(h("X-OpenWebUI-Chat-Id", strings.Repeat("語", 5000))).Chat
	if len(long) > maxValue || !utf8.ValidString(long) {
		t.Errorf("an absurd id keeps %d bytes", len(long))
	}
}

func TestTaskOf(t *testing.T) {
	say := func(role, text string) exchange.Message {
		return exchange.Message{Role: role, Parts: []exchange.Part{{Type: exchange.PartText, Text: text}}}
	}
	yes, no := true, false
	title := "### Task:\nGenerate a title summarizing the chat history.\n{ \"title\": \"your concise title here\" }\n<chat_history>\nUSER: hi\n</chat_history>"
	for name, c := range map[string]struct {
		stream   *bool
		messages []exchange.Message
		want     exchange.Task
	}{
		"nothing":                      {nil, nil, exchange.TaskChat},
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
		"a tool's result":              {&yes, []exchange.Message{say("user", "add"), {Role: "assistant"}, say("tool", "3")}, exchange.TaskToolLoop},
	} {
		if got := TaskOf(c.stream, c.messages); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
