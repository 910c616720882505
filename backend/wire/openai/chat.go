package openai

import (
	"encoding/json"
	"slices"
	"strings"

	"gumshoe/backend/exchange"
)

// chat reads chat completions and text completions.
type chat struct {
	choices []*building
	by      map[int]*building // by index
}

// building is one choice while its deltas come in.
type building struct {
	index                    int
	role, name, finish       string
	reasoning, text, refusal strings.Builder
	media                    []exchange.Part // images and whatever is no text
	calls                    calls
	extra                    Extras
}

func (c *chat) read(a *assembler, e *envelope, _ []byte) (token bool) {
	for i, f := range e.Choices {
		if f == nil {
			continue
		}
		index := i
		if v := index64(f.take("index")); v != nil {
			index = int(*v)
		} else if a.stream {
			index = 0
		}
		if !a.stream && c.by[index] != nil {
			index = len(c.choices) // a server that numbers none
		}
		a.fail(ErrorText(f.take("error"))) // OpenRouter
		a.figures.take(f.take("usage"))    // Moonshot
		if c.choice(index).add(f, a.stream) {
			token = true
		}
	}
	if e.Choices == nil { // llama.cpp's own form
		if s, ok := text(e.Content); ok {
			b := c.choice(0)
			b.text.WriteString(s)
			token = s != ""
			if e.Stop {
				b.finish = firstText(e.StopType, "stop")
			}
		}
	}
	return token
}

// index64 reads an index, nil where there is none.
func index64(raw json.RawMessage) *int64 {
	var n Number
	_ = n.UnmarshalJSON(raw)
	return n.Int()
}

func (c *chat) choice(index int) *building {
	if b := c.by[index]; b != nil {
		return b
	}
	if c.by == nil {
		c.by = map[int]*building{}
	}
	b := &building{index: index}
	c.by[index] = b
	c.choices = append(c.choices, b)
	return b
}

// add takes a choice with a delta or with a whole message, and reports whether
// it carried a token.
func (b *building) add(f fields, stream bool) bool {
	if r := f.text("finish_reason"); r != "" {
		b.finish = r
	}
	token := false
	if s := f.text("text"); s != "" { // completions
		b.text.WriteString(s)
		token = true
	}
	// Perplexity sends both: beside each delta the message so far, and an empty
	// delta beside the whole message.
	now, other := f.take("delta"), f.take("message")
	if !stream {
		now, other = other, now
	}
	if isNull(now) {
		now = other
	}
	if m := object(now); m != nil {
		token = b.message(m, stream) || token
	} else if r := firstText(f.text("reasoning_content"), f.text("reasoning")); r != "" {
		b.reasoning.WriteString(r) // of a text completion
		token = true
	}
	b.extra.addAll(f)
	return token
}

func (b *building) message(m fields, stream bool) bool {
	if r := m.text("role"); r != "" {
		b.role = r
	}
	b.name = firstText(m.text("name"), b.name)
	r := reasoning(m, &b.extra)
	b.reasoning.WriteString(r)
	token := r != ""
	if s := m.text("content"); s != "" {
		b.text.WriteString(s)
		token = true
	} else {
		token = b.parts(parts(m.take("content"))) || token
	}
	if s := m.text("refusal"); s != "" {
		b.refusal.WriteString(s)
		token = true
	}
	token = b.parts(parts(m.take("images"))) || token // OpenRouter
	for _, raw := range list(m.take("tool_calls")) {
		token = true
		b.call(readCall(raw), stream)
	}
	if raw := m.take("function_call"); raw != nil {
		token = true
		b.call(readLegacyCall(raw), stream)
	}
	token = token || !isEmpty(m["audio"])
	b.extra.addAll(m)
	return token
}

// parts takes typed pieces of content.
func (b *building) parts(all []exchange.Part) bool {
	for _, p := range all {
		switch p.Type {
		case exchange.PartText:
			b.text.WriteString(p.Text)
		case exchange.PartReasoning:
			b.reasoning.WriteString(p.Text)
		case exchange.PartRefusal:
			b.refusal.WriteString(p.Text)
		default:
			b.media = append(b.media, p)
		}
	}
	return len(all) > 0
}

// call takes a piece of a call, or one of a message that came whole: of those
// each is its own.
func (b *building) call(c toolCall, stream bool) {
	if stream {
		b.calls.add(c)
		return
	}
	o := &call{id: c.ID}
	o.add(c.Function.Name, argText(c.Function.Arguments))
	b.calls.all = append(b.calls.all, o)
}

func (c *chat) finish(a *assembler) {
	slices.SortStableFunc(c.choices, func(x, y *building) int { return x.index - y.index })
	ended := len(c.choices) > 0
	for _, b := range c.choices {
		a.out.Finish = firstText(a.out.Finish, b.finish)
		ended = ended && b.finish != ""
		if m := b.answer(a.api); len(m.Parts) > 0 || len(m.ToolCalls) > 0 || len(m.Extra) > 0 {
			a.out.Messages = append(a.out.Messages, m)
		}
	}
	// Some servers leave [DONE] out: finish reasons end the answers as well.
	a.out.Ended = a.out.Ended || a.stream && ended
}

// answer is the choice as a message.
func (b *building) answer(api exchange.API) exchange.Message {
	m := exchange.Message{Role: firstText(b.role, "assistant"), Name: b.name, Finish: b.finish, ToolCalls: b.calls.tools(), Extra: b.extra.JSON()}
	thinking, rest := "", b.text.String()
	if api == exchange.OpenAIChat {
		thinking, rest = SplitThinking(rest)
	}
	if thinking == b.reasoning.String() {
		thinking = ""
	}
	for _, p := range []exchange.Part{
		{Type: exchange.PartReasoning, Text: b.reasoning.String()}, {Type: exchange.PartReasoning, Text: thinking},
		{Type: exchange.PartText, Text: rest}, {Type: exchange.PartRefusal, Text: b.refusal.String()},
	} {
		if p.Text != "" {
			m.Parts = append(m.Parts, p)
		}
	}
	m.Parts = append(m.Parts, b.media...)
	if p, ok := spoken(m.Extra["audio"]); ok {
		m.Parts = append(m.Parts, p)
	}
	return m
}

// spoken is an answer's sound: its transcript, with the sound itself in Extra.
func spoken(raw json.RawMessage) (exchange.Part, bool) {
	var a struct{ Transcript string }
	if isEmpty(raw) || Lenient(raw, &a) != nil {
		return exchange.Part{}, false
	}
	return exchange.Part{Type: exchange.PartAudio, Text: a.Transcript}, true
}
