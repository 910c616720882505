package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/secrets"
)

// cookieName holds the token after a login.
const cookieName = "gumshoe_ui"

// Guard stands before the handler where it has a TCP port: a token, kept in a
// cookie that scripts and other sites can't use; the Host, against names that
// other sites point at this machine; the Origin, against their forms; a pause,
// against who tries token after token.
type Guard struct {
	Next  http.Handler
	Token string
	// Addr is the address that the UI listens on.
	Addr func() string

	guesses secrets.Guesses
}

const loginPage = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Gumshoe</title></head><body>
<h1>Gumshoe</h1><p>Open the address that Gumshoe printed when it started: it carries the token. Or enter the token here.</p>
<p lang="zh-TW">請開啟 Gumshoe 啟動時印出的網址(其中含有權杖),或在此輸入權杖。</p>
<form method="get" action="/"><label>Token <input name="token" type="password" autocomplete="off" autofocus></label> <button>Open</button></form>
</body></html>
`

// ServeHTTP lets a request through or refuses it.
func (g *Guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !g.hostOK(r.Host) {
		writeJSON(w, http.StatusForbidden, dto.Error{Code: "bad_host", Message: "this address is not one that Gumshoe's UI answers to", Params: map[string]string{}})
		return
	}
	if !originOK(r) {
		writeJSON(w, http.StatusForbidden, dto.Error{Code: "bad_origin", Message: "another site sent this request", Params: map[string]string{}})
		return
	}
	if t := r.URL.Query().Get("token"); t != "" && r.Method == http.MethodGet && r.URL.Path == "/" && g.same(t) {
		http.SetCookie(w, &http.Cookie{Name: cookieName, Value: g.Token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: 400 * 24 * 3600})
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	cookie := ""
	if c, err := r.Cookie(cookieName); err == nil {
		cookie = c.Value
	}
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if g.same(cookie) || g.same(bearer) {
		g.Next.ServeHTTP(w, r)
		return
	}
	// Who has none is shown the way; who has a wrong one may be guessing.
	if (cookie != "" || bearer != "" || r.URL.Query().Has("token")) && !g.guesses.Wrong(r.Context(), time.Now()) {
		writeJSON(w, http.StatusTooManyRequests, dto.Error{Code: "login_needed", Message: "too many come with a wrong token; open the address that Gumshoe printed", Params: map[string]string{}})
		return
	}
	if strings.HasPrefix(r.URL.Path, "/api/") {
		writeJSON(w, http.StatusUnauthorized, dto.Error{Code: "login_needed", Message: "open the address with the token that Gumshoe printed", Params: map[string]string{}})
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write([]byte(loginPage))
}

func (g *Guard) same(token string) bool {
	if token == "" || g.Token == "" {
		return false
	}
	a, b := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(g.Token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// hostOK takes loopback names and plain IP addresses: a name of another site
// that resolves to this machine is neither.
func (g *Guard) hostOK(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if name == "localhost" {
		return true
	}
	if listen, _, err := net.SplitHostPort(g.Addr()); err == nil && strings.EqualFold(name, listen) {
		return true
	}
	_, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil
}

func originOK(r *http.Request) bool {
	// To a browser another port of this host is the same site, and gets the cookie.
	if s := r.Header.Get("Sec-Fetch-Site"); s != "" && s != "same-origin" && s != "none" {
		return (r.Method == http.MethodGet || r.Method == http.MethodHead) && r.URL.Path == "/"
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	o := r.Header.Get("Origin")
	if o == "" {
		return true // not a browser; the token still counts
	}
	u, err := url.Parse(o)
	return err == nil && u.Host == r.Host
}
