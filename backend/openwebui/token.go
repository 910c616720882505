package openwebui

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"gumshoe/backend/exchange"
)

const (
	tokenHeader = "x-openwebui-user-jwt"
	tokenIssuer = "open-webui"
	// maxToken bounds a token in bytes; Open WebUI's have about 400.
	maxToken = 8 << 10
	// leeway is how far two clocks may differ; Open WebUI's tokens live 300 s.
	leeway = 2 * time.Minute
)

// Why a token was not believed.
var (
	ErrTokenShape     = errors.New("the identity token is not a JWT of Open WebUI")
	ErrTokenAlgorithm = errors.New("the identity token is not signed with HS256")
	ErrTokenSignature = errors.New("the identity token is not signed with the configured secret")
	ErrTokenExpired   = errors.New("the identity token has expired: check both clocks")
)

// Token finds the signed token among a request's headers as they came (not as
// they are journalled) and reads it; nil, nil where there is none. The error is
// fit to be logged and kept as a remark: it has nothing of the token.
func Token(headers []exchange.Header, cfg Config, now time.Time) (*exchange.Claims, error) {
	for _, h := range headers {
		if !Secret(h.Name, cfg) || lower(h.Name) == "helicone-auth" {
			continue
		}
		v := strings.TrimSpace(h.Value)
		if scheme, rest, ok := strings.Cut(v, " "); ok && strings.EqualFold(scheme, "bearer") {
			v = strings.TrimSpace(rest)
		}
		if v == "" || v == redacted || strings.HasPrefix(v, "{{") {
			continue
		}
		c, err := ReadToken(v, cfg.TokenSecret, now)
		if err != nil {
			return nil, err
		}
		return &c, nil
	}
	return nil, nil
}

// ReadToken reads a token of three base64url parts: HS256 and nothing else, by
// open-webui, with a lifetime that has not ended two minutes ago. With a secret
// the signature must be right. Without one the claims are given with Verified
// false: they are worth what the plain identity headers are, which nobody signs.
func ReadToken(token string, secret []byte, now time.Time) (exchange.Claims, error) {
	parts := strings.Split(token, ".")
	if len(token) > maxToken || len(parts) != 3 {
		return exchange.Claims{}, ErrTokenShape
	}
	head, payload := part(parts[0]), part(parts[1])
	signature, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if head == nil || payload == nil || err != nil {
		return exchange.Claims{}, ErrTokenShape
	}
	if _, critical := head["crit"]; critical || text(head["alg"]) != "HS256" {
		return exchange.Claims{}, ErrTokenAlgorithm
	}
	if len(secret) > 0 {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(parts[0] + "." + parts[1]))
		if !hmac.Equal(signature, mac.Sum(nil)) { // in constant time
			return exchange.Claims{}, ErrTokenSignature
		}
	}
	if issuer, there := payload["iss"]; there && text(issuer) != tokenIssuer {
		return exchange.Claims{}, ErrTokenShape
	}
	ends, ok := seconds(payload["exp"])
	if !ok {
		return exchange.Claims{}, ErrTokenShape
	}
	begins, later := seconds(payload["nbf"])
	at := float64(now.Unix())
	if at > ends+leeway.Seconds() || later && at < begins-leeway.Seconds() {
		return exchange.Claims{}, ErrTokenExpired
	}
	return exchange.Claims{
		Subject: text(payload["sub"]), Email: text(payload["email"]), Name: text(payload["name"]), Role: text(payload["role"]),
		Verified: len(secret) > 0,
	}, nil
}

// part is one JSON object of a token, nil where it is none. Names keep their
// case: "ALG" is not "alg".
func part(s string) map[string]json.RawMessage {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil
	}
	var o map[string]json.RawMessage
	if json.Unmarshal(b, &o) != nil {
		return nil
	}
	return o
}

// seconds is a JSON number: seconds since the epoch.
func seconds(raw json.RawMessage) (float64, bool) {
	var f *float64
	if json.Unmarshal(raw, &f) != nil || f == nil {
		return 0, false
	}
	return *f, true
}
