package gemini

import (
	"errors"
	"slices"
	"strings"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
)

// errBody says that a body is no JSON object.
var errBody = errors.New("reading a Gemini request: not a JSON object")

// errContents says that contents are neither a list, an object nor a text.
var errContents = errors.New("reading the request's contents: not a list of contents")

// Request reads a request body. The model, and for generate requests whether a
// stream is asked for, come from the path.
func (Dialect) Request(meta wire.RequestMeta, body []byte) (wire.Request, error) {
	var out wire.Request
	model, verb := target(meta.Path)
	out.Model = model
	if meta.API == exchange.GeminiGenerate && verb != "" {
		stream := verb == streamVerb
		out.Stream = &stream
	}
	if len(body) == 0 && meta.API == exchange.GeminiModels {
		return out, nil
	}
	v := parse(body)
	if !v.is('{') {
		return out, errBody
	}
	top := v.object()
	if whole := top.get("generateContentRequest"); meta.API == exchange.GeminiCountTokens && whole != nil {
		top = append(slices.DeleteFunc(top, func(m member) bool { return m.name == "generateContentRequest" }), whole.object()...)
	}
	out.Params = map[string]string{}
	var err error
	var system []exchange.Message
	for _, m := range top {
		switch m.name {
		case "model":
			if out.Model == "" {
				out.Model = modelName(m.value.str())
			}
		case "systemInstruction":
			if m.value.says() {
				system = contents(m.value, "system")
			}
		case "contents", "content":
			if !m.value.is('[') && !m.value.is('{') && !m.value.is('"') {
				err = errContents
				continue
			}
			m.value.each(func(v view) { out.Messages = append(out.Messages, contents(v, "")...) })
		case "requests": // batchEmbedContents
			m.value.each(func(v view) {
				o := v.object()
				out.Messages = append(out.Messages, contents(o.get("content"), "")...)
				if out.Model == "" {
					out.Model = modelName(o.get("model").str())
				}
			})
		case "tools":
			m.value.each(func(v view) { out.Tools = append(out.Tools, tools(v)...) })
		default:
			out.Params[m.name] = string(m.value.raw())
		}
	}
	out.Messages = append(system, out.Messages...)
	return out, err
}

// modelName is a model as the path would name it.
func modelName(s string) string { return strings.TrimPrefix(s, "models/") }

// tools reads one tool: the functions it declares, and by their name what Google
// runs itself (googleSearch, codeExecution …).
func tools(v view) []exchange.Tool {
	var out []exchange.Tool
	for _, m := range v.object() {
		if m.name != "functionDeclarations" {
			out = append(out, exchange.Tool{Name: m.name})
			continue
		}
		m.value.each(func(f view) {
			o := f.object()
			schema := o.get("parametersJsonSchema")
			if schema == nil {
				schema = o.get("parameters")
			}
			out = append(out, exchange.Tool{Name: o.get("name").str(), Description: o.get("description").str(), Schema: schema.raw()})
		})
	}
	return out
}
