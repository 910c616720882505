package price

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// jump is the factor from which a change of a price is more likely a mistake in
// the data than a price.
const jump = 10

// A table that lacks more than one in lossPart of the old one's prices, and more
// than lossFew, is more likely cut than cleaned.
const lossPart, lossFew = 10, 20

// Change is one price that differs between two tables.
type Change struct {
	Entry string // "openai/gpt-4o"
	// Price is the figure's name as in Part, with what it hangs on:
	// "input", "input above 200000", "input from 2026-03-13", "input 00:30–16:30".
	Price string
	// Old and New are US dollars for a million; nil where the table has no such
	// price.
	Old, New *float64
	// Jump says that a person should look: ten times as much or more, a tenth or
	// less, or from or to nothing; and gone, where more than a tenth of all prices
	// are.
	Jump bool
}

// Compare lists what differs between two tables: jumps first, then by entry.
func Compare(old, now *Table) []Change {
	before, after := old.figures(), now.figures()
	names := maps.Clone(before)
	maps.Copy(names, after)
	lost := 0
	for name := range before {
		if _, ok := after[name]; !ok {
			lost++
		}
	}
	cut := lost > lossFew && lost*lossPart > len(before)
	var all []Change
	for name := range names {
		c := Change{Entry: name[0], Price: name[1]}
		if v, ok := before[name]; ok {
			c.Old = &v
		}
		if v, ok := after[name]; ok {
			c.New = &v
		}
		if c.Old != nil && c.New != nil && *c.Old == *c.New {
			continue
		}
		// A new condition is measured by the price that stood there without it.
		than, word := c.Old, strings.IndexByte(c.Price, ' ')
		if v, ok := before[[2]string{c.Entry, c.Price[:max(0, word)]}]; than == nil && ok {
			than = &v
		}
		if than != nil && c.New != nil {
			low, high := min(*than, *c.New), max(*than, *c.New)
			c.Jump = low != high && high >= low*jump
		}
		if c.New == nil {
			c.Jump = cut
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Change) int {
		if a.Jump != b.Jump {
			if a.Jump {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Entry, b.Entry), cmp.Compare(a.Price, b.Price))
	})
	return all
}

// figures are all prices of a table by entry and name.
func (t *Table) figures() map[[2]string]float64 {
	all := map[[2]string]float64{}
	for _, p := range t.providers {
		for _, m := range p.models {
			for i := range m.prices {
				c := &m.prices[i]
				for _, one := range (Entry{set: c.set}).Prices() {
					name := one.Name + c.when()
					all[[2]string{p.id + "/" + m.id, name}] = one.PerMillion
					for _, tier := range one.Tiers {
						all[[2]string{p.id + "/" + m.id, fmt.Sprintf("%s above %d", name, tier.Above)}] = tier.PerMillion
					}
				}
			}
		}
	}
	return all
}

// when words a condition; "" for none.
func (c *conditional) when() string {
	switch {
	case c.daily:
		day := time.Time{}
		return " " + day.Add(c.start).Format("15:04") + "–" + day.Add(c.end).Format("15:04")
	case !c.from.IsZero():
		return " from " + c.from.Format(time.DateOnly)
	}
	return ""
}
