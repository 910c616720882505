package openai

import (
	"bytes"
	"encoding/json"
	"strings"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/sse"
)

// Reply starts to assemble one reply.
func (Dialect) Reply(api exchange.API, meta wire.ReplyMeta) wire.Assembler {
	a := &assembler{api: api, meta: meta}
	switch api {
	case exchange.OpenAIResponses:
		a.reader = &responses{}
	case exchange.OpenAIEmbeddings, exchange.OpenAIModerations, exchange.OpenAIImages:
		a.reader = &items{}
	case exchange.OpenAISpeech, exchange.OpenAITranscription:
		a.reader = &audio{}
	case exchange.OpenAIModels:
		a.reader = nothing{}
	default:
		a.reader = &chat{}
	}
	a.events.Emit = a.event
	a.stray.emit = a.strayLine
	return a
}

// assembler reads a stream or a whole JSON value, by what comes.
type assembler struct {
	api      exchange.API
	meta     wire.ReplyMeta
	reader   reader
	decided  bool
	lead     []byte // bytes before it is decided
	stream   bool
	binary   bool // a sound: counted, not held
	whole    bytes.Buffer
	events   sse.Splitter
	stray    stray
	strayErr string
	at       int64
	good     int // values that could be read
	seen     bool
	done     bool // an end mark came
	figures  figures
	again    again
	out      wire.Reply
}

// maxLead is how many bytes are looked at to see what a reply is.
const maxLead = 4 << 10

// Write takes the next bytes.
func (a *assembler) Write(at int64, p []byte) {
	a.at = at
	if !a.decided {
		a.lead = append(a.lead, p...)
		if !a.decide(false) {
			return
		}
		p = a.lead
	}
	a.consume(p)
}

func (a *assembler) consume(p []byte) {
	a.seen = a.seen || len(p) > 0
	switch {
	case a.stream:
		a.events.Write(p)
		a.stray.Write(p)
	case !a.binary:
		a.whole.Write(p)
	}
}

// decide looks at the first bytes: a stream of events, a sound, or anything else.
// The answer depends on the bytes alone, not on how they were cut.
func (a *assembler) decide(last bool) bool {
	const mark = "\xef\xbb\xbf"
	head := a.lead[:min(len(a.lead), maxLead)]
	if len(head) < len(mark) && strings.HasPrefix(mark, string(head)) && !last {
		return false // may still be the start of a byte order mark
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte(mark)), " \t\r\n")
	const enough = len("event:")
	contentType := strings.ToLower(a.meta.ContentType)
	json := len(head) > 0 && (head[0] == '{' || head[0] == '[')
	named := strings.HasPrefix(contentType, "text/event-stream")
	if len(head) < enough && !json && len(a.lead) < maxLead && !last {
		return false
	}
	a.decided = true
	switch {
	case a.api == exchange.OpenAISpeech:
		says := named || strings.HasPrefix(contentType, "application/json")
		a.stream = named && !json && len(head) > 0
		a.binary = !a.stream && a.meta.Status < 400 && !(json && says)
	case len(head) == 0 || json:
	case named:
		a.stream = true
	case a.api != exchange.OpenAITranscription: // whose plain text may be anything
		for _, p := range [...]string{"data:", "event:", ":"} {
			a.stream = a.stream || bytes.HasPrefix(head, []byte(p))
		}
	}
	return true
}

// Close ends the reply.
func (a *assembler) Close(whole bool) wire.Reply {
	if !a.decided && len(a.lead) > 0 {
		a.decide(true)
		a.consume(a.lead)
	}
	a.out.Stream = a.stream
	switch {
	case a.stream:
		a.events.Close()
		a.stray.flush()
		a.out.Unreadable = whole && a.seen && a.good == 0
		a.out.Ended = a.done
	case a.binary:
		a.out.Ended = whole && a.seen
	default:
		a.readWhole(bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(a.whole.Bytes()), []byte("\xef\xbb\xbf"))), whole)
	}
	a.reader.finish(a)
	a.figures.write(&a.out)
	a.out.Error = firstText(a.out.Error, a.strayErr)
	return a.out
}

// readWhole reads a reply that is not a stream.
func (a *assembler) readWhole(body []byte, whole bool) {
	if len(body) == 0 {
		return
	}
	switch t, plain := a.reader.(*audio); {
	case a.value("", body):
	case body[0] == '[' && json.Valid(body):
		// Gemini puts an error into an array; llama.cpp answers /embeddings so.
		for _, one := range list(body) {
			a.value("", one)
		}
	case plain && body[0] != '{' && a.meta.Status < 400:
		t.plain(string(body))
		a.out.Ended = whole
		return
	}
	a.out.Ended = a.good > 0
	a.out.Unreadable = whole && a.good == 0 && a.api != exchange.OpenAISpeech
	if a.meta.Status >= 400 && a.out.Error == "" {
		a.out.Error = bodyError(body)
	}
}

// event takes one event of a stream.
func (a *assembler) event(e sse.Event) {
	if a.piece(e.Name, bytes.TrimSpace(e.Data)) {
		return
	}
	// Some servers leave the blank line between events out.
	if rest := e.Data; bytes.IndexByte(rest, '\n') >= 0 {
		for l := range bytes.Lines(rest) {
			a.piece(e.Name, bytes.TrimSpace(l))
		}
		return
	}
	if e.Name == "error" && a.out.Error == "" {
		a.out.Error = line(string(e.Data))
		a.good++
	}
}

// piece takes one event's data, and reports whether it could be read.
func (a *assembler) piece(name string, data []byte) bool {
	if string(data) == "[DONE]" {
		a.done = true
		a.good++
		return true
	}
	if a.same(name, data) {
		return true
	}
	ok := a.value(name, data)
	if ok && a.stream {
		a.learn(data)
	} else {
		a.again.Forget()
	}
	return ok
}

// value takes one JSON value, and reports whether it could be read.
func (a *assembler) value(name string, raw []byte) bool {
	if a.stream {
		raw = bytes.Clone(raw) // what lies in it may be kept
	}
	var e envelope
	if !e.read(raw) {
		return false
	}
	a.good++
	if e.Model != "" {
		a.out.Model = e.Model
	}
	a.fail(e.fault(name))
	a.figures.take(e.XGroq.Usage)
	a.figures.take(e.Usage)
	if e.Timings != nil {
		a.figures.timings = *e.Timings
	}
	if a.reader.read(a, &e, raw) && a.stream {
		a.token(1)
	}
	return true
}

// fail keeps the first error.
func (a *assembler) fail(s string) {
	if a.out.Error == "" {
		a.out.Error = s
	}
}

// token notes the arrival of content; n is how many token events it counts for.
func (a *assembler) token(n int64) {
	if a.out.FirstToken == nil {
		a.out.FirstToken, a.out.LastToken = exchange.Int64(a.at), new(int64)
	}
	*a.out.LastToken = a.at
	a.out.TokenEvents += n
}

// strayLine takes a line of a stream that is no event.
func (a *assembler) strayLine(l []byte) {
	var e envelope
	s := ""
	if Lenient(l, &e) == nil {
		s = e.fault("")
		if s == "" && !isNull(e.Message) && e.Choices == nil {
			s = ErrorText(e.Message)
		}
	} else if len(l) > 0 && l[0] != '{' {
		s = line(string(l))
	}
	if s != "" {
		a.good++
		a.strayErr = firstText(a.strayErr, s)
	}
}
