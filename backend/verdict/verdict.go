// Package verdict judges exchanges that have ended: was the context cut, was
// the model swapped, did the stream stall, did a tool call fail, did a secret
// leave the machine. exchange.VerdictCodes lists all that it can say.
//
// It guarantees: no I/O, no clock, no state but the caller's History; time in
// proportion to the exchange's size; and never a secret or a message's text in
// a verdict. A figure that is not known is never guessed: without it a verdict
// stays away. Precision counts more than recall, so every rule has a table of
// cases in which it must be silent.
//
// Sources of the rules about Ollama: its source of 0.34.4 and captured traffic
// (testkit/captures); figures in comments without a name are measured there.
//
// Test it with: go test ./backend/verdict
// (add -bench . for the speed, -fuzz FuzzScan or -fuzz FuzzSchema for the rest).
package verdict

import (
	"encoding/json"
	"strings"

	"gumshoe/backend/exchange"
)

// Facts is everything that is known of one ended exchange. Only Row is needed;
// what is absent makes fewer verdicts, never wrong ones.
type Facts struct {
	Row exchange.Exchange

	// Local says that the upstream is on this machine or in this house. Models
	// that Ollama itself runs in its cloud (":cloud", "-cloud") count as away
	// whatever it says.
	Local bool
	// Remote is the client's address without port (exchange.Start.Remote).
	Remote string
	// BodyHash is any hash of the request body's bytes, "" where unknown.
	BodyHash string

	Messages []exchange.Message // the prompt
	Tools    []exchange.Tool
	Params   map[string]string  // as wire.Request.Params: name → JSON
	Reply    []exchange.Message // one per choice
	Chunks   []exchange.Chunk   // of the reply's body
	LoadOnly bool               // the reply only loaded or unloaded a model
	// Unread says that bodies have gaps or could not be read whole: nothing is
	// then concluded from what they do not hold.
	Unread bool

	// Estimate is the prompt's tokens by a tokenizer over the text of messages
	// and tools, without images and reasoning (templates leave old reasoning
	// out); Factor is what reported counts of this model are of such estimates,
	// learned from prompts that surely fitted. nil: unknown.
	Estimate *int64
	Factor   *float64
	// Context is the model's context_length in /api/ps, nearest to this
	// exchange, in tokens; ContextMax what the model was trained for
	// (/api/show). nil: unknown.
	Context, ContextMax *int64
	// WasLoaded says whether /api/ps had the model just before; nil: not asked.
	WasLoaded *bool
}

// Judge gives the verdicts on one ended exchange, in the order of
// exchange.VerdictCodes. past is what ended before (nil: nothing is known); its
// entries are left as they are. Not safe for concurrent use of one History.
func Judge(in Facts, past *History) []exchange.Verdict {
	if past == nil {
		past = NewHistory()
	}
	d := past.digest(in)
	var out []exchange.Verdict
	out = append(out, secrets(in, d)...)
	cut := context(in, d, past)
	out = append(out, cut...)
	out = append(out, toolCalls(in)...)
	out = append(out, emptyAnswer(in)...)
	out = append(out, stalled(in)...)
	out = append(out, abandoned(in)...)
	out = append(out, repeated(in, d, past)...)
	load := loading(in, d, past)
	out = append(out, load...)
	if len(cut) == 0 && len(load) == 0 {
		out = append(out, cacheMissed(d, past)...)
	}
	return out
}

// generates reports whether an operation has a model write text.
func generates(api exchange.API) bool {
	switch api {
	case exchange.OpenAIChat, exchange.OpenAICompletions, exchange.OpenAIResponses,
		exchange.AnthropicMessages, exchange.GeminiGenerate, exchange.OllamaChat, exchange.OllamaGenerate:
		return true
	}
	return false
}

// embeds reports whether an operation makes embeddings.
func embeds(api exchange.API) bool {
	switch api {
	case exchange.OpenAIEmbeddings, exchange.GeminiEmbed, exchange.OllamaEmbed, exchange.OllamaEmbeddings:
		return true
	}
	return false
}

// native reports whether an operation takes Ollama's options.
func native(api exchange.API) bool {
	switch api {
	case exchange.OllamaChat, exchange.OllamaGenerate, exchange.OllamaEmbed, exchange.OllamaEmbeddings:
		return true
	}
	return false
}

// away reports whether the prompt left the machine.
func (in Facts) away() bool { return !in.Local || cloudModel(in.model()) }

// runsHere reports whether an Ollama on this side ran the model itself.
func (in Facts) runsHere() bool {
	return in.Row.Kind == exchange.KindOllama && !cloudModel(in.model())
}

func cloudModel(name string) bool {
	return strings.HasSuffix(name, ":cloud") || strings.HasSuffix(name, "-cloud")
}

// model is the name by which the client asked: a reply may spell it otherwise.
func (in Facts) model() string {
	if in.Row.ModelRequested != "" {
		return in.Row.ModelRequested
	}
	return in.Row.Model
}

// whole reports that a whole reply came and was read.
func (in Facts) whole() bool {
	return in.Row.State == exchange.OK && in.Row.HTTPStatus < 300 && in.readable() && !in.LoadOnly
}

func (in Facts) readable() bool {
	if in.Unread || in.Row.Partial {
		return false
	}
	for _, n := range in.Row.Notes {
		switch n {
		case exchange.NoteUnreadable, exchange.NoteBadRequestBody, exchange.NoteTooLarge, exchange.NoteBomb, exchange.NoteGap:
			return false
		}
	}
	return true
}

// options are Ollama's options by name; nil on other APIs.
func (in Facts) options() map[string]json.RawMessage {
	if !native(in.Row.API) {
		return nil
	}
	var out map[string]json.RawMessage
	if json.Unmarshal([]byte(in.Params["options"]), &out) != nil {
		return nil
	}
	return out
}

// number reads a JSON number; false where it is none.
func number(raw json.RawMessage) (int64, bool) {
	var f float64
	if len(raw) == 0 || raw[0] == 'n' || json.Unmarshal(raw, &f) != nil || f != f || f > 1e15 || f < -1e15 {
		return 0, false
	}
	return int64(f), true
}

// clip bounds a name that a model or client made up.
func clip(s string) string {
	const most = 64
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
