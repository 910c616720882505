package openai

import (
	"encoding/json"
	"fmt"
	"mime"
	"strings"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/shape"
)

// Request reads a request: JSON, or a form with files.
func (Dialect) Request(meta wire.RequestMeta, body []byte) (wire.Request, error) {
	var out wire.Request
	if meta.API == exchange.OpenAIModels && len(body) == 0 {
		return out, nil
	}
	var err error
	if t, params, errType := mime.ParseMediaType(meta.ContentType); errType == nil && strings.HasPrefix(t, "multipart/") {
		out, err = readForm(params["boundary"], body)
	} else {
		out, err = readJSON(meta.API, body)
	}
	if out.Model == "" {
		out.Model = pathModel(meta.Path)
	}
	return out, err
}

func readJSON(api exchange.API, body []byte) (wire.Request, error) {
	var out wire.Request
	all, err := shape.Top(body)
	if err != nil {
		return out, fmt.Errorf("reading an OpenAI request: %w", err)
	}
	top := fields(all)
	var firstErr error
	field := func(name string, into any) {
		raw, ok := top[name]
		if !ok {
			return
		}
		delete(top, name)
		if err := json.Unmarshal(raw, into); err != nil && firstErr == nil {
			firstErr = fmt.Errorf("reading the request's %s: %w", name, err)
		}
	}
	field("model", &out.Model)
	out.Stream = Flag(top, "stream")
	var tools, functions []json.RawMessage
	if api == exchange.OpenAIChat || api == exchange.OpenAIResponses {
		field("tools", &tools)
		field("functions", &functions)
	}
	for _, raw := range tools {
		out.Tools = append(out.Tools, readTool(raw))
	}
	for _, raw := range functions {
		out.Tools = append(out.Tools, readTool(raw))
	}
	switch api {
	case exchange.OpenAIChat:
		messages := list(top["messages"])
		if messages != nil {
			delete(top, "messages")
		} else {
			field("messages", &messages)
		}
		for _, raw := range messages {
			out.Messages = append(out.Messages, readMessage(raw))
		}
	case exchange.OpenAIResponses:
		out.Messages = append(system(top, "instructions"), readInput(top.take("input"))...)
	case exchange.OpenAISpeech:
		out.Messages = append(system(top, "instructions"), prompts(top.take("input"))...)
	case exchange.OpenAIEmbeddings:
		out.Messages = prompts(top.take("input"))
	case exchange.OpenAIModerations:
		out.Messages = moderated(top.take("input"))
	case exchange.OpenAICompletions:
		out.Messages = prompts(top.take("prompt"))
	case exchange.OpenAIImages:
		out.Messages = withParts(prompts(top.take("prompt")), images(top))
	case exchange.OpenAITranscription:
		out.Messages = withParts(prompts(top.take("prompt")), spokenInput(top))
	}
	out.Params = Params(top)
	return out, firstErr
}

// Params gives the remaining fields of a request as compact JSON text.
func Params(top map[string]json.RawMessage) map[string]string {
	out := make(map[string]string, len(top))
	for k, v := range top {
		out[k] = compact(v)
	}
	return out
}

// readTool reads a tool as chat wraps it, as responses write it flat, or as the
// old functions. A tool of the server's own has its type as its name.
func readTool(raw json.RawMessage) exchange.Tool {
	type function struct {
		Name        string
		Description string
		Parameters  json.RawMessage
	}
	var t struct {
		Type             string
		Function, Custom function
		function
	}
	_ = Lenient(raw, &t)
	f := t.function
	for _, inner := range []function{t.Function, t.Custom} {
		if inner.Name != "" {
			f = inner
		}
	}
	if isNull(f.Parameters) {
		f.Parameters = nil
	}
	return exchange.Tool{Name: firstText(f.Name, t.Type), Description: f.Description, Schema: f.Parameters}
}

func user(p ...exchange.Part) exchange.Message { return exchange.Message{Role: "user", Parts: p} }

// system takes a field with instructions.
func system(top fields, name string) []exchange.Message {
	raw := top.take(name)
	if s, ok := text(raw); ok && s != "" {
		return []exchange.Message{{Role: "system", Parts: []exchange.Part{{Type: exchange.PartText, Text: s}}}}
	}
	return nil
}

// prompts reads a prompt or an input: a string, several, or tokens.
func prompts(raw json.RawMessage) []exchange.Message {
	if isNull(raw) {
		return nil
	}
	all := list(raw)
	if all == nil || len(all) > 0 && (all[0][0] == '-' || all[0][0] >= '0' && all[0][0] <= '9') {
		all = []json.RawMessage{raw} // one text, or one list of tokens
	}
	var out []exchange.Message
	for _, one := range all {
		if s, ok := text(one); ok {
			out = append(out, user(exchange.Part{Type: exchange.PartText, Text: s}))
			continue
		}
		out = append(out, user(exchange.Part{Type: exchange.PartOther, Text: compact(one)}))
	}
	return out
}

// moderated reads a moderation's input: texts, or the typed parts of one message.
func moderated(raw json.RawMessage) []exchange.Message {
	if l := list(raw); len(l) > 0 && l[0][0] == '{' {
		return []exchange.Message{user(parts(raw)...)}
	}
	return prompts(raw)
}

// readInput reads the input of a response: a string, or items.
func readInput(raw json.RawMessage) []exchange.Message {
	if isNull(raw) || raw[0] != '[' {
		return prompts(raw)
	}
	var out []exchange.Message
	for _, one := range list(raw) {
		out = append(out, readItem(one))
	}
	return out
}

// withParts puts images and sounds beside the prompt.
func withParts(messages []exchange.Message, extra []exchange.Part) []exchange.Message {
	if len(extra) == 0 {
		return messages
	}
	if len(messages) == 0 {
		messages = []exchange.Message{user()}
	}
	last := &messages[len(messages)-1]
	last.Parts = append(last.Parts, extra...)
	return messages
}

// images takes the images of an edit that came as JSON: URLs or base64, alone,
// in objects or in a list.
func images(top fields) []exchange.Part {
	var out []exchange.Part
	for _, name := range []string{"image", "images", "mask"} {
		raw := top.take(name)
		all := list(raw)
		if all == nil && !isNull(raw) {
			all = []json.RawMessage{raw}
		}
		for _, one := range all {
			s, ok := text(one)
			if f := object(one); !ok && f != nil {
				s = firstText(f.text("image_url"), f.text("url"))
			}
			switch p := Image(s); {
			case s == "":
				out = append(out, exchange.Part{Type: exchange.PartOther, Text: compact(one)})
			case ImageType(s) != "":
				out = append(out, exchange.Part{Type: exchange.PartImage, MediaType: ImageType(s), Data: s})
			default:
				out = append(out, p)
			}
		}
	}
	return out
}

// spokenInput takes the sound of a transcription that came as JSON, as Open
// WebUI sends it to some servers.
func spokenInput(top fields) []exchange.Part {
	raw := top.take("input_audio")
	var o struct{ Data, Format string }
	if isNull(raw) || Lenient(raw, &o) != nil {
		return nil
	}
	return []exchange.Part{{Type: exchange.PartAudio, MediaType: audioType(o.Format), Data: o.Data}}
}
