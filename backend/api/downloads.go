package api

import (
	"context"
	"maps"
	"net/http"
	"sync"
	"time"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/export"
)

// endedFor is how long the end of a download can be asked for.
const endedFor = time.Minute

// download is an export that a browser downloads, as its page asks about it: a page
// is not told how far a download is, nor what a format left out.
type download struct {
	cancel context.CancelFunc
	mu     sync.Mutex
	state  dto.ExportState
}

func (d *download) looked(rows int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state.Rows = rows
}

func (d *download) ended(state string, res export.Result) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.state.State, d.state.Written = state, res.Rows
	maps.Copy(d.state.Left, res.Left)
}

// follow keeps a download under the name that its page gave it till a minute after
// its end; without a name nobody asks.
func (a *API) follow(name string, cancel context.CancelFunc) (d *download, ended func(state string, res export.Result)) {
	d = &download{cancel: cancel, state: dto.ExportState{State: "running", Left: map[string]int64{}}}
	if name == "" {
		return d, d.ended
	}
	a.downloads.Store(name, d)
	return d, func(state string, res export.Result) {
		d.ended(state, res)
		time.AfterFunc(endedFor, func() { a.downloads.CompareAndDelete(name, d) })
	}
}

// downloadState says how far a download is, by its name.
func (a *API) downloadState(w http.ResponseWriter, r *http.Request) error {
	v, ok := a.downloads.Load(r.URL.Query().Get("job"))
	if !ok {
		return problem(http.StatusNotFound, "not_found", "no download of that name runs, or ended within a minute")
	}
	d := v.(*download)
	d.mu.Lock()
	out := d.state
	out.Left = maps.Clone(d.state.Left)
	d.mu.Unlock()
	return answer(w, out)
}

// cancelExport ends the download of a name, and without one the export that the
// window writes.
func (a *API) cancelExport(w http.ResponseWriter, r *http.Request) error {
	if name := r.URL.Query().Get("job"); name != "" {
		if v, ok := a.downloads.Load(name); ok {
			v.(*download).cancel()
		}
	} else if cancel := a.exporting.Load(); cancel != nil {
		(*cancel)()
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
