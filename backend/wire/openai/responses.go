package openai

import (
	"encoding/json"
	"slices"
	"strings"

	"gumshoe/backend/exchange"
)

// responses reads the Responses API. A stream ends with the whole response,
// which wins over the pieces before it; the pieces count where it did not come
// or came without its output.
type responses struct {
	items  []*growing
	by     map[int64]*growing // by output_index
	output []json.RawMessage
	status string
	reason string // why it is incomplete
}

// growing is one output item while its pieces come in.
type growing struct {
	index              int64
	raw                json.RawMessage // as it was added, then as it was done
	done               bool
	text, refusal      strings.Builder
	reasoning, summary strings.Builder
	args               strings.Builder
	part               int64 // of the summary
}

// response is the response object.
type response struct {
	Model      string            `json:"model"`
	Status     string            `json:"status"`
	Output     []json.RawMessage `json:"output"`
	Usage      json.RawMessage   `json:"usage"`
	Error      json.RawMessage   `json:"error"`
	Incomplete struct {
		Reason string `json:"reason"`
	} `json:"incomplete_details"`
}

func (r *responses) read(a *assembler, e *envelope, raw []byte) bool {
	if !isNull(e.Response) {
		r.object(a, e.Response)
	} else if !a.stream {
		r.object(a, raw)
		return false
	}
	switch e.Type {
	case "response.completed", "response.incomplete", "response.failed", "response.cancelled", "response.done":
		a.done = true
		return false
	case "response.output_item.added", "response.output_item.done":
		return r.item(e.Type, raw)
	}
	return r.piece(e.Type, raw)
}

func (r *responses) object(a *assembler, raw json.RawMessage) {
	var o response
	if Lenient(raw, &o) != nil {
		return
	}
	if o.Model != "" {
		a.out.Model = o.Model
	}
	a.fail(ErrorText(o.Error))
	a.figures.take(o.Usage)
	if len(o.Output) > 0 {
		r.output = o.Output
	}
	r.status = firstText(o.Status, r.status)
	r.reason = firstText(o.Incomplete.Reason, r.reason)
	if o.Status == "failed" {
		a.fail("the response failed")
	}
}

// at finds the item that an event is about.
func (r *responses) at(index *int64) *growing {
	i := int64(0)
	if index != nil {
		i = *index
	} else if n := len(r.items); n > 0 {
		i = r.items[n-1].index
	}
	if g := r.by[i]; g != nil {
		return g
	}
	if r.by == nil {
		r.by = map[int64]*growing{}
	}
	g := &growing{index: i}
	r.by[i] = g
	r.items = append(r.items, g)
	return g
}

// item takes the start or the end of an item. The start of a call is a token:
// its name.
func (r *responses) item(kind string, raw []byte) bool {
	var o struct {
		Index Number          `json:"output_index"`
		Item  json.RawMessage `json:"item"`
	}
	if Lenient(raw, &o) != nil || isNull(o.Item) {
		return false
	}
	g := r.at(o.Index.Int())
	g.raw = o.Item
	g.done = kind == "response.output_item.done"
	var i struct{ Type string }
	_ = Lenient(o.Item, &i)
	return !g.done && (i.Type == "function_call" || i.Type == "custom_tool_call")
}

// piece takes a delta, or the end of what deltas told.
func (r *responses) piece(kind string, raw []byte) bool {
	name, isDelta := strings.CutSuffix(kind, ".delta")
	if !isDelta {
		var isDone bool
		if name, isDone = strings.CutSuffix(kind, ".done"); !isDone {
			return false
		}
	}
	var o struct {
		Index     Number          `json:"output_index"`
		Part      Number          `json:"summary_index"`
		Delta     json.RawMessage `json:"delta"`
		Text      string          `json:"text"`
		Refusal   string          `json:"refusal"`
		Arguments string          `json:"arguments"`
		Input     string          `json:"input"`
	}
	if Lenient(raw, &o) != nil {
		return false
	}
	s := firstText(o.Text, o.Refusal, o.Arguments, o.Input)
	if isDelta {
		s = delta(o.Delta)
	}
	if s == "" {
		return false
	}
	g := r.at(o.Index.Int())
	b := g.builder(name, o.Part.Int())
	if b != nil && (isDelta || b.Len() == 0) {
		b.WriteString(s)
	}
	return isDelta
}

// delta is a piece's text; a few events put it into an object.
func delta(raw json.RawMessage) string {
	if s, ok := text(raw); ok {
		return s
	}
	var o struct{ Text string }
	if isNull(raw) || Lenient(raw, &o) != nil {
		return ""
	}
	return o.Text
}

func (g *growing) builder(name string, part *int64) *strings.Builder {
	switch name {
	case "response.output_text":
		return &g.text
	case "response.refusal":
		return &g.refusal
	case "response.reasoning_text", "response.reasoning":
		return &g.reasoning
	case "response.reasoning_summary_text", "response.reasoning_summary":
		if part != nil && *part != g.part && g.summary.Len() > 0 {
			g.summary.WriteString("\n\n")
		}
		if part != nil {
			g.part = *part
		}
		return &g.summary
	case "response.function_call_arguments", "response.custom_tool_call_input", "response.mcp_call_arguments":
		return &g.args
	}
	return nil
}

// message is the item as far as it came.
func (g *growing) message() exchange.Message {
	m := readItem(g.raw)
	if g.done {
		return m
	}
	var parts []exchange.Part
	for _, p := range []exchange.Part{
		{Type: exchange.PartReasoning, Text: g.summary.String()}, {Type: exchange.PartReasoning, Text: g.reasoning.String()},
		{Type: exchange.PartText, Text: g.text.String()}, {Type: exchange.PartRefusal, Text: g.refusal.String()},
	} {
		if p.Text != "" {
			parts = append(parts, p)
		}
	}
	if len(parts) > 0 {
		m.Parts = parts
	}
	if args := g.args.String(); args != "" {
		if len(m.ToolCalls) == 0 {
			m.ToolCalls = []exchange.ToolCall{{}}
		}
		m.ToolCalls[0].Arguments = args
	}
	return m
}

func (r *responses) finish(a *assembler) {
	a.out.Ended = a.out.Ended || a.stream && a.done
	a.out.Finish = firstText(r.reason, r.status)
	if a.stream && !a.done {
		a.out.Finish = "" // "in_progress" is where it broke off
	}
	out := exchange.Message{Role: "assistant", Finish: a.out.Finish}
	var extra Extras
	fold := func(m exchange.Message) {
		out.Parts = append(out.Parts, m.Parts...)
		out.ToolCalls = append(out.ToolCalls, m.ToolCalls...)
		extra.addAll(m.Extra)
	}
	if len(r.output) > 0 {
		for _, raw := range r.output {
			fold(readItem(raw))
		}
	} else {
		slices.SortStableFunc(r.items, func(x, y *growing) int { return int(x.index - y.index) })
		for _, g := range r.items {
			fold(g.message())
		}
	}
	out.Extra = extra.JSON()
	if len(out.Parts) > 0 || len(out.ToolCalls) > 0 {
		a.out.Messages = append(a.out.Messages, out)
	}
}
