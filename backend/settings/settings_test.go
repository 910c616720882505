package settings

import (
	"context"
	"errors"
	"reflect"
	"testing"
)

type table map[string]string

func (t table) Setting(_ context.Context, name string) (string, bool, error) {
	v, ok := t[name]
	return v, ok, nil
}
func (t table) SetSetting(_ context.Context, name, v string) error { t[name] = v; return nil }

func TestValues(t *testing.T) {
	s := New(table{})
	ctx := t.Context()
	if v, err := s.Values(ctx); err != nil || v != (Values{Theme: "system", KeepInBackground: "ask"}) {
		t.Errorf("defaults %+v, %v", v, err)
	}
	want := Values{Theme: "dark", Language: "zh-TW", RetentionDays: 30, RetentionGB: 2, KeepInBackground: "yes"}
	if err := s.SetValues(ctx, want); err != nil {
		t.Fatal(err)
	}
	if v, err := s.Values(ctx); err != nil || v != want {
		t.Errorf("read back %+v, %v", v, err)
	}
	for name, change := range map[string]func(*Values){
		"theme": func(v *Values) { v.Theme = "pink" }, "language": func(v *Values) { v.Language = "<script>" },
		"close": func(v *Values) { v.KeepInBackground = "" }, "days": func(v *Values) { v.RetentionDays = -1 },
		"gb": func(v *Values) { v.RetentionGB = 1 << 60 },
	} {
		bad := want
		change(&bad)
		if err := s.SetValues(ctx, bad); !errors.Is(err, ErrValue) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if v, _ := s.Values(ctx); v != want {
		t.Errorf("a refused value was kept: %+v", v)
	}
}

func TestUpstreams(t *testing.T) {
	keep := table{}
	s := New(keep)
	ctx := t.Context()
	if _, ok, err := s.Upstreams(ctx); ok || err != nil {
		t.Errorf("never stored, but %v, %v", ok, err)
	}
	want := []string{"a=ollama+http://x", "b=openai+http://y/v1"}
	if err := s.SetUpstreams(ctx, want); err != nil {
		t.Fatal(err)
	}
	if got, ok, err := s.Upstreams(ctx); err != nil || !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("read back %v, %v, %v", got, ok, err)
	}
	keep["upstreams"] = "{"
	if _, _, err := s.Upstreams(ctx); err == nil {
		t.Error("a damaged list is no error")
	}
}
