package proxy

import (
	"net/http"
	"slices"
)

// A browser asks before it lets a page of another origin use the proxy, as Open
// WebUI's direct connections do. Only the origins of the configuration are told
// yes; to others Gumshoe says nothing of its own, and what the upstream itself
// allows stands behind the write key.

// preflight answers a browser's question for an allowed origin.
func (p *Proxy) preflight(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" || !p.originOK(origin) {
		return false
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
		h.Set("Access-Control-Allow-Private-Network", "true")
	}
	h.Set("Access-Control-Max-Age", "600")
	h.Set("Vary", "Origin")
	w.WriteHeader(http.StatusNoContent)
	return true
}

func (p *Proxy) originOK(origin string) bool {
	return origin != "" && slices.Contains(p.cfg.Origins, origin)
}

// share lets the page of an allowed origin read a reply, unless the upstream has
// said itself who may: two answers are none to a browser.
func (p *Proxy) share(h http.Header, origin string) {
	if p.originOK(origin) && len(h["Access-Control-Allow-Origin"]) == 0 {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Add("Vary", "Origin")
	}
}
