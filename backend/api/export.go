package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"

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

// job is one export: of the log's requests, or of a table of the window's.
type job struct {
	name, mediaType string
	write           func(ctx context.Context, w io.Writer, progress func(rows int64)) (export.Result, error)
}

// job reads what is to be written: q is the filter of requests, or the period and
// the user of a table.
func (a *API) job(q url.Values, table string, o export.Options) (job, error) {
	about := ""
	var write func(ctx context.Context, w io.Writer, o export.Options) (export.Result, error)
	if table != "" {
		t, err := a.table(q, table)
		if err != nil {
			return job{}, err
		}
		if o.Format != export.AsCSV && o.Format != export.AsJSONL {
			return job{}, problem(http.StatusBadRequest, "bad_format", "a table is written as csv or jsonl")
		}
		about = "-" + table + "s"
		write = func(ctx context.Context, w io.Writer, o export.Options) (export.Result, error) {
			return export.WriteTable(ctx, w, t, o)
		}
	} else {
		f, err := a.filter(q)
		if err != nil {
			return job{}, err
		}
		if !slices.Contains(export.Formats(), o.Format) {
			return job{}, problem(http.StatusBadRequest, "bad_format", export.ErrFormat.Error())
		}
		write = func(ctx context.Context, w io.Writer, o export.Options) (export.Result, error) {
			return export.Write(ctx, w, a.Log, f, o, a.Dialect)
		}
	}
	ending, mediaType := o.Format.File()
	return job{"gumshoe" + about + "-" + a.Now().Format("2006-01-02-150405") + "." + ending, mediaType,
		func(ctx context.Context, w io.Writer, progress func(rows int64)) (export.Result, error) {
			o.Progress = progress
			return write(ctx, w, o)
		}}, nil
}

// download streams an export to a browser. With job, a name, its page can ask how far
// it is and end it.
func (a *API) download(w http.ResponseWriter, r *http.Request, format export.Format) error {
	q := r.URL.Query()
	j, err := a.job(q, q.Get("table"), export.Options{Format: format, Bodies: q.Get("bodies") == "1", BOM: q.Get("bom") == "1", Semicolon: q.Get("sep") == ";"})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", j.mediaType)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", j.name))
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	d, ended := a.follow(q.Get("job"), cancel)
	res, err := j.write(ctx, w, d.looked)
	switch {
	case err == nil:
		ended("done", res)
	case ctx.Err() != nil:
		ended("cancelled", res)
	default:
		ended("failed", res)
		a.Logger.Error("exporting", "error", err)
	}
	if err != nil {
		panic(http.ErrAbortHandler) // a cut download fails visibly, a short file would not
	}
	return nil
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
	if in.Format == "" {
		in.Format = string(export.AsCSV)
	}
	j, err := a.job(q, in.Table, export.Options{Format: export.Format(in.Format), Bodies: in.Bodies, BOM: in.BOM, Semicolon: in.Semicolon})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	if !a.exporting.CompareAndSwap(nil, &cancel) {
		return problem(http.StatusConflict, "exporting", "an export is being written already")
	}
	defer a.exporting.Store(nil)
	path, err := a.Machine.SaveFile(j.name)
	if err != nil {
		return fmt.Errorf("asking where to save: %w", err)
	}
	if path == "" {
		return answer(w, dto.ExportResult{Left: map[string]int64{}})
	}
	tell := func(rows int64, done bool) {
		a.Bus.Publish(dto.Event{Type: "export", Export: &dto.ExportProgress{Rows: rows, Done: done}})
	}
	var res export.Result
	err = export.File(path, func(w io.Writer) (err error) {
		res, err = j.write(ctx, w, func(rows int64) { tell(rows, false) })
		return err
	})
	tell(res.Rows, true)
	if err != nil {
		if ctx.Err() != nil {
			return problem(http.StatusConflict, "export_cancelled", "the export was cancelled; no file was written")
		}
		return problem(http.StatusConflict, "cannot_write", "the export broke off, and no file was written: "+err.Error())
	}
	return answer(w, dto.ExportResult{Path: path, Rows: res.Rows, Left: res.Left})
}
