package openwebui

import "slices"

// find looks for the longest known beginning: its index in all, -1 for none.
func (c *Chats) find(all []prefix, named bool) (int, place) {
	for i := len(all) - 1; i >= 0; i-- {
		if !all[i].answered && (!named || !all[i].user) {
			continue
		}
		places, ok := c.nodes.get(all[i].digest)
		if !ok {
			continue
		}
		pick := pickFrom(places)
		if i == len(all)-1 {
			// The same was asked before. It may be asked again, or by a chat
			// that said the same so far and goes on only now.
			if j, open, ok := c.open(all[:i], places, named); ok {
				return j, open
			}
			return i, places[pick]
		}
		found := places[pick]
		places[pick].continued = true
		return i, found
	}
	return -1, place{}
}

// open looks, in the longest known beginning of all, for a chat that nobody went
// on with and that is none of those that asked the same.
func (c *Chats) open(all []prefix, asked []place, named bool) (int, place, bool) {
	for i := len(all) - 1; i >= 0; i-- {
		places, ok := c.nodes.get(all[i].digest)
		if !ok || !all[i].answered || named {
			continue
		}
		for j := len(places) - 1; j >= 0; j-- {
			p := places[j]
			if !p.continued && !slices.ContainsFunc(asked, func(a place) bool { return a.chat == p.chat }) {
				places[j].continued = true
				return i, p, true
			}
		}
		return -1, place{}, false
	}
	return -1, place{}, false
}

// pickFrom is the latest place that nobody went on from, else the latest.
func pickFrom(places []place) int {
	for i := len(places) - 1; i >= 0; i-- {
		if !places[i].continued {
			return i
		}
	}
	return len(places) - 1
}

// put adds a place, the latest last; a chat has one at each conversation.
func (c *Chats) put(d digest, p place) {
	places, _ := c.nodes.get(d)
	places = slices.DeleteFunc(slices.Clone(places), func(o place) bool {
		if o.chat == p.chat {
			p.continued = o.continued
		}
		return o.chat == p.chat
	})
	if len(places) == maxShared {
		places = places[1:]
	}
	c.nodes.put(d, append(places, p))
}
