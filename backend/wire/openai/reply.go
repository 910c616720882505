package openai

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/sse"
)

type usage struct {
	PromptTokens     *int64 `json:"prompt_tokens"`
	CompletionTokens *int64 `json:"completion_tokens"`
	PromptDetails    struct {
		Cached *int64 `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
	CompletionDetails struct {
		Reasoning *int64 `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`
}

type choice struct {
	Index        int      `json:"index"`
	FinishReason string   `json:"finish_reason"`
	Message      *message `json:"message"`
	Delta        *message `json:"delta"`
	Text         string   `json:"text"`
}

type chunk struct {
	Model   string          `json:"model"`
	Choices []choice        `json:"choices"`
	Usage   *usage          `json:"usage"`
	Error   json.RawMessage `json:"error"`
}

// Reply starts to assemble one reply.
func (Dialect) Reply(api exchange.API, meta wire.ReplyMeta) wire.Assembler {
	a := &assembler{api: api, meta: meta}
	a.events.Emit = a.event
	return a
}

// assembler reads a stream or a whole JSON value, by what comes.
type assembler struct {
	api     exchange.API
	meta    wire.ReplyMeta
	decided bool
	lead    []byte // bytes before it is decided
	stream  bool
	whole   bytes.Buffer
	events  sse.Splitter
	at      int64
	good    int // events that could be read
	seen    bool
	out     wire.Reply
	choices []*building
}

// building is one choice while its deltas come in.
type building struct {
	index                    int
	role                     string
	reasoning, text, refusal strings.Builder
	calls                    []*call
}

type call struct {
	index    int
	id, name string
	args     strings.Builder
}

// Write takes the next bytes.
func (a *assembler) Write(at int64, p []byte) {
	a.at = at
	if !a.decided {
		a.lead = append(a.lead, p...)
		const mark = "\xef\xbb\xbf"
		p = bytes.TrimLeft(bytes.TrimPrefix(a.lead, []byte(mark)), " \t\r\n")
		if len(p) == 0 || len(a.lead) < len(mark) && strings.HasPrefix(mark, string(a.lead)) {
			return // may still be the start of a byte order mark
		}
		a.decided = true
		a.stream = p[0] != '{' && p[0] != '[' && strings.HasPrefix(strings.ToLower(a.meta.ContentType), "text/event-stream")
		p = a.lead
	}
	a.seen = a.seen || len(p) > 0
	if a.stream {
		a.events.Write(p)
		return
	}
	a.whole.Write(p)
}

// Close ends the reply.
func (a *assembler) Close(whole bool) wire.Reply {
	a.out.Stream = a.stream
	if a.stream {
		a.events.Close()
		a.assemble()
		a.out.Unreadable = whole && a.seen && a.good == 0
		return a.out
	}
	body := bytes.TrimSpace(a.whole.Bytes())
	if len(body) == 0 {
		return a.out
	}
	if a.api == exchange.OpenAIModels {
		a.out.Ended = json.Valid(body)
		a.out.Unreadable = whole && !a.out.Ended
		return a.out
	}
	var c chunk
	if err := json.Unmarshal(body, &c); err != nil {
		a.out.Unreadable = whole
		if a.meta.Status >= 400 {
			a.out.Error = line(string(body))
		}
		return a.out
	}
	a.out.Ended = true
	a.take(c, false)
	a.assemble()
	return a.out
}

func (a *assembler) event(e sse.Event) {
	data := bytes.TrimSpace(e.Data)
	if string(data) == "[DONE]" {
		a.out.Ended = true
		a.good++
		return
	}
	var c chunk
	if err := json.Unmarshal(data, &c); err != nil {
		return
	}
	a.good++
	a.take(c, true)
}

func (a *assembler) take(c chunk, delta bool) {
	if c.Model != "" {
		a.out.Model = c.Model
	}
	if e := ErrorText(c.Error); e != "" {
		a.out.Error = e
	}
	if u := c.Usage; u != nil && u.PromptTokens != nil {
		a.out.Usage = exchange.Usage{Input: u.PromptTokens, Output: u.CompletionTokens,
			Cached: u.PromptDetails.Cached, Reasoning: u.CompletionDetails.Reasoning, Basis: exchange.Reported}
	}
	token := false
	for _, ch := range c.Choices {
		m := ch.Delta
		if m == nil {
			m = ch.Message
		}
		if ch.FinishReason != "" {
			a.out.Finish = ch.FinishReason
		}
		if m == nil {
			continue
		}
		if a.at0(ch.Index).add(*m) {
			token = true
		}
	}
	if delta && token {
		at := a.at
		if a.out.FirstToken == nil {
			a.out.FirstToken = &at
		}
		a.out.LastToken = &at
		a.out.TokenEvents++
	}
}

func (a *assembler) at0(index int) *building {
	for _, b := range a.choices {
		if b.index == index {
			return b
		}
	}
	b := &building{index: index}
	a.choices = append(a.choices, b)
	return b
}

// add takes a delta or a whole message, and reports whether it carried a token.
func (b *building) add(m message) bool {
	if m.Role != "" {
		b.role = m.Role
	}
	r := m.ReasoningContent
	if m.Reasoning != "" {
		r = m.Reasoning
	}
	b.reasoning.WriteString(r)
	text := ""
	for _, p := range parts(m.Content) {
		text += p.Text
	}
	b.text.WriteString(text)
	b.refusal.WriteString(m.Refusal)
	for i, c := range m.ToolCalls {
		if c.Index != nil {
			i = *c.Index
		}
		b.call(i, c)
	}
	return r != "" || text != "" || m.Refusal != "" || len(m.ToolCalls) > 0
}

func (b *building) call(index int, c toolCall) {
	i := slices.IndexFunc(b.calls, func(o *call) bool { return o.index == index && (c.ID == "" || o.id == "" || o.id == c.ID) })
	if i < 0 {
		b.calls = append(b.calls, &call{index: index})
		i = len(b.calls) - 1
	}
	o := b.calls[i]
	if c.ID != "" {
		o.id = c.ID
	}
	o.name += c.Function.Name
	o.args.WriteString(argText(c.Function.Arguments))
}

func (a *assembler) assemble() {
	slices.SortStableFunc(a.choices, func(x, y *building) int { return x.index - y.index })
	for _, b := range a.choices {
		m := exchange.Message{Role: b.role}
		if m.Role == "" {
			m.Role = "assistant"
		}
		for _, p := range []exchange.Part{{Type: exchange.PartReasoning, Text: b.reasoning.String()},
			{Type: exchange.PartText, Text: b.text.String()}, {Type: exchange.PartRefusal, Text: b.refusal.String()}} {
			if p.Text != "" {
				m.Parts = append(m.Parts, p)
			}
		}
		for _, c := range b.calls {
			m.ToolCalls = append(m.ToolCalls, exchange.ToolCall{ID: c.id, Name: c.name, Arguments: c.args.String()})
		}
		if len(m.Parts) > 0 || len(m.ToolCalls) > 0 {
			a.out.Messages = append(a.out.Messages, m)
		}
	}
	if a.stream && !a.out.Ended && a.out.Error == "" && a.out.Finish == "" {
		return
	}
	// Some servers leave [DONE] out: a finish reason ends the answer as well.
	if a.stream && a.out.Finish != "" {
		a.out.Ended = true
	}
}

// ErrorText words an error value, a string or an object with a message, as one
// line; "" where there is none.
func ErrorText(raw json.RawMessage) string {
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return line(s)
	}
	var o struct {
		Message string
		Type    string
		Code    any
	}
	if json.Unmarshal(raw, &o) == nil && o.Message != "" {
		return line(o.Message)
	}
	if o.Type != "" {
		return line(fmt.Sprint(o.Type))
	}
	return line(string(raw))
}

// line makes s one line of at most 500 bytes.
func line(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
	if len(s) > 500 {
		s = strings.ToValidUTF8(s[:500], "") + "…"
	}
	return s
}
