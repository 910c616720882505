package ollama

import (
	"strings"

	"github.com/tidwall/gjson"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire/shape"
)

// again is the line that was decoded last, so that those which differ from it in
// their token and their time alone need not be.
type again struct {
	shape.Shape
	into *strings.Builder
}

// same takes a line that repeats the last one but for its token.
func (a *assembler) same(line []byte) bool {
	s, ok := a.again.Match(line)
	if !ok {
		return false
	}
	a.good++
	a.again.into.Write(s)
	if len(s) > 0 {
		a.token()
	}
	return true
}

// learn looks at a line that was decoded in full. It keeps none in which
// anything but the token counts each time it comes.
func (a *assembler) learn(line []byte) {
	if !a.again.Wanted() || a.api != exchange.OllamaChat && a.api != exchange.OllamaGenerate {
		return
	}
	var token, noise shape.Span
	found := func(v gjson.Result, into *strings.Builder) bool {
		if token.To > 0 {
			return false // two of them
		}
		a.again.into, token = into, shape.At(line, v)
		return token.To > 0
	}
	fit := shape.Fields(gjson.ParseBytes(line), func(name string, v gjson.Result) bool {
		switch {
		case name == "created_at":
			noise = shape.At(line, v)
			return true
		case name == "model":
			return v.Type == gjson.String
		case name == "done":
			return v.Type == gjson.False
		case v.Type == gjson.Null || v.Raw == `""`:
			return true
		case name == "response":
			return found(v, &a.text)
		case name == "thinking":
			return found(v, &a.think)
		case name == "message":
			return shape.Fields(v, func(name string, v gjson.Result) bool {
				switch {
				case v.Type == gjson.Null || v.Raw == `""` || name == "role" && v.Type == gjson.String:
					return true
				case name == "content":
					return found(v, &a.text)
				case name == "thinking":
					return found(v, &a.think)
				}
				return false
			})
		}
		return false
	})
	if fit && token.To > 0 {
		a.again.Learn(line, token, noise)
	}
}
