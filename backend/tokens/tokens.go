// Package tokens estimates how many tokens a text is where the upstream says
// nothing: the o200k vocabulary (OpenAI's, embedded) counts, and a factor that
// is learned per model from replies that did report usage corrects it.
//
// Guarantees: an estimate takes bounded time whatever comes (texts beyond
// maxWhole bytes are sampled), never counts the bytes of an image, a sound or a
// file, and is never mistaken for a report: its basis is exchange.Estimated. An
// Estimator may be used by many goroutines; the vocabulary (7 MB of heap, 20 ms) is
// loaded by the first count, not before.
//
// How far o200k is off for other families: docs/facts.md §4 (−1 % to −30 %, it
// errs low). Messages cost what OpenAI's cookbook says: 3 tokens each, 1 for a
// name, 3 to open the answer.
//
// Test it with plain values: go test ./backend/tokens
// and measure it with: go test -bench . ./backend/tokens
package tokens

import (
	"sync"

	"github.com/tiktoken-go/tokenizer/codec"

	"gumshoe/backend/exchange"
)

// What structure costs, in tokens.
const (
	perMessage = 3 // role and separators
	perName    = 1
	perCall    = 6 // a tool call's frame
	perTool    = 8 // a tool definition's frame
	perAnswer  = 3 // opens the answer, once per prompt
)

// Estimator counts and learns. Make one with New and share it.
type Estimator struct {
	load  sync.Once
	codec *codec.Codec

	mu     sync.Mutex
	models map[key]*ratios
	clock  int64 // counts uses, so that the least recently used model can go
}

// New makes an Estimator that has learned nothing. It loads nothing yet.
func New() *Estimator { return &Estimator{models: map[key]*ratios{}} }

// Side says which of the two figures of an exchange is meant.
type Side string

// The sides of an exchange.
const (
	Prompt Side = "prompt" // gen_ai.usage.input_tokens
	Answer Side = "answer" // gen_ai.usage.output_tokens
)

// Count is an estimate.
type Count struct {
	Tokens int64          // Raw times the model's factor, rounded; never negative
	Raw    int64          // what o200k and the structure give; hand it to Learn
	Factor float64        // 1 where the model's factor is not known yet
	Media  bool           // holds images, sounds or files, which were not counted
	Sample bool           // the text was too long and was sampled
	Basis  exchange.Basis // exchange.Estimated; exchange.Missing where nothing was there to count
}

// Request estimates the prompt of a request: its messages and the tools that it
// offers. model is what answers (Exchange.Model, else ModelRequested).
func (e *Estimator) Request(model string, messages []exchange.Message, tools []exchange.Tool) Count {
	var t text
	t.messages(messages)
	for _, tool := range tools {
		t.fixed += perTool
		t.add(tool.Name)
		t.add(tool.Description)
		t.add(string(tool.Schema))
	}
	if len(messages) > 0 {
		t.fixed += perAnswer
	}
	return e.count(model, Prompt, t)
}

// Reply estimates the answer: all its choices, with reasoning and tool calls.
// Of a reply that broke off it is what was seen.
func (e *Estimator) Reply(model string, messages []exchange.Message) Count {
	var t text
	t.messages(messages)
	t.fixed = max(0, t.fixed-int64(len(messages))*perMessage) // an answer's frame is in the prompt
	return e.count(model, Answer, t)
}

// Text estimates one text as o200k counts it, without structure or factor.
func (e *Estimator) Text(s string) int64 {
	var t text
	t.add(s)
	n, _ := e.measure(t)
	return n
}

func (e *Estimator) count(model string, side Side, t text) Count {
	n, sampled := e.measure(t)
	c := Count{Raw: n + t.fixed, Factor: 1, Media: t.media, Sample: sampled}
	if c.Raw == 0 {
		return c
	}
	if f, ok := e.Factor(model, side); ok {
		c.Factor = f
	}
	c.Tokens = int64(float64(c.Raw)*c.Factor + 0.5)
	c.Basis = exchange.Estimated
	return c
}

func (e *Estimator) vocabulary() *codec.Codec {
	e.load.Do(func() { e.codec = codec.NewO200kBase() })
	return e.codec
}
