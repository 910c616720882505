package verdict

import (
	"encoding/base64"
	"math/rand"
	"strings"
	"testing"

	"gumshoe/backend/exchange"
)

// random is n letters and digits, the same ones each time. Keys are put together
// here, so that no scanner takes this file for a leak.
func random(n int) string {
	const all = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	r := rand.New(rand.NewSource(7))
	b := make([]byte, n)
	for i := range b {
		b[i] = all[r.Intn(len(all))]
	}
	return string(b)
}

func hex(n int) string {
	r := rand.New(rand.NewSource(7))
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789abcdef"[r.Intn(16)]
	}
	return string(b)
}

func token(head, body string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(head)) + "." + base64.RawURLEncoding.EncodeToString([]byte(body)) + "." + random(43)
}

func privateKey(title string) string {
	return "-----BEGIN " + title + "-----\n" + random(64) + "\n" + random(64) + "\n-----END " + title + "-----"
}

func found(text string) (out []kind) {
	scanText(text, at0, func(k kind) bool { out = append(out, k); return true })
	return out
}

func TestScanFinds(t *testing.T) {
	const card = "4539148803436467"
	for text, want := range map[string]kind{
		"key: sk-proj-" + random(80):                                         kindOpenAI,
		"sk-" + random(20) + "T3BlbkFJ" + random(20):                         kindOpenAI,
		"OPENAI_API_KEY=sk-" + random(48):                                    kindAPI,
		"sk-" + hex(32):                                                      kindAPI,
		`{"k":"sk-ant-api03-` + random(93) + `AA"}`:                          kindAnthropic,
		"sk-or-v1-" + hex(64):                                                kindOpenRouter,
		"git clone https://gh" + "p_" + random(36) + "@github.com/a/b":       kindGitHub,
		"gho_" + random(36) + ".":                                            kindGitHub,
		"github_pat_" + random(22) + "_" + random(59):                        kindGitHub,
		"gl" + "pat-" + random(20):                                           kindGitLab,
		"AKI" + "AQ7RT2KDW5NPL3VXC":                                          kindAWS,
		"AIz" + "a" + random(35):                                             kindGoogle,
		"xox" + "b-482913570264-917350286441-" + random(24):                  kindSlack,
		"sk_live" + "_" + random(24):                                         kindStripe,
		"rk_live" + "_" + random(24):                                         kindStripe,
		"hf" + "_" + random(34):                                              kindHuggingFace,
		"npm" + "_" + random(36):                                             kindNpm,
		"pyp" + "i-AgEIcHlwaS5vcmc" + random(60):                             kindPyPI,
		"SG." + random(22) + "." + random(43):                                kindSendGrid,
		"gsk" + "_" + random(52):                                             kindGroq,
		"xai" + "-" + random(80):                                             kindXAI,
		"pplx" + "-" + random(48):                                            kindPerplexity,
		"dop_v1" + "_" + hex(64):                                             kindCloud,
		"my key:\n" + privateKey("RSA PRIVATE KEY") + "\n":                   kindPrivate,
		privateKey("OPENSSH PRIVATE KEY"):                                    kindPrivate,
		strings.ReplaceAll(privateKey("PRIVATE KEY"), "\n", `\n`):            kindPrivate,
		"Bearer " + token(`{"alg":"HS256"}`, `{"sub":"u-77","exp":4e9}`):     kindJWT,
		"visa " + card + " exp 12/27":                                        kindCard,
		"Kreditkarte / credit card: 4539 1488 0343 6467":                     kindCard,
		"信用卡卡號：4539-1488-0343-6467":                                          kindCard,
		"pay to DE75 5121 0800 1245 1261 99 please":                          kindIBAN,
		"IBAN:DE75512108001245126199":                                        kindIBAN,
		"我的身分證字號是F131104093。":                                                kindTaiwanID,
		"居留證 A800000014":                                                     kindTaiwanID,
		"national ID number: F131104093":                                     kindTaiwanID,
		"first words, then many others and at the end sk-proj-" + random(90): kindOpenAI,
	} {
		got := found(text)
		if len(got) != 1 || got[0] != want {
			t.Errorf("%q: %v, not %s", text, got, want)
		}
	}
}

func TestScanIsSilent(t *testing.T) {
	const card = "4539148803436467"
	for _, text := range []string{
		"a UUID: 3f2504e0-4f89-41d3-9a0c-0305e82c3301 and sk-3f2504e0-4f89-41d3-9a0c-0305e82c3301",
		"sha256 " + hex(64) + ", md5 " + hex(32) + ", git " + hex(40),
		"data:image/png;base64," + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(random(50), 200))),
		"ann@example.org, +886 912 345 678", // an e-mail or a telephone number is not enough
		"sk-YOUR-API-KEY-HERE-sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "export OPENAI_API_KEY=sk-...", "sk-1234567890abcdefABCDEF1234567890abcdefABCDEF12",
		"sk-learn-based-classifier-for-text-with-many-words-and-more-words-2", "task-sk-" + random(48), "sk-" + random(10),
		"risk-" + random(48), "desk_" + random(40), "AKIAIOSFODNN7EXAMPLE", "AKIAABCDEFGHIJKLMNOP", "AKI" + "AQ7RT2KDW5NPL3VXCX",
		"ghp_" + strings.Repeat("x", 36), "ghp_" + strings.Repeat("a1B", 12), "ghp_" + random(30), "gh" + "p_" + random(40),
		"hf_transformers_model_hub_snapshot_download", "npm_config_registry_and_other_variables_x", "xoxb-your-token", "sk_test_" + random(24),
		"-----BEGIN PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA...\n-----END RSA PRIVATE KEY-----",
		privateKey("PUBLIC KEY"), privateKey("CERTIFICATE"), "-----BEGIN RSA PRIVATE KEY-----\n<paste your key here>\n-----END RSA PRIVATE KEY-----",
		token(`{"alg":"HS256"}`, `{"sub":"u-77","exp":1600000000}`), token(`{"alg":"none"}`, `{"sub":"u"}`), token(`{"typ":"x"}`, `{"sub":"u-77"}`),
		"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
		"card 4242 4242 4242 4242", "card 4111111111111111", "amex 378282246310005", "order " + card, "card 4539148803436468", "card 1795445368474123",
		"card " + card + "12", "card x" + card, "card 0." + card, "card 4539 14 8803 436467", "card 45 39 14 88 03 43 64 67",
		"the IMEI on the card is 490154203237518", "card ean 4006381333931",
		"IBAN GB82 WEST 1234 5698 7654 32", "IBAN DE89370400440532013000", "DE75512108001245126198", "DE75 5121 0800", "XX75512108001245126199", "DE7551210800124512619912",
		"身分證 A123456789", "part no. F131104093", "身分證 F131104094", "身分證 F1311040931", "身分證號碼 F331104093",
		"", "-", "eyJ", "sk-", "AKIA", "AIza", "----------------BEGIN",
	} {
		if got := found(text); len(got) > 0 {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestSecretSent(t *testing.T) {
	key := "gh" + "p_" + random(36)
	ask := prompt(say("user", "why does "+key+" not work?"))
	table(t, exchange.VerdictSecretSent, []check{
		{"to a provider", nil, cloud(ask), exchange.Certain, numbers(map[string]int64{"message": 1, "count": 1})},
		{"through Ollama to its cloud", nil, ollama(ask, model("gpt-oss:120b-cloud")), exchange.Certain, nil},
		{"in a tool's result", nil, cloud(prompt(say("user", "read it", "tool", "KEY="+key))), exchange.Certain, numbers(map[string]int64{"message": 2})},
		{"to be embedded", nil, cloud(api(exchange.OpenAIEmbeddings), ask), exchange.Certain, nil},
		{"though the provider refused", nil, cloud(ask, state(exchange.Failed, 429)), exchange.Certain, nil},
		{"false: on this machine", nil, ollama(ask), "", nil},
		{"false: a local server of another kind", nil, cloud(ask, func(in *Facts) { in.Local = true }), "", nil},
		{"false: what the model wrote itself", nil, cloud(prompt(say("user", "make up a key", "assistant", key, "user", "another"))), "", nil},
		{"false: inside of an image", nil, cloud(prompt([]exchange.Message{{Role: "user", Parts: []exchange.Part{{Type: exchange.PartImage, Data: key}}}})), "", nil},
		{"false: it never left", nil, cloud(ask, state(exchange.Failed, 0)), "", nil},
		{"false: in the answer", nil, cloud(func(in *Facts) { in.Reply = say("assistant", key) }), "", nil},
		{"false: nothing secret", nil, cloud(), "", nil},
	})
}

func FuzzScan(f *testing.F) {
	for _, s := range []string{"sk-ant-" + random(90), privateKey("PRIVATE KEY"), token(`{"alg":"HS256"}`, `{}`), "card 4539 1488 0343 6467", "DE75 5121 0800 1245 1261 99", "身分證F131104093", "-----BEGIN ", "eyJ.eyJ.eyJ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := 0
		scanText(s, at0, func(k kind) bool {
			n++
			return k.confidence() != "" && n <= len(s)
		})
		if n > len(s)/9+1 { // the shortest secret has ten bytes
			t.Errorf("%d secrets in %d bytes", n, len(s))
		}
	})
}

func FuzzSchema(f *testing.F) {
	f.Add([]byte(weather()[0].Schema), []byte(`{"city":"Oslo","place":{"lat":1}}`), `{"name":"get_current_weather","arguments":{}}`)
	f.Add([]byte(`{"$ref":"#","anyOf":[{"$ref":"#"}],"properties":{"a":{"$ref":"#"}}}`), []byte(`{"a":{"a":[1,null]}}`), "<tool_call>{}")
	f.Fuzz(func(t *testing.T, schema, args []byte, text string) {
		path, why, soft := fits(schema, args)
		if p, w, s := fits(schema, args); p != path || w != why || s != soft {
			t.Errorf("says %q %q, then %q %q", path, why, p, w)
		}
		callInText(text, weather())
		judgeCall(answer(""), exchange.ToolCall{Name: "get_current_weather", Arguments: string(args)})
	})
}
