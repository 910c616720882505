// Package openwebui tells who sent a request, in which chat and what for, from
// the headers that Open WebUI adds (or a client of Helicone), from the request's
// body and from the prompts of Open WebUI's background tasks; and it says which
// of those headers must not go to an upstream.
//
// Guarantees: everything but Chats is a pure function of what it is given; Chats
// keeps a bounded index that its caller owns. Header names are compared without
// regard to case. Every text that comes out is valid UTF-8 without control
// characters and bounded, whatever goes in. A signed token and a write key are
// never in a result that is kept.
//
// Where the facts are from: docs/open-webui.md §3 to §5, docs/helicone.md §1.5.
//
// Test it with plain values: go test ./backend/openwebui
package openwebui

import (
	"strings"

	"gumshoe/backend/exchange"
)

// Config is what a person has set. The zero Config knows the fixed headers only.
type Config struct {
	// Names of further headers, for an Open WebUI whose names were changed
	// (FORWARD_USER_INFO_HEADER_…) and for other clients. They are asked before
	// the fixed ones, in this order.
	UserHeaders   []string `json:"user_headers,omitempty"`
	ChatHeaders   []string `json:"chat_headers,omitempty"`
	TaskHeaders   []string `json:"task_headers,omitempty"`
	AnswerHeaders []string `json:"answer_headers,omitempty"`
	// TokenHeaders are asked for the signed token beside X-OpenWebUI-User-Jwt.
	TokenHeaders []string `json:"token_headers,omitempty"`
	// TokenSecret is FORWARD_USER_INFO_HEADER_JWT_SECRET; empty where it is not
	// known. It is kept in secrets, never in settings.
	TokenSecret []byte `json:"-"`
}

// Request is what is known of a request.
type Request struct {
	Headers []exchange.Header
	Claims  *exchange.Claims // what Token gave, nil for none
	// Params are the body's top-level fields as JSON text (wire.Request.Params);
	// nil where the body was not read.
	Params map[string]string
}

// Source says where a value comes from: the header's name in lower case, "jwt",
// "jwt (unverified)" or "body." and the field; "" where there is no value.
type Source struct {
	From  string
	Basis exchange.Basis // Reported, or Missing where there is no value
}

// Identity is who sent a request and what for. Empty fields are unknown.
type Identity struct {
	User                     string // to be shown: e-mail, else name, else id
	UserID, Email, Name      string
	Role                     string // admin, user
	Chat                     string // id of the conversation
	Answer                   string // id of the answer that the request works on
	UserMessage              string // id of the user message that is answered
	Task                     exchange.Task
	TaskSaid                 bool // a header said what for: an empty Task is then no background task
	Session                  Session
	Properties               map[string]string // of Helicone-Property-<Name>, by the name in header case; nil for none
	UserSource, ChatSource   Source
	AnswerSource, TaskSource Source
}

// Session is Helicone's: a chain of requests as the client names it.
type Session struct {
	ID   string
	Path string // "/parent/child"
	Name string
}

// Identify says who sent a request. Of what is said twice it believes, in this
// order: a verified token, configured headers, Open WebUI's headers, an
// unverified token, Helicone's headers, the body.
func Identify(r Request, cfg Config) Identity {
	f := fieldsOf(r.Headers)
	id := Identity{
		UserMessage: f.get("x-openwebui-user-message-id"),
		Session: Session{
			ID: f.get("helicone-session-id"), Path: f.get("helicone-session-path"), Name: f.get("helicone-session-name"),
		},
		Properties: properties(r.Headers),
	}
	body := bodyOf(r.Params)
	id.user(f, r.Claims, body, cfg)
	id.Chat, id.ChatSource = first(
		f.among(cfg.ChatHeaders), f.among([]string{"x-openwebui-chat-id", "helicone-session-id"}),
		said{body.chat, body.chatFrom})
	id.Answer, id.AnswerSource = first(f.among(cfg.AnswerHeaders), f.among([]string{"x-openwebui-message-id"}))
	var task string
	task, id.TaskSource = first(f.among(cfg.TaskHeaders), f.among([]string{"x-openwebui-task"}))
	id.Task = exchange.Task(task)
	id.TaskSaid = task != "" || f.saidNothing(append([]string{"x-openwebui-task"}, cfg.TaskHeaders...))
	return id
}

// user fills in who it is.
func (id *Identity) user(f fields, claims *exchange.Claims, body bodyUser, cfg Config) {
	take := func(from, userID, email, name, role string) bool {
		shown := email
		if shown == "" {
			shown = name
		}
		if shown == "" {
			shown = userID
		}
		if shown == "" {
			return false
		}
		id.User, id.UserID, id.Email, id.Name, id.Role = shown, userID, email, name, role
		id.UserSource = Source{from, exchange.Reported}
		return true
	}
	c := exchange.Claims{}
	if claims != nil {
		c = exchange.Claims{Subject: clean(claims.Subject), Email: clean(claims.Email), Name: clean(claims.Name), Role: clean(claims.Role), Verified: claims.Verified}
	}
	if c.Verified && take("jwt", c.Subject, c.Email, c.Name, c.Role) {
		return
	}
	role := f.get("x-openwebui-user-role")
	userID, email, name := f.get("x-openwebui-user-id"), f.get("x-openwebui-user-email"), percentDecoded(f.get("x-openwebui-user-name"))
	if s := f.among(cfg.UserHeaders); s.value != "" {
		id.User, id.UserID, id.Email, id.Name, id.Role = percentDecoded(s.value), userID, email, name, role
		id.UserSource = Source{s.from, exchange.Reported}
		return
	}
	from := "x-openwebui-user-email"
	if email == "" {
		from = "x-openwebui-user-name"
		if name == "" {
			from = "x-openwebui-user-id"
		}
	}
	_ = take(from, userID, email, name, role) ||
		!c.Verified && take("jwt (unverified)", c.Subject, c.Email, c.Name, c.Role) ||
		take("helicone-user-id", f.get("helicone-user-id"), "", "", "") ||
		take(body.from, body.id, body.email, body.name, body.role)
}

// said is a value and where it stood.
type said struct{ value, from string }

func first(all ...said) (string, Source) {
	for _, s := range all {
		if s.value != "" {
			return s.value, Source{s.from, exchange.Reported}
		}
	}
	return "", Source{}
}

// TaskFor is what a request is for: what a header says; else, where none is
// configured, what the prompt shows; and a tool loop by its shape. stream is
// what the request's "stream" field says, nil where it says nothing.
func TaskFor(id Identity, stream *bool, messages []exchange.Message) (exchange.Task, exchange.Basis) {
	switch {
	case id.Task != "":
		return id.Task, exchange.Reported
	case len(messages) == 0:
		return "", exchange.Missing
	case !id.TaskSaid:
		return TaskOf(stream, messages), exchange.Inferred
	case inToolLoop(messages):
		return exchange.TaskToolLoop, exchange.Inferred
	}
	return exchange.TaskChat, exchange.Reported
}

// Background says whether a task is none that a person waits for as an answer:
// neither chat, tool loop nor a merge of answers.
func Background(t exchange.Task) bool {
	return t != "" && t != exchange.TaskChat && t != exchange.TaskToolLoop && t != TaskMerge
}

// lower is a header's name to compare by.
func lower(name string) string { return strings.ToLower(strings.TrimSpace(name)) }
