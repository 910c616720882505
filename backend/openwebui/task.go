package openwebui

import (
	"slices"
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
	taskPrefix                      = "### Task:"
	historyMark                     = "<chat_history>"
)

// marker is the text by which the default prompt of a task is known: all of
// has must occur in the last message of the role, which begins with prefix. One
// that a person might have written must be the only thing that was said.
type marker struct {
	task   exchange.Task
	role   string
	prefix string
	has    [3]string // "" is always there
	stream bool      // also known when it is streamed
}

func markers() [12]marker {
	return [12]marker{
		{task: TaskTitle, role: "user", prefix: taskPrefix, has: [3]string{"summarizing the chat history", `"title": "your concise title here"`}},
		{task: TaskFollowUps, role: "user", prefix: taskPrefix, has: [3]string{"Suggest 3-5 relevant follow-up questions", `"follow_ups"`}},
		{task: TaskTags, role: "user", prefix: taskPrefix, has: [3]string{"Generate 1-3 broad tags categorizing"}},
		{task: TaskQueries, role: "user", prefix: taskPrefix, has: [3]string{"determine the necessity of generating search queries", `"queries": [`}},
		{task: TaskFunctions, role: "system", prefix: "Available Tools: ", has: [3]string{"choose and return the correct tool(s)"}},
		{task: TaskAutocomplete, role: "user", prefix: taskPrefix, has: [3]string{"You are an autocompletion system.", "<type>", "<text>"}},
		{task: TaskImagePrompt, role: "user", prefix: taskPrefix, has: [3]string{"Generate a detailed prompt for am image generation task"}},
		{task: TaskEmoji, role: "user", has: [3]string{"Your task is to reflect the speaker's likely facial expression"}},
		{task: TaskMerge, role: "user", has: [3]string{"You have been provided with a set of responses from various models"}, stream: true},
		{task: TaskCompaction, role: "user", has: [3]string{"Summarize the conversation history that will be compacted"}},
		{task: TaskMemory, role: "system", has: [3]string{"You are Open WebUI's private memory reviewer."}},
		{task: TaskNoteTitle, role: "user", prefix: taskPrefix, has: [3]string{"Generate a concise title summarizing the content", "<content>"}},
	}
}

// TaskOf tells from a conversation why it was sent: one of Open WebUI's tasks
// by the markers of its default prompts, else a tool loop, else a chat. stream
// is what the request's "stream" field says, nil where it says nothing. The
// result is inferred: see TaskFor for what headers say.
//
// A task is a question of its own: a request that offers the model an answer
// to go on from, or a tool's result, is none, whatever stands further up; and
// the template that Open WebUI puts around a question with documents is a
// person's question, although it begins like a task.
func TaskOf(stream *bool, messages []exchange.Message) exchange.Task {
	user, system := lastText(messages, "user", ""), lastText(messages, "system", "developer")
	if !retrieval(user) && asked(messages) {
		alone := turns(messages) == 1
		streamed := stream != nil && *stream
		for _, m := range markers() {
			text := user
			if m.role == "system" {
				text = system
			}
			if (!streamed || m.stream) && (alone || m.role == "system") && m.matches(text) {
				return m.task
			}
		}
	}
	if inToolLoop(messages) {
		return exchange.TaskToolLoop
	}
	return exchange.TaskChat
}

// inToolLoop reports whether the model is to go on after the result of a tool
// that it called. A result is a message of the role tool, or of the role
// function in OpenAI's older form.
func inToolLoop(messages []exchange.Message) bool {
	n := len(messages)
	return n > 0 && (messages[n-1].Role == "tool" || messages[n-1].Role == "function")
}

// retrieval reports whether a message is a question with documents around it.
// That a history which a task is to work on quotes the template is no sign.
func retrieval(user string) bool {
	before, _, _ := strings.Cut(user, historyMark)
	return strings.Contains(before, retrievalTemplate)
}

// turns is how many messages are not the system's.
func turns(messages []exchange.Message) (n int) {
	for _, m := range messages {
		if m.Role != "system" && m.Role != "developer" {
			n++
		}
	}
	return n
}

// asked reports whether the last message is one to be answered afresh. Some
// dialects put the system's message last.
func asked(messages []exchange.Message) bool {
	for i := len(messages) - 1; i >= 0; i-- {
		switch messages[i].Role {
		case "system", "developer":
		default:
			return messages[i].Role == "user" || messages[i].Role == ""
		}
	}
	return false
}

func (m marker) matches(text string) bool {
	if !strings.HasPrefix(strings.TrimSpace(text), m.prefix) {
		return false
	}
	for _, part := range m.has {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

func lastText(messages []exchange.Message, roles ...string) string {
	for i := len(messages) - 1; i >= 0; i-- {
		if slices.Contains(roles, messages[i].Role) {
			return messages[i].Text()
		}
	}
	return ""
}
