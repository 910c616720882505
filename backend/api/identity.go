package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"slices"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/openwebui"
)

// Identity is how users are told apart and which further write keys let traffic
// in; app provides it.
type Identity interface {
	Identity() openwebui.Config
	// SetIdentity keeps it; secret nil leaves the token's secret as it is.
	SetIdentity(ctx context.Context, cfg openwebui.Config, secret *string) error
	MoreKeys() ([]string, error)
	// SetMoreKeys replaces the further write keys, at once.
	SetMoreKeys(keys []string) error
}

const (
	// maxNames bounds the names of one kind of header, maxKeys the further keys.
	maxNames, maxKeys = 10, 50
	// shownEnd is how much of a key's end is shown, to tell keys apart.
	shownEnd = 4
)

func (a *API) identity(w http.ResponseWriter, _ *http.Request) error {
	c := a.Identity.Identity()
	return answer(w, dto.Identity{UserHeaders: list(c.UserHeaders), ChatHeaders: list(c.ChatHeaders), TaskHeaders: list(c.TaskHeaders),
		AnswerHeaders: list(c.AnswerHeaders), TokenHeaders: list(c.TokenHeaders), HasTokenSecret: len(c.TokenSecret) > 0})
}

func list(s []string) []string { return append([]string{}, s...) }

func (a *API) setIdentity(w http.ResponseWriter, r *http.Request) error {
	var in dto.IdentityInput
	if err := read(r, &in); err != nil {
		return err
	}
	name := regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}$`)
	for _, names := range [][]string{in.UserHeaders, in.ChatHeaders, in.TaskHeaders, in.AnswerHeaders, in.TokenHeaders} {
		if len(names) > maxNames || slices.ContainsFunc(names, func(s string) bool { return !name.MatchString(s) }) {
			return problem(http.StatusBadRequest, "bad_header_name", "header names are letters, digits and -, at most ten of a kind")
		}
	}
	err := a.Identity.SetIdentity(r.Context(), openwebui.Config{UserHeaders: in.UserHeaders, ChatHeaders: in.ChatHeaders, TaskHeaders: in.TaskHeaders,
		AnswerHeaders: in.AnswerHeaders, TokenHeaders: in.TokenHeaders}, in.TokenSecret)
	if err != nil {
		return err
	}
	a.Bus.Publish(dto.Event{Type: "changed", What: "settings"})
	return a.identity(w, r)
}

// keyID names a key without telling it.
func keyID(key string) string {
	sum := sha256.Sum256([]byte("write key " + key))
	return hex.EncodeToString(sum[:6])
}

func (a *API) writeKeys(w http.ResponseWriter, _ *http.Request) error {
	keys, err := a.Identity.MoreKeys()
	if err != nil {
		return err
	}
	out := []dto.WriteKey{}
	for _, k := range keys {
		start := ""
		if openwebui.HeliconeKey(k) {
			start = k[:len("sk-helicone-")]
		}
		out = append(out, dto.WriteKey{ID: keyID(k), Shown: start + "…" + k[max(len(k)-shownEnd, 0):], Helicone: start != ""})
	}
	return answer(w, out)
}

func (a *API) addWriteKey(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Key string }
	if err := read(r, &in); err != nil {
		return err
	}
	keys, err := a.Identity.MoreKeys()
	if err != nil {
		return err
	}
	switch {
	case !regexp.MustCompile(`^[A-Za-z0-9._~-]{16,200}$`).MatchString(in.Key):
		return problem(http.StatusBadRequest, "bad_key", "a write key has 16 to 200 of A-Z a-z 0-9 . _ ~ -")
	case slices.Contains(keys, in.Key) || in.Key == a.Machine.WriteKey():
		return problem(http.StatusConflict, "key_known", "this write key is there already")
	case len(keys) >= maxKeys:
		return problem(http.StatusConflict, "too_many_keys", "remove a key first")
	}
	if err := a.Identity.SetMoreKeys(append(keys, in.Key)); err != nil {
		return err
	}
	return a.writeKeys(w, r)
}

func (a *API) removeWriteKey(w http.ResponseWriter, r *http.Request) error {
	keys, err := a.Identity.MoreKeys()
	if err != nil {
		return err
	}
	at := slices.IndexFunc(keys, func(k string) bool { return keyID(k) == r.PathValue("id") })
	if at < 0 {
		return problem(http.StatusNotFound, "not_found", "there is no such key")
	}
	if err := a.Identity.SetMoreKeys(slices.Delete(keys, at, at+1)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (a *API) stays(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	now := a.Now().UnixMicro()
	to, err := number(q, "to", now)
	if err != nil {
		return err
	}
	from, err := number(q, "from", 0)
	if err != nil {
		return err
	}
	out := []dto.Stay{}
	for _, s := range a.Watch.Stays(from, to) {
		out = append(out, dto.Stay{Upstream: s.Upstream, Model: s.Model, From: s.From, To: s.To, Open: s.Open, Context: s.Context,
			Size: s.Size, SizeVRAM: s.SizeVRAM, Left: s.Left, By: s.By})
	}
	return answer(w, out)
}
