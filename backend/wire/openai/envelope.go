package openai

import (
	"encoding/json"

	"gumshoe/backend/wire/shape"
)

// reader reads the JSON values of one API's replies: the events of a stream, or
// the one value of a whole reply.
type reader interface {
	// read takes one value and what all APIs share of it. It reports whether the
	// value carried a token.
	read(a *assembler, e *envelope, raw []byte) (token bool)
	// finish writes the answer into a.out.
	finish(a *assembler)
}

// envelope is what the values of all APIs may hold.
type envelope struct {
	Type    string          `json:"type"`
	Object  string          `json:"object"`
	Model   string          `json:"model"`
	Error   json.RawMessage `json:"error"`
	Message json.RawMessage `json:"message"` // of an error without its own object
	Detail  json.RawMessage `json:"detail"`  // FastAPI's errors
	Usage   json.RawMessage `json:"usage"`
	Timings *timings        `json:"timings"` // llama.cpp
	XGroq   struct {
		Usage json.RawMessage `json:"usage"`
		Error json.RawMessage `json:"error"`
	} `json:"x_groq"`

	Choices  []fields        `json:"choices"` // chat, completions
	Content  json.RawMessage `json:"content"` // llama.cpp's own /completions, with:
	Stop     bool            `json:"stop"`
	StopType string          `json:"stop_type"`
	Response json.RawMessage `json:"response"` // responses
}

// read takes one JSON value, and reports whether it is one. Its fields lie in raw
// where that is read as it lies.
func (e *envelope) read(raw []byte) bool {
	if shape.Valid(raw) && shape.Members(raw, e.field) {
		return true
	}
	*e = envelope{}
	return Lenient(raw, e) == nil
}

// field takes one field as encoding/json would, in a fifth of its time.
func (e *envelope) field(name, v []byte) bool {
	switch string(name) {
	case "type":
		e.Type, _ = text(v)
	case "object":
		e.Object, _ = text(v)
	case "model":
		e.Model, _ = text(v)
	case "error":
		e.Error = v
	case "message":
		e.Message = v
	case "detail":
		e.Detail = v
	case "usage":
		e.Usage = v
	case "choices":
		all := shape.List(v)
		if all == nil {
			break
		}
		e.Choices = make([]fields, len(all))
		for i, one := range all {
			e.Choices[i] = shape.Object(one)
		}
	case "content":
		e.Content = v
	case "stop":
		e.Stop = string(v) == "true"
	case "stop_type":
		e.StopType, _ = text(v)
	case "response":
		e.Response = v
	case "timings", "x_groq":
		return false
	}
	return true
}

// fault is the error that a value carries, in any spelling.
func (e *envelope) fault(name string) string {
	if s := ErrorText(e.Error); s != "" {
		return s
	}
	if s := ErrorText(e.XGroq.Error); s != "" {
		return s
	}
	// {"object":"error","message":…} (vLLM), {"type":"error",…} (responses),
	// or an event named so.
	if name == "error" || e.Object == "error" || e.Type == "error" {
		return firstText(ErrorText(e.Message), ErrorText(e.Detail), "error")
	}
	if e.Choices == nil && e.Object == "" && e.Model == "" {
		return ErrorText(e.Detail)
	}
	return ""
}

// nothing reads replies of which only an error is of interest.
type nothing struct{}

func (nothing) read(*assembler, *envelope, []byte) bool { return false }
func (nothing) finish(*assembler)                       {}
