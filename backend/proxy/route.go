package proxy

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"gumshoe/backend/exchange"
	"gumshoe/backend/openwebui"
	"gumshoe/backend/upstream"
)

// target is where a request goes.
type target struct {
	up   upstream.Upstream
	rest string // escaped path below the upstream's root, "" or with a leading slash
}

// requestPath is the path exactly as the client wrote it, without the query.
func requestPath(r *http.Request) string {
	raw := r.RequestURI
	if !strings.HasPrefix(raw, "/") { // absolute form, or "*"
		raw = r.URL.EscapedPath()
	}
	raw, _, _ = strings.Cut(raw, "?")
	return raw
}

// segment cuts the first segment off a path: "/a/b" gives "a" and "/b".
func segment(p string) (first, rest string) {
	p = strings.TrimPrefix(p, "/")
	i := strings.IndexByte(p, '/')
	if i < 0 {
		return p, ""
	}
	return p[:i], p[i:]
}

// route finds the upstream of a request and proves its key. A problem is worded
// for the client; target.up.Kind then says in which dialect.
func (p *Proxy) route(r *http.Request, raw string, c openwebui.Controls) (t target, status int, problem string) {
	first, rest := segment(raw)
	second, below := segment(rest)
	switch {
	case first == "v1" && p.isKey(second):
		if !strings.HasPrefix(below, "/v1/") && below != "/v1" {
			below = "/v1" + below
		}
		up, ok := p.cfg.Upstreams.Default(exchange.KindOpenAI)
		if !ok {
			t.up.Kind, t.rest = exchange.KindOpenAI, below
			return t, http.StatusNotFound, "Gumshoe has no upstream of the OpenAI kind; add one in its Setup page"
		}
		return target{up: up, rest: below}, 0, ""
	case p.isKey(first):
		up, ok := p.cfg.Upstreams.Get(second)
		if !ok {
			t.up.Kind, t.rest = exchange.KindOpenAI, below
			return t, http.StatusNotFound, "Gumshoe knows no upstream " + strconv.Quote(p.secret().Text(second)) + "; its Setup page shows the base URLs"
		}
		return target{up: up, rest: below}, 0, ""
	}
	up, known := p.cfg.Upstreams.Get(first)
	if first == "v1" && !known && p.isKey(string(c.Key)) {
		if up, known = p.cfg.Upstreams.Default(exchange.KindOpenAI); !known {
			t.up.Kind, t.rest = exchange.KindOpenAI, raw
			return t, http.StatusNotFound, "Gumshoe has no upstream of the OpenAI kind; add one in its Setup page"
		}
		return target{up: up, rest: raw}, 0, ""
	}
	if known && (p.isKey(bearer(r.Header)) || p.isKey(r.Header.Get("X-Api-Key")) || p.isKey(string(c.Key))) {
		return target{up: up, rest: rest}, 0, ""
	}
	if !known {
		if up, known = p.cfg.Upstreams.Get(second); !known {
			up.Kind = exchange.KindOpenAI
		}
	}
	return target{up: up}, http.StatusUnauthorized, "Gumshoe refused this request: the write key is missing or wrong; copy the base URL from its Setup page"
}

// leaves says whether a path could lead out of an upstream that is a folder of its
// host, however the upstream reads it: the stored key is for that folder. Where
// the root is the host's own, there is nothing to leave.
func leaves(root, rest string) bool {
	if strings.Trim(root, "/") == "" {
		return false
	}
	for range 3 { // encoded twice, too
		parts := strings.FieldsFunc(rest, func(c rune) bool { return c == '/' || c == '\\' })
		for _, part := range parts {
			// Behind these some servers look no further.
			if end := strings.IndexAny(part, ";#?"); end >= 0 {
				part = part[:end]
			}
			if part == ".." {
				return true
			}
		}
		plain, err := url.PathUnescape(rest)
		if err != nil || plain == rest {
			break
		}
		rest = plain
	}
	return false
}

// isKey compares with every key in constant time.
func (p *Proxy) isKey(s string) bool {
	if s == "" {
		return false
	}
	if strings.Contains(s, "%") {
		if u, err := url.PathUnescape(s); err == nil {
			s = u
		}
	}
	a, found := sha256.Sum256([]byte(s)), 0
	for _, b := range p.keys.Load().sums {
		found |= subtle.ConstantTimeCompare(a[:], b[:])
	}
	return found == 1
}

func bearer(h http.Header) string {
	scheme, key, _ := strings.Cut(h.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(key)
}

// errorBody words an error of ours as the dialect's own clients expect it.
func errorBody(kind exchange.Kind, status int, message string) []byte {
	var v any
	switch kind {
	case exchange.KindOllama:
		v = map[string]string{"error": message}
	case exchange.KindAnthropic:
		v = map[string]any{"type": "error", "error": map[string]string{"type": "gumshoe_error", "message": message}}
	case exchange.KindGemini:
		v = map[string]any{"error": map[string]any{"code": status, "message": message, "status": "UNAVAILABLE"}}
	default:
		v = map[string]any{"error": map[string]any{"message": message, "type": "gumshoe_error", "param": nil, "code": nil}}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return []byte(`{"error":"gumshoe"}`)
	}
	return append(b, '\n')
}

func writeError(w http.ResponseWriter, kind exchange.Kind, status int, message string) {
	b := errorBody(kind, status, message)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	_, _ = w.Write(b)
}
