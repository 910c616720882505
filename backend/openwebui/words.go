package openwebui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"gumshoe/backend/exchange"
)

// wording is what one turn says, without what clients leave out or put around it:
// spacing, reasoning, and the documents that Open WebUI puts before a question
// in the request that asks it and in no later one.
func wording(m exchange.Message) string {
	s := m.Text()
	switch roleOf(m) {
	case "assistant":
		s = spoken(s)
	case "user":
		s = Question(s)
	}
	return plain(s)
}

// plain has one space wherever s has any.
func plain(s string) string {
	if even(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for word := range strings.FieldsSeq(s) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word)
	}
	return b.String()
}

// even says that plain would change nothing. Most texts are so.
func even(s string) bool {
	last := byte(' ')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(s[i:])
			if unicode.IsSpace(r) {
				return false
			}
			i += n - 1
			last = 0
		case c == ' ' && last == ' ' || c >= '\t' && c <= '\r':
			return false
		default:
			last = c
		}
	}
	return s == "" || last != ' '
}

// Question is what the person asked of a text with Open WebUI's retrieval
// template around it.
func Question(s string) string {
	if !retrieval(s) {
		return s
	}
	if _, after, ok := strings.Cut(s, "<user_query>"); ok {
		if q, _, ok := strings.Cut(after, "</user_query>"); ok {
			return q
		}
	}
	if i := strings.LastIndex(s, "</context>"); i >= 0 && strings.TrimSpace(s[i+len("</context>"):]) != "" {
		return s[i+len("</context>"):]
	}
	return s
}

// spoken is an answer as Open WebUI sends it back: without reasoning, folded
// details and pictures.
func spoken(s string) string {
	if strings.Contains(s, "<") || strings.Contains(s, "◁") {
		for _, tag := range [][2]string{{"<think>", "</think>"}, {"<thinking>", "</thinking>"}, {"<reason>", "</reason>"}, {"<reasoning>", "</reasoning>"},
			{"<thought>", "</thought>"}, {"<Thought>", "</Thought>"}, {"<|begin_of_thought|>", "<|end_of_thought|>"}, {"◁think▷", "◁/think▷"}, {"<details", "</details>"}} {
			s = without(s, tag[0], tag[1])
		}
	}
	return noPictures(s)
}

// noPictures takes out ![words](address), in one pass.
func noPictures(s string) string {
	if !strings.Contains(s, "![") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "![")
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		words := strings.IndexAny(s[i:], "]\n") + i
		if words < i {
			b.WriteString(s)
			return b.String()
		}
		if !strings.HasPrefix(s[words:], "](") {
			b.WriteString(s[:words+1])
			s = s[words+1:]
			continue
		}
		end := strings.IndexAny(s[words:], ")\n") + words
		if end < words {
			b.WriteString(s)
			return b.String()
		}
		if s[end] == ')' {
			b.WriteString(s[:i])
		} else {
			b.WriteString(s[:end+1])
		}
		s = s[end+1:]
	}
}

// without takes out what stands between the two tags, tags included.
func without(s, open, end string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, open)
		_, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(before)
		s = after
	}
}
