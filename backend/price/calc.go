package price

import (
	"time"

	"gumshoe/backend/exchange"
)

// dims are what distinguishes one count from another: a unit is a part of
// another one where it has all of its dims. The zero of each means "any".
type dims struct{ side, medium, use, ttl byte }

// unit is one kind of token with a price of its own.
type unit struct {
	key  string // of genai-prices
	name string // of a Part
	dims
}

// The units, in the order of units below.
const (
	uInput = iota
	uCached
	uWrite
	uWrite5m
	uWrite1h
	uInAudio
	uCachedAudio
	uInImage
	uCachedImage
	uOutput
	uReasoning
	uOutAudio
	uOutImage
	unitCount
)

const (
	partRequests = "requests"
	keyRequests  = "requests_kcount" // US dollars for a thousand requests
)

// units is the part of genai-prices' units.yml that a Usage can fill.
var units = [unitCount]unit{
	uInput:       {"input_mtok", "input", dims{side: 'i'}},
	uCached:      {"cache_read_mtok", "cached", dims{side: 'i', use: 'r'}},
	uWrite:       {"cache_write_mtok", "cache_write", dims{side: 'i', use: 'w'}},
	uWrite5m:     {"cache_write_5m_mtok", "cache_write_5m", dims{side: 'i', use: 'w', ttl: '5'}},
	uWrite1h:     {"cache_write_1h_mtok", "cache_write_1h", dims{side: 'i', use: 'w', ttl: '1'}},
	uInAudio:     {"input_audio_mtok", "input_audio", dims{side: 'i', medium: 'a'}},
	uCachedAudio: {"cache_audio_read_mtok", "cached_audio", dims{side: 'i', medium: 'a', use: 'r'}},
	uInImage:     {"input_image_mtok", "input_image", dims{side: 'i', medium: 'v'}},
	uCachedImage: {"cache_image_read_mtok", "cached_image", dims{side: 'i', medium: 'v', use: 'r'}},
	uOutput:      {"output_mtok", "output", dims{side: 'o'}},
	uReasoning:   {"output_reasoning_mtok", "reasoning", dims{side: 'o', use: 't'}},
	uOutAudio:    {"output_audio_mtok", "output_audio", dims{side: 'o', medium: 'a'}},
	uOutImage:    {"output_image_mtok", "output_image", dims{side: 'o', medium: 'v'}},
}

// within reports whether d is a part of whole.
func (d dims) within(whole dims) bool {
	fits := func(part, all byte) bool { return all == 0 || part == all }
	return fits(d.side, whole.side) && fits(d.medium, whole.medium) && fits(d.use, whole.use) && fits(d.ttl, whole.ttl)
}

// depth is how many of the dims are set.
func (d dims) depth() int {
	n := 0
	for _, b := range [...]byte{d.side, d.medium, d.use, d.ttl} {
		if b != 0 {
			n++
		}
	}
	return n
}

// counts are tokens by unit; a count includes those of its parts.
type counts [unitCount]int64

// amount is a price: US dollars per million, or per tier.
type amount struct {
	base  float64
	tiers []tier // sorted by start
}

type tier struct {
	start int64
	price float64
}

// rate is the price for a request with so many input tokens.
func (a *amount) rate(input int64) float64 {
	p := a.base
	for _, t := range a.tiers {
		if input > t.start {
			p = t.price
		}
	}
	return p
}

// free reports whether a never charges anything.
func (a *amount) free() bool {
	if a == nil {
		return true
	}
	for _, t := range a.tiers {
		if t.price != 0 {
			return false
		}
	}
	return a.base == 0
}

// priceSet is the prices of one model at one time.
type priceSet struct {
	amounts [unitCount]*amount // nil: no price of its own
	request *float64           // US dollars for one request; nil: none
	free    bool               // no prices, and the table says that this is right
	order   []int              // the priced units, the narrowest first
}

// conditional is a set of prices and when it applies.
type conditional struct {
	set *priceSet
	// from is the first moment of a dated price; zero for none.
	from time.Time
	// daily says that it applies between start and end of each day (UTC).
	daily      bool
	start, end time.Duration
}

func (c *conditional) applies(at time.Time) bool {
	if !c.daily {
		return !at.Before(c.from)
	}
	at = at.UTC()
	clock := time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute +
		time.Duration(at.Second())*time.Second + time.Duration(at.Nanosecond())
	if c.end < c.start { // over midnight
		return clock >= c.start || clock < c.end
	}
	return clock >= c.start && clock < c.end
}

// at is the set of prices that counts at a time: the last that applies, else
// the first.
func (m *model) at(at time.Time) *priceSet {
	for i := len(m.prices) - 1; i > 0; i-- {
		if m.prices[i].applies(at) {
			return m.prices[i].set
		}
	}
	return m.prices[0].set
}

// cost applies the set to a usage; it is false where that can't be done.
func (s *priceSet) cost(u exchange.Usage) (Cost, bool) {
	if s.free {
		return Cost{Free: true}, true
	}
	if len(s.order) == 0 && s.request == nil {
		return Cost{}, false // priced by something that nobody counts
	}
	if u.Input == nil && s.charges('i') || u.Output == nil && s.charges('o') {
		return Cost{}, false
	}
	n, assumed, ok := s.count(u)
	if !ok {
		return Cost{}, false
	}
	c := Cost{Parts: s.apply(n), Assumed: assumed}
	for _, p := range c.Parts {
		c.USD += p.USD
	}
	return c, true
}

// charges reports whether a count of one side can change the cost.
func (s *priceSet) charges(side byte) bool {
	for i, a := range s.amounts {
		if a == nil {
			continue
		}
		// Tiers of any side hang on the input.
		if side == 'i' && len(a.tiers) > 0 || units[i].side == side && !a.free() {
			return true
		}
	}
	return false
}

// count turns a usage into counts by unit, with what it had to assume. It is
// false for counts that make no sense.
func (s *priceSet) count(u exchange.Usage) (counts, []string, bool) {
	const most = 1 << 40 // far more than any request has, far less than overflows
	known := func(p *int64) int64 {
		if p == nil {
			return 0
		}
		return *p
	}
	var n counts
	for i, p := range map[int]*int64{uInput: u.Input, uCached: u.Cached, uWrite5m: u.CacheWrite, uWrite1h: u.CacheWriteHour,
		uInAudio: u.InputAudio, uInImage: u.InputImage,
		uOutput: u.Output, uReasoning: u.Reasoning, uOutAudio: u.OutputAudio, uOutImage: u.OutputImage} {
		if n[i] = known(p); n[i] < 0 || n[i] > most {
			return n, nil, false
		}
	}
	n[uWrite] = n[uWrite5m] + n[uWrite1h]
	var assumed []string
	if least := max(n[uCached]+n[uWrite], n[uInAudio]+n[uInImage]); n[uInput] < least {
		n[uInput], assumed = least, append(assumed, AssumedInput)
	}
	if least := max(n[uReasoning], n[uOutAudio]+n[uOutImage]); n[uOutput] < least {
		n[uOutput], assumed = least, append(assumed, AssumedOutput)
	}
	// Cached audio and images are not reported: at least those that do not fit
	// beside each other are both.
	over := max(0, n[uCached]+n[uWrite]+n[uInAudio]+n[uInImage]-n[uInput])
	n[uCachedAudio] = min(over, n[uCached], n[uInAudio])
	n[uCachedImage] = min(over-n[uCachedAudio], n[uCached]-n[uCachedAudio], n[uInImage])
	if n[uCached] > 0 && (s.amounts[uCachedAudio] != nil && n[uInAudio] > 0 || s.amounts[uCachedImage] != nil && n[uInImage] > 0) {
		assumed = append(assumed, AssumedCachedText)
	}
	if n[uWrite1h] > 0 && s.amounts[uWrite] != nil && s.amounts[uWrite1h] == nil {
		assumed = append(assumed, AssumedHourWrite)
	}
	if n[uInput] > 0 && s.amounts[uInput] == nil {
		assumed = append(assumed, AssumedNoInput)
	}
	if n[uOutput] > 0 && s.amounts[uOutput] == nil {
		assumed = append(assumed, AssumedNoOutput)
	}
	return n, assumed, true
}

// apply charges each token once, at the narrowest price that it has.
func (s *priceSet) apply(n counts) []Part {
	var own counts // tokens of a unit that no narrower priced unit has
	for at, i := range s.order {
		own[i] = n[i]
		for _, j := range s.order[:at] {
			if units[j].within(units[i].dims) {
				own[i] -= own[j]
			}
		}
		own[i] = max(0, own[i])
	}
	var parts []Part
	for i, a := range s.amounts {
		if a == nil || own[i] == 0 {
			continue
		}
		rate := a.rate(n[uInput])
		parts = append(parts, Part{Name: units[i].name, Tokens: own[i], PerMillion: rate, USD: rate * float64(own[i]) / 1e6})
	}
	if s.request != nil {
		parts = append(parts, Part{Name: partRequests, Tokens: 1, PerMillion: *s.request * 1e6, USD: *s.request})
	}
	return parts
}
