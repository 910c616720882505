package anthropic

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"gumshoe/backend/wire/sse"
)

// event is the data of one server-sent event; its type is in the data and, the
// same, in the event's name.
type event struct {
	Type    text            `json:"type"`
	Index   number          `json:"index"`
	Message answer          `json:"message"`
	Block   json.RawMessage `json:"content_block"`
	Delta   delta           `json:"delta"`
	Usage   usage           `json:"usage"`
	Error   json.RawMessage `json:"error"`
}

// delta is what a content_block_delta or a message_delta adds.
type delta struct {
	Text      text            `json:"text"`
	Thinking  text            `json:"thinking"`
	JSON      text            `json:"partial_json"`
	Signature text            `json:"signature"`
	Citation  json.RawMessage `json:"citation"`
	Content   text            `json:"content"` // compaction_delta

	StopReason   text            `json:"stop_reason"`
	StopSequence json.RawMessage `json:"stop_sequence"`
	StopDetails  json.RawMessage `json:"stop_details"`
	Container    json.RawMessage `json:"container"`
}

// building is one block while its deltas come in.
type building struct {
	index                         int64
	start                         block
	text, thinking, json, content strings.Builder
	signature                     text
	citations                     []json.RawMessage
}

// event reads one event. Unknown ones are skipped, as Anthropic asks for.
func (a *assembler) event(e sse.Event) {
	var v event
	if !isObject(e.Data) || !decode(e.Data, &v) {
		return
	}
	a.good++
	if v.Type == "" {
		v.Type = text(e.Name)
	}
	token := false
	switch v.Type {
	case "message_start":
		// Its output_tokens only fill the place.
		v.Message.Usage.Output = number{}
		v.Message.Content = nil
		a.answer = v.Message
		a.answer.Usage.keep(v.Usage)
	case "content_block_start":
		token = a.begin(v)
	case "content_block_delta":
		token = a.grow(v)
	case "message_delta":
		a.end(v.Delta)
		a.answer.Usage.keep(v.Usage)
	case "message_stop":
		a.out.Ended = true
	}
	if v.Type == "error" || says(v.Error) {
		if a.out.Error = errorText(v.Error); a.out.Error == "" {
			a.out.Error = line(string(e.Data))
		}
	}
	if token {
		a.token()
	}
}

func (a *assembler) token() {
	at := a.at
	if a.out.FirstToken == nil {
		a.out.FirstToken = &at
	}
	a.out.LastToken = &at
	a.out.TokenEvents++
}

// at0 gives the block of an index; one that no event began, begins here.
func (a *assembler) at0(index number, kind text) *building {
	if index.v == nil && len(a.blocks) > 0 {
		return a.blocks[len(a.blocks)-1]
	}
	if b, ok := a.open[index.or0()]; ok {
		return b
	}
	return a.newBlock(index, block{Type: kind})
}

func (a *assembler) newBlock(index number, start block) *building {
	b := &building{index: int64(len(a.blocks)), start: start}
	if index.v != nil {
		b.index = *index.v
	}
	a.blocks = append(a.blocks, b)
	a.open[b.index] = b
	return b
}

// begin takes a content_block_start, and reports whether it carried a token: a
// tool's name does.
func (a *assembler) begin(v event) bool {
	var start block
	if !decode(v.Block, &start) {
		return false
	}
	b := a.newBlock(v.Index, start)
	b.text.WriteString(string(start.Text))
	b.thinking.WriteString(string(start.Thinking))
	b.signature = start.Signature
	return start.Text != "" || start.Thinking != "" || start.Type == "tool_use" && start.Name != ""
}

// grow takes a content_block_delta, and reports whether it carried a token.
func (a *assembler) grow(v event) bool {
	d := v.Delta
	kind := text("text")
	switch {
	case d.Thinking != "" || d.Signature != "":
		kind = "thinking"
	case d.JSON != "":
		kind = "tool_use"
	}
	b := a.at0(v.Index, kind)
	b.text.WriteString(string(d.Text))
	b.thinking.WriteString(string(d.Thinking))
	b.json.WriteString(string(d.JSON))
	b.content.WriteString(string(d.Content))
	if d.Signature != "" {
		b.signature = d.Signature
	}
	if says(d.Citation) {
		b.citations = append(b.citations, compact(d.Citation))
	}
	return d.Text != "" || d.Thinking != "" || d.JSON != "" || d.Content != ""
}

// end takes a message_delta: the later one wins.
func (a *assembler) end(d delta) {
	if d.StopReason != "" {
		a.answer.StopReason = d.StopReason
	}
	for _, f := range [...]struct{ to, from *json.RawMessage }{
		{&a.answer.StopSequence, &d.StopSequence}, {&a.answer.StopDetails, &d.StopDetails}, {&a.answer.Container, &d.Container}} {
		if says(*f.from) {
			*f.to = *f.from
		}
	}
}

func (a *assembler) sortBlocks() {
	slices.SortStableFunc(a.blocks, func(x, y *building) int {
		switch {
		case x.index < y.index:
			return -1
		case x.index > y.index:
			return 1
		}
		return 0
	})
}

// block is the block as a whole reply would have it.
func (b *building) block() block {
	out := b.start
	out.Text, out.Thinking, out.Signature = text(b.text.String()), text(b.thinking.String()), b.signature
	if b.json.Len() > 0 {
		out.Input = json.RawMessage(b.json.String()) // possibly not valid
	}
	if len(b.citations) > 0 {
		var begun []json.RawMessage
		decode(out.Citations, &begun)
		out.Citations = append(append([]byte{'['}, bytes.Join(asBytes(append(begun, b.citations...)), []byte(","))...), ']')
	}
	if out.raw != nil && (b.json.Len() > 0 || b.content.Len() > 0) {
		out.raw = b.patched()
	}
	return out
}

// patched is a block that is shown as it came, with what its deltas added.
func (b *building) patched() json.RawMessage {
	var o map[string]json.RawMessage
	if json.Unmarshal(b.start.raw, &o) != nil || o == nil {
		return b.start.raw
	}
	if b.json.Len() > 0 {
		o["input"] = encode(b.json.String())
		if in := []byte(b.json.String()); json.Valid(in) {
			o["input"] = in
		}
	}
	if b.content.Len() > 0 {
		o["content"] = encode(b.content.String())
	}
	return encode(o)
}
