package price

import (
	"fmt"
	"strings"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/upstream"
)

// Book is everything that prices come from: the user's own before what is local
// before the table. What an upstream says that it charged comes before all of
// them, and is the caller's to use. A Book does not change.
type Book struct {
	table *Table
	own   []own
}

// NewBook checks the user's own prices and joins them with a table. The error
// wraps that of Own.Validate and says which of them it is about, from 1.
func NewBook(t *Table, list []Own) (*Book, error) {
	b := &Book{table: t}
	for i, o := range list {
		c, err := o.compile()
		if err != nil {
			return nil, fmt.Errorf("own price %d: %w", i+1, err)
		}
		b.own = append(b.own, c)
	}
	return b, nil
}

// Table is the table of b.
func (b *Book) Table() *Table { return b.table }

// Cost calculates what a request to an upstream cost. It is false – "unpriced" –
// where nothing says so.
//
// The user's own price wins, also where it lacks a count that it needs. Of several
// the named upstream comes before all upstreams, a full name before a pattern, a
// longer pattern before a shorter one, and then the newest whose date is not after
// the request.
func (b *Book) Cost(u upstream.Upstream, model string, usage exchange.Usage, at time.Time) (Cost, bool) {
	if o := b.pick(u.Name, model, at); o != nil {
		return o.cost(usage)
	}
	if Local(u, model) {
		return Cost{Entry: localSource, Source: localSource}, true
	}
	where := Where{Kind: u.Kind}
	if u.URL != nil {
		where.URL = u.URL.String()
	}
	return b.table.Cost(where, model, usage, at)
}

// Own calculates what a model would cost at the user's own price for it: that
// for all upstreams, or for the named one. It is false where there is none.
func (b *Book) Own(upstreamName, model string, usage exchange.Usage, at time.Time) (Cost, bool) {
	o := b.pick(upstreamName, model, at)
	if o == nil {
		return Cost{}, false
	}
	return o.cost(usage)
}

// pick is the own price that counts; nil for none.
func (b *Book) pick(name, model string, at time.Time) *own {
	if len(model) > maxName {
		return nil
	}
	model = strings.ToLower(strings.TrimSpace(model))
	var best *own
	for i := range b.own {
		o := &b.own[i]
		if o.upstream != "" && o.upstream != name || at.Before(o.from) || !glob(o.model, model) {
			continue
		}
		if best == nil || o.better(best) {
			best = o
		}
	}
	return best
}
