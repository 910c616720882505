package openai

import "strings"

// SplitThinking takes the reasoning out of a text that begins with it between
// tags, as models write it whose server does not do so: <think>…</think> and the
// other tags that Open WebUI knows. Where the end tag is missing, the text broke
// off while the model was thinking. Without a tag all is rest.
func SplitThinking(s string) (thinking, rest string) {
	body := strings.TrimLeft(s, " \t\r\n")
	for _, tag := range [...][2]string{
		{"<think>", "</think>"}, {"<thinking>", "</thinking>"}, {"<reason>", "</reason>"},
		{"<reasoning>", "</reasoning>"}, {"<thought>", "</thought>"}, {"<Thought>", "</Thought>"},
		{"<|begin_of_thought|>", "<|end_of_thought|>"}, {"◁think▷", "◁/think▷"},
	} {
		if after, ok := strings.CutPrefix(body, tag[0]); ok {
			thinking, rest, _ = strings.Cut(after, tag[1])
			return strings.Trim(thinking, "\r\n"), strings.TrimLeft(rest, "\r\n")
		}
	}
	return templated(s)
}

// templated takes the reasoning out of a text whose opening tag stood in the
// prompt, as some chat templates have it: one end tag on a line of its own.
func templated(s string) (thinking, rest string) {
	const end = "</think>"
	before, after, ok := strings.Cut(s, end)
	if !ok || strings.Contains(after, end) || strings.Contains(before, "<think>") || strings.Contains(before, "```") || strings.Contains(before, "`<") {
		return "", s
	}
	line := before[strings.LastIndexByte(before, '\n')+1:]
	next, _, _ := strings.Cut(after, "\n")
	if strings.TrimSpace(line) != "" || strings.TrimSpace(next) != "" {
		return "", s
	}
	return strings.Trim(before, "\r\n"), strings.TrimLeft(after, "\r\n")
}
