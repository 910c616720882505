package openwebui

import (
	"encoding/json"
	"strings"
)

// maxParam is how long a body field may be that is asked for a user, in bytes.
const maxParam = 4 << 10

// bodyUser is who a request's body says that it is from.
type bodyUser struct {
	id, email, name, role string
	from                  string
	chat, chatFrom        string
}

// bodyOf reads OpenAI's user and safety_identifier, Open WebUI's user object,
// Anthropic's metadata.user_id (with the session that Claude Code puts into it)
// and the conversation of OpenAI's Responses.
func bodyOf(params map[string]string) (u bodyUser) {
	if s := text(params["conversation"]); s != "" {
		u.chat, u.chatFrom = s, "body.conversation"
	} else if s := text(object(params["conversation"])["id"]); s != "" {
		u.chat, u.chatFrom = s, "body.conversation"
	}
	if s := text(params["user"]); s != "" {
		u.id, u.from = s, "body.user"
		return u
	}
	if o := object(params["user"]); o != nil {
		u.id, u.email, u.name, u.role = text(o["id"]), text(o["email"]), text(o["name"]), text(o["role"])
		if u.id+u.email+u.name != "" {
			u.from = "body.user"
			return u
		}
	}
	if s := text(object(params["metadata"])["user_id"]); s != "" {
		u.from = "body.metadata.user_id"
		var session string
		if u.id, session = codeSession(s); session != "" && u.chat == "" {
			u.chat, u.chatFrom = session, u.from
		}
		return u
	}
	if s := text(params["safety_identifier"]); s != "" {
		u.id, u.from = s, "body.safety_identifier"
	}
	return u
}

// codeSession parts what Claude Code sends, "user_…_session_<uuid>" or a JSON
// object with session_id, into who and which session.
func codeSession(s string) (user, session string) {
	if who, id, ok := strings.Cut(s, "_session_"); ok && isUUID(id) && who != "" {
		return who, strings.ToLower(id)
	}
	if o := object(s); o != nil && isUUID(text(o["session_id"])) {
		for _, name := range []string{"account_uuid", "device_id", "user_id"} {
			if who := text(o[name]); who != "" {
				return who, strings.ToLower(text(o["session_id"]))
			}
		}
		return "", strings.ToLower(text(o["session_id"]))
	}
	return s, ""
}

// text is a JSON string, made fit to be shown; "" for anything else.
func text[T ~string | ~[]byte](raw T) string {
	var s string
	if len(raw) == 0 || len(raw) > maxParam || json.Unmarshal([]byte(raw), &s) != nil {
		return ""
	}
	return clean(s)
}

// object is a JSON object, nil for anything else.
func object(raw string) map[string]json.RawMessage {
	var o map[string]json.RawMessage
	if len(raw) == 0 || len(raw) > maxParam || json.Unmarshal([]byte(raw), &o) != nil {
		return nil
	}
	return o
}

// isUUID reports whether s is a UUID in its 36-character form, of any version.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'):
			return false
		}
	}
	return true
}
