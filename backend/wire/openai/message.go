package openai

import (
	"encoding/json"
	"strings"

	"gumshoe/backend/exchange"
)

// readMessage reads one message of a chat request.
func readMessage(raw json.RawMessage) exchange.Message {
	f := object(raw)
	if f == nil {
		if s, ok := text(raw); ok {
			return exchange.Message{Parts: []exchange.Part{{Type: exchange.PartText, Text: s}}}
		}
		return exchange.Message{Parts: []exchange.Part{{Type: exchange.PartOther, Text: string(raw)}}}
	}
	m := exchange.Message{Role: f.text("role"), Name: f.text("name"), ToolCallID: f.text("tool_call_id")}
	var extra Extras
	if r := reasoning(f, &extra); r != "" {
		m.Parts = append(m.Parts, exchange.Part{Type: exchange.PartReasoning, Text: r})
	}
	m.Parts = append(m.Parts, parts(f.take("content"))...)
	if r := f.text("refusal"); r != "" {
		m.Parts = append(m.Parts, exchange.Part{Type: exchange.PartRefusal, Text: r})
	}
	for _, c := range list(f.take("tool_calls")) {
		m.ToolCalls = append(m.ToolCalls, readCall(c).whole())
	}
	if c := f.take("function_call"); c != nil {
		m.ToolCalls = append(m.ToolCalls, readLegacyCall(c).whole())
	}
	extra.addAll(f)
	m.Extra = extra.JSON()
	return m
}

// reasoning takes the reasoning of a message or a delta in all its spellings,
// which servers send beside each other with the same text: reasoning_content
// (DeepSeek, vLLM, llama.cpp, DashScope), reasoning (OpenRouter, Groq, Ollama),
// thinking, and the texts of reasoning_details (OpenRouter), which are kept as
// well: they carry signatures.
func reasoning(f fields, extra *Extras) string {
	r := firstText(f.text("reasoning_content"), f.text("reasoning"), f.text("thinking"))
	details := f.take("reasoning_details")
	if details == nil {
		return r
	}
	extra.Add("reasoning_details", details)
	if r != "" {
		return r
	}
	var all strings.Builder
	for _, d := range list(details) {
		var o struct{ Text, Summary string }
		if Lenient(d, &o) == nil {
			all.WriteString(firstText(o.Text, o.Summary))
		}
	}
	return all.String()
}

// parts reads content: a string, an array of typed parts, or null.
func parts(raw json.RawMessage) []exchange.Part {
	if isNull(raw) {
		return nil
	}
	if s, ok := text(raw); ok {
		if s == "" {
			return nil
		}
		return []exchange.Part{{Type: exchange.PartText, Text: s}}
	}
	if raw[0] != '[' {
		return []exchange.Part{part(raw)}
	}
	var out []exchange.Part
	for _, one := range list(raw) {
		if s, ok := text(one); ok {
			out = append(out, exchange.Part{Type: exchange.PartText, Text: s})
			continue
		}
		out = append(out, part(one))
	}
	return out
}

// part reads one typed piece of content, of chat or of responses.
func part(raw json.RawMessage) exchange.Part {
	other := exchange.Part{Type: exchange.PartOther, Text: string(raw)}
	var p struct {
		Type, Text, Refusal string
		Thinking            json.RawMessage
		ImageURL            json.RawMessage               `json:"image_url"`
		Audio               struct{ Data, Format string } `json:"input_audio"`
		File                struct{ fileFields }
		fileFields
	}
	if Lenient(raw, &p) != nil {
		return other
	}
	switch p.Type {
	case "text", "input_text", "output_text", "summary_text":
		return exchange.Part{Type: exchange.PartText, Text: p.Text}
	case "reasoning_text":
		return exchange.Part{Type: exchange.PartReasoning, Text: p.Text}
	case "thinking": // Mistral's is a list of texts
		var all strings.Builder
		for _, t := range parts(p.Thinking) {
			if t.Type == exchange.PartText {
				all.WriteString(t.Text)
			}
		}
		return exchange.Part{Type: exchange.PartReasoning, Text: all.String()}
	case "refusal":
		return exchange.Part{Type: exchange.PartRefusal, Text: p.Refusal}
	case "image_url", "input_image":
		u, ok := text(p.ImageURL)
		var o struct{ URL string }
		if !ok && !isNull(p.ImageURL) && Lenient(p.ImageURL, &o) == nil {
			u = o.URL
		}
		if u == "" {
			return other // an uploaded file's id
		}
		return Image(u)
	case "input_audio":
		return exchange.Part{Type: exchange.PartAudio, MediaType: audioType(p.Audio.Format), Data: p.Audio.Data}
	case "file", "input_file":
		if p.Type == "file" {
			p.fileFields = p.File.fileFields
		}
		return p.part(other)
	}
	return other
}

// fileFields is how a message holds a file.
type fileFields struct {
	Data string `json:"file_data"`
	URL  string `json:"file_url"`
}

func (f fileFields) part(other exchange.Part) exchange.Part {
	switch {
	case f.Data != "":
		p := Image(f.Data)
		if p.URL != "" { // plain base64
			p.Data, p.URL = p.URL, ""
		}
		p.Type = exchange.PartFile
		return p
	case f.URL != "":
		return exchange.Part{Type: exchange.PartFile, URL: f.URL}
	}
	return other
}

func audioType(format string) string {
	switch format {
	case "":
		return ""
	case "mp3":
		return "audio/mpeg"
	}
	return "audio/" + format
}

// Image reads an image's URL, which may carry the image itself.
func Image(u string) exchange.Part {
	rest, ok := strings.CutPrefix(u, "data:")
	if !ok {
		return exchange.Part{Type: exchange.PartImage, URL: u}
	}
	meta, data, _ := strings.Cut(rest, ",")
	media, _, _ := strings.Cut(meta, ";")
	return exchange.Part{Type: exchange.PartImage, MediaType: media, Data: data}
}

// ImageType tells an image by the first characters of its base64; "" where it
// can't.
func ImageType(data string) string {
	for _, t := range [...][2]string{{"/9j/", "image/jpeg"}, {"iVBOR", "image/png"}, {"R0lGOD", "image/gif"}, {"UklGR", "image/webp"}} {
		if strings.HasPrefix(data, t[0]) {
			return t[1]
		}
	}
	return ""
}
