package verdict

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// isPrivateKey reports whether t, which begins with "-----BEGIN ", is a private
// key with its body and not merely its first line.
func isPrivateKey(t string) bool {
	t = t[:min(len(t), 1200)]
	title, body, ok := strings.Cut(t[len("-----BEGIN "):], "-----")
	if !ok || len(title) > 40 || !strings.HasSuffix(strings.TrimSuffix(title, " BLOCK"), "PRIVATE KEY") {
		return false
	}
	body, _, _ = strings.Cut(body, "-----")
	for _, w := range []string{"...", "…", "example", "EXAMPLE", "your", "YOUR", "xxxx", "XXXX"} {
		if strings.Contains(body, w) {
			return false
		}
	}
	longest := ""
	// Line ends come as such, or as they are written inside of strings.
	for _, line := range strings.FieldsFunc(body, func(r rune) bool { return r <= ' ' || r == '\\' || r == '"' || r == '\'' }) {
		if len(line) > len(longest) {
			longest = line
		}
	}
	return len(longest) >= 40 && mixed(longest)
}

// jwt reads a signed JSON Web Token (RFC 7519) that had not expired.
func jwt(t string, now int64) int {
	const most = 4096
	head := run(t, most)
	if head < 16 || head >= most || head >= len(t) || t[head] != '.' {
		return 0
	}
	at := head + 1
	body := run(t[at:], most)
	if body < 10 || body >= most || at+body >= len(t) || t[at+body] != '.' || !strings.HasPrefix(t[at:], "eyJ") {
		return 0
	}
	sign := run(t[at+body+1:], most)
	var header struct{ Alg string }
	var claims struct {
		Exp  float64
		Sub  any
		Role string
	}
	if sign < 42 || sign >= most || !segment(t[:head], &header) || !segment(t[at:at+body], &claims) {
		return 0
	}
	expired := claims.Exp > 0 && claims.Exp*1e6 < float64(now)
	if header.Alg == "" || header.Alg == "none" || expired || claims.Sub == "1234567890" || claims.Role == "anon" {
		return 0 // jwt.io's example; Supabase's public key
	}
	return at + body + 1 + sign
}

func segment(s string, into any) bool {
	b, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil && json.Unmarshal(b, into) == nil
}

// run is how many bytes of a key's alphabet t begins with, at most most.
func run(t string, most int) int {
	n := 0
	for n < len(t) && n < most && isKey(t[n]) {
		n++
	}
	return n
}
