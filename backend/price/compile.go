package price

import (
	"fmt"
	"slices"
	"strings"
)

// table checks and compiles what was read.
func (j *tableJSON) table() (*Table, error) {
	t := &Table{source: j.Source, version: j.Version, date: j.Date, found: map[question]hit{}}
	if len(j.Providers) > maxProviders {
		return nil, fmt.Errorf("%d providers: %w", len(j.Providers), ErrLarge)
	}
	c, byID, priced, total := patterns{}, map[string]*provider{}, 0, 0
	for i := range j.Providers {
		pj := &j.Providers[i]
		if total += len(pj.Models); total > maxModels {
			return nil, fmt.Errorf("%d models: %w", total, ErrLarge)
		}
		p, n, err := pj.provider(c)
		if err != nil {
			return nil, fmt.Errorf("provider %.60q: %w", pj.ID, err)
		}
		if byID[p.id] != nil {
			return nil, fmt.Errorf("provider %q comes twice: %w", p.id, ErrFormat)
		}
		byID[p.id] = p
		t.providers, priced = append(t.providers, p), priced+n
	}
	for i, p := range t.providers {
		for _, id := range j.Providers[i].Fallbacks {
			if f := byID[id]; f != nil {
				p.fallbacks = append(p.fallbacks, f)
			}
		}
	}
	if priced == 0 {
		return nil, ErrEmpty
	}
	return t, nil
}

// provider compiles one, and counts its models that have a price.
func (j *providerJSON) provider(c patterns) (*provider, int, error) {
	p := &provider{id: j.ID}
	if !goodID(j.ID) || j.URL == "" {
		return nil, 0, ErrFormat
	}
	var err error
	if p.url, err = c.compile("^(?:" + j.URL + ")"); err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	for _, r := range []struct {
		from *ruleJSON
		to   **rule
	}{{j.ByName, &p.byName}, {j.ByModel, &p.byModel}} {
		if r.from == nil {
			continue
		}
		compiled, err := c.rule(*r.from, 0)
		if err != nil {
			return nil, 0, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		*r.to = &compiled
	}
	priced := 0
	for i := range j.Models {
		mj := &j.Models[i]
		m, err := mj.model(c)
		if err != nil {
			return nil, 0, fmt.Errorf("model %.60q: %w", mj.ID, err)
		}
		p.models = append(p.models, m)
		if slices.ContainsFunc(m.prices, func(s conditional) bool { return len(s.set.order) > 0 }) {
			priced++
		}
	}
	return p, priced, nil
}

// goodID reports whether an id is one that can be shown and stored.
func goodID(id string) bool {
	return id != "" && len(id) <= 200 && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

func (j *modelJSON) model(c patterns) (*model, error) {
	if !goodID(j.ID) || len(j.Prices) == 0 || j.Context != nil && *j.Context < 0 {
		return nil, ErrFormat
	}
	if len(j.Prices) > maxSets {
		return nil, ErrLarge
	}
	match, err := c.rule(j.Match, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	m := &model{id: j.ID, match: match, context: j.Context}
	for i := range j.Prices {
		one, err := j.Prices[i].conditional()
		if err != nil {
			return nil, err
		}
		one.set.free = len(j.Prices[i].Prices) == 0 && saysFree(j.ID, j.Comment)
		m.prices = append(m.prices, one)
	}
	return m, nil
}

// saysFree tells an entry without prices that costs nothing from one whose
// prices are unknown: by OpenRouter's :free, by the table's comment, and for
// OpenAI's moderation, which is free by its documentation.
func saysFree(id, comment string) bool {
	comment = strings.ToLower(comment)
	return strings.HasSuffix(id, ":free") || id == "moderation" ||
		strings.Contains(comment, "free of charge") || strings.Contains(comment, "included in the subscription")
}
