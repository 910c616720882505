package store

import (
	"maps"
	"testing"
	"time"

	"gumshoe/backend/query"
)

func counted(list []Facet) map[string]int64 {
	out := map[string]int64{}
	for _, f := range list {
		out[f.Value] = f.Count
	}
	return out
}

// rowsSay counts a column among the rows of a filter.
func rowsSay(t *testing.T, s *Store, f query.Filter, of func(Row) string) map[string]int64 {
	t.Helper()
	rows, more, err := s.Page(t.Context(), f, PageAt{Limit: MaxPage})
	if err != nil || more {
		t.Fatal(more, err)
	}
	out := map[string]int64{}
	for _, r := range rows {
		if v := of(r); v != "" {
			out[v]++
		}
	}
	return out
}

func model(r Row) string { return r.Model }
func user(r Row) string  { return r.User }
func task(r Row) string  { return string(r.Task) }

// TestFacetsLeaveTheirOwnTermOut compares each menu's counts with the rows of the
// filter that is left without that menu's term: from sums, by an index and
// through windows.
func TestFacetsLeaveTheirOwnTermOut(t *testing.T) {
	s := open(t)
	f := newFiller(false)
	var items []Item
	for i := range 450 {
		items = append(items, f.item(i, 450))
	}
	save(t, s, items[:400]...)
	rollUp(t, s)
	save(t, s, items[400:]...)
	// A slow machine would stop early, which the next test is about.
	s.counting = time.Hour
	for _, window := range []int{5000, 40} {
		s.window = window
		for _, c := range []struct{ text, models, users, tasks string }{
			{"", "", "", ""},
			{"model:model-1*", "", "model:model-1*", "model:model-1*"},
			{"model:model-0* user:user1", "user:user1", "model:model-0*", "model:model-0* user:user1"},
			{"user:user0,user1 task:title -model:model-0*", "user:user0,user1 task:title -model:model-0*", "task:title -model:model-0*", "user:user0,user1 -model:model-0*"},
			{"model:model-1* OR user:user1", "model:model-1* OR user:user1", "model:model-1* OR user:user1", "model:model-1* OR user:user1"},
			{"ttft:>1s model:model-2*", "ttft:>1s", "ttft:>1s model:model-2*", "ttft:>1s model:model-2*"},
			{"model:none", "", "model:none", "model:none"},
			{"model:model-0* model:model-0", "model:model-0", "model:model-0*", "model:model-0*"},
		} {
			got, err := s.Facets(t.Context(), parse(t, c.text))
			if err != nil || got.Since != 0 {
				t.Fatalf("%q: since %d, %v", c.text, got.Since, err)
			}
			for _, m := range []struct {
				name, text string
				got        []Facet
				of         func(Row) string
			}{{"models", c.models, got.Models, model}, {"users", c.users, got.Users, user}, {"tasks", c.tasks, got.Tasks, task}} {
				if want := rowsSay(t, s, parse(t, m.text), m.of); !maps.Equal(counted(m.got), want) {
					t.Errorf("%q (window %d): %s are %v, rows of %q say %v", c.text, window, m.name, m.got, m.text, want)
				}
			}
		}
		got, err := s.Facets(t.Context(), query.Filter{Users: []string{"user1@example.org"}})
		if err != nil || !maps.Equal(counted(got.Users), rowsSay(t, s, query.Filter{}, user)) || !maps.Equal(counted(got.Tasks), rowsSay(t, s, query.Filter{Users: []string{"user1@example.org"}}, task)) {
			t.Errorf("of a field: %v and %v, %v", got.Users, got.Tasks, err)
		}
	}
}

// hurried is a log of three windows that has no time to count.
func hurried(t *testing.T) (*Store, []Item) {
	t.Helper()
	s := open(t)
	f := newFiller(false)
	var items []Item
	for i := range 300 {
		items = append(items, f.item(i, 300))
	}
	save(t, s, items...)
	s.window, s.counting = 100, 0
	return s, items
}

// TestFacetsSayHowFarTheyCounted gives no time: one window a pass is counted, and
// what was counted is what rows since then say.
func TestFacetsSayHowFarTheyCounted(t *testing.T) {
	s, items := hurried(t)
	got, err := s.Facets(t.Context(), parse(t, "-user:nobody"))
	if err != nil || got.Since == 0 {
		t.Fatalf("since %d, %v", got.Since, err)
	}
	want := map[string]int64{}
	for _, it := range items[200:] {
		if it.Record.StartedAt < got.Since-slack {
			t.Errorf("a counted row is from %d, before %d", it.Record.StartedAt, got.Since)
		}
		want[it.Record.Model]++
	}
	if !maps.Equal(counted(got.Models), want) {
		t.Errorf("%v, the newest hundred rows say %v", got.Models, want)
	}
}

// TestValuesAreWhatTheirFilterFinds compares every count that a completion gives with
// the rows that its value selects.
func TestValuesAreWhatTheirFilterFinds(t *testing.T) {
	s := open(t)
	f := newFiller(false)
	var items []Item
	for i := range 450 {
		items = append(items, f.item(i, 450))
	}
	items[0].Record.User, items[1].Record.User, items[7].Record.Finish = "", "", "Odd \"one\""
	save(t, s, items...)
	for i, tags := range [][]string{{"good", "Work"}, {"good"}, {"bad"}} {
		if err := s.SetMark(t.Context(), items[i*5].Record.ID, Mark{Tags: tags, Starred: i == 0}); err != nil {
			t.Fatal(err)
		}
	}
	found := func(text string) (int64, error) {
		sum, err := s.Totals(t.Context(), parse(t, text))
		return sum.Requests, err
	}
	s.counting = time.Hour
	for _, s.window = range []int{5000, 40} {
		for _, field := range []query.Field{query.IsField, query.Has, query.State, "kind", "tag", "api", "finish", "method", query.Chat} {
			got, since, err := s.Values(t.Context(), field, "")
			if err != nil || since != 0 || len(got) == 0 {
				t.Errorf("%s: %v since %d, %v", field, got, since, err)
			}
			for _, v := range got {
				n, err := found(string(field) + ":" + query.Quote(v.Value))
				if err != nil || n != v.Count {
					t.Errorf("%s:%s is said to be in %d, the filter finds %d, %v", field, v.Value, v.Count, n, err)
				}
			}
		}
		if got, _, err := s.Values(t.Context(), "finish", "ODD"); err != nil || len(got) != 1 || got[0] != (Facet{`Odd "one"`, 1}) {
			t.Errorf("those that hold a text are %v, %v", got, err)
		}
		facets, err := s.Facets(t.Context(), query.Filter{})
		if err != nil || facets.Users[len(facets.Users)-1] != (Facet{"", 2}) {
			t.Errorf("without a user are %v, %v", facets.Users, err)
		}
	}
	if n, err := found(`user:""`); err != nil || n != 2 {
		t.Errorf("user:\"\" finds %d, %v", n, err)
	}
}

// TestValuesKeepTheirTime gives none: one window is counted.
func TestValuesKeepTheirTime(t *testing.T) {
	s, _ := hurried(t)
	for _, field := range []query.Field{query.State, "api"} {
		got, since, err := s.Values(t.Context(), field, "")
		n := int64(0)
		for _, v := range got {
			n += v.Count
		}
		if err != nil || since == 0 || n != 100 {
			t.Errorf("%s: %d rows since %d, %v", field, n, since, err)
		}
	}
}
