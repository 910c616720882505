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
	Image    string          `json:"image"`    // generate, of a model that paints
	Done     *bool           `json:"done"`
	Reason   string          `json:"done_reason"`
	Error    json.RawMessage `json:"error"`
	Status   string          `json:"status"` // pull, push, create

	Total           openai.Number `json:"total_duration"`
	Load            openai.Number `json:"load_duration"`
	PromptEvalCount openai.Number `json:"prompt_eval_count"`
	PromptCached    openai.Number `json:"prompt_eval_cached_count"`
	PromptEval      openai.Number `json:"prompt_eval_duration"`
	EvalCount       openai.Number `json:"eval_count"`
	Eval            openai.Number `json:"eval_duration"`

	Embeddings json.RawMessage `json:"embeddings"` // embed
	Embedding  json.RawMessage `json:"embedding"`  // embeddings

	Logprobs    json.RawMessage `json:"logprobs"`
	RemoteModel json.RawMessage `json:"remote_model"` // answered by ollama.com
	RemoteHost  json.RawMessage `json:"remote_host"`
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
	images []string
	calls  []exchange.ToolCall
	parts  []exchange.Part // embeddings
	extra  openai.Extras
	status string // the last step of a progress
	again  again
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
	if a.stream {
		a.lines.Close()
		a.out.Unreadable = whole && a.seen && a.good == 0
	} else if body := bytes.TrimSpace(a.whole.Bytes()); len(body) > 0 {
		a.readWhole(body, whole)
	}
	a.out.Stream = a.stream
	if m := a.answer(); len(m.Parts) > 0 || len(m.ToolCalls) > 0 {
		a.out.Messages = []exchange.Message{m}
	}
	return a.out
}

func (a *assembler) answer() exchange.Message {
	m := message{Role: a.role, Content: a.text.String(), Thinking: a.think.String(), Images: a.images}
	if m.Role == "" {
		m.Role = "assistant"
	}
	// Without a thinking field, as before 0.9, models think in tags.
	if m.Thinking == "" && (a.api == exchange.OllamaChat || a.api == exchange.OllamaGenerate) {
		m.Thinking, m.Content = openai.SplitThinking(m.Content)
	}
	answer := m.message()
	answer.Parts = append(answer.Parts, a.parts...)
	answer.ToolCalls, answer.Finish, answer.Extra = a.calls, a.out.Finish, a.extra.JSON()
	return answer
}

func (a *assembler) readWhole(body []byte, whole bool) {
	var o object
	if err := openai.Lenient(body, &o); err != nil {
		if first, _, more := bytes.Cut(body, []byte("\n")); more && isObject(first) && json.Valid(first) {
			a.readLines(body) // a stream that does not say so
			return
		}
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

// readLines reads a stream that was held as if it were none: when its tokens
// came is not known.
func (a *assembler) readLines(body []byte) {
	a.stream = true
	for l := range bytes.Lines(body) {
		var o object
		if openai.Lenient(l, &o) == nil {
			a.take(o, false)
		}
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
	if a.same(b) {
		return
	}
	var o object
	a.again.Forget()
	if err := openai.Lenient(b, &o); err != nil {
		return
	}
	a.good++
	a.take(o, true)
	a.learn(b)
}

func (a *assembler) token() {
	if a.out.FirstToken == nil {
		a.out.FirstToken, a.out.LastToken = exchange.Int64(a.at), new(int64)
	}
	*a.out.LastToken = a.at
	a.out.TokenEvents++
}

func (a *assembler) take(o object, timed bool) {
	if o.Model != "" {
		a.out.Model = o.Model
	}
	if e := openai.ErrorText(o.Error); e != "" {
		a.out.Error = e
	}
	token := a.content(o)
	if timed && token {
		a.token()
	}
	if o.Done != nil && *o.Done {
		a.out.Ended = true
		a.out.Finish = o.Reason
		a.out.LoadOnly = o.Reason == "load" || o.Reason == "unload"
	}
	if o.Done != nil && *o.Done || o.Embeddings != nil {
		a.figures(o)
	}
	switch a.api {
	case exchange.OllamaPull, exchange.OllamaPush, exchange.OllamaCreate:
		a.progress(o.Status)
	case exchange.OllamaEmbed:
		a.embedded(o.Embeddings)
	case exchange.OllamaEmbeddings:
		if len(o.Embedding) > 0 && o.Embedding[0] == '[' {
			a.parts = append(a.parts, openai.Embedding(o.Embedding))
		}
	}
}

// progress takes a step of a pull, a push or a create; "success" is the last.
func (a *assembler) progress(status string) {
	if status == "" || status == a.status {
		return
	}
	if a.status != "" {
		a.text.WriteByte('\n')
	}
	a.text.WriteString(status)
	a.status = status
	if status == "success" {
		a.out.Ended, a.out.Finish = true, status
	}
}

func (a *assembler) embedded(raw json.RawMessage) {
	var all []json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		return
	}
	for _, one := range all {
		a.parts = append(a.parts, openai.Embedding(one))
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
		a.images = append(a.images, m.Images...)
		for _, c := range m.ToolCalls {
			a.calls = append(a.calls, c.call())
			calls++
		}
	}
	if o.Image != "" {
		a.images = append(a.images, o.Image)
	}
	a.text.WriteString(text)
	a.think.WriteString(think)
	a.extra.Add("logprobs", o.Logprobs)
	a.extra.Add("remote_model", o.RemoteModel)
	a.extra.Add("remote_host", o.RemoteHost)
	return text != "" || think != "" || calls > 0
}

func (a *assembler) figures(o object) {
	a.out.TotalNS, a.out.LoadNS, a.out.PromptEvalNS, a.out.EvalNS = o.Total.Int(), o.Load.Int(), o.PromptEval.Int(), o.Eval.Int()
	a.out.EvalCount, a.out.PromptEvalCount, a.out.PromptCached = o.EvalCount.Int(), o.PromptEvalCount.Int(), o.PromptCached.Int()
	if a.out.LoadOnly || a.out.EvalCount == nil && a.out.PromptEvalCount == nil {
		return
	}
	a.out.Usage = exchange.Usage{Input: a.out.PromptEvalCount, Output: a.out.EvalCount, Cached: a.out.PromptCached, Basis: exchange.Reported}
}
