package api

import (
	"context"
	"net/http"
	"slices"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/query"
	"gumshoe/backend/store"
)

// maxChat is how many exchanges of a chat are listed beside one.
const maxChat = 100

// rows are stored rows as the list shows them, with their stars.
func (a *API) rows(ctx context.Context, rows []store.Row) ([]dto.Row, error) {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	marks, err := a.Log.Marks(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]dto.Row, 0, len(rows))
	for _, r := range rows {
		one := Row(r.Exchange, r.Prompt)
		one.Starred = marks[r.ID].Starred
		out = append(out, one)
	}
	return out, nil
}

func markOf(m store.Mark) dto.Mark {
	return dto.Mark{Starred: m.Starred, Rating: m.Rating, Tags: append([]string{}, m.Tags...), Note: m.Note}
}

func (a *API) setMark(w http.ResponseWriter, r *http.Request) error {
	var in dto.Mark
	if err := read(r, &in); err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := a.Log.SetMark(r.Context(), id, store.Mark{Starred: in.Starred, Rating: in.Rating, Tags: in.Tags, Note: in.Note}); err != nil {
		return err
	}
	marks, err := a.Log.Marks(r.Context(), []string{id})
	if err != nil {
		return err
	}
	return answer(w, markOf(marks[id]))
}

func (a *API) related(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	rec, err := a.Log.Get(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	out := dto.Related{Answer: []dto.Row{}, Chat: []dto.Row{}, Noticed: []dto.Row{}}
	page := func(f query.Filter, limit int) ([]dto.Row, bool, error) {
		rows, more, err := a.Log.Page(ctx, f, store.PageAt{Limit: limit})
		if err != nil {
			return nil, false, err
		}
		list, err := a.rows(ctx, rows)
		return list, more, err
	}
	if rec.Answer != "" {
		if out.Answer, _, err = page(query.Filter{Answers: []string{rec.Answer}}, maxChat); err != nil {
			return err
		}
		slices.Reverse(out.Answer)
	}
	if rec.Chat != "" {
		if out.Chat, out.More, err = page(query.Filter{Chats: []string{rec.Chat}}, maxChat); err != nil {
			return err
		}
	}
	var ids []string
	for _, v := range rec.Verdicts {
		ids = append(ids, v.Related...)
	}
	rows, err := a.Log.ByID(ctx, ids)
	if err != nil {
		return err
	}
	if out.Noticed, err = a.rows(ctx, rows); err != nil {
		return err
	}
	return answer(w, out)
}
