package store

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"gumshoe/backend/exchange"
)

func TestMarks(t *testing.T) {
	s := open(t)
	a, b := item(t, []byte("q"), nil), item(t, []byte("q"), nil)
	a.Record.Client, b.Record.Client = "a", "b"
	save(t, s, a, b)
	ctx := t.Context()
	want := Mark{Starred: true, Rating: exchange.Int64(4), Tags: []string{"slow", "好 用"}, Note: "100% <b>late</b>"}
	if err := s.SetMark(ctx, a.Record.ID, Mark{Starred: true, Rating: exchange.Int64(4), Tags: []string{"slow", " 好  用 ", "slow", ""}, Note: want.Note}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Marks(ctx, []string{a.Record.ID, b.Record.ID})
	if err != nil || len(got) != 1 || !reflect.DeepEqual(got[a.Record.ID], want) {
		t.Fatalf("%+v, %v", got, err)
	}
	for text, names := range map[string]string{"is:starred": "a", "-is:starred": "b", "tag:slow": "a", "tag:slo": "", "tag:slo*": "a", `tag:"好 用"`: "a", "note:LATE": "a", "note:100%": "a",
		"note:0_0": "", "rating:>=4": "a", "rating:5": "", "rating:1..4": "a", "has:note": "a", "has:tag": "a", "is:starred OR tag:x": "a"} {
		if got := found(t, s, text); got != names {
			t.Errorf("%s finds %q, want %q", text, got, names)
		}
	}
	for name, m := range map[string]Mark{"a rating of 6": {Rating: exchange.Int64(6)}, "a rating of 0": {Rating: exchange.Int64(0)}, "a long note": {Note: strings.Repeat("x", maxNote+1)},
		"a long tag": {Tags: []string{strings.Repeat("x", maxTag+1)}}, "no text": {Note: "\xff"}} {
		if err := s.SetMark(ctx, a.Record.ID, m); !errors.Is(err, ErrMark) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.SetMark(ctx, newID(t), Mark{Starred: true}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a mark on nothing: %v", err)
	}
	if err := s.SetMark(ctx, b.Record.ID, Mark{Starred: true}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetMark(ctx, b.Record.ID, Mark{}); err != nil {
		t.Fatal(err)
	}
	if got := found(t, s, "is:starred"); got != "a" {
		t.Errorf("starred are %q", got)
	}
	if _, err := s.deleteBatch(ctx, `1`, nil); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM mark`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d marks outlive their exchanges, %v", n, err)
	}
}

func TestByIDKeepsTheOrder(t *testing.T) {
	s := open(t)
	a, b := item(t, []byte("q"), nil), item(t, []byte("q"), nil)
	save(t, s, a, b)
	rows, err := s.ByID(t.Context(), []string{b.Record.ID, newID(t), "nonsense", a.Record.ID, b.Record.ID})
	if err != nil || len(rows) != 2 || rows[0].ID != b.Record.ID || rows[1].ID != a.Record.ID {
		t.Errorf("%v, %v", rows, err)
	}
}
