package dto

// Row is one exchange in the list.
type Row struct {
	ID             string   `json:"id"`
	StartedAt      int64    `json:"started_at"`
	State          string   `json:"state"` // running, ok, error, cancelled, broken, interrupted
	HTTPStatus     int      `json:"http_status"`
	Upstream       string   `json:"upstream"`
	Kind           string   `json:"kind"`
	API            string   `json:"api"`
	Method         string   `json:"method"`
	Path           string   `json:"path"`
	Client         string   `json:"client"`
	ModelRequested string   `json:"model_requested"`
	Model          string   `json:"model"`
	Stream         *bool    `json:"stream"`
	User           string   `json:"user"`
	Chat           string   `json:"chat"`
	Task           string   `json:"task"`
	InputTokens    *int64   `json:"input_tokens"`
	OutputTokens   *int64   `json:"output_tokens"`
	CachedTokens   *int64   `json:"cached_tokens"`
	ReasonTokens   *int64   `json:"reasoning_tokens"`
	TokensBasis    string   `json:"tokens_basis"` // reported, estimated … "" missing
	FirstByte      *int64   `json:"first_byte"`
	TTFT           *int64   `json:"ttft"`
	Duration       *int64   `json:"duration"`
	Total          *int64   `json:"total"`
	Load           *int64   `json:"load"`
	PromptEval     *int64   `json:"prompt_eval"`
	Eval           *int64   `json:"eval"`
	GenerationTPS  *float64 `json:"generation_tps"`
	GenerationTPSB string   `json:"generation_tps_basis"`
	PromptTPS      *float64 `json:"prompt_tps"`
	PromptTPSB     string   `json:"prompt_tps_basis"`
	Finish         string   `json:"finish"`
	Error          string   `json:"error"`
	Notes          []string `json:"notes"`
	RequestBytes   int64    `json:"request_bytes"`
	ResponseBytes  int64    `json:"response_bytes"`
	// Prompt is the start of the last user message, for the list; of a background
	// task what came of it, else the last thing the person said that it was shown.
	Prompt string `json:"prompt"`

	Answer           string   `json:"answer"`       // id that all exchanges of one answer share
	ChatBasis        string   `json:"chat_basis"`   // reported, inferred, "" unknown
	AnswerBasis      string   `json:"answer_basis"` // likewise
	TaskBasis        string   `json:"task_basis"`   // likewise
	CacheWriteTokens *int64   `json:"cache_write_tokens"`
	Queue            *int64   `json:"queue"`
	QueueBasis       string   `json:"queue_basis"` // calculated, inferred
	Cost             *float64 `json:"cost"`        // US dollars; null is unpriced
	CostBasis        string   `json:"cost_basis"`  // charged, calculated, estimated
	Verdicts         []string `json:"verdicts"`    // codes, each once, in reading order
	Starred          bool     `json:"starred"`     // by a person; live rows are never
}

// Mark is what a person notes on an exchange. PUT /api/exchanges/{id}/mark takes
// and answers it.
type Mark struct {
	Starred bool     `json:"starred"`
	Rating  *int64   `json:"rating"` // 1 to 5
	Tags    []string `json:"tags"`
	Note    string   `json:"note"`
}

// Related are the exchanges that belong to one. GET /api/exchanges/{id}/related.
type Related struct {
	Answer  []Row `json:"answer"`  // of the same answer, the oldest first, itself included
	Chat    []Row `json:"chat"`    // of the same chat, the newest first, at most 100
	More    bool  `json:"more"`    // the chat has more
	Noticed []Row `json:"noticed"` // those that its verdicts name
}

// Totals sums a filter up, and says what the sums lack. GET /api/totals takes the
// filter.
type Totals struct {
	Requests        int64    `json:"requests"`
	Errors          int64    `json:"errors"` // error, broken and interrupted
	InputTokens     *int64   `json:"input_tokens"`
	OutputTokens    *int64   `json:"output_tokens"`
	Cost            *float64 `json:"cost"`
	NoTokens        int64    `json:"no_tokens"` // rows without tokens that should have them
	EstimatedTokens int64    `json:"estimated_tokens"`
	Unpriced        int64    `json:"unpriced"`
	EstimatedCost   int64    `json:"estimated_cost"`
}

// Page is one page of the list, newest first. GET /api/exchanges takes the
// filter (q in the language of backend/query; text, model*, upstream*, state*,
// user*, chat*, answer*, task*, verdict*, from, to; * repeatable; all joined by
// AND), limit (at
// most 500) and at most one of from_id (this row and older), before_id (older
// than this row), after_id (newer than this row, still newest first: the page
// next to it).
type Page struct {
	Rows []Row `json:"rows"`
	More bool  `json:"more"` // there is at least one row further in that direction
}

// Index lets a virtual list jump anywhere without OFFSET: Anchors[i] is the id
// of row i*Step, newest first. GET /api/exchanges/index takes the filter.
type Index struct {
	Total   int64    `json:"total"`
	Step    int64    `json:"step"`
	Anchors []string `json:"anchors"`
}

// Live is one running exchange, from the proxy's memory. Phase: "connecting",
// "sending", "waiting" (request sent, nothing back), "streaming".
type Live struct {
	ID            string `json:"id"`
	StartedAt     int64  `json:"started_at"`
	Phase         string `json:"phase"`
	Upstream      string `json:"upstream"`
	Kind          string `json:"kind"`
	Method        string `json:"method"`
	Path          string `json:"path"`
	Model         string `json:"model"` // "" until known
	Client        string `json:"client"`
	User          string `json:"user"`
	Task          string `json:"task"`
	FirstByte     *int64 `json:"first_byte"`
	RequestBytes  int64  `json:"request_bytes"`
	ResponseBytes int64  `json:"response_bytes"`
}

// Facet is one value that a filter can take and how many rows have it.
type Facet struct {
	Value string `json:"value"`
	Count int64  `json:"count"`
}

// Facets are the values for the filter's menus. GET /api/facets takes the filter;
// what it says of a menu's own column is left out for that menu.
type Facets struct {
	// Since is 0 where all rows were counted, else from when on they were.
	Since int64 `json:"since"`

	Models    []Facet `json:"models"`
	Upstreams []Facet `json:"upstreams"`
	States    []Facet `json:"states"`
	Users     []Facet `json:"users"`
	Tasks     []Facet `json:"tasks"`
	Verdicts  []Facet `json:"verdicts"`
}
