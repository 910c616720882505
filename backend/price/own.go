package price

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"gumshoe/backend/exchange"
)

// Own is a price of the user's own, as settings keep it. A price that is left out
// (nil) is not charged, except that cached tokens and cache writes cost what input
// does, and an hour in the cache what a usual write does.
type Own struct {
	// Upstream is the name of the upstream that it is for; "" for all of them.
	Upstream string `json:"upstream,omitempty"`
	// Model is a model's name; * stands for any text in it. Case does not count.
	Model string `json:"model"`
	// Free says that it costs nothing; then no price is given.
	Free bool `json:"free,omitempty"`

	Input          *float64 `json:"input,omitempty"`            // US dollars for a million tokens, like the next four
	Output         *float64 `json:"output,omitempty"`           // thinking included
	Cached         *float64 `json:"cached,omitempty"`           // read from the upstream's cache
	CacheWrite     *float64 `json:"cache_write,omitempty"`      // written to it for its usual time
	CacheWriteHour *float64 `json:"cache_write_hour,omitempty"` // written to it for an hour
	Request        *float64 `json:"request,omitempty"`          // US dollars for one request

	// From is the first day (UTC) on which it counts, "2026-03-01"; "" for always.
	From string `json:"from,omitempty"`
}

// The reasons why an own price is refused; the UI words them by these codes.
var (
	ErrOwnModel = errors.New("an own price names a model of 1 to 200 bytes, with at most 8 *")
	ErrOwnPrice = errors.New("an own price is between 0 and 20000 US dollars")
	ErrOwnEmpty = errors.New("an own price needs a price, or to be free")
	ErrOwnFree  = errors.New("an own price that is free has no prices")
	ErrOwnDate  = errors.New("an own price's date is written 2026-03-01")
)

// ownSource is the Source of what an own price cost.
const ownSource = "yours"

// Validate checks o; the error wraps one of ErrOwnModel, ErrOwnPrice, ErrOwnEmpty,
// ErrOwnFree and ErrOwnDate.
func (o Own) Validate() error {
	if m := strings.TrimSpace(o.Model); m == "" || m != o.Model || len(m) > 200 || strings.Count(m, "*") > 8 {
		return fmt.Errorf("model %.60q: %w", o.Model, ErrOwnModel)
	}
	given := 0
	for _, p := range [...]*float64{o.Input, o.Output, o.Cached, o.CacheWrite, o.CacheWriteHour, o.Request} {
		if p == nil {
			continue
		}
		if given++; !(*p >= 0 && *p <= maxPerMillion) {
			return fmt.Errorf("price %g of %s: %w", *p, o.Model, ErrOwnPrice)
		}
	}
	if o.Free && given > 0 {
		return fmt.Errorf("price of %s: %w", o.Model, ErrOwnFree)
	}
	if !o.Free && given == 0 {
		return fmt.Errorf("price of %s: %w", o.Model, ErrOwnEmpty)
	}
	if _, err := o.from(); err != nil {
		return err
	}
	return nil
}

// from is the first moment on which o counts; zero for always.
func (o Own) from() (time.Time, error) {
	if o.From == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, o.From)
	if err != nil {
		return t, fmt.Errorf("date %.40q: %w", o.From, ErrOwnDate)
	}
	return t, nil
}

// own is a checked Own, ready to be applied.
type own struct {
	upstream, model string // model in lower case
	from            time.Time
	set             *priceSet
	name            string
}

func (o Own) compile() (own, error) {
	if err := o.Validate(); err != nil {
		return own{}, err
	}
	from, err := o.from()
	if err != nil {
		return own{}, err
	}
	s := &priceSet{free: o.Free, request: o.Request}
	put := func(unit int, p *float64) {
		if p != nil {
			s.amounts[unit], s.order = &amount{base: *p}, append(s.order, unit)
		}
	}
	// The narrowest first, as apply wants them.
	put(uWrite1h, o.CacheWriteHour)
	put(uCached, o.Cached)
	put(uWrite, o.CacheWrite)
	put(uInput, o.Input)
	put(uOutput, o.Output)
	return own{upstream: o.Upstream, model: strings.ToLower(o.Model), from: from, set: s, name: o.Model}, nil
}

// better reports whether o is to be taken before p: a named upstream before all,
// then the pattern that leaves less open, then the newer one.
func (o *own) better(p *own) bool {
	if (o.upstream == "") != (p.upstream == "") {
		return o.upstream != ""
	}
	ostars, pstars := strings.Count(o.model, "*"), strings.Count(p.model, "*")
	if (ostars == 0) != (pstars == 0) {
		return ostars == 0
	}
	if a, b := len(o.model)-ostars, len(p.model)-pstars; a != b {
		return a > b
	}
	return !o.from.Before(p.from)
}

// cost applies o to a usage.
func (o *own) cost(u exchange.Usage) (Cost, bool) {
	c, ok := o.set.cost(u)
	c.Entry, c.Source = o.name, ownSource
	if len(o.set.order) == 0 {
		c.Assumed = nil // a price by request alone is meant so
	}
	return c, ok
}

// glob reports whether a name is what a pattern with * describes.
func glob(pattern, name string) bool {
	p, n, star, back := 0, 0, -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, back, p = p, n, p+1
		case p < len(pattern) && pattern[p] == name[n]:
			p, n = p+1, n+1
		case star >= 0:
			back++
			p, n = star+1, back
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
