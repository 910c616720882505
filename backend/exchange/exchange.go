// Package exchange is the domain: what Gumshoe knows about one request and its
// reply, in the words of the product's glossary and of OpenTelemetry's GenAI
// conventions.
//
// It imports the standard library only and does no I/O; every other package may
// import it. Times are microseconds since the Unix epoch (UTC) and durations are
// microseconds, both int64. A figure that is not known is a nil pointer, never 0.
//
// Test it with plain values: go test ./backend/exchange
package exchange

// Exchange is one row of the log: one request and its reply, whatever became of
// it. Bodies, headers and chunk times are kept beside it (see Record).
type Exchange struct {
	ID        string // UUIDv7 in its 36-character text form; sorts by StartedAt
	StartedAt int64  // when the request's first byte was read
	State     State
	// HTTPStatus is the status that the client was sent; 0 where none was.
	HTTPStatus int

	Upstream string // configured name, for example "ollama"
	Kind     Kind   // what the upstream speaks
	API      API    // which operation of it; "" where it is not understood
	Method   string
	Path     string // as forwarded, with the redacted query
	Client   string // the User-Agent header

	ModelRequested string // what the client asked for
	Model          string // what the reply says answered; "" where it says nothing
	Stream         *bool  // whether the reply was a stream; nil where no reply came

	User string // who: Open WebUI's user e-mail, name or id header; "" unknown
	Chat string // the conversation that it belongs to; "" unknown
	// Answer groups all exchanges that served one user message; "" unknown.
	Answer string
	Task   Task // why the client sent it; "" unknown
	// ChatBasis, AnswerBasis and TaskBasis are Reported (a header said so) or
	// Inferred (from what was said).
	ChatBasis, AnswerBasis, TaskBasis Basis
	Session                           Session
	// Properties are what the client noted by Helicone-Property-<Name>; nil for
	// none.
	Properties map[string]string
	// RequestID is an id that the client chose; "" where it did not.
	RequestID string
	// Links stand for what was said so far, for later exchanges of the chat
	// (openwebui.Link.Keys).
	Links []string

	// Has says what the request held and the reply did; nil for nothing of note.
	Has []Content

	Usage  Usage
	Timing Timing
	Cost   Cost
	// Verdicts are what was wrong or worth knowing, in reading order.
	Verdicts []Verdict
	Finish   string // finish reason as the upstream words it: stop, length, tool_calls …
	Error    string // one line of what went wrong, "" where nothing did
	Notes    []Note // remarks on how it was recorded or read
	Partial  bool   // some bytes could not be recorded (disk full); bodies have gaps

	RequestBytes  int64 // body bytes received from the client
	ResponseBytes int64 // body bytes sent to the client
}

// Session is Helicone's grouping of requests, as the client names it.
type Session struct{ Path, Name string }

// State says what became of an exchange.
type State string

// The states of an exchange, as the product's glossary words them.
const (
	Running     State = "running"     // not ended yet; never stored
	OK          State = "ok"          // a whole reply came
	Failed      State = "error"       // the upstream or the proxy answered with an error
	Cancelled   State = "cancelled"   // the client left
	Broken      State = "broken"      // the upstream died mid-reply
	Interrupted State = "interrupted" // Gumshoe itself was killed
)

// States lists every state in the order in which a person reads them.
func States() []State { return []State{Running, OK, Failed, Cancelled, Broken, Interrupted} }

// Kind is the family of APIs that an upstream speaks.
type Kind string

// The kinds of upstream.
const (
	KindOllama    Kind = "ollama"
	KindOpenAI    Kind = "openai"
	KindAnthropic Kind = "anthropic"
	KindGemini    Kind = "gemini"
)

// Kinds lists every kind, the commonest first.
func Kinds() []Kind { return []Kind{KindOllama, KindOpenAI, KindAnthropic, KindGemini} }

// API names one operation of a dialect.
type API string

// The operations that are understood. Everything else is forwarded and logged
// by method, path, status, sizes and time.
const (
	OpenAIChat          API = "openai.chat"
	OpenAICompletions   API = "openai.completions"
	OpenAIResponses     API = "openai.responses"
	OpenAIEmbeddings    API = "openai.embeddings"
	OpenAIImages        API = "openai.images"
	OpenAISpeech        API = "openai.speech"
	OpenAITranscription API = "openai.transcription"
	OpenAIModels        API = "openai.models"
	OpenAIModerations   API = "openai.moderations"

	AnthropicMessages    API = "anthropic.messages"
	AnthropicCountTokens API = "anthropic.count_tokens"
	AnthropicModels      API = "anthropic.models"

	GeminiGenerate    API = "gemini.generate" // whole and streamed
	GeminiEmbed       API = "gemini.embed"
	GeminiCountTokens API = "gemini.count_tokens"
	GeminiModels      API = "gemini.models"

	OllamaChat       API = "ollama.chat"
	OllamaGenerate   API = "ollama.generate"
	OllamaEmbed      API = "ollama.embed"
	OllamaEmbeddings API = "ollama.embeddings"
	OllamaTags       API = "ollama.tags"
	OllamaPs         API = "ollama.ps"
	OllamaShow       API = "ollama.show"
	OllamaVersion    API = "ollama.version"
	OllamaPull       API = "ollama.pull"
	OllamaPush       API = "ollama.push"
	OllamaCreate     API = "ollama.create"
)

// Task is why a client sent a request.
type Task string

// Tasks that Gumshoe tells apart by itself; Open WebUI's own task names
// (title_generation, tags_generation …) are kept as they come.
const (
	TaskChat     Task = "chat"
	TaskToolLoop Task = "tool_loop"
)

// Note is a code for a remark on an exchange; the UI owns the words.
type Note string

// The notes.
const (
	NoteUnreadable     Note = "unreadable"       // a whole reply that could not be parsed
	NoteBadRequestBody Note = "bad_request_body" // the request body could not be parsed
	NoteTooLarge       Note = "too_large"        // too large to be read, kept as bytes
	NoteBomb           Note = "expands_too_far"  // unpacks to more than the limit
	NoteGap            Note = "recording_gap"    // bytes are missing from the record
	NoteColdStart      Note = "cold_start"       // the model was loaded for this request
	NoteOmitted        Note = "omitted"          // a body is not kept, as the client asked
	NoteCacheLater     Note = "cache_later"      // Helicone-Cache-Enabled has no effect yet
	NoteBadControl     Note = "bad_control"      // a Helicone header was not understood
	NoteUsageAsked     Note = "usage_asked"      // the proxy asked for the stream's token counts
)

// Content is something that a request held or a reply did, by which people look
// for exchanges.
type Content string

// What is told apart.
const (
	HasTools     Content = "tools"     // the client offered tools
	HasToolCalls Content = "toolcalls" // the model called one
	HasImages    Content = "images"    // either side sent an image
	HasAudio     Content = "audio"     // either side sent audio
	HasSystem    Content = "system"    // a system or developer message
	HasReasoning Content = "reasoning" // the reply shows the model's reasoning
)
