// Package openwebui tells who sent a request, in which chat and what for, from
// the headers that Open WebUI (or Helicone's guide) adds and from the prompts
// of Open WebUI's background tasks.
//
// Everything here is a pure function of what it is given. Header names are
// compared without regard to case; values are made valid UTF-8.
//
// Test it with plain values: go test ./backend/openwebui
package openwebui

import (
	"net/url"
	"strings"

	"gumshoe/backend/exchange"
)

// Identity is what the headers of a request say. Empty fields are unknown.
type Identity struct {
	User   string // e-mail, else name, else id
	Chat   string
	Answer string        // id of the answer that the request works on
	Task   exchange.Task // a background task by Open WebUI's own name
}

// Identify reads the headers of a request.
func Identify(headers []exchange.Header) Identity {
	values := map[string]string{}
	for _, h := range headers {
		name := strings.ToLower(h.Name)
		if _, seen := values[name]; !seen {
			values[name] = clean(h.Value)
		}
	}
	first := func(names ...string) string {
		for _, n := range names {
			if v := values[n]; v != "" {
				return v
			}
		}
		return ""
	}
	user := first("x-openwebui-user-email")
	if user == "" {
		user = percentDecoded(first("x-openwebui-user-name"))
	}
	if user == "" {
		user = first("x-openwebui-user-id", "helicone-user-id")
	}
	return Identity{
		User:   user,
		Chat:   first("x-openwebui-chat-id", "helicone-session-id"),
		Answer: first("x-openwebui-message-id"),
		Task:   exchange.Task(first("x-openwebui-task")),
	}
}

// maxValue bounds an identity in bytes; ids and addresses are far shorter.
const maxValue = 320

// clean makes a header's value fit to be shown and compared. A placeholder
// that an older Open WebUI did not fill in counts as nothing, as does what was
// redacted.
func clean(v string) string {
	v = strings.TrimSpace(strings.ToValidUTF8(v, "\uFFFD"))
	if strings.HasPrefix(v, "{{") || v == "[redacted]" {
		return ""
	}
	if len(v) > maxValue {
		v = strings.ToValidUTF8(v[:maxValue], "")
	}
	return v
}

func percentDecoded(v string) string {
	if d, err := url.PathUnescape(v); err == nil {
		return strings.ToValidUTF8(d, "\uFFFD")
	}
	return v
}
