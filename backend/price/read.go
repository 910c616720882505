package price

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

type tableJSON struct {
	Format    int            `json:"format"`
	Source    string         `json:"source"`
	Version   string         `json:"version"`
	Date      string         `json:"date"`
	Providers []providerJSON `json:"providers"`
}

type providerJSON struct {
	ID        string      `json:"id"`
	URL       string      `json:"api_pattern"`
	ByName    *ruleJSON   `json:"provider_match"`
	ByModel   *ruleJSON   `json:"model_match"`
	Fallbacks []string    `json:"fallback_model_providers"`
	Models    []modelJSON `json:"models"`
}

type modelJSON struct {
	ID      string   `json:"id"`
	Match   ruleJSON `json:"match"`
	Context *int64   `json:"context_window"`
	Comment string   `json:"price_comments"`
	Prices  setsJSON `json:"prices"`
}

// setJSON is prices by genai-prices' key, and when they apply.
type setJSON struct {
	Constraint *struct {
		StartDate string `json:"start_date"`
		StartTime string `json:"start_time"`
		EndTime   string `json:"end_time"`
	} `json:"constraint"`
	Prices map[string]amountJSON `json:"prices"`
}

// setsJSON is one set of prices or a list of conditional ones.
type setsJSON []setJSON

// UnmarshalJSON takes both forms.
func (s *setsJSON) UnmarshalJSON(text []byte) error {
	if text[0] == '[' {
		return json.Unmarshal(text, (*[]setJSON)(s))
	}
	*s = make(setsJSON, 1)
	return json.Unmarshal(text, &(*s)[0].Prices)
}

// amountJSON is a number or a base with tiers.
type amountJSON amount

// UnmarshalJSON takes both forms; null is refused.
func (a *amountJSON) UnmarshalJSON(text []byte) error {
	if text[0] != '{' {
		var n *float64
		if err := json.Unmarshal(text, &n); err != nil || n == nil {
			return fmt.Errorf("price %.40q: %w", text, ErrFormat)
		}
		a.base = *n
		return nil
	}
	var j struct {
		Base  *float64 `json:"base"`
		Tiers []struct {
			Start *int64   `json:"start"`
			Price *float64 `json:"price"`
		} `json:"tiers"`
	}
	if err := json.Unmarshal(text, &j); err != nil || j.Base == nil {
		return fmt.Errorf("price %.40q: %w", text, ErrFormat)
	}
	a.base = *j.Base
	for _, t := range j.Tiers {
		if t.Start == nil || t.Price == nil || *t.Start < 0 {
			return fmt.Errorf("tier in %.40q: %w", text, ErrFormat)
		}
		a.tiers = append(a.tiers, tier{*t.Start, *t.Price})
	}
	slices.SortStableFunc(a.tiers, func(x, y tier) int { return int(max(-1, min(1, x.start-y.start))) })
	return nil
}

func (j *setJSON) conditional() (conditional, error) {
	var c conditional
	if k := j.Constraint; k != nil {
		var err error
		switch {
		case k.StartDate != "":
			c.from, err = time.Parse(time.DateOnly, k.StartDate)
		default:
			c.daily = true
			if c.start, err = clock(k.StartTime); err == nil {
				c.end, err = clock(k.EndTime)
			}
		}
		if err != nil {
			return c, fmt.Errorf("%w: %w", ErrFormat, err)
		}
	}
	s := &priceSet{}
	for _, key := range slices.Sorted(maps.Keys(j.Prices)) {
		a := amount(j.Prices[key])
		limit := float64(maxPerMillion)
		if !strings.HasSuffix(key, "_mtok") {
			limit = maxPerThousand
		}
		if len(a.tiers) > maxTiers {
			return c, ErrLarge
		}
		for _, one := range append([]tier{{price: a.base}}, a.tiers...) {
			if !(one.price >= 0 && one.price <= limit) {
				return c, fmt.Errorf("%.40s of %g: %w", key, one.price, ErrPrice)
			}
		}
		if key == keyRequests {
			each := a.base / 1000
			s.request = &each
			continue
		}
		if i := slices.IndexFunc(units[:], func(u unit) bool { return u.key == key }); i >= 0 {
			s.amounts[i], s.order = &a, append(s.order, i)
		}
	}
	slices.SortStableFunc(s.order, func(a, b int) int { return units[b].depth() - units[a].depth() })
	c.set = s
	return c, nil
}

// clock reads a time of day with its zone ("00:30:00Z") as one of UTC.
func clock(s string) (time.Duration, error) {
	t, err := time.Parse("15:04:05Z07:00", s)
	if err != nil {
		return 0, err
	}
	t = t.UTC()
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute +
		time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond()), nil
}
