package api

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"gumshoe/backend/decode"
	"gumshoe/backend/export"
	"gumshoe/backend/query"
	"gumshoe/backend/snippet"
	"gumshoe/backend/store"
)

// curl gives the request as a command for a POSIX shell.
func (a *API) curl(w http.ResponseWriter, r *http.Request) error { return a.copyAs(w, r, "curl") }

func (a *API) snippet(w http.ResponseWriter, r *http.Request) error {
	return a.copyAs(w, r, r.URL.Query().Get("as"))
}

// copyAs gives one exchange as something to run or to keep. Secrets are
// placeholders; the redaction before the journal left nothing else.
func (a *API) copyAs(w http.ResponseWriter, r *http.Request, as string) error {
	ctx, id := r.Context(), r.PathValue("id")
	rec, err := a.Log.Get(ctx, id)
	if err != nil {
		return err
	}
	text := ""
	switch as {
	case "md", "har":
		tree, err := query.Parse("id:"+id, nil)
		if err != nil {
			return store.ErrNotFound
		}
		var b strings.Builder
		if _, err := export.Write(ctx, &b, a.Log, query.Filter{Where: tree}, export.Options{Format: export.Format(as)}, a.Dialect); err != nil {
			return err
		}
		text = b.String()
	case "curl", "powershell", "python", "javascript", "ollama":
		body, size, err := a.Log.Body(ctx, id, store.Request)
		if err != nil {
			return err
		}
		defer body.Close()
		req := snippet.Request{Start: rec.Start, API: rec.API, Size: size, ID: id}
		if size <= snippet.MaxBody {
			if req.Body, err = io.ReadAll(body); err != nil {
				return fmt.Errorf("reading the request's body: %w", err)
			}
		}
		switch as {
		case "curl":
			text = snippet.Curl(req)
		case "powershell":
			text = snippet.PowerShell(req)
		case "python":
			text = snippet.Python(req)
		case "javascript":
			text = snippet.JavaScript(req)
		default:
			said, err := decode.Stored(rec, strings.NewReader(string(req.Body)), strings.NewReader(""), a.Dialect)
			if err != nil {
				return err
			}
			var ok bool
			if text, ok = snippet.Ollama(&rec.Exchange, decode.PromptText(said.Request.Messages)); !ok {
				return problem(http.StatusConflict, "no_snippet", "this request can't be written so")
			}
		}
	default:
		return problem(http.StatusBadRequest, "no_snippet", "as is curl, powershell, python, javascript, ollama, md or har")
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, text) // a page that left needs none
	return nil
}
