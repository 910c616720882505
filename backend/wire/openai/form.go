package openai

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"strings"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
)

// readForm reads a multipart form (RFC 7578) by hand: fields are still found in
// one that broke off, and in one whose files were shortened on the way here. A
// file's bytes are not copied; its name, type and size are kept as a parameter.
func readForm(boundary string, body []byte) (wire.Request, error) {
	out := wire.Request{Params: map[string]string{}}
	if boundary == "" {
		return out, errors.New("reading an OpenAI form: it has no boundary")
	}
	var prompt string
	var files []exchange.Part
	params := map[string][]string{}
	rest, ended := formParts([]byte("--"+boundary), body, func(head, data []byte) {
		name, file, contentType := disposition(head)
		value := strings.ToValidUTF8(string(data[:min(len(data), maxField)]), "\uFFFD")
		switch {
		case file != "" || contentType != "" && !strings.HasPrefix(contentType, "text/"):
			media, _, _ := strings.Cut(contentType, ";")
			p := exchange.Part{Type: exchange.PartFile, MediaType: strings.TrimSpace(media)}
			if kind, _, _ := strings.Cut(media, "/"); kind == "audio" || kind == "image" {
				p.Type = exchange.PartType(kind)
			}
			files = append(files, p)
			params[name] = append(params[name], fmt.Sprintf(`{"filename":%s,"content_type":%s,"bytes":%d}`, quote(file), quote(contentType), len(data)))
		case name == "model":
			out.Model = value
		case name == "prompt":
			prompt = value
		case name == "stream":
			stream := value == "true" || value == "True" || value == "1"
			out.Stream = &stream
		case name != "":
			params[name] = append(params[name], string(quote(value)))
		}
	})
	for name, values := range params {
		out.Params[name] = values[0]
		if len(values) > 1 {
			out.Params[name] = "[" + strings.Join(values, ",") + "]"
		}
	}
	if prompt != "" {
		out.Messages = append(out.Messages, user(exchange.Part{Type: exchange.PartText, Text: prompt}))
	}
	out.Messages = withParts(out.Messages, files)
	if !ended {
		return out, fmt.Errorf("reading an OpenAI form: it breaks off, %d bytes before its end", len(rest))
	}
	return out, nil
}

// maxField is how much of a form's text field is kept, in bytes.
const maxField = 1 << 20

// formParts gives each part of a form to part. The rest is what comes after the
// last whole one; ended says that the form's end was seen.
func formParts(delimiter, body []byte, part func(head, data []byte)) (rest []byte, ended bool) {
	_, rest, ok := cutDelimiter(delimiter, body)
	for ok && !bytes.HasPrefix(rest, []byte("--")) {
		one, after, found := cutDelimiter(delimiter, rest)
		if !found {
			return rest, false
		}
		one = bytes.TrimLeft(one, " \t")
		one = bytes.TrimPrefix(bytes.TrimPrefix(one, []byte("\r")), []byte("\n"))
		head, data, whole := bytes.Cut(one, []byte("\r\n\r\n"))
		if !whole {
			head, data, _ = bytes.Cut(one, []byte("\n\n"))
		}
		part(head, data)
		rest = after
	}
	return rest, ok
}

// cutDelimiter cuts at the next delimiter that begins a line, the line's end
// before it included.
func cutDelimiter(delimiter, b []byte) (before, after []byte, ok bool) {
	for from := 0; ; {
		i := bytes.Index(b[from:], delimiter)
		if i < 0 {
			return b, nil, false
		}
		i += from
		if i == 0 || b[i-1] == '\n' {
			before = bytes.TrimSuffix(bytes.TrimSuffix(b[:i], []byte("\n")), []byte("\r"))
			return before, b[i+len(delimiter):], true
		}
		from = i + 1
	}
}

// disposition reads a part's header: its field's name, its file's name and its
// type.
func disposition(head []byte) (name, file, contentType string) {
	for l := range strings.Lines(string(head[:min(len(head), 4<<10)])) {
		key, value, _ := strings.Cut(l, ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "content-disposition":
			if _, params, err := mime.ParseMediaType(value); err == nil || errors.Is(err, mime.ErrInvalidMediaParameter) {
				name, file = params["name"], params["filename"]
			}
		case "content-type":
			contentType = value
		}
	}
	name = strings.ToValidUTF8(strings.TrimSuffix(name, "[]"), "\uFFFD")
	return name, strings.ToValidUTF8(file, "\uFFFD"), contentType
}
