package openai

import (
	"bytes"
	"encoding/json"
	"strings"
)

// ErrorText words an error value as one line: a string, or an object with a
// message; "" where there is none. OpenRouter's metadata.raw, what the provider
// behind it said, is put after its own words.
func ErrorText(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	if isEmpty(raw) {
		return ""
	}
	if s, ok := text(raw); ok {
		return line(s)
	}
	var o struct {
		Message  json.RawMessage
		Error    json.RawMessage
		Detail   json.RawMessage
		Msg      string // FastAPI's entries
		Type     string
		Code     json.RawMessage
		Metadata struct{ Raw string }
	}
	if raw[0] == '[' {
		if l := list(raw); len(l) > 0 && l[0][0] != '[' {
			return ErrorText(l[0])
		}
		return line(string(raw))
	}
	if Lenient(raw, &o) != nil {
		return line(string(raw))
	}
	for _, m := range []json.RawMessage{o.Message, o.Error, o.Detail} {
		if s, ok := text(m); ok && s != "" {
			if o.Metadata.Raw != "" && o.Metadata.Raw != s {
				s += ": " + o.Metadata.Raw
			}
			return line(s)
		}
	}
	if s := nestedError(o.Error); s != "" {
		return s
	}
	code, _ := text(o.Code)
	if s := firstText(o.Msg, o.Type, code); s != "" {
		return line(s)
	}
	return line(string(raw))
}

// nestedError reads an error inside of an error, one level deep.
func nestedError(raw json.RawMessage) string {
	var o struct{ Message, Type string }
	if isEmpty(raw) || Lenient(raw, &o) != nil {
		return ""
	}
	return line(firstText(o.Message, o.Type))
}

// bodyError words the body of a reply whose status says that it failed.
func bodyError(body []byte) string {
	var o struct {
		Error, Message, Detail, Errors json.RawMessage
		Description                    string `json:"error_description"`
	}
	if len(body) > 0 && body[0] == '[' {
		return ErrorText(body)
	}
	if Lenient(body, &o) != nil {
		return line(string(body))
	}
	for _, raw := range []json.RawMessage{o.Error, o.Message, o.Detail, o.Errors} {
		if s := ErrorText(raw); s != "" {
			return s
		}
	}
	return line(o.Description)
}

// maxLine is the most bytes of an error that are kept.
const maxLine = 500

// line makes s one line of at most maxLine bytes.
func line(s string) string {
	if len(s) > 16*maxLine {
		s = s[:16*maxLine] // the rest can't show
	}
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
	if len(s) > maxLine {
		s = strings.ToValidUTF8(s[:maxLine], "") + "…"
	}
	return s
}

// stray looks in a stream for lines that are no server-sent events but say what
// went wrong: a bare JSON object, or llama.cpp's former "error: {…}".
type stray struct {
	emit func(line []byte)
	line []byte
	skip bool
}

// maxStray is the longest such line that is read, in bytes.
const maxStray = 64 << 10

// Write takes the next bytes.
func (s *stray) Write(p []byte) {
	for len(p) > 0 {
		if len(s.line) == 0 && p[0] != '{' && p[0] != 'e' && p[0] != '\n' {
			s.skip = true // nothing of this line need be copied
		}
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			s.keep(p)
			return
		}
		s.keep(p[:i])
		s.flush()
		p = p[i+1:]
	}
}

func (s *stray) keep(p []byte) {
	const mark = "error:"
	if s.skip || len(p) == 0 {
		return
	}
	s.line = append(s.line, p[:min(len(p), maxStray+1-len(s.line))]...)
	l := s.line
	n := min(len(l), len(mark))
	s.skip = len(l) > maxStray || l[0] != '{' && string(l[:n]) != mark[:n]
}

func (s *stray) flush() {
	if !s.skip && len(s.line) > 0 {
		s.emit(bytes.TrimSpace(bytes.TrimPrefix(s.line, []byte("error:"))))
	}
	s.line, s.skip = s.line[:0], false
}
