package ollama

import (
	"bytes"
	"encoding/json"
	"strings"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/ndjson"
	"gumshoe/backend/wire/openai"
)

// object is one line of a stream, or a whole reply.
type object struct {
	Model    string          `json:"model"`
	Message  *message        `json:"message"`
	Response string          `json:"response"` // generate
	Thinking string          `json:"thinking"` // generate
	Done     *bool           `json:"done"`
	Reason   string          `json:"done_reason"`
	Error    json.RawMessage `json:"error"`

	Total           *int64 `json:"total_duration"`
	Load            *int64 `json:"load_duration"`
	PromptEvalCount *int64 `json:"prompt_eval_count"`
	PromptCached    *int64 `json:"prompt_eval_cached_count"`
	PromptEval      *int64 `json:"prompt_eval_duration"`
	EvalCount       *int64 `json:"eval_count"`
	Eval            *int64 `json:"eval_duration"`

	Embeddings json.RawMessage `json:"embeddings"`
}

// Reply starts to assemble one reply.
func (Dialect) Reply(api exchange.API, meta wire.ReplyMeta) wire.Assembler {
	a := &assembler{api: api, meta: meta}
	a.stream = strings.HasPrefix(strings.ToLower(meta.ContentType), "application/x-ndjson")
	a.lines.Emit = a.line
	return a
}

type assembler struct {
	api    exchange.API
	meta   wire.ReplyMeta
	stream bool
	lines  ndjson.Splitter
	whole  bytes.Buffer
	at     int64
	good   int // lines that could be read
	seen   bool
	role   string
	text   strings.Builder
	think  strings.Builder
	calls  []exchange.ToolCall
	out    wire.Reply
}

// Write takes the next bytes.
func (a *assembler) Write(at int64, p []byte) {
	a.at = at
	a.seen = a.seen || len(p) > 0
	if a.stream {
		a.lines.Write(p)
		return
	}
	a.whole.Write(p)
}

// Close ends the reply.
func (a *assembler) Close(whole bool) wire.Reply {
	a.out.Stream = a.stream
	if a.stream {
		a.lines.Close()
		a.out.Unreadable = whole && a.seen && a.good == 0
	} else if body := bytes.TrimSpace(a.whole.Bytes()); len(body) > 0 {
		a.readWhole(body, whole)
	}
	if a.text.Len() > 0 || a.think.Len() > 0 || len(a.calls) > 0 {
		m := message{Role: a.role, Content: a.text.String(), Thinking: a.think.String()}
		if m.Role == "" {
			m.Role = "assistant"
		}
		answer := m.message()
		answer.ToolCalls = a.calls
		a.out.Messages = []exchange.Message{answer}
	}
	return a.out
}

func (a *assembler) readWhole(body []byte, whole bool) {
	var o object
	if err := json.Unmarshal(body, &o); err != nil {
		a.out.Unreadable = whole
		if a.meta.Status >= 400 {
			a.out.Error = openai.ErrorText(mustQuote(body))
			a.out.Unreadable = false
		}
		return
	}
	a.out.Ended = true
	a.take(o, false)
	generates := a.api == exchange.OllamaChat || a.api == exchange.OllamaGenerate
	if generates && a.out.Error == "" && o.Done != nil && !*o.Done {
		// Up to 0.34.0 the repeat guard ends a reply without its last figures.
		a.out.Ended = false
	}
}

func mustQuote(b []byte) json.RawMessage {
	q, err := json.Marshal(string(b))
	if err != nil {
		return nil
	}
	return q
}

func (a *assembler) line(b []byte) {
	var o object
	if err := json.Unmarshal(b, &o); err != nil {
		return
	}
	a.good++
	a.take(o, true)
}

func (a *assembler) take(o object, stream bool) {
	if o.Model != "" {
		a.out.Model = o.Model
	}
	if e := openai.ErrorText(o.Error); e != "" {
		a.out.Error = e
	}
	token := a.content(o)
	if stream && token {
		at := a.at
		if a.out.FirstToken == nil {
			a.out.FirstToken = &at
		}
		a.out.LastToken = &at
		a.out.TokenEvents++
	}
	if o.Done != nil && *o.Done {
		a.out.Ended = true
		a.out.Finish = o.Reason
		a.out.LoadOnly = o.Reason == "load" || o.Reason == "unload"
	}
	if o.Done != nil && *o.Done || o.Embeddings != nil {
		a.figures(o)
	}
}

// content adds what an object says, and reports whether it was a token.
func (a *assembler) content(o object) bool {
	text, think, calls := o.Response, o.Thinking, 0
	if m := o.Message; m != nil {
		if m.Role != "" {
			a.role = m.Role
		}
		text += m.Content
		think += m.Thinking
		for _, c := range m.ToolCalls {
			a.calls = append(a.calls, exchange.ToolCall{ID: c.ID, Name: c.Function.Name, Arguments: string(c.Function.Arguments)})
			calls++
		}
	}
	a.text.WriteString(text)
	a.think.WriteString(think)
	return text != "" || think != "" || calls > 0
}

func (a *assembler) figures(o object) {
	a.out.TotalNS, a.out.LoadNS, a.out.PromptEvalNS, a.out.EvalNS = o.Total, o.Load, o.PromptEval, o.Eval
	a.out.EvalCount, a.out.PromptEvalCount, a.out.PromptCached = o.EvalCount, o.PromptEvalCount, o.PromptCached
	if a.out.LoadOnly || o.EvalCount == nil && o.PromptEvalCount == nil {
		return
	}
	a.out.Usage = exchange.Usage{Input: o.PromptEvalCount, Output: o.EvalCount, Cached: o.PromptCached, Basis: exchange.Reported}
}
