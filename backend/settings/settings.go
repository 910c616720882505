// Package settings gives names, types and defaults to what is kept in the
// database, and lets the flags of a run win without being written.
//
// Test it with: go test ./backend/settings
package settings

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Keeper keeps texts by name; *store.Store is one.
type Keeper interface {
	Setting(ctx context.Context, name string) (string, bool, error)
	SetSetting(ctx context.Context, name, value string) error
}

// Values are the settings of the Settings page.
type Values struct {
	Theme            string // system, light, dark
	Language         string // "" follows the system; en, zh-TW
	RetentionDays    int64  // 0 is no limit
	RetentionGB      int64  // 0 is no limit
	KeepInBackground string // ask, yes, no: what closing the window does
}

// ErrValue says that a setting can't have a value.
var ErrValue = errors.New("this value is not one that the setting can have")

// Settings reads and writes through a Keeper.
type Settings struct{ keep Keeper }

// New makes Settings.
func New(keep Keeper) *Settings { return &Settings{keep: keep} }

const (
	nameTheme     = "theme"
	nameLanguage  = "language"
	nameDays      = "retention_days"
	nameGB        = "retention_gb"
	nameClose     = "keep_in_background"
	nameListen    = "listen"
	nameUpstreams = "upstreams"
)

// Values reads all settings, with defaults for those never set.
func (s *Settings) Values(ctx context.Context) (Values, error) {
	v := Values{Theme: "system", KeepInBackground: "ask"}
	days, gb := "0", "0"
	for name, into := range map[string]*string{nameTheme: &v.Theme, nameLanguage: &v.Language, nameDays: &days, nameGB: &gb, nameClose: &v.KeepInBackground} {
		text, ok, err := s.keep.Setting(ctx, name)
		if err != nil {
			return v, err
		}
		if ok {
			*into = text
		}
	}
	v.RetentionDays, _ = strconv.ParseInt(days, 10, 64) // a damaged value is no limit
	v.RetentionGB, _ = strconv.ParseInt(gb, 10, 64)
	return v, nil
}

// SetValues checks and keeps all settings.
func (s *Settings) SetValues(ctx context.Context, v Values) error {
	switch {
	case !slices.Contains([]string{"system", "light", "dark"}, v.Theme):
		return fmt.Errorf("theme %q: %w", v.Theme, ErrValue)
	case !slices.Contains([]string{"", "en", "zh-TW"}, v.Language):
		return fmt.Errorf("language %q: %w", v.Language, ErrValue)
	case !slices.Contains([]string{"ask", "yes", "no"}, v.KeepInBackground):
		return fmt.Errorf("keep_in_background %q: %w", v.KeepInBackground, ErrValue)
	case v.RetentionDays < 0 || v.RetentionDays > 36500 || v.RetentionGB < 0 || v.RetentionGB > 1_000_000:
		return fmt.Errorf("retention: %w", ErrValue)
	}
	for name, text := range map[string]string{nameTheme: v.Theme, nameLanguage: v.Language, nameClose: v.KeepInBackground,
		nameDays: strconv.FormatInt(v.RetentionDays, 10), nameGB: strconv.FormatInt(v.RetentionGB, 10)} {
		if err := s.keep.SetSetting(ctx, name, text); err != nil {
			return err
		}
	}
	return nil
}

// Listen is the stored listen address of the proxy, "" where none was chosen.
func (s *Settings) Listen(ctx context.Context) (string, error) {
	v, _, err := s.keep.Setting(ctx, nameListen)
	return v, err
}

// SetListen keeps the listen address.
func (s *Settings) SetListen(ctx context.Context, addr string) error {
	return s.keep.SetSetting(ctx, nameListen, addr)
}

// Upstreams are the stored upstreams as NAME=KIND+URL; ok is false where none
// were ever stored.
func (s *Settings) Upstreams(ctx context.Context) (list []string, ok bool, err error) {
	v, ok, err := s.keep.Setting(ctx, nameUpstreams)
	if err != nil || !ok {
		return nil, false, err
	}
	if err := json.Unmarshal([]byte(v), &list); err != nil {
		return nil, false, fmt.Errorf("reading the stored upstreams: %w", err)
	}
	return list, true, nil
}

// SetUpstreams keeps the upstreams.
func (s *Settings) SetUpstreams(ctx context.Context, list []string) error {
	b, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("describing the upstreams: %w", err)
	}
	return s.keep.SetSetting(ctx, nameUpstreams, string(b))
}
