package openwebui

import (
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gumshoe/backend/exchange"
)

const (
	// maxValue bounds an identity in bytes; ids and addresses are far shorter.
	maxValue = 320
	// maxProperties, maxProperty and maxName bound properties: how many, and the
	// bytes of a value and of a name.
	maxProperties, maxProperty, maxName = 32, 1000, 64
)

// redacted is what stands in the place of a secret in a journalled header.
const redacted = "[redacted]"

// Fields is a request's header as it came, secrets included, sorted by name: for
// Token and ReadControls in the proxy. It must be kept nowhere.
func Fields(h http.Header) []exchange.Header {
	out := make([]exchange.Header, 0, len(h))
	for name, values := range h {
		for _, v := range values {
			out = append(out, exchange.Header{Name: name, Value: v})
		}
	}
	slices.SortStableFunc(out, func(a, b exchange.Header) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// fields are a request's headers by lower-case name; of a repeated one the
// first that says something.
type fields map[string]string

func fieldsOf(headers []exchange.Header) fields {
	f := fields{}
	for _, h := range headers {
		name := lower(h.Name)
		if v, seen := f[name]; !seen || clean(v) == "" {
			f[name] = h.Value
		}
	}
	return f
}

func (f fields) get(name string) string { return clean(f[name]) }

func (f fields) among(names []string) said {
	for _, n := range names {
		if v := f.get(lower(n)); v != "" {
			return said{v, lower(n)}
		}
	}
	return said{}
}

// saidNothing reports whether one of the headers is there and empty, which is
// how a filled-in placeholder without a value comes.
func (f fields) saidNothing(names []string) bool {
	for _, n := range names {
		if v, there := f[lower(n)]; there && strings.TrimSpace(v) == "" {
			return true
		}
	}
	return false
}

// clean makes a value fit to be shown and compared. A placeholder that an older
// Open WebUI did not fill in counts as nothing, as does what was redacted.
func clean(v string) string { return bounded(v, maxValue) }

func bounded(v string, most int) string {
	if len(v) > 8*most {
		v = v[:8*most] // more would be cut anyway
	}
	v = strings.TrimSpace(strings.Map(shown, strings.ToValidUTF8(v, "\uFFFD")))
	if strings.HasPrefix(v, "{{") || v == redacted {
		return ""
	}
	if len(v) > most {
		for most > 0 && !utf8.RuneStart(v[most]) {
			most--
		}
		v = strings.TrimSpace(v[:most])
	}
	return v
}

// shown drops what has no shape of its own but could make a text look like
// another one: controls and marks of writing direction.
func shown(r rune) rune {
	switch {
	case r == '\t' || r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
		return ' '
	case unicode.IsControl(r), r == '\u200E', r == '\u200F', r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069':
		return -1
	}
	return r
}

// percentDecoded undoes percent-encoding where the whole value is encoded.
func percentDecoded(v string) string {
	if !strings.Contains(v, "%") {
		return v
	}
	if d, err := url.PathUnescape(v); err == nil && utf8.ValidString(d) {
		return clean(d)
	}
	return v
}

const propertyPrefix = "helicone-property-"

// properties are the first maxProperties of Helicone-Property-<Name>.
func properties(headers []exchange.Header) map[string]string {
	var all map[string]string
	for _, h := range headers {
		name, ok := strings.CutPrefix(lower(h.Name), propertyPrefix)
		if !ok {
			continue
		}
		name, value := textproto.CanonicalMIMEHeaderKey(bounded(name, maxName)), bounded(h.Value, maxProperty)
		if _, seen := all[name]; seen || name == "" || value == "" || len(all) == maxProperties {
			continue
		}
		if all == nil {
			all = map[string]string{}
		}
		all[name] = value
	}
	return all
}

// Strip reports whether a request header of this name says who asked, or is for
// this program, and so must not go to an upstream: X-OpenWebUI-*, Helicone-* and
// the configured names. Headers that a request needs to be understood or let in
// stay even where someone has configured them.
func Strip(name string, cfg Config) bool {
	n := lower(name)
	switch {
	case strings.HasPrefix(n, "x-openwebui-"), strings.HasPrefix(n, "helicone-"), strings.HasPrefix(n, "__helicone-"):
		return true
	case needed(n):
		return false
	}
	for _, list := range [][]string{cfg.UserHeaders, cfg.ChatHeaders, cfg.TaskHeaders, cfg.AnswerHeaders, cfg.TokenHeaders} {
		for _, one := range list {
			if lower(one) == n && n != "" {
				return true
			}
		}
	}
	return false
}

func needed(n string) bool {
	switch n {
	case "authorization", "x-api-key", "api-key", "x-goog-api-key", "host", "connection", "transfer-encoding", "user-agent", "te", "trailer", "upgrade", "range", "expect":
		return true
	}
	for _, prefix := range []string{"content-", "accept", "anthropic-", "openai-", "x-stainless-"} {
		if strings.HasPrefix(n, prefix) {
			return true
		}
	}
	return false
}

// Secret reports whether a header of this name holds the signed token, so that
// it is to be redacted under whatever name it was given.
func Secret(name string, cfg Config) bool {
	n := lower(name)
	return n == tokenHeader || n == "helicone-auth" || slices.ContainsFunc(cfg.TokenHeaders, func(one string) bool { return lower(one) == n })
}
