package api

import (
	"context"
	"net/http"
	"net/url"
	"reflect"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/query"
)

// maxDeleteIDs is how many ids one request may name.
const maxDeleteIDs = 10_000

func (a *API) deleteSome(w http.ResponseWriter, r *http.Request) error {
	var in dto.Deletion
	if err := read(r, &in); err != nil {
		return err
	}
	if len(in.IDs) > 0 {
		if in.Query != "" || len(in.IDs) > maxDeleteIDs {
			return problem(http.StatusBadRequest, "bad_filter", "send a filter or up to 10,000 ids")
		}
		return a.remove(w, r, in.Confirm, func(ctx context.Context) (int64, error) { return a.Log.DeleteIDs(ctx, in.IDs) })
	}
	q, err := url.ParseQuery(in.Query)
	if err != nil {
		return problem(http.StatusBadRequest, "bad_filter", "the filter can't be read")
	}
	f, err := a.filter(q)
	if err != nil {
		return err
	}
	if reflect.DeepEqual(f, query.Filter{}) {
		return problem(http.StatusBadRequest, "not_narrowed", "this filter finds everything; POST /api/delete-all deletes that")
	}
	return a.remove(w, r, in.Confirm, func(ctx context.Context) (int64, error) { return a.Log.DeleteWhere(ctx, f) })
}

func (a *API) deleteAll(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Confirm string }
	if err := read(r, &in); err != nil {
		return err
	}
	return a.remove(w, r, in.Confirm, a.Log.DeleteAll)
}

// remove deletes once that is confirmed, and has the pages look again.
func (a *API) remove(w http.ResponseWriter, r *http.Request, confirm string, do func(context.Context) (int64, error)) error {
	if confirm != "delete" {
		return problem(http.StatusBadRequest, "not_confirmed", `send "confirm":"delete"`)
	}
	n, err := do(r.Context())
	a.Bus.Publish(dto.Event{Type: "changed", What: "deleted"})
	if err != nil {
		return err
	}
	return answer(w, dto.Deleted{Deleted: n})
}
