package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/export"
	"gumshoe/backend/store"
)

// table is what a page lists, with every row of it and not only those drawn.
func (a *API) table(q url.Values, of string) (export.Table, error) {
	if of == "chat" {
		return a.chatTable(q.Get("user")), nil
	}
	by := store.By(of)
	if !slices.Contains([]store.By{store.ByModel, store.ByUser, store.ByTask, store.ByUpstream, "month", "speed", "stay"}, by) {
		return export.Table{}, problem(http.StatusBadRequest, "bad_filter", "table is model, user, task, upstream, month, chat, speed or stay")
	}
	from, to, err := period(q)
	if err != nil {
		return export.Table{}, err
	}
	switch of {
	case "speed":
		return a.speedTable(from, to, q.Get("upstream")), nil
	case "stay":
		return a.stayTable(from, to), nil
	}
	zone, err := zoneOf(q)
	if err != nil {
		return export.Table{}, err
	}
	if of == "month" {
		return a.monthTable(from, to, zone)
	}
	return a.groupTable(by, from, to), nil
}

// groupTable has the groups of a period; before is their requests in the period
// before, where the log reaches so far back.
func (a *API) groupTable(by store.By, from, to int64) export.Table {
	head := []string{string(by)}
	switch by {
	case store.ByModel:
		head = append(head, "users", "context_length", "context_basis")
	case store.ByUser:
		head = append(head, "models", "chats")
	}
	head = append(append(head, "requests_before", "last_at"), export.FigureColumns()...)
	return export.Table{Columns: head, Each: func(ctx context.Context, fn func([]any) error) error {
		list, err := a.Log.Groups(ctx, by, store.Of{}, from, to)
		if err != nil {
			return err
		}
		compared, err := a.reachesBefore(ctx, from, to)
		if err != nil {
			return err
		}
		long := map[string]*dto.ContextLength{}
		if by == store.ByModel {
			if long, err = a.contexts(ctx, list, from, to); err != nil {
				return err
			}
		}
		chats, counted := map[string]int64{}, false
		if by == store.ByUser {
			if chats, counted, err = a.Log.CountChats(ctx, from, to); err != nil {
				return err
			}
		}
		for _, g := range list {
			row := []any{g.Value}
			if by == store.ByModel || by == store.ByUser {
				row = append(row, g.Peers)
			}
			if c := long[g.Value]; c != nil {
				row = append(row, c.Tokens, c.Basis)
			} else if by == store.ByModel {
				row = append(row, (*int64)(nil), "")
			}
			if n := chats[g.Value]; counted {
				row = append(row, n)
			} else if by == store.ByUser {
				row = append(row, (*int64)(nil))
			}
			var before *int64
			if compared {
				before = new(int64)
				if g.Before != nil {
					before = &g.Before.Requests
				}
			}
			row = append(row, before, export.Moment(g.LastAt))
			if err := fn(append(row, export.FigureCells(&g.Figures)...)); err != nil {
				return err
			}
		}
		return nil
	}}
}

// monthTable has the calendar months of a period, the newest first.
func (a *API) monthTable(from, to int64, zone *time.Location) (export.Table, error) {
	steps, _, err := bounds(from, to, 0, "month", zone)
	if err != nil {
		return export.Table{}, err
	}
	return export.Table{Columns: append([]string{"month"}, export.FigureColumns()...), Each: func(ctx context.Context, fn func([]any) error) error {
		_, slots, err := a.Log.Graph(ctx, store.Of{}, steps, to)
		if err != nil {
			return err
		}
		for _, s := range slices.Backward(slots) {
			month := time.UnixMicro(s.At).In(zone).Format("2006-01")
			if err := fn(append([]any{month}, export.FigureCells(&s.Figures)...)); err != nil {
				return err
			}
		}
		return nil
	}}, nil
}

// chatTable has all chats, the one used last first.
func (a *API) chatTable(user string) export.Table {
	head := append([]string{"chat", "basis", "user", "title", "models", "answers", "first_at", "last_at"}, export.FigureColumns()...)
	return export.Table{Columns: head, Each: func(ctx context.Context, fn func([]any) error) error {
		for before := ""; ; {
			list, more, err := a.Log.Chats(ctx, user, before, store.MaxPage)
			if err != nil {
				return err
			}
			for _, c := range list {
				models := append([]string{}, c.Models...)
				row := []any{c.ID, string(c.Basis), c.User, c.Title, models, c.Answers, export.Moment(c.FirstAt), export.Moment(c.LastAt)}
				if err := fn(append(row, export.FigureCells(&c.Figures)...)); err != nil {
					return err
				}
				before = c.LastID
			}
			if !more || len(list) == 0 {
				return nil
			}
		}
	}}
}
