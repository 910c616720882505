package openai

import (
	"strings"

	"github.com/tidwall/gjson"

	"gumshoe/backend/wire/shape"
)

// again is the event of a chat stream that was decoded last, so that those which
// differ from it in their token alone need not be.
type again struct {
	shape.Shape
	into *strings.Builder // where the token goes
}

// same takes an event that repeats the last one but for its token.
func (a *assembler) same(name string, data []byte) bool {
	if name == "error" {
		return false
	}
	s, ok := a.again.Match(data)
	if !ok {
		return false
	}
	a.good++
	a.again.into.Write(s)
	if len(s) > 0 {
		a.token(1)
	}
	return true
}

// learn looks at an event that was decoded in full. It keeps none in which
// anything but the token counts each time it comes (logprobs, usage, calls, an
// unknown field).
func (a *assembler) learn(data []byte) {
	a.again.Forget()
	c, ok := a.reader.(*chat)
	if !ok || !a.again.Wanted() || len(c.choices) == 0 {
		return
	}
	var found finding
	if !found.event(data) {
		return
	}
	b := c.by[found.index]
	if b == nil {
		return
	}
	a.again.into = &b.text
	if found.reasoning {
		a.again.into = &b.reasoning
	}
	a.again.Learn(data, found.token, found.noise)
}

// finding is where the token of an event stands.
type finding struct {
	index        int
	reasoning    bool
	token, noise shape.Span
}

// event looks through an event's fields.
func (f *finding) event(data []byte) bool {
	fit := shape.Fields(gjson.ParseBytes(data), func(name string, v gjson.Result) bool {
		switch name {
		case "choices":
			list := v.Array()
			return len(list) == 1 && f.choice(data, list[0])
		case "error", "message", "detail", "usage", "timings", "x_groq", "content", "stop", "stop_type", "response":
			return v.Type == gjson.Null
		case "obfuscation": // OpenAI's, a random string in every event
			f.noise = shape.At(data, v)
		}
		return true
	})
	return fit && f.token.To > 0
}

func (f *finding) choice(data []byte, choice gjson.Result) bool {
	return shape.Fields(choice, func(name string, v gjson.Result) bool {
		switch {
		case v.Type == gjson.Null:
			return true
		case name == "index":
			f.index = int(v.Int())
			return v.Type == gjson.Number && float64(f.index) == v.Num
		case name == "delta":
			return f.delta(data, v)
		case name == "text":
			return f.found(data, v, false)
		}
		return false
	})
}

func (f *finding) delta(data []byte, delta gjson.Result) bool {
	return shape.Fields(delta, func(name string, v gjson.Result) bool {
		switch {
		case v.Type == gjson.Null || v.Raw == `""` || v.Raw == "[]":
			return true
		case name == "role":
			return v.Type == gjson.String
		case name == "content":
			return f.found(data, v, false)
		case name == "reasoning_content" || name == "reasoning" || name == "thinking":
			return f.found(data, v, true)
		}
		return false
	})
}

// found notes the token; an event with two of them is not to be learnt.
func (f *finding) found(data []byte, v gjson.Result, reasoning bool) bool {
	if f.token.To > 0 {
		return false
	}
	f.token, f.reasoning = shape.At(data, v), reasoning
	return f.token.To > 0
}
