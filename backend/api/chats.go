package api

import (
	"net/http"
	"strings"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/decode"
	"gumshoe/backend/exchange"
	"gumshoe/backend/store"
)

func chatOf(c store.Chat) dto.Chat {
	return dto.Chat{ID: c.ID, Basis: string(c.Basis), User: c.User, Title: c.Title, Models: append([]string{}, c.Models...), Answers: c.Answers,
		FirstAt: c.FirstAt, LastAt: c.LastAt, LastID: c.LastID, Figures: Figures(c.Figures)}
}

func (a *API) chats(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	limit, err := number(q, "limit", 50)
	if err != nil {
		return err
	}
	list, more, err := a.Log.Chats(r.Context(), q.Get("user"), q.Get("before"), int(min(max(limit, 1), store.MaxPage)))
	if err != nil {
		return err
	}
	out := dto.Chats{Chats: make([]dto.Chat, 0, len(list)), More: more}
	for _, c := range list {
		out.Chats = append(out.Chats, chatOf(c))
	}
	return answer(w, out)
}

func (a *API) chat(w http.ResponseWriter, r *http.Request) error {
	c, rows, more, err := a.Log.Chat(r.Context(), r.PathValue("id"), store.MaxPage)
	if err != nil {
		return err
	}
	list, err := a.rows(r.Context(), rows)
	if err != nil {
		return err
	}
	return answer(w, dto.ChatDetail{Chat: chatOf(c), Rows: list, More: more})
}

// anatomy says what a prompt is made of.
func (a *API) anatomy(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("id")
	rec, err := a.Log.Get(ctx, id)
	if err != nil {
		return err
	}
	request, _, err := a.Log.Body(ctx, id, store.Request)
	if err != nil {
		return err
	}
	defer request.Close()
	said, err := decode.Stored(rec, request, strings.NewReader(""), a.Dialect)
	if err != nil {
		return err
	}
	if a.Tokens == nil {
		return problem(http.StatusNotImplemented, "no_estimates", "tokens are not estimated here")
	}
	return answer(w, dissect(said.Request.Messages, said.Request.Tools, a.Tokens))
}

// dissect counts the parts of a prompt. The last message of a person begins the
// present turn; documents in it are told from the question by the marks that Open
// WebUI puts around them.
func dissect(messages []exchange.Message, tools []exchange.Tool, count func(string) int64) dto.Anatomy {
	var out dto.Anatomy
	last := -1
	for i := range messages {
		if messages[i].Role == "user" {
			last = i
		}
	}
	for _, t := range tools {
		out.Tools += count(t.Name + " " + t.Description + " " + string(t.Schema))
	}
	for i := range messages {
		m := &messages[i]
		var b strings.Builder
		for _, p := range m.Parts {
			if p.Type == exchange.PartImage {
				out.Images++
				continue
			}
			b.WriteString(p.Text + "\n")
		}
		for _, c := range m.ToolCalls {
			b.WriteString(c.Name + " " + c.Arguments + "\n")
		}
		text := b.String()
		switch {
		case m.Role == "system" || m.Role == "developer":
			out.System += count(text)
		case i < last:
			out.History += count(text)
		case i > last:
			out.Results += count(text)
		default:
			context, question := documents(text)
			out.Context += count(context)
			out.Last += count(question)
		}
	}
	return out
}

// documents parts a question from the documents around it.
func documents(text string) (context, question string) {
	before, rest, ok := strings.Cut(text, "<context>")
	if !ok {
		return "", text
	}
	inside, after, ok := strings.Cut(rest, "</context>")
	if !ok {
		return "", text
	}
	return inside, before + after
}
