package anthropic

import (
	"bytes"
	"encoding/json"
	"strings"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/sse"
)

// answer is a whole reply, and what message_start carries.
type answer struct {
	Role         text            `json:"role"`
	Model        text            `json:"model"`
	Content      json.RawMessage `json:"content"`
	StopReason   text            `json:"stop_reason"`
	StopSequence json.RawMessage `json:"stop_sequence"`
	StopDetails  json.RawMessage `json:"stop_details"`
	Container    json.RawMessage `json:"container"`
	Usage        usage           `json:"usage"`
	Error        json.RawMessage `json:"error"`
}

// Reply starts to assemble one reply.
func (Dialect) Reply(api exchange.API, meta wire.ReplyMeta) wire.Assembler {
	a := &assembler{api: api, meta: meta, open: map[int64]*building{}}
	a.events.Emit = a.event
	return a
}

// form is how a body is framed.
type form int

const (
	undecided form = iota
	whole          // one JSON value
	stream         // server-sent events
)

// assembler reads a stream or a whole JSON value, by what comes.
type assembler struct {
	api    exchange.API
	meta   wire.ReplyMeta
	form   form
	lead   []byte // the first bytes, until they tell the form
	marked bool   // past the place of a byte order mark
	body   bytes.Buffer
	events sse.Splitter
	at     int64
	good   int // events that could be read

	answer answer
	blocks []*building         // in the order in which they began
	open   map[int64]*building // the same by index
	out    wire.Reply
}

// Write takes the next bytes.
func (a *assembler) Write(at int64, p []byte) {
	a.at = at
	if a.form == undecided {
		if p = a.decide(p); len(p) == 0 {
			return
		}
	}
	if a.form == stream {
		a.events.Write(p)
		return
	}
	a.body.Write(p)
}

// decide tells the form by the first bytes and gives what is to be read by it;
// until it knows, it holds a few bytes only.
func (a *assembler) decide(p []byte) []byte {
	const mark = "\xef\xbb\xbf"
	a.lead = append(a.lead, p...)
	if !a.marked && len(a.lead) < len(mark) && strings.HasPrefix(mark, string(a.lead)) {
		return nil
	}
	rest := a.lead
	if !a.marked {
		rest = bytes.TrimPrefix(rest, []byte(mark))
	}
	a.marked = true
	rest = bytes.TrimLeft(rest, " \t\r\n")
	a.lead = a.lead[:copy(a.lead, rest)]
	if len(a.lead) == 0 {
		return nil
	}
	switch {
	case a.lead[0] == '{' || a.lead[0] == '[':
		a.form = whole
	case strings.HasPrefix(strings.ToLower(a.meta.ContentType), "text/event-stream"):
		a.form = stream
	default:
		a.form = whole
		for _, word := range [...]string{":", "data:", "event:", "id:", "retry:"} {
			if bytes.HasPrefix(a.lead, []byte(word)) {
				a.form = stream
			} else if strings.HasPrefix(word, string(a.lead)) {
				a.form = undecided
				return nil
			}
		}
	}
	p, a.lead = a.lead, nil
	return p
}

// Close ends the reply.
func (a *assembler) Close(came bool) wire.Reply {
	if a.form == undecided {
		a.body.Write(a.lead)
	}
	if a.form == stream {
		a.out.Stream = true
		a.events.Close()
		a.out.Unreadable = came && a.good == 0
		a.finish()
		return a.out
	}
	body := bytes.TrimSpace(a.body.Bytes())
	if len(body) == 0 {
		return a.out
	}
	var v answer
	if !isObject(body) || !decode(body, &v) {
		a.out.Unreadable = came
		if a.meta.Status >= 400 {
			a.out.Error = line(string(body))
		}
		return a.out
	}
	a.out.Ended = true
	a.failure(v.Error, body)
	if a.api == exchange.AnthropicMessages {
		a.answer = v
		a.finish()
	}
	return a.out
}

// failure takes an error; body is what else words one under an error's status.
func (a *assembler) failure(raw json.RawMessage, body []byte) {
	if e := errorText(raw); e != "" {
		a.out.Error = e
	}
	if a.out.Error == "" && a.meta.Status >= 400 {
		var o struct{ Message, Detail text }
		decode(body, &o)
		if o.Message == "" {
			o.Message = o.Detail
		}
		if o.Message == "" {
			o.Message = text(body)
		}
		a.out.Error = line(string(o.Message))
	}
}

// finish makes the message of what came.
func (a *assembler) finish() {
	t := turn{role: "assistant"}
	if a.answer.Role != "" {
		t.role = string(a.answer.Role)
	}
	if a.form == stream {
		a.sortBlocks()
		for _, b := range a.blocks {
			t.add(b.block())
		}
	} else {
		each(a.answer.Content, t.add)
	}
	t.more("stop_sequence", a.answer.StopSequence)
	t.more("stop_details", a.answer.StopDetails)
	t.more("container", a.answer.Container)
	spoke := !t.empty() || a.answer.StopReason != ""
	t.more("server_tool_use", a.answer.Usage.ServerTools)
	t.more("service_tier", a.answer.Usage.ServiceTier)
	a.out.Model = string(a.answer.Model)
	a.out.Finish = string(a.answer.StopReason)
	a.out.Usage = a.answer.Usage.figures()
	if spoke {
		m := t.message()
		m.Finish = a.out.Finish
		a.out.Messages = []exchange.Message{m}
	}
}
