package dto

// Quantiles are the 50th, 95th and 99th percentile of Samples values, each within
// 2 % (they come from histograms); null where there is no sample.
type Quantiles struct {
	P50     *float64 `json:"p50"`
	P95     *float64 `json:"p95"`
	P99     *float64 `json:"p99"`
	Samples int64    `json:"samples"`
}

// Figures sum a set of exchanges up, and say what the sums lack. A sum is null
// where no row knows its part.
type Figures struct {
	Requests     int64    `json:"requests"`
	Errors       int64    `json:"errors"`      // state error, broken or interrupted
	Cancelled    int64    `json:"cancelled"`   // the client left
	ColdStarts   int64    `json:"cold_starts"` // the model had to be loaded
	Background   int64    `json:"background"`  // requests of background tasks (not chat, not a tool loop, not unknown)
	InputTokens  *int64   `json:"input_tokens"`
	OutputTokens *int64   `json:"output_tokens"`
	CachedTokens *int64   `json:"cached_tokens"`
	Cost         *float64 `json:"cost"` // US dollars
	// NoTokens: rows that should have tokens and lack them; EstimatedTokens and
	// EstimatedCost: rows that are in the sums as estimates; Unpriced: rows with
	// tokens and no price.
	NoTokens        int64 `json:"no_tokens"`
	EstimatedTokens int64 `json:"estimated_tokens"`
	Unpriced        int64 `json:"unpriced"`
	EstimatedCost   int64 `json:"estimated_cost"`
	// TTFT and Duration in microseconds, Generation and Prompt in tokens per second
	// (estimated speeds are left out).
	TTFT       Quantiles `json:"ttft"`
	Duration   Quantiles `json:"duration"`
	Generation Quantiles `json:"generation"`
	Prompt     Quantiles `json:"prompt"`
	// Context is the input tokens of requests whose upstream reported them.
	Context Quantiles `json:"context"`
}

// ContextLength is how many tokens a model's context holds.
type ContextLength struct {
	Tokens int64 `json:"tokens"`
	// Basis is "allocated": what Ollama had set aside, the latest of the period; or
	// "table": what the price table says of the provider's model.
	Basis  string `json:"basis"`
	Varied bool   `json:"varied"` // it was another one earlier in the period
}

// Slot is one step of a graph.
type Slot struct {
	At      int64   `json:"at"` // its start
	Figures Figures `json:"figures"`
}

// Graph is a set of exchanges over time. GET /api/graph takes from, to
// (microseconds, both needed), step (microseconds; rounded up to whole hours
// where the range is longer than 48 hours, see Step), zone (a name as of
// "Europe/London", for days and months) and tz (minutes east of UTC, where zone is not
// known), unit ("" or "day", "week", "month": the steps are then
// those of the calendar and step is not read) and at most one of model, upstream,
// user, task – or model and user together.
type Graph struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
	Step int64 `json:"step"` // 0 with a calendar unit
	// Steps are the starts of all steps, the first one From; each ends where the next
	// begins, the last one at To.
	Steps []int64 `json:"steps"`
	Total Figures `json:"total"`
	// Before is the period of the same length just before; null where nothing was
	// recorded yet.
	Before *Figures `json:"before"`
	Slots  []Slot   `json:"slots"` // those with at least one request, the oldest first
}

// Group is one value of a dimension in a period.
type Group struct {
	Value   string   `json:"value"` // "" for rows without one
	Figures Figures  `json:"figures"`
	Before  *Figures `json:"before"` // the period before; null where it has none of this value or the log does not reach so far back
	LastAt  int64    `json:"last_at"`
	// Trend is the requests of each of at most 32 equal parts of the period.
	Trend []int64 `json:"trend"`
	// Peers counts the users of a model, the models of a user; 0 otherwise.
	Peers int64 `json:"peers"`
	// Chats counts those of a user with a request in the period; null of other
	// groups, of the users of one model, and where that takes too long.
	Chats *int64 `json:"chats"`
	// Context is of a model; null where nothing says how long it is.
	Context *ContextLength `json:"context"`
}

// Groups are the values of one dimension, the most requests first. GET
// /api/groups takes by ("model", "upstream", "user", "task"), from, to and, for
// by=model or by=user, the other of the two as model or user: the models of one
// user, the users of one model. brief=1 leaves out what takes the longest: spreads,
// trends, peers, chats and contexts.
type Groups struct {
	By     string  `json:"by"`
	From   int64   `json:"from"`
	To     int64   `json:"to"`
	Groups []Group `json:"groups"`
	More   int64   `json:"more"` // values that are left out: 500 are given
}

// HourCell is one hour of the week. Weekday 0 is Monday.
type HourCell struct {
	Weekday  int      `json:"weekday"`
	Hour     int      `json:"hour"`
	Requests int64    `json:"requests"`
	Tokens   *int64   `json:"tokens"`
	Cost     *float64 `json:"cost"`
}

// Week says when exchanges are made. GET /api/week takes from, to, zone, tz as of a
// graph, and model or user.
type Week struct {
	Cells []HourCell `json:"cells"` // those with requests
	// Since is from when on they are counted, where the zone is no whole hours from UTC
	// and the period has too many requests to read each; 0 where all are counted.
	Since int64 `json:"since"`
}

// Bin is one bar of a distribution: values in [From, To).
type Bin struct {
	From  float64 `json:"from"`
	To    float64 `json:"to"`
	Count int64   `json:"count"`
}

// Distribution is how a figure is spread. GET /api/distribution takes figure
// ("ttft", "duration": microseconds; "generation", "prompt": tokens per second;
// "context": tokens in, of reported rows), from, to and model, user, upstream or
// task. Bins are about 40 and each about as wide as a fixed factor.
type Distribution struct {
	Figure string `json:"figure"`
	Bins   []Bin  `json:"bins"`
	Count  int64  `json:"count"`
	Lacks  int64  `json:"lacks"` // requests without the figure
}

// WhatIf compares what a period's traffic of one model cost with what it would cost
// at another model's price. GET /api/what-if takes model ("" for all), as
// (provider/model as in Settings' price table, or a model's name), from, to. Only
// requests whose cost is known both ways are compared; the others are counted as
// Lacks, Unpriced or NoPrice.
type WhatIf struct {
	Rows int64    `json:"rows"` // those compared
	Now  *float64 `json:"now"`  // what they cost
	// Estimated is how many of the costs in Now are estimates.
	Estimated int64    `json:"estimated"`
	Then      *float64 `json:"then"`     // what they would cost, calculated
	Price     string   `json:"price"`    // which price was used; "" where none is known
	Lacks     int64    `json:"lacks"`    // without tokens
	Unpriced  int64    `json:"unpriced"` // with tokens, but what they cost is not known
	// UnpricedThen is what those would cost; null where that is not known of all.
	UnpricedThen *float64 `json:"unpriced_then"`
	NoPrice      int64    `json:"no_price"` // whose cost is known, of days without a price to compare with
	Capped       bool     `json:"capped"`   // only the newest were read
}

// Budget is how much may be spent in a calendar month. GET and PUT /api/budgets
// take the whole list.
type Budget struct {
	Scope string  `json:"scope"` // "all", "model", "user", "task", "upstream"
	Value string  `json:"value"` // "" with all
	USD   float64 `json:"usd"`
}

// Budgets are all of them.
type Budgets struct {
	Budgets []Budget `json:"budgets"`
}

// Step is one bar of a histogram of requests.
type Step struct {
	At       int64 `json:"at"`
	Requests int64 `json:"requests"`
	Errors   int64 `json:"errors"`
}

// Histogram counts the requests of a filter over time. GET /api/histogram takes
// the filter, from and to; without from it begins with the oldest exchange,
// without to it ends now.
type Histogram struct {
	From  int64  `json:"from"`
	To    int64  `json:"to"`
	Step  int64  `json:"step"`
	Steps []Step `json:"steps"` // those with requests, the oldest first
	// Since is from when on everything is counted; 0 is all of it.
	Since int64 `json:"since"`
}
