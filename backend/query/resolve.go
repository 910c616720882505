package query

import "time"

// Resolve gives a copy of the tree in which "2h ago" is a time.
func Resolve(n *Node, now time.Time) *Node {
	if n == nil {
		return nil
	}
	out := *n
	out.Kids = nil
	for _, k := range n.Kids {
		out.Kids = append(out.Kids, Resolve(k, now))
	}
	out.Values = nil
	for _, v := range n.Values {
		if v.Ago {
			v.Ago, v.Number = false, float64(now.UnixMicro())-v.Number
		}
		out.Values = append(out.Values, v)
	}
	return &out
}
