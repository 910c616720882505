package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/settings"
)

func (a *API) sqlViews(w http.ResponseWriter, r *http.Request) error {
	list, err := a.Log.Views(r.Context())
	if err != nil {
		return err
	}
	out := dto.SQLViews{Views: make([]dto.SQLView, 0, len(list))}
	for _, v := range list {
		one := dto.SQLView{Name: v.Name, Columns: make([]dto.SQLColumn, 0, len(v.Columns))}
		for _, c := range v.Columns {
			one.Columns = append(one.Columns, dto.SQLColumn(c))
		}
		out.Views = append(out.Views, one)
	}
	return answer(w, out)
}

// ask answers a person's own SQL.
func (a *API) ask(w http.ResponseWriter, r *http.Request) error {
	var in struct{ SQL, Name string }
	if err := read(r, &in); err != nil {
		return err
	}
	begun := time.Now()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	if in.Name != "" {
		a.asking.Store(in.Name, cancel)
		defer a.asking.Delete(in.Name)
	}
	got, err := a.Log.Ask(ctx, in.SQL)
	if err != nil {
		return err
	}
	out := dto.SQLAnswer{Columns: append([]string{}, got.Columns...), Rows: got.Rows, Cut: got.Cut, Took: time.Since(begun).Microseconds(), Exact: inexact(got.Rows)}
	if out.Rows == nil {
		out.Rows = [][]any{}
	}
	return answer(w, out)
}

// maxSafe is the largest whole number that JavaScript tells from its neighbours.
const maxSafe = 1<<53 - 1

// inexact lists the whole numbers that a page would round.
func inexact(rows [][]any) []dto.SQLInt {
	out := []dto.SQLInt{}
	for i, row := range rows {
		for k, cell := range row {
			if v, ok := cell.(int64); ok && (v > maxSafe || v < -maxSafe) {
				out = append(out, dto.SQLInt{Row: i, Column: k, Text: strconv.FormatInt(v, 10)})
			}
		}
	}
	return out
}

// cancelAsk ends a query by the name that its page gave it: the window does not say
// when a page has given a request up.
func (a *API) cancelAsk(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Name string }
	if err := read(r, &in); err != nil {
		return err
	}
	if cancel, ok := a.asking.Load(in.Name); ok {
		cancel.(context.CancelFunc)()
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) savedSQL(w http.ResponseWriter, r *http.Request) error {
	list, err := a.Settings.Queries(r.Context())
	if err != nil {
		return err
	}
	return answer(w, named(list))
}

func (a *API) setSavedSQL(w http.ResponseWriter, r *http.Request) error {
	list, err := readNamed(r)
	if err != nil {
		return err
	}
	if err := a.Settings.SetQueries(r.Context(), list); err != nil {
		return err
	}
	return a.savedSQL(w, r)
}

func named(list []settings.View) dto.Views {
	out := dto.Views{Views: make([]dto.View, 0, len(list))}
	for _, v := range list {
		out.Views = append(out.Views, dto.View(v))
	}
	return out
}

func readNamed(r *http.Request) ([]settings.View, error) {
	var in dto.Views
	if err := read(r, &in); err != nil {
		return nil, err
	}
	list := make([]settings.View, len(in.Views))
	for i, v := range in.Views {
		list[i] = settings.View(v)
	}
	return list, nil
}
