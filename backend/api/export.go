package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/export"
)

// exportCSV is the address from before there were other formats.
func (a *API) exportCSV(w http.ResponseWriter, r *http.Request) error {
	return a.download(w, r, export.AsCSV)
}

func (a *API) exportAny(w http.ResponseWriter, r *http.Request) error {
	return a.download(w, r, export.Format(r.URL.Query().Get("format")))
}

// download streams an export to a browser.
func (a *API) download(w http.ResponseWriter, r *http.Request, format export.Format) error {
	q := r.URL.Query()
	f, err := a.filter(q)
	if err != nil {
		return err
	}
	o := export.Options{Format: format, Bodies: q.Get("bodies") == "1", BOM: q.Get("bom") == "1", Semicolon: q.Get("sep") == ";"}
	name, mediaType, err := a.exportName(o.Format)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	if _, err := export.Write(r.Context(), w, a.Log, f, o, a.Dialect); err != nil {
		if r.Context().Err() == nil {
			a.Logger.Error("exporting", "error", err)
		}
		panic(http.ErrAbortHandler) // a cut download fails visibly, a short file would not
	}
	return nil
}

func (a *API) exportName(f export.Format) (name, mediaType string, err error) {
	for _, known := range export.Formats() {
		if known == f {
			ending, mediaType := f.File()
			return "gumshoe-" + a.Now().Format("2006-01-02-150405") + "." + ending, mediaType, nil
		}
	}
	return "", "", problem(http.StatusBadRequest, "bad_format", export.ErrFormat.Error())
}

// exportFile writes where the person chooses in the window's save dialog. One
// runs at a time.
func (a *API) exportFile(w http.ResponseWriter, r *http.Request) error {
	in := dto.ExportRequest{Format: string(export.AsCSV)}
	if err := read(r, &in); err != nil {
		return err
	}
	q, err := url.ParseQuery(in.Query)
	if err != nil {
		return problem(http.StatusBadRequest, "bad_filter", "the filter can't be read")
	}
	f, err := a.filter(q)
	if err != nil {
		return err
	}
	if in.Format == "" {
		in.Format = string(export.AsCSV)
	}
	name, _, err := a.exportName(export.Format(in.Format))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	if !a.exporting.CompareAndSwap(nil, &cancel) {
		return problem(http.StatusConflict, "exporting", "an export is being written already")
	}
	defer a.exporting.Store(nil)
	path, err := a.Machine.SaveFile(name)
	if err != nil {
		return fmt.Errorf("asking where to save: %w", err)
	}
	if path == "" {
		return answer(w, dto.ExportResult{Left: map[string]int64{}})
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return problem(http.StatusConflict, "cannot_write", "the file can't be written: "+err.Error())
	}
	tell := func(rows int64, done bool) {
		a.Bus.Publish(dto.Event{Type: "export", Export: &dto.ExportProgress{Rows: rows, Done: done}})
	}
	res, err := export.Write(ctx, file, a.Log, f, export.Options{Format: export.Format(in.Format), Bodies: in.Bodies, BOM: in.BOM, Semicolon: in.Semicolon,
		Progress: func(rows int64) { tell(rows, false) }}, a.Dialect)
	tell(res.Rows, true)
	if err := errors.Join(err, file.Close()); err != nil {
		// Half a file would pass for a whole one.
		err = errors.Join(err, os.Remove(path))
		if ctx.Err() != nil {
			return problem(http.StatusConflict, "export_cancelled", "the export was cancelled; its file was removed")
		}
		return problem(http.StatusConflict, "cannot_write", "the export broke off, and its file was removed: "+err.Error())
	}
	return answer(w, dto.ExportResult{Path: path, Rows: res.Rows, Left: res.Left})
}

// cancelExport ends the export that is being written, if there is one.
func (a *API) cancelExport(w http.ResponseWriter, _ *http.Request) error {
	if cancel := a.exporting.Load(); cancel != nil {
		(*cancel)()
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
