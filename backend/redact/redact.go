// Package redact takes secrets out of what is about to be kept: header values
// and query parameters that carry keys, tokens or cookies, and the write key
// wherever it stands.
//
// It works on names, not on guesses about values, so a header with a secret name
// is emptied whatever it holds. Prompts and answers are left as they are.
//
// Test it with: go test ./backend/redact
package redact

import (
	"net/http"
	"slices"
	"strings"

	"gumshoe/backend/exchange"
)

// Mark stands in the place of a secret.
const Mark = "[redacted]"

// SecretHeader reports whether a header of this name is emptied.
func SecretHeader(name string) bool {
	n := strings.ToLower(name)
	switch n {
	case "authorization", "proxy-authorization", "cookie", "set-cookie", "set-cookie2", "x-goog-api-key",
		"x-openwebui-user-jwt", "helicone-auth", "x-amz-security-token", "x-csrf-token", "x-forwarded-access-token":
		return true
	case "x-request-token-count", "anthropic-ratelimit-tokens-limit":
		return false
	}
	if strings.Contains(n, "ratelimit") {
		return false // x-ratelimit-remaining-tokens counts tokens, it holds none
	}
	for _, w := range []string{"api-key", "apikey", "api_key", "secret", "password", "authorization", "credential", "jwt", "session-key", "private-key", "access-key", "auth-key"} {
		if strings.Contains(n, w) {
			return true
		}
	}
	return strings.HasSuffix(n, "token") || strings.HasSuffix(n, "-auth") || strings.HasSuffix(n, "-key")
}

// SecretParam reports whether a query parameter of this name is emptied.
func SecretParam(name string) bool {
	n := strings.ToLower(strings.ReplaceAll(name, "-", "_"))
	switch n {
	case "key", "sig", "signature", "auth", "jwt", "code", "pwd", "token":
		return true
	}
	for _, w := range []string{"api_key", "apikey", "access_key", "secret", "password", "credential"} {
		if strings.Contains(n, w) {
			return true
		}
	}
	return strings.HasSuffix(n, "_token") || strings.HasSuffix(n, "_key") || strings.HasSuffix(n, "_sig")
}

// Redactor takes out what is secret by name, and one value wherever it is.
type Redactor struct {
	value string // the write key; "" for none
}

// New makes a Redactor that also takes out value, the write key.
func New(value string) Redactor { return Redactor{value: value} }

// Text takes the write key out of s, also where it is percent-encoded, and bytes
// that are not UTF-8.
func (r Redactor) Text(s string) string {
	if r.value != "" {
		s = strings.ReplaceAll(s, r.value, Mark)
		if strings.Contains(s, "%") {
			s = r.encoded(s)
		}
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// encoded takes out the write key where some of its bytes are written as %XX.
func (r Redactor) encoded(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		if n := r.prefix(s); n > 0 {
			b.WriteString(Mark)
			s = s[n:]
			continue
		}
		b.WriteByte(s[0])
		s = s[1:]
	}
	return b.String()
}

// prefix is how many bytes at the beginning of s stand for the write key, 0
// where they don't.
func (r Redactor) prefix(s string) int {
	at := 0
	for i := range len(r.value) {
		switch {
		case at < len(s) && s[at] == r.value[i] && s[at] != '%':
			at++
		case at+2 < len(s) && s[at] == '%' && hex(s[at+1])<<4|hex(s[at+2]) == int(r.value[i]):
			at += 3
		default:
			return 0
		}
	}
	return at
}

// Headers returns h sorted by name, with secrets emptied.
func (r Redactor) Headers(h http.Header) []exchange.Header {
	names := make([]string, 0, len(h))
	for n := range h {
		names = append(names, n)
	}
	slices.Sort(names)
	out := make([]exchange.Header, 0, len(h))
	for _, n := range names {
		for _, v := range h[n] {
			if SecretHeader(n) {
				v = Mark
			}
			switch http.CanonicalHeaderKey(n) {
			case "Location", "Content-Location", "Referer", "Link":
				if before, query, ok := strings.Cut(v, "?"); ok {
					v = before + "?" + r.Query(query)
				}
			}
			out = append(out, exchange.Header{Name: r.Text(n), Value: r.Text(v)})
		}
	}
	return out
}

// Query takes the values of secret parameters out of a raw query.
func (r Redactor) Query(raw string) string {
	if raw == "" {
		return ""
	}
	var b strings.Builder
	for raw != "" {
		end := strings.IndexAny(raw, "&;") // some servers part by semicolons
		if end < 0 {
			end = len(raw)
		}
		p := raw[:end]
		if name, _, ok := strings.Cut(p, "="); ok && SecretParam(unescape(name)) {
			p = name + "=" + Mark
		}
		b.WriteString(p)
		if end < len(raw) {
			b.WriteByte(raw[end])
			end++
		}
		raw = raw[end:]
	}
	return r.Text(b.String())
}

// unescape undoes percent-encoding where it is whole and leaves the rest, so
// that %6Bey is seen as key.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if hi, lo := hex(s[i+1]), hex(s[i+2]); hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func hex(c byte) int {
	if c < 0x30 {
		return -1
	}
	if c <= 0x39 {
		return int(c - 0x30)
	}
	return strings.IndexByte("0123456789abcdef", c|0x20)
}
