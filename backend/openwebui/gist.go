package openwebui

import (
	"encoding/json"
	"strings"

	"gumshoe/backend/exchange"
)

// maxGist is how much of an answer is looked through, in bytes: those of tasks are short.
const maxGist = 64 << 10

// Gist is a background task in a line, where its prompt would be Open WebUI's own
// words: what came of it, as Open WebUI reads the answer – the title, the tags, the
// questions, the searches –, else the last thing that the person said in what the
// task was shown. "" for what is no such task, and where neither is known.
func Gist(task exchange.Task, prompt, reply string) string {
	if task == "" || task == exchange.TaskChat || task == exchange.TaskToolLoop {
		return ""
	}
	if task != TaskMerge { // whose answer is one to the person
		if s := outcome(task, reply); s != "" {
			return s
		}
	}
	return lastSaid(task, prompt)
}

// outcome is what an answer gives Open WebUI.
func outcome(task exchange.Task, reply string) string {
	if len(reply) > maxGist {
		return ""
	}
	reply = spoken(reply)
	switch task {
	case TaskTitle, TaskNoteTitle:
		return field(reply, "title")
	case TaskFollowUps:
		return field(reply, "follow_ups")
	case TaskTags:
		return field(reply, "tags")
	case TaskQueries:
		return field(reply, "queries")
	case TaskAutocomplete:
		return field(reply, "text")
	case TaskImagePrompt:
		return field(reply, "prompt")
	case TaskFunctions:
		return field(reply, "tool_calls")
	case TaskEmoji, TaskCompaction:
		return plain(reply)
	}
	return ""
}

// field reads one field of the object in an answer. As Open WebUI does, it takes
// what stands between the first brace and the last; models put words around it.
func field(reply, name string) string {
	from, to := strings.Index(reply, "{"), strings.LastIndex(reply, "}")
	if from < 0 || to < from {
		return ""
	}
	var fields map[string]any
	if json.Unmarshal([]byte(reply[from:to+1]), &fields) != nil {
		return ""
	}
	switch v := fields[name].(type) {
	case string:
		return plain(v)
	case []any:
		return listed(v)
	}
	return ""
}

// listed are the texts of a list, or the names of what is called, in one line.
func listed(list []any) string {
	var all []string
	for _, v := range list {
		if call, ok := v.(map[string]any); ok {
			v = call["name"]
		}
		if s, ok := v.(string); ok && plain(s) != "" {
			all = append(all, plain(s))
		}
	}
	return strings.Join(all, " · ")
}

// lastSaid is the last thing that the person said in a task's prompt.
func lastSaid(task exchange.Task, prompt string) string {
	switch task {
	case TaskAutocomplete:
		return plain(between(prompt, "<text>", "</text>"))
	case TaskMerge:
		return plain(between(prompt, `latest user query: "`, "\"\n"))
	case TaskFunctions:
		_, said, _ := cutLast(prompt, "Query: ")
		return plain(said)
	case TaskNoteTitle:
		return plain(between(prompt, "<content>", "</content>"))
	}
	if i := strings.LastIndex(prompt, historyMark); i >= 0 {
		prompt, _, _ = strings.Cut(prompt[i+len(historyMark):], "</chat_history>")
	}
	// Of a line's begin only: a person may write the word, too.
	_, said, ok := cutLast("\n"+prompt, "\nUSER: ")
	if !ok {
		return ""
	}
	said, _, _ = strings.Cut(said, "\nASSISTANT: ")
	return plain(Question(said))
}

// between is what stands between the last begin and the end behind it; "" where
// they are not there.
func between(s, begin, end string) string {
	_, after, ok := cutLast(s, begin)
	if !ok {
		return ""
	}
	inside, _, ok := strings.Cut(after, end)
	if !ok {
		return ""
	}
	return inside
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
