package proxy

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"strings"

	"gumshoe/backend/exchange"
	"gumshoe/backend/openwebui"
	"gumshoe/backend/redact"
)

// keyring is the write keys, as sums to compare with and as what to take out.
type keyring struct {
	sums   [][sha256.Size]byte
	secret redact.Redactor
}

// SetKeys replaces the further write keys; what runs goes on.
func (p *Proxy) SetKeys(more []string) {
	all := append([]string{p.cfg.WriteKey}, more...)
	k := &keyring{secret: redact.New(all...)}
	for _, key := range all {
		if key != "" {
			k.sums = append(k.sums, sha256.Sum256([]byte(key)))
		}
	}
	p.keys.Store(k)
}

// secret takes the write keys out of texts.
func (p *Proxy) secret() redact.Redactor { return p.keys.Load().secret }

// controls reads what a client asks of Gumshoe itself, in Helicone's headers.
func (p *Proxy) controls(r *http.Request) openwebui.Controls {
	for name := range r.Header {
		if strings.HasPrefix(name, "Helicone-") {
			return openwebui.ReadControls(openwebui.Fields(r.Header))
		}
	}
	return openwebui.Controls{}
}

// retarget goes to the upstream that Helicone-Target-URL names: one of those
// that a person has configured, or none.
func (p *Proxy) retarget(t target, want *url.URL) (target, int, string) {
	list := p.cfg.Upstreams.All()
	roots := make([]*url.URL, len(list))
	for i, u := range list {
		roots[i] = u.Root()
	}
	i := openwebui.Allowed(want, roots)
	if i < 0 {
		return t, http.StatusForbidden, "Gumshoe refused this request: Helicone-Target-URL names no upstream of its Setup page; add it there first"
	}
	below := strings.TrimPrefix(strings.TrimRight(want.EscapedPath(), "/"), strings.TrimRight(roots[i].EscapedPath(), "/"))
	if below == "/v1" && (t.rest == "/v1" || strings.HasPrefix(t.rest, "/v1/")) {
		below = "" // said twice
	}
	return target{up: list[i], rest: below + t.rest}, 0, ""
}

// control takes over what the client asked for.
func (f *flight) control(c openwebui.Controls) {
	f.start.RequestID, f.start.PriceModel = c.RequestID, c.ModelOverride
	f.start.OmitRequest, f.start.OmitReply = c.OmitRequest, c.OmitResponse
	f.usage = c.StreamUsage
	note := func(n exchange.Note) { f.start.Notes = append(f.start.Notes, n) }
	if c.OmitRequest || c.OmitResponse {
		note(exchange.NoteOmitted)
	}
	bad, later := false, false
	for _, i := range c.Ignored {
		bad = bad || i.Why == openwebui.BadValue
		later = later || i.Why == openwebui.Later
	}
	if later {
		note(exchange.NoteCacheLater)
	}
	if bad {
		note(exchange.NoteBadControl)
	}
}

// label adds Gumshoe's own headers to a reply: the id under which it is logged,
// and whether it is a success.
func (f *flight) label(h http.Header, status int) {
	if f.target.up.NoHeaders {
		return
	}
	id, word := f.start.RequestID, "success"
	if id == "" {
		id = f.id.String()
	}
	if status >= http.StatusBadRequest {
		word = "failed"
	}
	h["Helicone-Id"], h["Helicone-Status"] = []string{id}, []string{word}
}
