package dto

// Verdict is one thing that Gumshoe concludes of an exchange. The UI words it by
// Code, with Numbers and Words as the sentence's parameters (their names stand at
// the codes in backend/exchange/verdict.go).
type Verdict struct {
	Code       string            `json:"code"`
	Confidence string            `json:"confidence"` // certain, likely, possible
	Numbers    map[string]int64  `json:"numbers"`
	Words      map[string]string `json:"words"`
	Related    []string          `json:"related"` // ids of other exchanges, the most important first
}

// CostPart is one line of a cost: so many tokens at so much a million.
type CostPart struct {
	Name       string  `json:"name"` // input, cached, cache_write, output, input_audio, request …
	Tokens     int64   `json:"tokens"`
	PerMillion float64 `json:"per_million"` // US dollars
	USD        float64 `json:"usd"`
}

// Header is one header field, already redacted.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Part is one piece of a message: type text, reasoning, image, refusal, other.
type Part struct {
	Type      string `json:"type"`
	Text      string `json:"text"`
	MediaType string `json:"media_type"`
	Data      string `json:"data"` // base64
	URL       string `json:"url"`  // never fetched
}

// ToolCall is one call that the model asked for.
type ToolCall struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// Message is one turn.
type Message struct {
	Role       string     `json:"role"`
	Name       string     `json:"name"`
	Parts      []Part     `json:"parts"`
	ToolCalls  []ToolCall `json:"tool_calls"`
	ToolCallID string     `json:"tool_call_id"`
}

// Tool is one function that the client offered.
type Tool struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Schema      string `json:"schema"`
}

// Chunk is one read of the reply: microseconds after the start, and bytes.
type Chunk struct {
	At  int64 `json:"at"`
	Len int64 `json:"len"`
}

// Detail is all of one exchange but its raw bodies. GET /api/exchanges/{id}.
type Detail struct {
	Mark            Mark              `json:"mark"`
	Row             Row               `json:"row"`
	Fault           string            `json:"fault"` // a code for what went wrong, "" for nothing: exchange.Fault
	URL             string            `json:"url"`
	RequestHeaders  []Header          `json:"request_headers"`
	ResponseHeaders []Header          `json:"response_headers"`
	Trailers        []Header          `json:"trailers"`
	Messages        []Message         `json:"messages"`
	Tools           []Tool            `json:"tools"`
	Params          map[string]string `json:"params"`
	Answer          []Message         `json:"answer"`
	Chunks          []Chunk           `json:"chunks"`
	OllamaRun       bool              `json:"ollama_run"` // whether it can be copied as ollama run
	SentAt          *int64            `json:"sent_at"`
	RequestIsText   bool              `json:"request_is_text"`
	ResponseIsText  bool              `json:"response_is_text"`
	// RequestStored and ResponseStored are how many bytes are kept.
	RequestStored  int64 `json:"request_stored"`
	ResponseStored int64 `json:"response_stored"`

	Verdicts    []Verdict         `json:"verdicts"`
	Properties  map[string]string `json:"properties"` // Helicone-Property-*
	SessionPath string            `json:"session_path"`
	SessionName string            `json:"session_name"`
	RequestID   string            `json:"request_id"` // chosen by the client
	// Price names the price that was used, PriceSource whose it is: "genai-prices
	// 0.1.8", "yours", "local", "upstream" (charged). CostParts are by today's
	// prices; empty where the cost was charged or none is known.
	Price       string     `json:"price"`
	PriceSource string     `json:"price_source"`
	CostParts   []CostPart `json:"cost_parts"`
	// CostAssumed are codes of what is not certain about the cost: provider, name,
	// cached_text, input_raised, output_raised, hour_write, input_unpriced,
	// output_unpriced.
	CostAssumed []string `json:"cost_assumed"`
	// Parts of the tokens, as reported; null where they were not.
	CacheWriteHourTokens *int64 `json:"cache_write_hour_tokens"`
	InputAudioTokens     *int64 `json:"input_audio_tokens"`
	OutputAudioTokens    *int64 `json:"output_audio_tokens"`
	InputImageTokens     *int64 `json:"input_image_tokens"`
	OutputImageTokens    *int64 `json:"output_image_tokens"`
}
