package openai

import (
	"encoding/json"
	"strings"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/shape"
)

// details is what the tokens of one side are made of.
type details struct {
	Cached     Number `json:"cached_tokens"`
	CacheWrite Number `json:"cache_write_tokens"`    // OpenRouter
	CacheMade  Number `json:"cache_creation_tokens"` // LiteLLM
	Audio      Number `json:"audio_tokens"`
	Image      Number `json:"image_tokens"`
	Reasoning  Number `json:"reasoning_tokens"`
}

// usage is the usage object of all APIs in all spellings.
type usage struct {
	Prompt     Number `json:"prompt_tokens"`
	Input      Number `json:"input_tokens"`
	Completion Number `json:"completion_tokens"`
	Output     Number `json:"output_tokens"`
	Total      Number `json:"total_tokens"`

	PromptDetails     details `json:"prompt_tokens_details"`
	InputDetails      details `json:"input_tokens_details"`
	InputDetail       details `json:"input_token_details"` // transcription
	CompletionDetails details `json:"completion_tokens_details"`
	OutputDetails     details `json:"output_tokens_details"`
	OutputDetail      details `json:"output_token_details"`

	CacheHit  Number `json:"prompt_cache_hit_tokens"`  // DeepSeek
	CacheMiss Number `json:"prompt_cache_miss_tokens"` // DeepSeek
	Cached    Number `json:"cached_tokens"`            // Moonshot
	Reasoning Number `json:"reasoning_tokens"`         // Perplexity
	// Anthropic's words, which gateways pass on beside OpenAI's.
	CacheRead Number `json:"cache_read_input_tokens"`
	CacheMade Number `json:"cache_creation_input_tokens"`

	Cost        json.RawMessage `json:"cost"` // OpenRouter: dollars; Perplexity: an object
	CostDetails struct {
		Upstream Number `json:"upstream_inference_cost"`
	} `json:"cost_details"`
	BYOK  bool   `json:"is_byok"`
	Ticks Number `json:"cost_in_usd_ticks"` // xAI: 10^10 to the dollar
}

// read takes a usage object over what is known, and reports whether it is one.
func (u *usage) read(raw []byte) bool {
	return shape.Valid(raw) && shape.Members(raw, u.field) || Lenient(raw, u) == nil
}

// field takes one field as encoding/json would, in a fifth of its time.
func (u *usage) field(name, v []byte) bool {
	into := (*Number)(nil)
	switch string(name) {
	case "prompt_tokens":
		into = &u.Prompt
	case "input_tokens":
		into = &u.Input
	case "completion_tokens":
		into = &u.Completion
	case "output_tokens":
		into = &u.Output
	case "total_tokens":
		into = &u.Total
	case "prompt_tokens_details":
		return u.PromptDetails.read(v)
	case "completion_tokens_details":
		return u.CompletionDetails.read(v)
	case "input_tokens_details":
		return u.InputDetails.read(v)
	case "output_tokens_details":
		return u.OutputDetails.read(v)
	default: // what few servers send
		return false
	}
	return into.UnmarshalJSON(v) == nil
}

// read takes the details of one side; what is no object says nothing.
func (d *details) read(raw []byte) bool {
	if len(raw) == 0 || raw[0] != '{' {
		return true
	}
	return shape.Members(raw, func(name, v []byte) bool {
		into := (*Number)(nil)
		switch string(name) {
		case "cached_tokens":
			into = &d.Cached
		case "cache_write_tokens":
			into = &d.CacheWrite
		case "cache_creation_tokens":
			into = &d.CacheMade
		case "audio_tokens":
			into = &d.Audio
		case "image_tokens":
			into = &d.Image
		case "reasoning_tokens":
			into = &d.Reasoning
		default:
			return true
		}
		return into.UnmarshalJSON(v) == nil
	})
}

// says tells whether a usage holds a figure.
func (u usage) says() bool { return u.counts() || u.charged() != nil }

// counts tells whether it holds tokens. Zeros alone are what servers send that
// do not know yet (each chunk of Ollama's /v1/completions) or never do.
func (u usage) counts() bool {
	for _, n := range [...]Number{u.Prompt, u.Input, u.Completion, u.Output, u.CacheHit, u.CacheMiss} {
		if n.ok && n.v > 0 {
			return true
		}
	}
	return false
}

// charged is what was billed, in dollars. With the user's own key OpenRouter
// bills its fee and the provider behind it the inference; both are the cost.
func (u usage) charged() *float64 {
	var cost Number
	var object struct {
		Total Number `json:"total_cost"`
	}
	switch {
	case isNull(u.Cost):
	case u.Cost[0] == '{':
		_ = Lenient(u.Cost, &object)
		cost = object.Total
	default:
		_ = cost.UnmarshalJSON(u.Cost)
	}
	up := u.CostDetails.Upstream
	switch {
	case cost.ok && u.BYOK && up.ok:
		return exchange.Float64(cost.v + up.v)
	case cost.ok:
		return &cost.v
	case up.ok:
		return &up.v
	case u.Ticks.ok:
		return exchange.Float64(u.Ticks.v / 1e10)
	}
	return nil
}

// figures is what a reply says in numbers, while it comes in.
type figures struct {
	usage   usage
	known   bool
	timings timings
}

// take reads a usage object; a later one wins, and what it leaves out stays.
func (f *figures) take(raw json.RawMessage) {
	if isNull(raw) {
		return
	}
	if !f.known {
		if !f.usage.read(raw) || !f.usage.says() {
			f.usage = usage{}
			return
		}
		f.known = true
		return
	}
	var u usage
	if u.read(raw) && u.says() {
		f.usage.read(raw)
	}
}

// timings is what llama.cpp measured: counts, and times in milliseconds.
type timings struct {
	CacheN      Number `json:"cache_n"` // prompt tokens taken from its cache
	PromptN     Number `json:"prompt_n"`
	PromptMS    Number `json:"prompt_ms"`
	PredictedN  Number `json:"predicted_n"`
	PredictedMS Number `json:"predicted_ms"`
}

// write puts the figures into the reply.
func (f *figures) write(out *wire.Reply) {
	if f.known {
		f.tokens(out)
		out.Charged = f.usage.charged()
	}
	t := f.timings
	if !t.PromptN.ok && !t.PredictedN.ok {
		return
	}
	out.PromptEvalNS, out.EvalNS, out.EvalCount = nanos(t.PromptMS), nanos(t.PredictedMS), t.PredictedN.Int()
	// prompt_n are the tokens that were evaluated; with cache_n they are the
	// whole prompt. Servers before cache_n tell the whole in usage only.
	n, cached, input := t.PromptN.Int(), t.CacheN.Int(), out.Usage.Input
	switch {
	case n == nil:
	case cached != nil:
		out.PromptEvalCount, out.PromptCached = exchange.Int64(*n+*cached), cached
	case input != nil && *input >= *n:
		out.PromptEvalCount, out.PromptCached = input, exchange.Int64(*input-*n)
	}
	u := &out.Usage
	if u.Input == nil {
		u.Input = out.PromptEvalCount
	}
	if u.Output == nil {
		u.Output = out.EvalCount
	}
	if u.Cached == nil {
		u.Cached = cached
	}
	if u.Basis == exchange.Missing && (u.Input != nil || u.Output != nil) {
		u.Basis = exchange.Reported
	}
}

func (f *figures) tokens(out *wire.Reply) {
	u := f.usage
	if !u.counts() {
		return
	}
	e := exchange.Usage{
		Input: firstInt(u.Prompt, u.Input), Output: firstInt(u.Completion, u.Output),
		Cached:      firstInt(u.PromptDetails.Cached, u.InputDetails.Cached, u.InputDetail.Cached, u.CacheHit, u.Cached, u.CacheRead),
		Reasoning:   firstInt(u.CompletionDetails.Reasoning, u.OutputDetails.Reasoning, u.OutputDetail.Reasoning, u.Reasoning),
		CacheWrite:  firstInt(u.PromptDetails.CacheWrite, u.InputDetails.CacheWrite, u.PromptDetails.CacheMade, u.InputDetails.CacheMade, u.CacheMade),
		InputAudio:  firstInt(u.PromptDetails.Audio, u.InputDetails.Audio, u.InputDetail.Audio),
		OutputAudio: firstInt(u.CompletionDetails.Audio, u.OutputDetails.Audio, u.OutputDetail.Audio),
		InputImage:  firstInt(u.PromptDetails.Image, u.InputDetails.Image, u.InputDetail.Image),
		OutputImage: firstInt(u.CompletionDetails.Image, u.OutputDetails.Image, u.OutputDetail.Image),
	}
	if hit, miss := u.CacheHit.Int(), u.CacheMiss.Int(); e.Input == nil && hit != nil && miss != nil {
		e.Input = exchange.Int64(*hit + *miss)
	}
	if e.Input != nil || e.Output != nil {
		e.Basis = exchange.Reported
	}
	// Anthropic counts what the cache held beside the input, OpenAI within it.
	if read, made := u.CacheRead.Int(), u.CacheMade.Int(); e.Input != nil && value(read)+value(made) > *e.Input {
		e.Input = exchange.Int64(*e.Input + value(read) + value(made))
	}
	if in, o, total := e.Input, e.Output, u.Total.Int(); in != nil && o != nil && total != nil && *total > *in+*o {
		switch r := e.Reasoning; {
		case r != nil && *in+*o+*r == *total: // xAI counts reasoning beside the completion
			e.Output = exchange.Int64(*o + *r)
		case strings.Contains(out.Model, "gemini"): // and so does Gemini, without telling
			e.Output, e.Basis = exchange.Int64(*total-*in), exchange.Calculated
		}
	}
	out.Usage = e
}

func value(v *int64) int64 {
	if v == nil {
		return 0
	}
	return *v
}

func nanos(ms Number) *int64 {
	if !ms.ok || ms.v > 1e12 {
		return nil
	}
	v := int64(ms.v*1e6 + 0.5)
	return &v
}
