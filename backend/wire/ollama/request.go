package ollama

import (
	"encoding/json"
	"fmt"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/openai"
	"gumshoe/backend/wire/shape"
)

// Request reads a request body. An absent stream field means a stream on chat,
// generate, pull, push and create; that is for the reply to show, so it stays
// nil here.
func (Dialect) Request(meta wire.RequestMeta, body []byte) (wire.Request, error) {
	api := meta.API
	var out wire.Request
	if len(body) == 0 && (api == exchange.OllamaTags || api == exchange.OllamaPs || api == exchange.OllamaVersion) {
		return out, nil
	}
	top, err := shape.Top(body)
	if err != nil {
		return out, fmt.Errorf("reading an Ollama request: %w", err)
	}
	r := request{top: top}
	r.take("model", &out.Model)
	if out.Model == "" {
		r.take("name", &out.Model)
	}
	out.Stream = openai.Flag(top, "stream")
	out.Messages = r.messages()
	switch api {
	case exchange.OllamaGenerate:
		out.Messages = append(out.Messages, r.generate()...)
	case exchange.OllamaEmbed:
		out.Messages = append(out.Messages, r.inputs("input")...)
	case exchange.OllamaEmbeddings:
		out.Messages = append(out.Messages, r.inputs("prompt")...)
	}
	var tools []struct {
		Function struct {
			Name, Description string
			Parameters        json.RawMessage
		}
	}
	r.take("tools", &tools)
	for _, t := range tools {
		out.Tools = append(out.Tools, exchange.Tool{Name: t.Function.Name, Description: t.Function.Description, Schema: t.Function.Parameters})
	}
	out.Params = openai.Params(top)
	return out, r.err
}

// request is a body of which one field after the other is taken.
type request struct {
	top map[string]json.RawMessage
	err error // the first
}

// take reads a field as far as it can and removes it.
func (r *request) take(name string, into any) {
	raw, ok := r.top[name]
	if !ok {
		return
	}
	delete(r.top, name)
	if err := json.Unmarshal(raw, into); err != nil && r.err == nil {
		r.err = fmt.Errorf("reading the request's %s: %w", name, err)
	}
}

func (r *request) messages() []exchange.Message {
	var list []message
	r.take("messages", &list)
	var out []exchange.Message
	for _, m := range list {
		out = append(out, m.message())
	}
	return out
}

// generate reads the prompt of /api/generate.
func (r *request) generate() []exchange.Message {
	var system, prompt string
	var images []string
	r.take("system", &system)
	r.take("prompt", &prompt)
	r.take("images", &images)
	var out []exchange.Message
	if system != "" {
		out = append(out, message{Role: "system", Content: system}.message())
	}
	if prompt != "" || len(images) > 0 {
		out = append(out, message{Role: "user", Content: prompt, Images: images}.message())
	}
	return out
}

// inputs reads what is to be embedded: a string or several.
func (r *request) inputs(name string) []exchange.Message {
	raw := r.top[name]
	var list []string
	var one string
	switch {
	case json.Unmarshal(raw, &one) == nil:
		list = []string{one}
	case json.Unmarshal(raw, &list) != nil:
		return nil
	}
	delete(r.top, name)
	var out []exchange.Message
	for _, s := range list {
		out = append(out, message{Role: "user", Content: s}.message())
	}
	return out
}
