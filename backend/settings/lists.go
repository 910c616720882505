package settings

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Budget is how much may be spent in a calendar month.
type Budget struct {
	Scope string  `json:"scope"` // "all", "model", "user", "task" or "upstream"
	Value string  `json:"value"` // "" with all
	USD   float64 `json:"usd"`   // more than 0
}

// View is a filter that was given a name.
type View struct {
	Name  string `json:"name"`
	Query string `json:"query"` // as it is typed
}

const (
	nameBudgets = "budgets"
	nameViews   = "views"
	nameSQL     = "sql_queries"
	// maxList bounds each list, maxName a name, in runes.
	maxList, maxName = 200, 200
)

// Budgets reads all budgets, never nil.
func (s *Settings) Budgets(ctx context.Context) ([]Budget, error) {
	return list[Budget](ctx, s, nameBudgets)
}

// SetBudgets keeps all budgets. ErrValue says that one of them makes no sense.
func (s *Settings) SetBudgets(ctx context.Context, budgets []Budget) error {
	seen := map[[2]string]bool{}
	for _, b := range budgets {
		known := b.Scope == "all" && b.Value == "" || b.Value != "" && (b.Scope == "model" || b.Scope == "user" || b.Scope == "task" || b.Scope == "upstream")
		if !known || !(b.USD > 0 && b.USD < 1e9) || !short(b.Value) || seen[[2]string{b.Scope, b.Value}] {
			return fmt.Errorf("keeping a budget of %g for %s %q: %w", b.USD, b.Scope, b.Value, ErrValue)
		}
		seen[[2]string{b.Scope, b.Value}] = true
	}
	return setList(ctx, s, nameBudgets, budgets)
}

// Views reads all saved views, never nil.
func (s *Settings) Views(ctx context.Context) ([]View, error) { return list[View](ctx, s, nameViews) }

// SetViews keeps all saved views, in their order. ErrValue says that one has no
// name or that two have the same.
func (s *Settings) SetViews(ctx context.Context, views []View) error {
	return s.setNamed(ctx, nameViews, 4000, views)
}

// Queries reads a person's saved SQL, never nil.
func (s *Settings) Queries(ctx context.Context) ([]View, error) { return list[View](ctx, s, nameSQL) }

// SetQueries keeps a person's saved SQL, in its order. ErrValue is as of SetViews.
func (s *Settings) SetQueries(ctx context.Context, queries []View) error {
	return s.setNamed(ctx, nameSQL, 20_000, queries)
}

func (s *Settings) setNamed(ctx context.Context, key string, longest int, views []View) error {
	seen := map[string]bool{}
	for _, v := range views {
		name := strings.TrimSpace(v.Name)
		if name == "" || !short(name) || len(v.Query) > longest || seen[name] {
			return fmt.Errorf("keeping %q: %w", v.Name, ErrValue)
		}
		seen[name] = true
	}
	return setList(ctx, s, key, views)
}

func short(s string) bool { return utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxName }

// list reads a list that is kept as JSON. What can't be read is as none: a view
// is not worth a program that does not start.
func list[T any](ctx context.Context, s *Settings, name string) ([]T, error) {
	text, ok, err := s.keep.Setting(ctx, name)
	if err != nil {
		return nil, err
	}
	out := []T{}
	if !ok || json.Unmarshal([]byte(text), &out) != nil || out == nil {
		return []T{}, nil
	}
	return out, nil
}

func setList[T any](ctx context.Context, s *Settings, name string, values []T) error {
	if len(values) > maxList {
		return fmt.Errorf("keeping %d %s: %w", len(values), name, ErrValue)
	}
	b, err := json.Marshal(values)
	if err != nil {
		return fmt.Errorf("keeping %s: %w", name, err)
	}
	return s.keep.SetSetting(ctx, name, string(b))
}
