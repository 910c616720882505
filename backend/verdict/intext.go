package verdict

import (
	"encoding/json"
	"slices"
	"strings"

	"gumshoe/backend/exchange"
)

// maxCallText is the longest text that is searched for a tool call, in bytes.
const maxCallText = 256 << 10

// callInText finds a call of an offered tool that was written as text: in the
// marks that models are trained on (sure), as the whole answer, or as a bare
// object at the end of one. Code blocks amid prose are explanations.
func callInText(text string, tools []exchange.Tool) (name string, sure bool) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxCallText || !strings.Contains(text, "{") {
		return "", false
	}
	for _, mark := range [][2]string{{"<tool_call>", "</tool_call>"}, {"[TOOL_CALLS]", ""}, {"<|python_tag|>", ""}, {"<function_call>", "</function_call>"}} {
		_, rest, ok := strings.Cut(text, mark[0])
		if !ok || inCode(text[:len(text)-len(rest)]) {
			continue
		}
		if mark[1] != "" {
			rest, _, _ = strings.Cut(rest, mark[1])
		}
		if n := callOf(rest, tools); n != "" {
			return n, true
		}
	}
	if rest, ok := strings.CutPrefix(text, "<function="); ok {
		n, args, ok := strings.Cut(rest, ">")
		args, _, _ = strings.Cut(args, "</function>")
		if ok && offered(n, tools) && json.Valid([]byte(args)) {
			return n, true
		}
	}
	if inner, ok := strings.CutPrefix(text, "```"); ok {
		inner, ok = strings.CutSuffix(inner, "```")
		if _, after, found := strings.Cut(inner, "\n"); ok && found && !strings.Contains(after, "```") {
			return callOf(after, tools), false
		}
		return "", false
	}
	if text[0] == '{' || text[0] == '[' {
		return callOf(text, tools), false
	}
	if text[len(text)-1] != '}' || inCode(text) {
		return "", false
	}
	// Prose, then an object on a line of its own.
	if at := strings.Index(text, "\n{"); at >= 0 {
		return callOf(text[at+1:], tools), false
	}
	return "", false
}

// inCode reports whether a text holds code marks or leaves one open.
func inCode(text string) bool { return strings.Contains(text, "`") }

// callOf reads one call, or a list of them, of an offered tool; "" where text is
// anything else or more.
func callOf(text string, tools []exchange.Tool) string {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "[") {
		var list []json.RawMessage
		if json.Unmarshal([]byte(text), &list) != nil || len(list) == 0 || len(list) > 32 {
			return ""
		}
		name := ""
		for _, raw := range list {
			if name = one(raw, tools); name == "" {
				return ""
			}
		}
		return name
	}
	d := json.NewDecoder(strings.NewReader(text))
	name := ""
	for { // several objects, one after the other
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			if strings.TrimSpace(text[d.InputOffset():]) == "" {
				return name
			}
			return ""
		}
		if name = one(raw, tools); name == "" {
			return ""
		}
	}
}

// written is a call in any of the spellings that models use.
type written struct {
	Name, Tool                  string
	Function                    json.RawMessage
	Arguments, Parameters, Args json.RawMessage
}

// one reads an object as a call.
func one(raw json.RawMessage, tools []exchange.Tool) string {
	var c written
	if len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &c) != nil {
		return ""
	}
	name, args := c.Name, slices.Concat(c.Arguments, c.Parameters, c.Args)
	if len(c.Function) > 0 && c.Function[0] == '{' {
		var f written
		if json.Unmarshal(c.Function, &f) != nil {
			return ""
		}
		name, args = f.Name, slices.Concat(f.Arguments, f.Parameters, f.Args, args)
	} else if name == "" && len(c.Function) > 0 {
		_ = json.Unmarshal(c.Function, &name)
	}
	if name == "" {
		name = c.Tool
	}
	if len(args) == 0 || args[0] != '{' && args[0] != '"' || !offered(name, tools) {
		return ""
	}
	return name
}

func offered(name string, tools []exchange.Tool) bool {
	return name != "" && slices.ContainsFunc(tools, func(t exchange.Tool) bool { return t.Name == name })
}
