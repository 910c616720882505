package api

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"gumshoe/backend/exchange"
	"gumshoe/backend/redact"
	"gumshoe/backend/store"
)

// maxCurl is the largest body that is put on a command line, in bytes.
const maxCurl = 256 << 10

// curl gives the request as a command for a POSIX shell. Secrets are the
// variable API_KEY; the redaction before the journal left nothing else.
func (a *API) curl(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	rec, err := a.Log.Get(r.Context(), id)
	if err != nil {
		return err
	}
	body, size, err := a.Log.Body(r.Context(), id, store.Request)
	if err != nil {
		return err
	}
	defer body.Close()
	var plain []byte
	if size <= maxCurl {
		if plain, err = io.ReadAll(body); err != nil {
			return fmt.Errorf("reading the request's body: %w", err)
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err = io.WriteString(w, curlCommand(rec.Start, plain, size, id))
	if err != nil {
		return nil // the page left
	}
	return nil
}

func curlCommand(s exchange.Start, body []byte, size int64, id string) string {
	var b strings.Builder
	b.WriteString("curl -X " + quote(s.Method) + " " + secretQuote(s.URL))
	for _, h := range s.Headers {
		l := strings.ToLower(h.Name)
		if l == "content-length" || l == "host" || l == "connection" || l == "accept-encoding" || l == "expect" ||
			l == "transfer-encoding" || strings.HasPrefix(l, "x-openwebui-") || strings.HasPrefix(l, "helicone-") {
			continue
		}
		v := h.Value
		if l == "authorization" && v == redact.Mark {
			v = "Bearer " + redact.Mark
		}
		b.WriteString(" \\\n  -H " + secretQuote(h.Name+": "+v))
	}
	switch {
	case size == 0:
	case size <= maxCurl && utf8.Valid(body) && !strings.ContainsRune(string(body), 0):
		b.WriteString(" \\\n  --data-binary " + quote(string(body)))
	default:
		b.WriteString(" \\\n  --data-binary @" + quote(id+"-request.bin"))
	}
	return b.String() + "\n"
}

// quote makes s one word of a POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// secretQuote does so and lets the shell fill in the key.
func secretQuote(s string) string {
	return strings.ReplaceAll(quote(s), redact.Mark, `'"$API_KEY"'`)
}
