package decode

import (
	"strings"

	"gumshoe/backend/exchange"
)

// PromptText is the last user message as text, "" where there is none.
func PromptText(messages []exchange.Message) string {
	for i := len(messages) - 1; i >= 0; i-- {
		if messages[i].Role == "user" {
			return messages[i].Text()
		}
	}
	return ""
}

// AnswerText joins the text of all choices; a refusal stands where no text is.
func AnswerText(messages []exchange.Message) string {
	var texts []string
	for _, m := range messages {
		text := m.Text()
		for _, p := range m.Parts {
			if text == "" && p.Type == exchange.PartRefusal {
				text = p.Text
			}
		}
		if text != "" {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "\n\n")
}

// CallText is the tool calls of an answer: a line each, the name and the
// arguments as the model wrote them.
func CallText(messages []exchange.Message) string {
	var b strings.Builder
	for _, m := range messages {
		for _, c := range m.ToolCalls {
			b.WriteString(c.Name + " " + c.Arguments + "\n")
		}
	}
	return b.String()
}
