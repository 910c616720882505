// Package price says what a request costs: it finds the entry for a provider and
// a model in a table of prices, and applies it to the tokens that were counted.
//
// The table is the data of Pydantic's genai-prices (MIT), embedded at build time
// (data/prices.json, written by frontend/scripts/prices.mjs through `go run
// ./build gen`) or given to Parse after a refresh; the user's own prices
// (own.go) come before it. Nothing here reads a file, a clock or the network.
//
// Guarantees: every figure is US dollars; what is not known is reported as not
// found (ok false: "unpriced"), never as 0; 0 is answered only for what is local,
// free by the table's word or by the user's. What had to be assumed on the way is
// listed by code in Assumed. Everything may be used concurrently. What is not in
// an exchange.Usage (searches, pages, seconds of audio, service tiers) is not in a
// cost. Figures are float64: a cost is a sum of at most 14 products of a price and a
// whole number of tokens, so that its error is below 1e-14 of it; the tests
// hold it to 1e-9 of what the package's own calculator says.
//
// Test it with: go test ./backend/price. The table test compares every model with
// the package's own calculator (testdata/oracle.json).
package price

import (
	"time"

	"gumshoe/backend/exchange"
)

// Where is what is known of who answered a request.
type Where struct {
	URL  string        // the upstream's URL; "" unknown
	Kind exchange.Kind // what the upstream speaks; "" unknown
	// Provider names the provider outright ("openai", "bedrock" …); it wins over
	// URL and Kind. "" leaves it to them.
	Provider string
}

// The codes of what an entry or a cost had to assume.
const (
	// AssumedProvider: nothing but the model's name or the upstream's kind tells
	// the provider, so its list price was taken.
	AssumedProvider = "provider"
	// AssumedName: the name is not in the table, it was read without a date, a
	// provider's prefix or a routing suffix.
	AssumedName = "name"
	// AssumedCachedText: which cached tokens were audio or images is not
	// reported; as few as can be were taken.
	AssumedCachedText = "cached_text"
	// AssumedInput and AssumedOutput: the parts reported are more than the whole,
	// so their sum was taken for it.
	AssumedInput  = "input_raised"
	AssumedOutput = "output_raised"
	// AssumedHourWrite: no price is known for an hour in the cache, the usual
	// one was taken.
	AssumedHourWrite = "hour_write"
	// AssumedNoInput and AssumedNoOutput: the entry has no price for tokens of
	// this side, they were not charged.
	AssumedNoInput  = "input_unpriced"
	AssumedNoOutput = "output_unpriced"
)

// Cost is what one request cost and how that was calculated.
type Cost struct {
	USD   float64 // US dollars, the sum of Parts
	Parts []Part  // what was charged for, in a fixed order; empty where nothing was
	// Entry is the entry that was used: "provider/model" of the table, the
	// pattern of an own price, or "local".
	Entry string
	// Source is where the entry comes from: "genai-prices 0.1.8", "yours" or
	// "local".
	Source string
	// Free says that the table or the user calls the model free of charge.
	Free bool
	// Assumed are the codes of what is not certain (AssumedProvider …).
	Assumed []string
}

// Part is one line of a cost. Its Name is input, cached, cache_write,
// cache_write_5m, cache_write_1h, input_audio, cached_audio, input_image,
// cached_image, output, reasoning, output_audio, output_image or requests.
type Part struct {
	Name       string
	Tokens     int64   // what was counted; requests for the name requests
	PerMillion float64 // US dollars for a million of them, in the tier that applied
	USD        float64 // US dollars
}

// Entry is one model of the table, with its prices of one moment.
type Entry struct {
	Provider string // the provider's id, "openai"
	Model    string // the model's id, "gpt-4o"
	// Context is the most input tokens that it takes, as the table says; nil
	// where it does not.
	Context *int64
	// Free says that the table calls it free of charge.
	Free bool
	// Assumed are the codes of what is not certain (AssumedProvider, AssumedName).
	Assumed []string

	set *priceSet
}

// Name is the entry as Cost.Entry words it: "openai/gpt-4o".
func (e Entry) Name() string { return e.Provider + "/" + e.Model }

// Price is one figure of an entry.
type Price struct {
	Name       string  // as in Part
	PerMillion float64 // US dollars for a million tokens (requests for requests)
	// Tiers replace PerMillion for the whole request where its input tokens are
	// more than Above; the last that fits counts. Sorted by Above.
	Tiers []Tier
}

// Tier is the price of requests with more than Above input tokens.
type Tier struct {
	Above      int64   // input tokens, cached ones included
	PerMillion float64 // US dollars for a million
}

// Prices lists the figures of e that Gumshoe can apply, in a fixed order.
func (e Entry) Prices() []Price {
	var all []Price
	for i, a := range e.set.amounts {
		if a == nil {
			continue
		}
		p := Price{Name: units[i].name, PerMillion: a.base}
		for _, t := range a.tiers {
			p.Tiers = append(p.Tiers, Tier{Above: t.start, PerMillion: t.price})
		}
		all = append(all, p)
	}
	if e.set.request != nil {
		all = append(all, Price{Name: partRequests, PerMillion: *e.set.request * 1e6})
	}
	return all
}

// Find gives the entry for a model and its prices at a time (UTC decides the
// day). It is false where the table knows no such model there.
func (t *Table) Find(where Where, model string, at time.Time) (Entry, bool) {
	h := t.look(where, model)
	if h.model == nil {
		return Entry{}, false
	}
	set := h.model.at(at)
	return Entry{Provider: h.provider.id, Model: h.model.id, Context: h.model.context,
		Free: set.free, Assumed: h.assumed, set: set}, true
}

// Cost calculates what a request cost, from its tokens and the time at which it
// was made. It is false – "unpriced" – where the model is unknown there, its
// prices are not for tokens, or a count that they need is missing.
func (t *Table) Cost(where Where, model string, usage exchange.Usage, at time.Time) (Cost, bool) {
	e, ok := t.Find(where, model, at)
	if !ok {
		return Cost{}, false
	}
	c, ok := e.set.cost(usage)
	if !ok {
		return Cost{}, false
	}
	c.Entry, c.Source = e.Name(), t.Source()
	c.Assumed = append(append([]string(nil), e.Assumed...), c.Assumed...)
	return c, true
}
