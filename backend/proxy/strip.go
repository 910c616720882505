package proxy

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// withoutKey takes the write key out of what goes upstream, wherever a client
// may have put it: a value that holds it is left out.
func (p *Proxy) withoutKey(h http.Header) {
	for name, values := range h {
		kept := values[:0:0]
		for _, v := range values {
			if !p.holdsKey(v) {
				kept = append(kept, v)
			}
		}
		switch {
		case len(kept) == 0 && len(values) > 0:
			delete(h, name)
		case len(kept) < len(values):
			h[name] = kept
		}
	}
}

// uiCookie is the cookie that has the UI's token. A browser sends the cookies of a
// host to all of its ports, so that this one comes with every request that a page
// or a person at the same address makes.
const uiCookie = "gumshoe_ui"

// withoutUICookie takes the UI's token out of what goes upstream.
func withoutUICookie(h http.Header) {
	values := h["Cookie"]
	if !slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, uiCookie) }) {
		return
	}
	kept := []string{}
	for _, v := range values {
		parts := strings.Split(v, ";")
		parts = slices.DeleteFunc(parts, func(one string) bool {
			name, _, _ := strings.Cut(one, "=")
			return strings.TrimSpace(name) == uiCookie
		})
		if v = strings.TrimSpace(strings.Join(parts, ";")); v != "" {
			kept = append(kept, v)
		}
	}
	if h["Cookie"] = kept; len(kept) == 0 {
		delete(h, "Cookie")
	}
}

// holdsKey looks into Basic credentials too.
func (p *Proxy) holdsKey(v string) bool {
	if p.secret().Has(v) {
		return true
	}
	scheme, rest, ok := strings.Cut(v, " ")
	if !ok || !strings.EqualFold(scheme, "basic") {
		return false
	}
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
	return err == nil && p.secret().Has(string(b))
}

// queryWithoutKey leaves out the parameters that hold the write key.
func (p *Proxy) queryWithoutKey(raw string) string {
	if !p.secret().Has(raw) {
		return raw
	}
	kept := []string{}
	for one := range strings.SplitSeq(raw, "&") {
		if !p.secret().Has(one) {
			kept = append(kept, one)
		}
	}
	return strings.Join(kept, "&")
}
