package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gumshoe/backend/exchange"
)

// The reasons for which an exchange is no example to learn from.
const (
	LeftNoChat     = "no_chat"    // no chat, or a background task
	LeftFailed     = "failed"     // it did not end well, or bytes of it are missing
	LeftCut        = "cut"        // the answer was cut off at its limit
	LeftNoAnswer   = "no_answer"  // nothing was said, or several answers were
	LeftRole       = "role"       // a role that fine-tuning does not know
	LeftContent    = "content"    // sound, files or pictures that lie elsewhere
	LeftCalls      = "calls"      // tool calls and results that do not belong together
	LeftNoTools    = "no_tools"   // calls of tools that were not offered
	LeftNames      = "names"      // tools whose names OpenAI does not allow
	LeftArguments  = "arguments"  // calls whose arguments are no JSON object
	LeftEmptyText  = "empty_text" // a part of text without any
	LeftUnreadable = "unreadable" // deleted meanwhile, or not understood
	LeftTooLarge   = "too_large"  // pictures above what may be uploaded
	maxExample     = 8 << 20      // bytes of one line
	maxImages      = 10           // of one example, OpenAI's limit
)

// example is one line of OpenAI's format for supervised fine-tuning of chats
// (platform.openai.com/docs/guides/supervised-fine-tuning).
type example struct {
	Messages []message `json:"messages"`
	Tools    []tool    `json:"tools,omitempty"`
}

func finetuneWriter(ctx context.Context, w io.Writer, r reading, left map[string]int64) func(*exchange.Exchange) error {
	out := func(why string) error {
		left[why]++
		return errLeft
	}
	return func(e *exchange.Exchange) error {
		if why := unfit(e); why != "" {
			return out(why)
		}
		said, ok, err := r.of(ctx, e.ID)
		if err != nil {
			return fmt.Errorf("reading its bodies: %w", err)
		}
		if !ok || !said.RequestRead || !said.ReplyRead {
			return out(LeftUnreadable)
		}
		ex, why := exampleOf(said)
		if why != "" {
			return out(why)
		}
		b, err := json.Marshal(ex)
		if err != nil {
			return fmt.Errorf("describing it: %w", err)
		}
		if len(b) > maxExample {
			return out(LeftTooLarge)
		}
		_, err = w.Write(append(b, '\n'))
		return err
	}
}

// unfit says why an exchange's row alone rules it out.
func unfit(e *exchange.Exchange) string {
	switch e.API {
	case exchange.OpenAIChat, exchange.OpenAIResponses, exchange.OllamaChat, exchange.AnthropicMessages, exchange.GeminiGenerate:
	default:
		return LeftNoChat
	}
	if e.Task != "" && e.Task != exchange.TaskChat && e.Task != exchange.TaskToolLoop {
		return LeftNoChat
	}
	if e.State != exchange.OK || e.Partial {
		return LeftFailed
	}
	switch e.Finish {
	case "length", "max_tokens", "MAX_TOKENS", "max_output_tokens", "content_filter", "SAFETY":
		return LeftCut
	}
	return ""
}

func exampleOf(s spoken) (example, string) {
	answers := s.Output.Reply.Messages
	if len(answers) != 1 || len(s.Request.Messages) == 0 {
		return example{}, LeftNoAnswer
	}
	if len(answers[0].Text()) == 0 && len(answers[0].ToolCalls) == 0 {
		return example{}, LeftNoAnswer
	}
	ex := example{Tools: tools(s.Request.Tools)}
	for _, m := range append(messages(s.Request.Messages), messages(answers)...) {
		m.Reasoning, m.Name = "", "" // not learnt from; a tool's name is no author's
		role, ok := map[string]string{"system": "system", "developer": "system", "user": "user", "assistant": "assistant", "model": "assistant", "tool": "tool", "function": "tool"}[m.Role]
		if !ok {
			return ex, LeftRole
		}
		m.Role = role
		if why := unlearnable(&m); why != "" {
			return ex, why
		}
		ex.Messages = append(ex.Messages, m)
	}
	ex.Messages[len(ex.Messages)-1].Role = "assistant"
	nameCalls(ex.Messages)
	return ex, refusal(Check(ex.Messages, ex.Tools))
}

// refusal is why an example that Check refuses is left out.
func refusal(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, errTools):
		return LeftNoTools
	case errors.Is(err, errNames):
		return LeftNames
	case errors.Is(err, errArguments):
		return LeftArguments
	}
	return LeftCalls
}

// unlearnable says why a content is neither text nor pictures in a user's message.
func unlearnable(m *message) string {
	parts, ok := m.Content.([]piece)
	if !ok {
		return ""
	}
	images := 0
	for _, p := range parts {
		switch {
		case p.Type == "text" && *p.Text == "":
			return LeftEmptyText
		case p.Type == "text":
		case p.Type == "image_url" && m.Role == "user" && p.ImageURL.URL != "":
			images++
		default:
			return LeftContent
		}
	}
	if images > maxImages {
		return LeftContent
	}
	return ""
}

// nameCalls gives calls that came without an id one, and their results the same:
// Ollama's own API knows none, its results stand in the order of the calls. A call
// without arguments is given an object of none.
func nameCalls(list []message) {
	n := 0
	var open []string
	for i := range list {
		m := &list[i]
		if len(m.ToolCalls) > 0 {
			open = open[:0]
		}
		for k := range m.ToolCalls {
			if n++; m.ToolCalls[k].ID == "" {
				m.ToolCalls[k].ID = fmt.Sprintf("call_%d", n)
			}
			open = append(open, m.ToolCalls[k].ID)
			if a := m.ToolCalls[k].Function.Arguments; a == "" || a == "null" {
				m.ToolCalls[k].Function.Arguments = "{}"
			}
		}
		if m.Role != "tool" || len(open) == 0 {
			continue
		}
		if m.ToolCallID == "" {
			m.ToolCallID = open[0]
		}
		open = slices.DeleteFunc(open, func(id string) bool { return id == m.ToolCallID })
	}
}

var (
	errOrder     = errors.New("a call without its result, or a result without its call")
	errTools     = errors.New("a call of a tool that is not offered")
	errNames     = errors.New("a tool's name that is not of 1 to 64 letters, digits, _ and -")
	errArguments = errors.New("a call's arguments that are no JSON object")
	errEnd       = errors.New("the last message is not the assistant's")
)

// nameable says whether OpenAI takes a function's name.
func nameable(name string) bool {
	return len(name) >= 1 && len(name) <= 64 && !strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-'
	})
}

// object says whether a text is one JSON object.
func object(text string) bool {
	var v map[string]json.RawMessage
	return json.Unmarshal([]byte(text), &v) == nil && v != nil
}

// Check says what OpenAI's validator would refuse of an example: the last message
// is the assistant's, tools have names that may be, every call is of an offered
// tool, has an object of arguments and is answered before anything else is said –
// but for the last message's –, and no result stands alone.
func Check(list []message, offered []tool) error {
	if len(list) == 0 || list[len(list)-1].Role != "assistant" {
		return errEnd
	}
	if slices.ContainsFunc(offered, func(t tool) bool { return !nameable(t.Function.Name) }) {
		return errNames
	}
	open := map[string]bool{}
	for i := range list {
		m := &list[i]
		if m.Role == "tool" {
			if !open[m.ToolCallID] {
				return errOrder
			}
			delete(open, m.ToolCallID)
			continue
		}
		if len(open) > 0 {
			return errOrder
		}
		for _, c := range m.ToolCalls {
			if !slices.ContainsFunc(offered, func(t tool) bool { return t.Function.Name == c.Function.Name }) {
				return errTools
			}
			if !object(c.Function.Arguments) {
				return errArguments
			}
			if c.ID == "" || open[c.ID] {
				return errOrder
			}
			open[c.ID] = true
		}
	}
	return nil
}
