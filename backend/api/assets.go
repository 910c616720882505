package api

import (
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// Policy is the content security policy of every page. Inline styles are set by
// scripts through the style object, which it allows; 'self' covers the runtime
// that Wails puts into the window's page as files.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

const noUI = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Gumshoe</title></head><body><h1>Gumshoe runs, but this build has no UI</h1>
<p>It was built without the frontend. Build it with <code>go run ./build build</code>, or start <code>go run ./build run</code>.</p>
<p lang="zh-TW">這個版本沒有介面:建置時未包含前端。請執行 <code>go run ./build build</code> 或 <code>go run ./build run</code>。</p></body></html>
`

// assets serves the built UI. Hashed files may be kept for ever, pages never.
func (a *API) assets(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", Policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if name == "" {
		name = "index.html"
	}
	b, err := fs.ReadFile(a.Assets, name)
	if errors.Is(err, fs.ErrNotExist) && name == "index.html" {
		h.Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(noUI))
		return
	}
	if err != nil || strings.HasPrefix(path.Base(name), ".") {
		http.NotFound(w, r)
		return
	}
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("Content-Type", contentType(name))
	_, _ = w.Write(b)
}

// contentType does not ask the system, whose tables differ (on Windows the
// registry may call a script text/plain).
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	}
	return "application/octet-stream"
}
