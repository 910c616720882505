package openai

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"gumshoe/backend/exchange"
)

// items reads the APIs that answer with a list: embeddings and images ("data")
// and moderations ("results").
type items struct {
	data    []json.RawMessage
	results []json.RawMessage
	format  string          // of images
	partial json.RawMessage // the newest preview
}

func (r *items) read(a *assembler, e *envelope, raw []byte) bool {
	var o struct {
		Data      []json.RawMessage `json:"data"`
		Results   []json.RawMessage `json:"results"`
		Embedding json.RawMessage   `json:"embedding"` // llama.cpp's own form
		Format    string            `json:"output_format"`
		Image     json.RawMessage   `json:"b64_json"`
	}
	if Lenient(raw, &o) != nil {
		return false
	}
	r.data = append(r.data, o.Data...)
	r.results = append(r.results, o.Results...)
	r.format = firstText(o.Format, r.format)
	if !isNull(o.Embedding) {
		r.data = append(r.data, slices.Clone(raw))
	}
	if isNull(o.Image) {
		return false
	}
	// image_generation.partial_image, image_edit.completed …
	if strings.HasSuffix(e.Type, ".partial_image") {
		r.partial = slices.Clone(raw)
	} else {
		r.data, r.partial = append(r.data, slices.Clone(raw)), nil
		a.done = true
	}
	if a.stream {
		a.token(0) // an image is no token
	}
	return false
}

func (r *items) finish(a *assembler) {
	switch a.api {
	case exchange.OpenAIImages:
		if r.partial != nil { // the stream broke off
			r.data = append(r.data, r.partial)
		}
		for _, raw := range r.data {
			a.out.Messages = append(a.out.Messages, image(raw, r.format))
		}
		a.out.Ended = a.out.Ended || a.done
	case exchange.OpenAIModerations:
		for _, raw := range r.results {
			a.out.Messages = append(a.out.Messages, exchange.Message{Role: "assistant",
				Parts: []exchange.Part{{Type: exchange.PartOther, Text: compact(raw)}}})
		}
	default:
		var m exchange.Message
		for _, raw := range r.data {
			var o struct {
				Embedding json.RawMessage `json:"embedding"`
			}
			if Lenient(raw, &o) == nil && !isNull(o.Embedding) {
				m.Parts = append(m.Parts, Embedding(o.Embedding))
			}
		}
		if m.Role = "assistant"; len(m.Parts) > 0 {
			a.out.Messages = append(a.out.Messages, m)
		}
	}
}

// image reads one image of a reply.
func image(raw json.RawMessage, format string) exchange.Message {
	var o struct {
		Data    string `json:"b64_json"`
		URL     string `json:"url"`
		Revised string `json:"revised_prompt"`
		Format  string `json:"output_format"`
	}
	_ = Lenient(raw, &o)
	p := Image(o.URL)
	if o.Data != "" {
		p = exchange.Part{Type: exchange.PartImage, Data: o.Data, MediaType: ImageType(o.Data)}
		if f := firstText(o.Format, format); p.MediaType == "" && f != "" {
			p.MediaType = "image/" + f
		}
	}
	m := exchange.Message{Role: "assistant", Parts: []exchange.Part{p}}
	if o.Revised != "" {
		m.Extra = map[string]json.RawMessage{"revised_prompt": quote(o.Revised)}
	}
	return m
}

// Embedding says how many numbers an embedding has: an array, or the base64 of
// 32-bit floats.
func Embedding(raw json.RawMessage) exchange.Part {
	n := 0
	if s, ok := text(raw); ok {
		n = base64.RawStdEncoding.DecodedLen(len(strings.TrimRight(s, "="))) / 4
	} else {
		within := false
		for _, c := range raw {
			digit := c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'
			if digit && !within {
				n++
			}
			within = digit
		}
	}
	return exchange.Part{Type: exchange.PartEmbedding, Text: strconv.Itoa(n)}
}

// audio reads speech (a sound, or events with pieces of it) and transcriptions
// (JSON, plain text or events).
type audio struct {
	text, final strings.Builder
	usage       json.RawMessage // one in seconds has no tokens
	extra       Extras
	spoke       bool
}

func (r *audio) read(a *assembler, e *envelope, raw []byte) bool {
	f := object(bytes.Clone(raw)) // an event's bytes do not stay
	if f == nil {
		return false
	}
	var u usage
	if !isNull(e.Usage) && (Lenient(e.Usage, &u) != nil || !u.says()) {
		r.usage = e.Usage
	}
	delta := f.text("delta")
	r.text.WriteString(delta)
	switch e.Type {
	case "speech.audio.delta":
		r.spoke = true
		return !isEmpty(f["audio"])
	case "speech.audio.done", "transcript.text.done":
		a.done = true
	case "transcript.text.segment":
		r.extra.Add("segments", slices.Concat([]byte("["), raw, []byte("]")))
		return false
	}
	if s := f.text("text"); s != "" {
		r.final.Reset()
		r.final.WriteString(s)
	}
	for _, name := range []string{"logprobs", "segments", "words", "language", "duration"} {
		if e.Type != "transcript.text.done" || r.extra[name] == nil { // it repeats them
			r.extra.Add(name, f[name])
		}
	}
	return delta != ""
}

// plain takes a transcription that came as text, SRT or VTT.
func (r *audio) plain(s string) { r.final.WriteString(strings.ToValidUTF8(s, "\uFFFD")) }

func (r *audio) finish(a *assembler) {
	a.out.Ended = a.out.Ended || a.stream && a.done
	m := exchange.Message{Role: "assistant"}
	if s := firstText(r.final.String(), r.text.String()); s != "" {
		m.Parts = append(m.Parts, exchange.Part{Type: exchange.PartText, Text: s})
	}
	if a.api == exchange.OpenAISpeech && (r.spoke || a.binary && a.seen && a.meta.Status < 400) {
		media, _, _ := strings.Cut(a.meta.ContentType, ";")
		if a.stream {
			media = ""
		}
		m.Parts = append(m.Parts, exchange.Part{Type: exchange.PartAudio, MediaType: strings.TrimSpace(media)})
	}
	r.extra.Add("usage", r.usage)
	if m.Extra = r.extra.JSON(); len(m.Parts) > 0 {
		a.out.Messages = append(a.out.Messages, m)
	}
}
