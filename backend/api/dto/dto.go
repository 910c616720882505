// Package dto is the shape of what the API says to the UI, as plain structs.
// The TypeScript in frontend/src/core/dto.gen.ts is made from it by
// backend/api/gen, and a test fails when that file is stale.
//
// Times are microseconds since the Unix epoch, durations microseconds, sizes
// bytes. A figure that is not known is null, never 0.
package dto

// Error is the body of every answer that is not 2xx. Code is stable; the UI
// words it in its languages; Message is English, for people with curl.
type Error struct {
	Code    string            `json:"code"`
	Message string            `json:"message"`
	Params  map[string]string `json:"params"`
}

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
	// Prompt is the start of the last user message, for the list.
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

// Status is the health of the program. GET /api/status and event "status".
type Status struct {
	Version     string `json:"version"`
	Commit      string `json:"commit"`
	BuildDate   string `json:"build_date"`
	Window      bool   `json:"window"` // the UI runs in the native window
	Demo        bool   `json:"demo"`   // what is shown is invented
	DataDir     string `json:"data_dir"`
	DataOpen    bool   `json:"data_open"` // others on this machine can look into that folder
	DataBytes   int64  `json:"data_bytes"`
	Exchanges   int64  `json:"exchanges"`
	ProxyListen string `json:"proxy_listen"` // address, for example 127.0.0.1:8731
	UIListen    string `json:"ui_listen"`    // "" in the window
	ProxyUp     bool   `json:"proxy_up"`
	// Recording is false when traffic flows but can't be kept; RecordingSince
	// is then the time since when, RecordingError why.
	Recording      bool   `json:"recording"`
	RecordingSince int64  `json:"recording_since"`
	RecordingError string `json:"recording_error"`
	BacklogBytes   int64  `json:"backlog_bytes"` // journal not yet read by the recorder
	Refused        int64  `json:"refused"`       // requests refused for a missing or wrong key
	Polls          int64  `json:"polls"`         // questions of Gumshoe's own to upstreams, which are no exchanges
	DroppedEvents  int64  `json:"dropped_events"`
	SecretsPlace   string `json:"secrets_place"` // keyring, encrypted_file, plain_key_file
	FirstSeenAt    *int64 `json:"first_seen_at"` // start of the first exchange ever kept
}

// Upstream is one configured upstream. GET /api/upstreams.
type Upstream struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	URL     string `json:"url"`
	HasKey  bool   `json:"has_key"`
	FromRun bool   `json:"from_run"` // given by a flag for this run; can't be edited
	BaseURL string `json:"base_url"` // what to paste, for the same machine
	// AskUsage: streams that don't ask for their token counts are asked for them.
	AskUsage bool `json:"ask_usage"`
	// KeepIdentity: headers that say who asked go on to the upstream.
	KeepIdentity bool `json:"keep_identity"`
	// OwnHeaders: replies carry Helicone-Id and Helicone-Status.
	OwnHeaders bool `json:"own_headers"`
}

// UpstreamInput is the body of POST /api/upstreams (add), PUT
// /api/upstreams/{name} (edit). Kind "" is detected. Key nil leaves it as it
// is, "" removes it; AskUsage, KeepIdentity and OwnHeaders
// nil leave theirs.
type UpstreamInput struct {
	Name string  `json:"name"`
	Kind string  `json:"kind"`
	URL  string  `json:"url"`
	Key  *string `json:"key"`

	AskUsage     *bool `json:"ask_usage,omitempty"`
	KeepIdentity *bool `json:"keep_identity,omitempty"`
	OwnHeaders   *bool `json:"own_headers,omitempty"`
}

// UpstreamTest is the answer of POST /api/upstreams/test (body UpstreamInput)
// and POST /api/upstreams/{name}/test.
type UpstreamTest struct {
	OK       bool     `json:"ok"`
	Kind     string   `json:"kind"` // detected
	Version  string   `json:"version"`
	Models   []string `json:"models"`
	Millis   int64    `json:"millis"`
	Code     string   `json:"code"` // why not: unreachable, unauthorized, not_an_llm, bad_url, timeout
	Message  string   `json:"message"`
	HTTPCode int      `json:"http_code"`
}

// BaseURL is one URL to paste. Place: same_machine, docker_desktop,
// docker_linux, lan. Works is false when the present listen address can't be
// reached from there; Needs is then the listen address that can.
type BaseURL struct {
	Place    string `json:"place"`
	Upstream string `json:"upstream"`
	Kind     string `json:"kind"`
	URL      string `json:"url"`
	Works    bool   `json:"works"`
	Needs    string `json:"needs"`
}

// ListenChoice is one address that the proxy could listen on. Opens: loopback,
// docker, lan, all.
type ListenChoice struct {
	Address string `json:"address"`
	Opens   string `json:"opens"`
	Current bool   `json:"current"`
}

// Check is one line of the checklist: proxy_listening, upstream_reachable,
// first_request.
type Check struct {
	ID     string `json:"id"`
	Done   bool   `json:"done"`
	Detail string `json:"detail"`
}

// Setup is all that the Setup page shows. GET /api/setup. PUT /api/listen
// takes {"address": "0.0.0.0:8731"}.
type Setup struct {
	BaseURLs  []BaseURL      `json:"base_urls"`
	Listen    []ListenChoice `json:"listen"`
	Checks    []Check        `json:"checks"`
	DockerRun string         `json:"docker_run"`
	WriteKey  string         `json:"write_key"`
}

// Identity is how users are told apart: further header names, asked before the
// usual ones. GET /api/identity.
type Identity struct {
	UserHeaders    []string `json:"user_headers"`
	ChatHeaders    []string `json:"chat_headers"`
	TaskHeaders    []string `json:"task_headers"`
	AnswerHeaders  []string `json:"answer_headers"`
	TokenHeaders   []string `json:"token_headers"`
	HasTokenSecret bool     `json:"has_token_secret"`
}

// IdentityInput is the body of PUT /api/identity. TokenSecret nil leaves it as
// it is, "" removes it.
type IdentityInput struct {
	UserHeaders   []string `json:"user_headers"`
	ChatHeaders   []string `json:"chat_headers"`
	TaskHeaders   []string `json:"task_headers"`
	AnswerHeaders []string `json:"answer_headers"`
	TokenHeaders  []string `json:"token_headers"`
	TokenSecret   *string  `json:"token_secret"`
}

// WriteKey is a further key that lets traffic in; it is never shown whole. GET
// and POST /api/write-keys (body {"key":…}), DELETE /api/write-keys/{id}.
type WriteKey struct {
	ID       string `json:"id"`
	Shown    string `json:"shown"` // its end
	Helicone bool   `json:"helicone"`
}

// Prices is what requests are priced by. GET /api/prices; POST
// /api/prices/accept answers with it too.
type Prices struct {
	Source    string     `json:"source"` // "genai-prices 0.1.8"
	Providers int        `json:"providers"`
	Models    int        `json:"models"`
	Own       []OwnPrice `json:"own"`
}

// PriceNames are the models whose price is known, as GET /api/what-if takes them.
// GET /api/prices/names.
type PriceNames struct {
	Own   []string `json:"own"`   // with a price of the user's own; patterns are left out
	Table []string `json:"table"` // provider/model
}

// OwnPrice is a price of the user's own, in US dollars for a million tokens;
// null is not charged. PUT /api/prices/own takes {"own":[…]}.
type OwnPrice struct {
	Upstream string `json:"upstream"` // "" for all
	Model    string `json:"model"`    // * stands for any text
	Free     bool   `json:"free"`

	Input          *float64 `json:"input"`
	Output         *float64 `json:"output"`
	Cached         *float64 `json:"cached"`           // null: as input
	CacheWrite     *float64 `json:"cache_write"`      // null: as input
	CacheWriteHour *float64 `json:"cache_write_hour"` // null: as cache_write
	Request        *float64 `json:"request"`          // US dollars for one request

	From string `json:"from"` // first day, 2026-03-01; "" for always
}

// PriceChange is one price that a fetched table changes.
type PriceChange struct {
	Entry string   `json:"entry"` // "openai/gpt-4o"
	Price string   `json:"price"` // "input above 200000"
	Old   *float64 `json:"old"`   // US dollars a million; null: there is none
	New   *float64 `json:"new"`
	Jump  bool     `json:"jump"` // a person should look
}

// PriceChanges is what a fetched table would change: POST /api/prices/fetch. At
// most 500 are listed, jumps first.
type PriceChanges struct {
	Total   int           `json:"total"`
	Jumps   int           `json:"jumps"`
	Changes []PriceChange `json:"changes"`
}

// Repriced is what pricing the log anew changes or has changed: POST
// /api/prices/reprice with {"apply":false} only looks.
type Repriced struct {
	Rows          int64   `json:"rows"`
	Changed       int64   `json:"changed"`
	Before        float64 `json:"before"` // US dollars
	After         float64 `json:"after"`
	UnpricedAfter int64   `json:"unpriced_after"`
}

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

// Settings are the stored settings. GET and PUT /api/settings.
type Settings struct {
	Theme            string `json:"theme"`    // system, light, dark
	Language         string `json:"language"` // "" follows the system; en, zh-TW
	RetentionDays    int64  `json:"retention_days"`
	RetentionGB      int64  `json:"retention_gb"`       // 0 is no limit, for both
	KeepInBackground string `json:"keep_in_background"` // ask, yes, no: what closing the window does
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

// ExportRequest is the body of POST /api/export: in the window it opens a
// native save dialog and writes there. (The browser uses GET /api/export with
// the same filter.)
type ExportRequest struct {
	// Table is "" for requests, else what a page lists: "model", "user", "task",
	// "upstream", "month" or "chat"; it is written as csv or jsonl.
	Table string `json:"table"`
	// Query is the filter of requests as a URL query, as for GET /api/exchanges; of
	// a table from and to, of months tz too, of chats user.
	Query  string `json:"query"`
	Bodies bool   `json:"bodies"`
	Format string `json:"format"` // csv, jsonl, har, md, finetune; "" is csv
	BOM    bool   `json:"bom"`    // of csv
	// Semicolon parts the cells of csv by ";".
	Semicolon bool `json:"semicolon"`
}

// ExportProgress is how far an export into a file is. Done is true with its last.
type ExportProgress struct {
	Rows int64 `json:"rows"` // looked at
	Done bool  `json:"done"`
}

// ExportResult is its answer. Path is "" when the person cancelled. Left counts
// what the format can't hold, by reason (export.left.<reason>).
type ExportResult struct {
	Left map[string]int64 `json:"left"`
	Path string           `json:"path"`
	Rows int64            `json:"rows"`
}

// Event is one live update, on GET /api/events (SSE: "event: TYPE", "data:
// JSON of Event") or, in the window, EventsEmit("gumshoe", Event). Type:
// "exchange" (Row is set), "live" (Live is the whole running table), "status",
// "changed" (What: upstreams, settings, listen, deleted).
type Event struct {
	Type   string  `json:"type"`
	Row    *Row    `json:"row,omitempty"`
	Live   []Live  `json:"live,omitempty"`
	Status *Status `json:"status,omitempty"`
	What   string  `json:"what,omitempty"`
	// Export comes with type "export".
	Export *ExportProgress `json:"export,omitempty"`
	// Deletion comes with type "deletion".
	Deletion *DeletionProgress `json:"deletion,omitempty"`
}
