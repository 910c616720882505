package api

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"time"

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
		return a.remove(w, r, in, func(ctx context.Context, tell func(int64)) (int64, error) { return a.Log.DeleteIDs(ctx, in.IDs, tell) })
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
	return a.remove(w, r, in, func(ctx context.Context, tell func(int64)) (int64, error) { return a.Log.DeleteWhere(ctx, f, tell) })
}

func (a *API) deleteAll(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Confirm string }
	if err := read(r, &in); err != nil {
		return err
	}
	return a.remove(w, r, dto.Deletion{Confirm: in.Confirm}, func(ctx context.Context, _ func(int64)) (int64, error) { return a.Log.DeleteAll(ctx) })
}

// tellEvery is how far apart news of a deletion are at least.
const tellEvery = 200 * time.Millisecond

// remove deletes once that is confirmed, says on the way how far it is, and has the
// pages look again.
func (a *API) remove(w http.ResponseWriter, r *http.Request, in dto.Deletion, do func(ctx context.Context, tell func(int64)) (int64, error)) error {
	if in.Confirm != "delete" {
		return problem(http.StatusBadRequest, "not_confirmed", `send "confirm":"delete"`)
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	var told time.Time
	tell := func(gone int64) {
		if in.Name != "" && time.Since(told) >= tellEvery {
			told = time.Now()
			a.Bus.Publish(dto.Event{Type: "deletion", Deletion: &dto.DeletionProgress{Name: in.Name, Gone: gone}})
		}
	}
	if in.Name != "" {
		a.deleting.Store(in.Name, cancel)
		defer a.deleting.Delete(in.Name)
	}
	n, err := do(ctx, tell)
	a.Bus.Publish(dto.Event{Type: "changed", What: "deleted"})
	if err != nil && (ctx.Err() == nil || r.Context().Err() != nil) {
		return err
	}
	return answer(w, dto.Deleted{Deleted: n, Cancelled: err != nil})
}

// cancelDelete ends a deletion by the name that its page gave it. What is gone stays
// gone.
func (a *API) cancelDelete(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Name string }
	if err := read(r, &in); err != nil {
		return err
	}
	if cancel, ok := a.deleting.Load(in.Name); ok {
		cancel.(context.CancelFunc)()
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
