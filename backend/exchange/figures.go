package exchange

// Basis says where a figure comes from. The empty basis means that the figure
// is missing.
type Basis string

// The bases, from the most to the least trusted.
const (
	Reported   Basis = "reported"   // the upstream said so
	Charged    Basis = "charged"    // the upstream says it billed this
	Calculated Basis = "calculated" // from reported figures, or from our own clock
	Estimated  Basis = "estimated"  // shown with ~
	Inferred   Basis = "inferred"   // from other exchanges
	Missing    Basis = ""
)

// Usage is the tokens of one exchange.
type Usage struct {
	Input     *int64 // gen_ai.usage.input_tokens: the whole prompt, cached tokens included
	Output    *int64 // gen_ai.usage.output_tokens: thinking and tool calls included
	Cached    *int64 // of Input, taken from the upstream's prompt cache
	Reasoning *int64 // of Output, spent on reasoning
	// CacheWrite and CacheWriteHour are of Input, written to the upstream's
	// prompt cache for its usual time (Anthropic: 5 minutes) and for an hour.
	CacheWrite, CacheWriteHour *int64
	// InputAudio, OutputAudio, InputImage and OutputImage are of Input and
	// Output, as reported only.
	InputAudio, OutputAudio, InputImage, OutputImage *int64

	Basis Basis // of Input and Output
}

// Cost is what one exchange cost, in US dollars.
type Cost struct {
	USD   *float64 // nil: unpriced
	Basis Basis    // Charged, Calculated, Estimated (from estimated tokens)
	// Price names the price that was used, "openai/gpt-4o", and Source whose it
	// is: "genai-prices 0.1.8", "yours", "local".
	Price, Source string
}

// Timing is how long the parts of one exchange took, in microseconds.
type Timing struct {
	FirstByte  *int64 // request's first byte in → reply's first body byte out
	TTFT       *int64 // request's first byte in → first content or reasoning token out; nil on non-streams
	LastToken  *int64 // request's first byte in → last content token out
	Duration   *int64 // request's first byte in → end
	Total      *int64 // Ollama's total_duration
	Load       *int64 // Ollama's load_duration
	PromptEval *int64 // Ollama's prompt_eval_duration (uncached tokens only)
	Eval       *int64 // Ollama's eval_duration
	Queue      *int64 // waiting for a turn at the model
	QueueBasis Basis

	// GenerationTPS is output tokens per second while decoding, PromptTPS is
	// uncached prompt tokens per second while prefilling.
	GenerationTPS, PromptTPS           *float64
	GenerationTPSBasis, PromptTPSBasis Basis
}

// Int64 returns a pointer to v: a figure that is known.
func Int64(v int64) *int64 { return &v }

// Float64 returns a pointer to v: a figure that is known.
func Float64(v float64) *float64 { return &v }
