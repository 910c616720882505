// Package wire says what a dialect must give: from the bytes of a request and
// of its reply to values. Framing lives in wire/sse and wire/ndjson, one dialect
// per folder beside them, and wire/dialects picks one.
//
// Nothing here does I/O, knows the time or opens a socket: bytes and their
// arrival times go in, values come out. Splitting the same bytes anywhere gives
// the same values. Every parser survives any input without panic and within
// memory proportional to it.
//
// Test a dialect with golden files of real traffic, with "any split decodes to
// the same" and by fuzzing: go test ./backend/wire/...
package wire

import "gumshoe/backend/exchange"

// Dialect reads one family of APIs.
type Dialect interface {
	// Operation names what a request asks for, by the upstream's kind, the
	// method and the path below the upstream's root ("/v1/messages": no query,
	// no doubled or trailing slashes); false where it is not this dialect's.
	Operation(kind exchange.Kind, method, path string) (exchange.API, bool)
	// Request reads a whole request body (already unpacked). Fields that are
	// absent stay zero. An error means that the body is not what the API takes;
	// what could be read is returned beside it.
	Request(meta RequestMeta, body []byte) (Request, error)
	// Reply starts to assemble one reply.
	Reply(api exchange.API, meta ReplyMeta) Assembler
}

// RequestMeta is what is known of a request before its body.
type RequestMeta struct {
	API         exchange.API
	Path        string // as Dialect.Operation got it
	ContentType string // the Content-Type header, parameters included
}

// Request is what a request says.
type Request struct {
	Model    string
	Stream   *bool // nil where the body does not say
	Messages []exchange.Message
	Tools    []exchange.Tool
	// Params are the remaining top-level fields by name, as compact JSON text.
	Params map[string]string
}

// ReplyMeta is what is known of a reply before its first body byte.
type ReplyMeta struct {
	Status      int
	ContentType string // the Content-Type header, parameters included
	// StreamAsked is what the request's "stream" field said, nil where absent.
	StreamAsked *bool
}

// Assembler takes a reply's unpacked body in the pieces in which it came.
type Assembler interface {
	// Write takes the next bytes and their arrival, in microseconds after the
	// exchange's start. It never fails: what can't be read shows in the Reply.
	Write(at int64, p []byte)
	// Close says that no more bytes come and returns what they said. whole says
	// whether the transport saw the body's proper end.
	Close(whole bool) Reply
}

// Reply is what a reply's bytes said.
type Reply struct {
	Model  string
	Stream bool // it was framed as a stream (by what came, not by what was asked)
	// Ended says that the dialect's own end mark was seen ([DONE], "done":true)
	// or, for a reply that is not a stream, that the JSON was whole.
	Ended bool
	// Unreadable says that a body that came whole could not be parsed.
	Unreadable bool
	Messages   []exchange.Message // the answer; one message per choice
	Finish     string
	// Error is an error that the reply carries, under any status, as one line.
	Error string
	Usage exchange.Usage
	// Charged is what the upstream says it billed, in US dollars; nil where it
	// says nothing.
	Charged *float64
	// FirstToken and LastToken are the arrivals of the first and the last
	// content, reasoning or tool-call token of a stream, nil where none came.
	FirstToken, LastToken *int64
	// TokenEvents counts the stream events that carried such tokens.
	TokenEvents int64
	// Durations as Ollama reports them, or as llama.cpp's timings give them,
	// nanoseconds; nil where absent.
	TotalNS, LoadNS, PromptEvalNS, EvalNS *int64
	// EvalCount and PromptEvalCount as reported; PromptCached is
	// prompt_eval_cached_count (nil: unknown, Ollama before 0.33.3).
	EvalCount, PromptEvalCount, PromptCached *int64
	// LoadOnly says that the reply only loaded or unloaded a model.
	LoadOnly bool
}
