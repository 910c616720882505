package gemini

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
)

// Reply starts to assemble one reply.
func (Dialect) Reply(api exchange.API, meta wire.ReplyMeta) wire.Assembler {
	a := &assembler{api: api, meta: meta, byIndex: map[int64]*candidate{}}
	a.frame.sse = strings.HasPrefix(strings.ToLower(meta.ContentType), "text/event-stream")
	a.frame.emit = a.piece
	return a
}

// assembler reads a stream, a growing array or a whole JSON value, by what comes.
type assembler struct {
	api   exchange.API
	meta  wire.ReplyMeta
	frame framing
	at    int64
	good  int // events or elements that could be read

	candidates []*candidate
	byIndex    map[int64]*candidate
	embeddings []exchange.Message
	usage      usage
	blocked    bool
	out        wire.Reply
}

// candidate is one answer while its pieces come in.
type candidate struct {
	turn
	index int64
}

// Write takes the next bytes.
func (a *assembler) Write(at int64, p []byte) {
	a.at = at
	a.frame.write(p)
}

// Close ends the reply.
func (a *assembler) Close(came bool) wire.Reply {
	rest := a.frame.close()
	switch a.frame.form {
	case stream:
		a.out.Stream = true
		a.piece(rest)
		a.out.Unreadable = came && a.good == 0
		a.out.Ended = a.finished()
	case array:
		a.out.Stream = a.api == exchange.GeminiGenerate
		a.out.Ended = a.frame.elements.closed
		a.out.Unreadable = came && a.good == 0 && (a.frame.elements.elements > 0 || !a.out.Ended)
	default:
		a.readWhole(rest, came)
	}
	a.finish()
	return a.out
}

func (a *assembler) readWhole(body []byte, came bool) {
	if len(body) == 0 {
		return
	}
	v := parse(body)
	if !v.is('{') {
		a.out.Unreadable = came
		if a.meta.Status >= 400 {
			a.out.Error = line(string(body))
		}
		return
	}
	a.out.Ended = true
	a.take(v.object(), false)
	if a.out.Error == "" && a.meta.Status >= 400 {
		if a.out.Error = line(v.object().get("message").str()); a.out.Error == "" {
			a.out.Error = line(string(body))
		}
	}
}

// piece takes an event's data or an array's element.
func (a *assembler) piece(b []byte) {
	one := func(v view) {
		if v.is('{') {
			a.good++
			a.take(v.object(), true)
		}
	}
	if v := parse(b); v.is('[') {
		v.each(one) // an error may come in brackets
	} else {
		one(v)
	}
}

// take reads one response, whole or a chunk.
func (a *assembler) take(o object, chunk bool) {
	if e := errorText(o.get("error")); e != "" {
		a.out.Error = e
	}
	if a.api != exchange.GeminiGenerate && a.api != exchange.GeminiEmbed {
		return
	}
	if m := o.get("modelVersion").str(); m != "" {
		a.out.Model = modelName(m)
	}
	a.usage.read(o.get("usageMetadata"))
	if o.get("embedding").is('{') {
		a.embedding(o.get("embedding"))
	}
	o.get("embeddings").each(a.embedding)
	token := false
	o.get("candidates").each(func(v view) {
		token = a.candidate(v.object()) || token
	})
	a.feedback(o.get("promptFeedback").object())
	if chunk && token {
		at := a.at
		if a.out.FirstToken == nil {
			a.out.FirstToken = &at
		}
		a.out.LastToken = &at
		a.out.TokenEvents++
	}
}

// feedback reads why a prompt was refused: then no candidate comes.
func (a *assembler) feedback(o object) {
	reason := o.get("blockReason").str()
	if reason == "" || reason == "BLOCKED_REASON_UNSPECIFIED" {
		return
	}
	a.blocked = true
	a.out.Finish = reason
	if a.out.Error == "" {
		a.out.Error = line("the prompt was blocked: " + reason + " " + o.get("blockReasonMessage").str())
	}
}

// candidate takes an answer or a piece of it, and reports whether it carried a
// token.
func (a *assembler) candidate(o object) bool {
	index := int64(0)
	if n := o.get("index").number(); n != nil {
		index = *n
	}
	c := a.byIndex[index]
	if c == nil {
		c = &candidate{index: index, turn: turn{role: "assistant", joins: true}}
		a.byIndex[index] = c
		a.candidates = append(a.candidates, c)
	}
	if f := o.get("finishReason").str(); f != "" && f != "FINISH_REASON_UNSPECIFIED" {
		c.finish = f
	}
	for _, m := range o {
		switch m.name {
		case "safetyRatings", "groundingMetadata", "citationMetadata", "urlContextMetadata", "avgLogprobs", "finishMessage", "tokenCount", "continuationToken":
			c.more(m.name, m.value, false)
		case "logprobsResult":
			c.more(m.name, m.value, true) // each chunk has its own tokens
		}
	}
	content := o.get("content").object()
	if r := content.get("role").str(); r != "" {
		c.role = roleOf(r)
	}
	token := false
	content.get("parts").each(func(p view) { token = c.add(p) || token })
	return token
}

// embedding counts the numbers of one vector.
func (a *assembler) embedding(v view) {
	values := v.object().get("values")
	n := 0
	if values.says() {
		n = 1 + bytes.Count(values, []byte(","))
	}
	a.embeddings = append(a.embeddings, exchange.Message{Role: "assistant",
		Parts: []exchange.Part{{Type: exchange.PartEmbedding, Text: strconv.Itoa(n)}}})
}

// finished says whether every answer that came has its end: Gemini has no end
// mark of its own.
func (a *assembler) finished() bool {
	for _, c := range a.candidates {
		if c.finish == "" {
			return false
		}
	}
	return a.blocked || len(a.candidates) > 0
}

// finish makes the messages of what came.
func (a *assembler) finish() {
	slices.SortStableFunc(a.candidates, func(x, y *candidate) int {
		switch {
		case x.index < y.index:
			return -1
		case x.index > y.index:
			return 1
		}
		return 0
	})
	for _, c := range a.candidates {
		if a.out.Finish == "" {
			a.out.Finish = c.finish
		}
		if !c.empty() || c.finish != "" {
			a.out.Messages = append(a.out.Messages, c.message())
		}
	}
	a.out.Messages = append(a.out.Messages, a.embeddings...)
	a.out.Usage = a.usage.figures(a.finished())
}
