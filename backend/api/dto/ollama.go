package dto

// Stay is one time that a model was in an Ollama's memory. GET
// /api/ollama/stays?from=&to=, the latest first.
type Stay struct {
	Upstream string `json:"upstream"`
	Model    string `json:"model"`
	From     int64  `json:"from"`
	To       int64  `json:"to"`
	Open     bool   `json:"open"` // still there
	Context  *int64 `json:"context"`
	Size     int64  `json:"size"`
	SizeVRAM int64  `json:"size_vram"`
	Left     string `json:"left"` // expired, evicted, reloaded, unloaded, "" while open
	By       string `json:"by"`   // the model that came in its place
}

// Bucket is one step of a throughput series. A nil figure has no samples.
type Bucket struct {
	At         int64    `json:"at"`
	Requests   int64    `json:"requests"`
	Errors     int64    `json:"errors"`
	ColdStarts int64    `json:"cold_starts"`
	OutTokens  *int64   `json:"output_tokens"`
	InTokens   *int64   `json:"input_tokens"`
	GenP50     *float64 `json:"gen_p50"` // tokens per second
	GenP95     *float64 `json:"gen_p95"`
	PromptP50  *float64 `json:"prompt_p50"`
	PromptP95  *float64 `json:"prompt_p95"`
	TTFTP50    *float64 `json:"ttft_p50"` // microseconds
	TTFTP95    *float64 `json:"ttft_p95"`
	LoadP50    *float64 `json:"load_p50"` // microseconds
	LoadP95    *float64 `json:"load_p95"`
}

// Series is one model's throughput. Buckets are in time order; steps without
// any request are left out.
type Series struct {
	Model   string   `json:"model"`
	Summary Bucket   `json:"summary"` // over the whole range; At is 0
	Buckets []Bucket `json:"buckets"`
}

// Throughput is the answer of GET /api/ollama/throughput?from&to (microseconds)
// &upstream. Step is the width of a bucket in microseconds.
type Throughput struct {
	From   int64    `json:"from"`
	To     int64    `json:"to"`
	Step   int64    `json:"step"`
	Series []Series `json:"series"`
	// Missing counts the rows of the range that carry no speed, Clocked those
	// whose speed is by the proxy's clock, not by Ollama's own durations.
	Missing int64 `json:"missing"`
	Clocked int64 `json:"clocked"`
}

// Loaded is one model in an Ollama's memory now. GET /api/ollama/loaded.
type Loaded struct {
	Upstream  string `json:"upstream"`
	Model     string `json:"model"`
	Size      int64  `json:"size"`      // bytes
	SizeVRAM  int64  `json:"size_vram"` // bytes on the GPU
	Context   *int64 `json:"context"`   // tokens
	ExpiresAt *int64 `json:"expires_at"`
	Forever   bool   `json:"forever"` // keep_alive -1
	Params    string `json:"params"`  // "8.0B"
	Quant     string `json:"quant"`   // "Q4_K_M"
}

// LoadedAll is what every Ollama upstream has in memory. Errors maps an
// upstream's name to why it could not be asked.
type LoadedAll struct {
	At     int64             `json:"at"`
	Models []Loaded          `json:"models"`
	Errors map[string]string `json:"errors"`
}
