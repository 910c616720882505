package openwebui

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gumshoe/backend/exchange"
)

const tokenKey = "the secret of two programs"

func noonTime() time.Time { return time.Unix(1_780_000_000, 0) }

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func sign(newHash func() hash.Hash, key, head, payload string) string {
	mac := hmac.New(newHash, []byte(key))
	mac.Write([]byte(b64(head) + "." + b64(payload)))
	return b64(head) + "." + b64(payload) + "." + b64(string(mac.Sum(nil)))
}

func claimsText(exp int64) string {
	return fmt.Sprintf(`{"sub":"u1","email":"ann@example.org","name":"Ann Ü","role":"admin","iss":"open-webui","iat":%d,"exp":%d}`, noonTime().Unix(), exp)
}

func TestReadToken(t *testing.T) {
	const hs256 = `{"alg":"HS256","typ":"JWT"}`
	good := claimsText(noonTime().Unix() + 300)
	signed := func(head, payload string) string { return sign(sha256.New, tokenKey, head, payload) }
	for name, c := range map[string]struct {
		token string
		want  error
	}{
		"good":                     {signed(hs256, good), nil},
		"just expired":             {signed(hs256, claimsText(noonTime().Unix()-60)), nil}, // clocks differ
		"expired":                  {signed(hs256, claimsText(noonTime().Unix()-3600)), ErrTokenExpired},
		"not yet":                  {signed(hs256, strings.Replace(good, `"iat"`, `"nbf":9e9,"iat"`, 1)), ErrTokenExpired},
		"no end":                   {signed(hs256, `{"sub":"u1","iss":"open-webui"}`), ErrTokenShape},
		"an end in words":          {signed(hs256, `{"sub":"u1","exp":"never"}`), ErrTokenShape},
		"another issuer":           {signed(hs256, strings.Replace(good, "open-webui", "evil", 1)), ErrTokenShape},
		"no algorithm":             {b64(`{"alg":"none"}`) + "." + b64(good) + ".", ErrTokenAlgorithm},
		"none, signed":             {signed(`{"alg":"none"}`, good), ErrTokenAlgorithm},
		"algorithm in other case":  {signed(`{"alg":"hs256"}`, good), ErrTokenAlgorithm},
		"algorithm's name in case": {signed(`{"ALG":"HS256"}`, good), ErrTokenAlgorithm},
		"HS512":                    {sign(sha512.New, tokenKey, `{"alg":"HS512"}`, good), ErrTokenAlgorithm},
		"RS256":                    {signed(`{"alg":"RS256"}`, good), ErrTokenAlgorithm},
		"critical extensions":      {signed(`{"alg":"HS256","crit":["b64"],"b64":false}`, good), ErrTokenAlgorithm},
		"signed by another":        {sign(sha256.New, "other", hs256, good), ErrTokenSignature},
		"not signed":               {b64(hs256) + "." + b64(good) + ".", ErrTokenSignature},
		"a signature cut":          {b64(hs256) + "." + b64(good) + "." + b64("short"), ErrTokenSignature},
		"claims changed":           {strings.Replace(signed(hs256, good), b64(good), b64(strings.Replace(good, "ann", "bob", 1)), 1), ErrTokenSignature},
		"expired and badly signed": {sign(sha256.New, "x", hs256, claimsText(1)), ErrTokenSignature},
		"two parts":                {b64(hs256) + "." + b64(good), ErrTokenShape},
		"four parts":               {signed(hs256, good) + ".x", ErrTokenShape},
		"no base64":                {"a+b.c/d.e=f", ErrTokenShape},
		"no JSON":                  {signed("hello", "world"), ErrTokenShape},
		"a list":                   {signed(hs256, "[]"), ErrTokenShape},
		"null":                     {signed(hs256, "null"), ErrTokenShape},
		"nothing":                  {"", ErrTokenShape},
		"absurdly long":            {signed(hs256, good+strings.Repeat(" ", maxToken)), ErrTokenShape},
	} {
		got, err := ReadToken(c.token, []byte(tokenKey), noonTime())
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		want := exchange.Claims{}
		if c.want == nil {
			want = exchange.Claims{Subject: "u1", Email: "ann@example.org", Name: "Ann Ü", Role: "admin", Verified: true}
		}
		if got != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	// Without a secret nothing is verified, and all else still holds.
	if c, err := ReadToken(sign(sha256.New, "any", hs256, good), nil, noonTime()); err != nil || c.Verified || c.Email != "ann@example.org" {
		t.Errorf("without a secret: %+v, %v", c, err)
	}
	if _, err := ReadToken(b64(`{"alg":"none"}`)+"."+b64(good)+".", nil, noonTime()); !errors.Is(err, ErrTokenAlgorithm) {
		t.Errorf("none without a secret: %v", err)
	}
}

func TestTokenInHeaders(t *testing.T) {
	token := sign(sha256.New, tokenKey, `{"alg":"HS256"}`, claimsText(noonTime().Unix()+300))
	cfg := Config{TokenSecret: []byte(tokenKey), TokenHeaders: []string{"X-Who"}}
	for name, c := range map[string]struct {
		headers []exchange.Header
		found   bool
		fails   bool
	}{
		"none":               {h("X-Other", token, "Authorization", "Bearer "+token), false, false},
		"fixed":              {h("x-openwebui-USER-jwt", token), true, false},
		"with a scheme":      {h("X-OpenWebUI-User-Jwt", "Bearer "+token), true, false},
		"configured":         {h("X-WHO", token), true, false},
		"redacted":           {h("X-OpenWebUI-User-Jwt", redacted), false, false},
		"empty":              {h("X-OpenWebUI-User-Jwt", ""), false, false},
		"bad":                {h("X-OpenWebUI-User-Jwt", "x"), false, true},
		"Helicone's own key": {h("Helicone-Auth", "Bearer "+token), false, false},
	} {
		got, err := Token(c.headers, cfg, noonTime())
		if (got != nil) != c.found || (err != nil) != c.fails {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if err != nil && strings.Contains(err.Error(), token) {
			t.Errorf("%s: the error has the token", name)
		}
	}
	claims, err := Token(Fields(http.Header{"X-Openwebui-User-Jwt": {token}}), cfg, noonTime())
	if err != nil {
		t.Fatal(err)
	}
	got := Identify(Request{Headers: h("X-OpenWebUI-User-Email", "forged@example.org", "X-OpenWebUI-User-Role", "user"), Claims: claims}, cfg)
	if got.User != "ann@example.org" || got.Role != "admin" || got.UserSource != from("jwt") {
		t.Errorf("a verified token does not win: %+v", got)
	}
	claims.Verified = false
	got = Identify(Request{Headers: h("X-OpenWebUI-User-Email", "plain@example.org"), Claims: claims}, cfg)
	if got.User != "plain@example.org" {
		t.Errorf("an unverified token wins: %+v", got)
	}
	got = Identify(Request{Claims: claims}, cfg)
	if got.User != "ann@example.org" || got.UserSource != from("jwt (unverified)") {
		t.Errorf("an unverified token alone: %+v", got)
	}
}

func TestConfiguredNames(t *testing.T) {
	cfg := Config{UserHeaders: []string{"X-Person", "Authorization"}, ChatHeaders: []string{"X-Talk"}, TaskHeaders: []string{"X-Why"}, AnswerHeaders: []string{"X-Reply"}, TokenHeaders: []string{"X-Sealed"}}
	got := Identify(Request{Headers: h("x-person", "J%C3%BCrgen", "X-TALK", "c1", "x-why", "tags_generation", "x-reply", "m1", "X-OpenWebUI-User-Role", "user", "X-OpenWebUI-Chat-Id", "c2")}, cfg)
	want := Identity{User: "Jürgen", Role: "user", Chat: "c1", Answer: "m1", Task: TaskTags, TaskSaid: true,
		UserSource: from("x-person"), ChatSource: from("x-talk"), TaskSource: from("x-why"), AnswerSource: from("x-reply")}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v, want\n%+v", got, want)
	}
	for name, want := range map[string]bool{
		"X-Person": true, "x-talk": true, "X-WHY": true, "X-Reply": true, "X-Sealed": true, "X-OpenWebUI-User-Name": true, "x-openwebui-anything": true, "Helicone-Auth": true,
		"HELICONE-Property-X": true, "helicone-": true, "__helicone-mock-response": true,
		"Authorization": false, "Content-Type": false, "X-Api-Key": false, "Accept": false, "Anthropic-Version": false, "X-Other": false, "": false, "User-Agent": false,
	} {
		if Strip(name, cfg) != want {
			t.Errorf("%q: stripped %v", name, !want)
		}
	}
	if !Secret("x-sealed", cfg) || !Secret("X-OpenWebUI-User-JWT", Config{}) || Secret("X-Person", cfg) {
		t.Error("which headers are secret is wrong")
	}
}

func TestTaskFor(t *testing.T) {
	no := false
	title := []exchange.Message{say("user", "### Task:\nGenerate 1-3 broad tags categorizing the main themes")}
	loop := []exchange.Message{say("user", "x"), say("assistant", ""), say("tool", "3")}
	for name, c := range map[string]struct {
		id       Identity
		messages []exchange.Message
		want     exchange.Task
		basis    exchange.Basis
	}{
		"a header":                {Identity{Task: TaskEmoji, TaskSaid: true}, title, TaskEmoji, exchange.Reported},
		"an empty header":         {Identity{TaskSaid: true}, title, exchange.TaskChat, exchange.Reported},
		"an empty header, a loop": {Identity{TaskSaid: true}, loop, exchange.TaskToolLoop, exchange.Inferred},
		"a marker":                {Identity{}, title, TaskTags, exchange.Inferred},
		"a loop":                  {Identity{}, loop, exchange.TaskToolLoop, exchange.Inferred},
		"nothing":                 {Identity{}, nil, "", exchange.Missing},
	} {
		if got, basis := TaskFor(c.id, &no, c.messages); got != c.want || basis != c.basis {
			t.Errorf("%s: %q %q", name, got, basis)
		}
	}
	if Background(exchange.TaskChat) || Background("") || Background(TaskMerge) || !Background(TaskTitle) || !Background("something_new") {
		t.Error("what is a background task is wrong")
	}
}

func TestTheBodyNamesTheUser(t *testing.T) {
	const uuid = "0D9A2C55-8f6e-4f1c-8c0e-6f5a1f0a77d2"
	for name, c := range map[string]struct {
		params map[string]string
		user   string
		chat   string
		from   string
	}{
		"nothing":                   {nil, "", "", ""},
		"OpenAI's":                  {map[string]string{"user": `"u-1"`}, "u-1", "", "body.user"},
		"Open WebUI's":              {map[string]string{"user": `{"name":"Ann","id":"u1","email":"ann@example.org","role":"user"}`}, "ann@example.org", "", "body.user"},
		"Anthropic's":               {map[string]string{"metadata": `{"user_id":"u-2"}`}, "u-2", "", "body.metadata.user_id"},
		"Claude Code's":             {map[string]string{"metadata": `{"user_id":"user_ab_account__session_` + uuid + `"}`}, "user_ab_account_", strings.ToLower(uuid), "body.metadata.user_id"},
		"Claude Code's, newer":      {map[string]string{"metadata": `{"user_id":"{\"device_id\":\"d1\",\"account_uuid\":\"\",\"session_id\":\"` + uuid + `\"}"}`}, "d1", strings.ToLower(uuid), "body.metadata.user_id"},
		"no session after all":      {map[string]string{"metadata": `{"user_id":"a_session_b"}`}, "a_session_b", "", "body.metadata.user_id"},
		"OpenAI's newer":            {map[string]string{"safety_identifier": `"s"`}, "s", "", "body.safety_identifier"},
		"a number":                  {map[string]string{"user": `5`, "metadata": `7`, "safety_identifier": `null`}, "", "", ""},
		"an empty object":           {map[string]string{"user": `{}`, "safety_identifier": `"s"`}, "s", "", "body.safety_identifier"},
		"an absurd one":             {map[string]string{"user": `"` + strings.Repeat("x", 9999) + `"`}, "", "", ""},
		"a conversation":            {map[string]string{"conversation": `{"id":"conv_1"}`}, "", "conv_1", ""},
		"a conversation, as a text": {map[string]string{"conversation": `"conv_2"`}, "", "conv_2", ""},
	} {
		got := Identify(Request{Params: c.params}, Config{})
		if got.User != c.user || got.Chat != c.chat || got.UserSource.From != c.from {
			t.Errorf("%s: %+v", name, got)
		}
	}
	got := Identify(Request{Headers: h("Helicone-User-Id", "bob"), Params: map[string]string{"user": `"u-1"`}}, Config{})
	if got.User != "bob" {
		t.Errorf("the body wins over Helicone-User-Id: %+v", got)
	}
}

func FuzzIdentity(f *testing.F) {
	f.Add("X-OpenWebUI-User-Name", "J%C3%BCrgen%00", "helicone-property-\xff", "\xff", `{"user_id":"a"}`)
	f.Add("X-OpenWebUI-User-Jwt", sign(sha256.New, tokenKey, `{"alg":"HS256"}`, claimsText(2e9)), "Helicone-Target-URL", "http://h:1/a/../b", `"x"`)
	f.Add("Helicone-Auth", "Bearer sk-helicone-1", "Helicone-Request-Id", "0d9a2c55-8f6e-4f1c-8c0e-6f5a1f0a77d2", `{"id":1}`)
	cfg := Config{UserHeaders: []string{"X-Who"}, TokenSecret: []byte(tokenKey)}
	f.Fuzz(func(t *testing.T, n1, v1, n2, v2, param string) {
		headers := h(n1, v1, n2, v2)
		claims, _ := Token(headers, cfg, noonTime())
		id := Identify(Request{Headers: headers, Claims: claims, Params: map[string]string{"user": param, "metadata": param, "conversation": param}}, cfg)
		all := []string{id.User, id.UserID, id.Email, id.Name, id.Role, id.Chat, id.Answer, id.UserMessage, string(id.Task), id.Session.ID, id.Session.Path, id.Session.Name}
		for name, v := range id.Properties {
			if len(v) > maxProperty || len(name) > maxName || !utf8.ValidString(name+v) {
				t.Errorf("property %q: %q", name, v)
			}
		}
		for _, v := range all {
			if len(v) > maxValue || !utf8.ValidString(v) || strings.ContainsAny(v, "\x00\n\r\u202E") {
				t.Errorf("%q", v)
			}
		}
		c := ReadControls(headers)
		if c.Target != nil && (c.Target.Host == "" || c.Target.User != nil) || strings.Contains(fmt.Sprintf("%+v %#v %s", c, c, c.Key), "sk-helicone-1") {
			t.Errorf("%+v", c)
		}
	})
}

func FuzzToken(f *testing.F) {
	f.Add(sign(sha256.New, tokenKey, `{"alg":"HS256"}`, claimsText(2e9)))
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		if c, err := ReadToken(token, []byte("a secret that nobody has used to sign"), noonTime()); err == nil || c != (exchange.Claims{}) {
			t.Errorf("%q was believed: %+v", token, c)
		}
		if c, err := ReadToken(token, nil, noonTime()); err == nil && (c.Verified || !utf8.ValidString(c.Name+c.Email+c.Role+c.Subject)) {
			t.Errorf("%q: %+v", token, c)
		}
	})
}
