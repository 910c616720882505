package verdict

import (
	"strings"

	"gumshoe/backend/exchange"
)

// kind is a kind of secret, as exchange.VerdictSecretSent's Words name it.
type kind string

// The kinds. Those with a form of their own are certain; those of which chance
// or a namesake could be the author are likely.
const (
	kindOpenAI      kind = "openai_key"
	kindAnthropic   kind = "anthropic_key"
	kindOpenRouter  kind = "openrouter_key"
	kindGitHub      kind = "github_token"
	kindGitLab      kind = "gitlab_token"
	kindAWS         kind = "aws_key"
	kindGoogle      kind = "google_key"
	kindSlack       kind = "slack_token"
	kindStripe      kind = "stripe_key"
	kindHuggingFace kind = "huggingface_token"
	kindNpm         kind = "npm_token"
	kindPyPI        kind = "pypi_token"
	kindSendGrid    kind = "sendgrid_key"
	kindGroq        kind = "groq_key"
	kindXAI         kind = "xai_key"
	kindPerplexity  kind = "perplexity_key"
	kindCloud       kind = "digitalocean_token"
	kindAPI         kind = "api_key" // begins with sk-, whose it is can't be told
	kindPrivate     kind = "private_key"
	kindJWT         kind = "jwt"
	kindCard        kind = "credit_card"
	kindIBAN        kind = "iban"
	kindTaiwanID    kind = "taiwan_id"
)

func (k kind) confidence() exchange.Confidence {
	switch k {
	case kindAPI, kindJWT, kindCard, kindTaiwanID, kindHuggingFace, kindGitLab, kindSlack:
		return exchange.Likely
	}
	return exchange.Certain
}

// scanText finds secrets in a text: one pass over its words, and at each that
// begins like a secret a look ahead of bounded length. now is microseconds since
// the epoch; tokens that had expired by then are none. yield says whether to go
// on.
func scanText(s string, now int64, yield func(kind) bool) {
	for i := 0; i < len(s); {
		if !isWord(s[i]) {
			if s[i] == '-' && strings.HasPrefix(s[i:], "-----BEGIN ") && isPrivateKey(s[i:]) {
				if !yield(kindPrivate) {
					return
				}
				i += len("-----BEGIN ")
			}
			for i++; i < len(s) && !isWord(s[i]) && s[i] != '-'; i++ {
			}
			continue
		}
		if mayBegin(s[i]) && (i == 0 || s[i-1] != '-') {
			if k, n := lookAt(s, i, now); n > 0 {
				if !yield(k) {
					return
				}
				i += n
			}
		}
		for i < len(s) && isWord(s[i]) {
			i++
		}
	}
}

func isWord(c byte) bool {
	return c|0x20-'a' < 26 || c-'0' < 10 || c == '_'
}

// mayBegin reports whether a word that begins so is worth a look.
func mayBegin(c byte) bool {
	switch c {
	case 's', 'r', 'g', 'h', 'n', 'p', 'x', 'd', 'e':
		return true
	}
	return c-'A' < 26 || c-'0' < 10
}

// lookAt reads the word that begins at s[i] as each kind of secret; n is its
// length, 0 where it is none.
func lookAt(s string, i int, now int64) (k kind, n int) {
	t := s[i:]
	switch c := t[0]; {
	case c-'0' < 10:
		if n = card(s, i); n > 0 {
			return kindCard, n
		}
		return "", 0
	case c == 'e':
		if strings.HasPrefix(t, "eyJ") {
			return kindJWT, jwt(t, now)
		}
		return "", 0
	case c-'A' < 26:
		if k, n = upperKey(t); n > 0 {
			return k, n
		}
		if n = iban(t); n > 0 {
			return kindIBAN, n
		}
		return kindTaiwanID, taiwanID(s, i)
	case c == 's':
		return secretKey(t)
	}
	return lowerKey(t)
}

// form is a key's prefix and what follows it.
type form struct {
	prefix   string
	kind     kind
	min, max int // bytes after the prefix
	of       func(byte) bool
	real     func(string) bool // whether it looks drawn at random
}

// match reads t, which has the prefix, as the form.
func (f form) match(t string) (kind, int) {
	body := t[len(f.prefix):]
	n := 0
	for n < len(body) && n <= f.max && f.of(body[n]) {
		n++
	}
	if n < f.min || n > f.max || n < len(body) && isWord(body[n]) || !f.real(body[:n]) || placeholder(body[:n]) {
		return "", 0
	}
	return f.kind, len(f.prefix) + n
}

// secretKey reads what begins with an s.
func secretKey(t string) (kind, int) {
	if !strings.HasPrefix(t, "sk") {
		return "", 0
	}
	if strings.HasPrefix(t, "sk_live_") {
		return form{"sk_live_", kindStripe, 24, 250, isAlnum, mixed}.match(t)
	}
	if !strings.HasPrefix(t, "sk-") {
		return "", 0
	}
	for _, f := range []form{
		{"sk-ant-", kindAnthropic, 60, 250, isKey, mixed},
		{"sk-or-v1-", kindOpenRouter, 64, 64, isAlnum, hexadecimal},
		{"sk-proj-", kindOpenAI, 60, 250, isKey, mixed},
		{"sk-svcacct-", kindOpenAI, 60, 250, isKey, mixed},
		{"sk-admin-", kindOpenAI, 60, 250, isKey, mixed},
	} {
		if strings.HasPrefix(t, f.prefix) {
			return f.match(t)
		}
	}
	if k, n := (form{"sk-", kindAPI, 32, 32, isAlnum, hexadecimal}).match(t); n > 0 {
		return k, n
	}
	k, n := form{"sk-", kindAPI, 40, 250, isKey, mixed}.match(t)
	if n == len("sk-")+48 && t[23:31] == "T3BlbkFJ" {
		k = kindOpenAI
	}
	if n > 0 && strings.Count(t[:n], "-") > 4 {
		return "", 0 // words with hyphens
	}
	return k, n
}

// lowerKey reads what begins with another small letter.
func lowerKey(t string) (kind, int) {
	var forms []form
	switch t[0] {
	case 'g':
		if len(t) > 4 && t[1] == 'h' && t[3] == '_' && strings.IndexByte("pousr", t[2]) >= 0 {
			return form{t[:4], kindGitHub, 36, 36, isAlnum, mixed}.match(t)
		}
		if !strings.HasPrefix(t, "gi") && !strings.HasPrefix(t, "gl") && !strings.HasPrefix(t, "gs") {
			return "", 0
		}
		forms = []form{
			{"github_pat_", kindGitHub, 82, 82, isKey, mixed},
			{"glpat-", kindGitLab, 20, 64, isKey, mixed},
			{"gsk_", kindGroq, 52, 52, isAlnum, mixed},
		}
	case 'h':
		if !strings.HasPrefix(t, "hf_") {
			return "", 0
		}
		forms = []form{{"hf_", kindHuggingFace, 34, 34, isAlnum, letters}}
	case 'n':
		if !strings.HasPrefix(t, "npm_") {
			return "", 0
		}
		forms = []form{{"npm_", kindNpm, 36, 36, isAlnum, mixed}}
	case 'p':
		if !strings.HasPrefix(t, "pypi-") && !strings.HasPrefix(t, "pplx-") {
			return "", 0
		}
		forms = []form{
			{"pypi-AgEIcHlwaS5vcmc", kindPyPI, 50, 400, isKey, mixed},
			{"pplx-", kindPerplexity, 48, 48, isAlnum, mixed},
		}
	case 'r':
		forms = []form{{"rk_live_", kindStripe, 24, 250, isAlnum, mixed}}
	case 'd':
		forms = []form{{"dop_v1_", kindCloud, 64, 64, isAlnum, hexadecimal}}
	case 'x':
		if len(t) > 5 && strings.HasPrefix(t, "xox") && t[4] == '-' && t[5]-'0' < 10 && strings.IndexByte("abprs", t[3]) >= 0 {
			return form{t[:5], kindSlack, 30, 250, isKey, letterAndDigit}.match(t)
		}
		forms = []form{{"xai-", kindXAI, 80, 80, isAlnum, mixed}}
	}
	for _, f := range forms {
		if strings.HasPrefix(t, f.prefix) {
			return f.match(t)
		}
	}
	return "", 0
}

// upperKey reads what begins with a capital letter.
func upperKey(t string) (kind, int) {
	if len(t) < 20 {
		return "", 0
	}
	switch t[:4] {
	case "AKIA", "ASIA":
		return form{t[:4], kindAWS, 16, 16, isBase32, accessKey}.match(t)
	case "AIza":
		return form{"AIza", kindGoogle, 35, 35, isKey, mixed}.match(t)
	}
	if strings.HasPrefix(t, "SG.") && len(t) >= 69 && t[25] == '.' && strings.IndexByte(t[3:25], '.') < 0 {
		return form{t[:26], kindSendGrid, 43, 43, isKey, mixed}.match(t)
	}
	return "", 0
}
