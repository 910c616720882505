package openwebui

import (
	"strings"

	"gumshoe/backend/exchange"
)

// Open WebUI's background tasks, by its own names.
const (
	TaskTitle         exchange.Task = "title_generation"
	TaskFollowUps     exchange.Task = "follow_up_generation"
	TaskTags          exchange.Task = "tags_generation"
	TaskQueries       exchange.Task = "query_generation"
	TaskFunctions     exchange.Task = "function_calling"
	TaskAutocomplete  exchange.Task = "autocomplete_generation"
	TaskImagePrompt   exchange.Task = "image_prompt_generation"
	TaskEmoji         exchange.Task = "emoji_generation"
	TaskMerge         exchange.Task = "moa_response_generation"
	TaskCompaction    exchange.Task = "context_compaction"
	TaskMemory        exchange.Task = "memory_review"
	TaskNoteTitle     exchange.Task = "note_title_generation" // our name; Open WebUI has none
	retrievalTemplate               = "Respond to the user query using the provided context"
)

// marker is the text by which the default prompt of a task is known: all of
// has must occur in the last message of the role.
type marker struct {
	task   exchange.Task
	role   string
	prefix string
	has    []string
	stream bool // also known when it is streamed
}

func markers() []marker {
	return []marker{
		{task: TaskTitle, role: "user", has: []string{"summarizing the chat history", `"title": "your concise title here"`}},
		{task: TaskFollowUps, role: "user", has: []string{"Suggest 3-5 relevant follow-up questions", `"follow_ups"`}},
		{task: TaskTags, role: "user", has: []string{"Generate 1-3 broad tags categorizing"}},
		{task: TaskQueries, role: "user", has: []string{"determine the necessity of generating search queries", `"queries": [`}},
		{task: TaskFunctions, role: "system", prefix: "Available Tools: ", has: []string{"choose and return the correct tool(s)"}},
		{task: TaskAutocomplete, role: "user", has: []string{"You are an autocompletion system.", "<type>", "<text>"}},
		{task: TaskImagePrompt, role: "user", has: []string{"Generate a detailed prompt for am image generation task"}},
		{task: TaskEmoji, role: "user", has: []string{"Your task is to reflect the speaker's likely facial expression"}},
		{task: TaskMerge, role: "user", has: []string{"You have been provided with a set of responses from various models"}, stream: true},
		{task: TaskCompaction, role: "user", has: []string{"Summarize the conversation history that will be compacted"}},
		{task: TaskMemory, role: "system", has: []string{"You are Open WebUI's private memory reviewer."}},
		{task: TaskNoteTitle, role: "user", has: []string{"Generate a concise title summarizing the content", "<content>"}},
	}
}

// TaskOf tells from a conversation why it was sent: one of Open WebUI's tasks
// by the markers of its default prompts, else a tool loop, else a chat. stream
// is what the request's "stream" field says, nil where it says nothing.
func TaskOf(stream *bool, messages []exchange.Message) exchange.Task {
	user, system := lastText(messages, "user"), lastText(messages, "system")
	if !strings.Contains(user, retrievalTemplate) {
		streamed := stream != nil && *stream
		for _, m := range markers() {
			text := user
			if m.role == "system" {
				text = system
			}
			if (!streamed || m.stream) && m.matches(text) {
				return m.task
			}
		}
	}
	if n := len(messages); n > 0 && messages[n-1].Role == "tool" {
		return exchange.TaskToolLoop
	}
	return exchange.TaskChat
}

func (m marker) matches(text string) bool {
	if !strings.HasPrefix(text, m.prefix) {
		return false
	}
	for _, part := range m.has {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

func lastText(messages []exchange.Message, role string) string {
	for i := len(messages) - 1; i >= 0; i-- {
		if messages[i].Role == role {
			return messages[i].Text()
		}
	}
	return ""
}
