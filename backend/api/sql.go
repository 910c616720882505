package api

import (
	"net/http"
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
		out.Views = append(out.Views, dto.SQLView(v))
	}
	return answer(w, out)
}

// ask answers a person's own SQL.
func (a *API) ask(w http.ResponseWriter, r *http.Request) error {
	var in struct{ SQL string }
	if err := read(r, &in); err != nil {
		return err
	}
	begun := time.Now()
	got, err := a.Log.Ask(r.Context(), in.SQL)
	if err != nil {
		return err
	}
	out := dto.SQLAnswer{Columns: append([]string{}, got.Columns...), Rows: got.Rows, Cut: got.Cut, Took: time.Since(begun).Microseconds()}
	if out.Rows == nil {
		out.Rows = [][]any{}
	}
	return answer(w, out)
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
