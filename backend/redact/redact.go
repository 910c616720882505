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
	n := words(name)
	switch n {
	case "cookie", "set_cookie", "set_cookie2", "x_session", "session", "jwt", "x_jwt":
		return true
	}
	return secret(n)
}

// SecretParam reports whether a query parameter of this name is emptied.
func SecretParam(name string) bool {
	n := words(name)
	switch n {
	case "sig", "signature", "jwt", "code", "pwd", "session", "sid":
		return true
	}
	return secret(n) || strings.HasSuffix(n, "_sig") || strings.HasSuffix(n, "_signature")
}

// secret knows what keys, tokens and passwords are called: lower case, parts
// joined by one underscore.
func secret(n string) bool {
	for _, w := range []string{"api_key", "apikey", "access_key", "accesskey", "secret", "password", "passwd", "credential", "authorization",
		"authentication", "jwt", "session_key", "sessionkey", "private_key", "auth_key"} {
		if strings.Contains(n, w) {
			return true
		}
	}
	last := n[strings.LastIndexByte(n, '_')+1:]
	return last == "key" || last == "auth" || strings.HasSuffix(last, "token")
}

// words brings a name into one form: accessToken, Access-Token and access token
// become access_token.
func words(name string) string {
	var b strings.Builder
	b.Grow(len(name) + 4)
	lower := false
	for _, c := range []byte(strings.TrimSpace(name)) {
		switch {
		case c >= 'A' && c <= 'Z':
			if lower {
				b.WriteByte('_')
			}
			lower = false
			b.WriteByte(c + 'a' - 'A')
		case c == '-' || c == ' ' || c == '.' || c == '+' || c == '[' || c == ']':
			lower = false
			b.WriteByte('_')
		default:
			lower = c != '_'
			b.WriteByte(c)
		}
	}
	return strings.Trim(b.String(), "_")
}

// Redactor takes out what is secret by name, and one value wherever it is.
type Redactor struct {
	values []string // the write keys
}

// New makes a Redactor that also takes out the write keys.
func New(values ...string) Redactor {
	return Redactor{values: slices.DeleteFunc(slices.Clone(values), func(s string) bool { return s == "" })}
}

// short is the length below which a write key is looked for as a whole word
// only: a key such as "k1" stands in many words by chance.
const short = 8

// Has reports whether the write key stands in s, percent-encoded or not.
func (r Redactor) Has(s string) bool {
	at, _ := r.find(s)
	return at >= 0
}

// Text takes the write key out of s, also where it is percent-encoded, and bytes
// that are not UTF-8.
func (r Redactor) Text(s string) string {
	if at, n := r.find(s); at >= 0 {
		var b strings.Builder
		for at >= 0 {
			b.WriteString(s[:at] + Mark)
			s = s[at+n:]
			at, n = r.find(s)
		}
		s = b.String() + s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// find is where the write key stands first in s and how many bytes it takes
// there; -1 where it does not.
func (r Redactor) find(s string) (at, n int) {
	at = -1
	for _, v := range r.values {
		if i, l := find(s, v); i >= 0 && (at < 0 || i < at) {
			at, n = i, l
		}
	}
	return at, n
}

func find(s, value string) (at, n int) {
	if !strings.Contains(s, "%") && !strings.Contains(s, value) {
		return -1, 0
	}
	for at := range len(s) {
		if n := prefix(s[at:], value); n > 0 && (len(value) >= short || alone(s, at, at+n)) {
			return at, n
		}
	}
	return -1, 0
}

// alone reports whether s[from:to] is a whole word.
func alone(s string, from, to int) bool {
	word := func(c byte) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.'
	}
	return (from == 0 || !word(s[from-1])) && (to == len(s) || !word(s[to]))
}

// prefix is how many bytes at the beginning of s stand for the write key, 0
// where they don't.
func prefix(s, value string) int {
	at := 0
	for i := range len(value) {
		switch {
		case at < len(s) && s[at] == value[i] && s[at] != '%':
			at++
		case at+2 < len(s) && s[at] == '%' && hex(s[at+1])<<4|hex(s[at+2]) == int(value[i]):
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
			out = append(out, exchange.Header{Name: r.Text(n), Value: r.header(n, v)})
		}
	}
	return out
}

func (r Redactor) header(name, v string) string {
	switch {
	case SecretHeader(name):
		return Mark
	case strings.EqualFold(name, "Sec-Websocket-Protocol"):
		// Browsers can't send Authorization here, so keys go in as protocols:
		// "realtime, openai-insecure-api-key.sk-…".
		list := strings.Split(v, ",")
		for i, one := range list {
			if secret(words(strings.SplitN(strings.TrimSpace(one), ".", 2)[0])) {
				list[i] = Mark
			}
		}
		v = strings.Join(list, ",")
	}
	if at := strings.Index(v, "://"); at >= 0 {
		v = withoutUser(v, at+3)
	}
	if before, query, ok := strings.Cut(v, "?"); ok { // many headers quote URLs
		v = before + "?" + r.Query(query)
	}
	return r.Text(v)
}

// withoutUser takes user and password out of a URL whose host begins at from.
func withoutUser(v string, from int) string {
	end := strings.IndexAny(v[from:], "/?# \t\"'<>,")
	if end < 0 {
		end = len(v) - from
	}
	if at := strings.LastIndexByte(v[from:from+end], '@'); at >= 0 {
		v = v[:from] + Mark + v[from+at:]
	}
	return v
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
