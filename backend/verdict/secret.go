package verdict

import "gumshoe/backend/exchange"

// maxFinds is how many findings are kept of one prompt.
const maxFinds = 16

// find is one secret in a prompt: what kind, and in which message (from 0). It
// never holds the secret.
type find struct {
	kind    kind
	message int32
	again   bool // an earlier exchange of the chat had this message too
}

// scan searches what people, tools and programs put into a prompt; what a model
// wrote itself is left out. Messages that an earlier exchange had too are not
// searched again, so that a chat costs what its new messages cost.
func (h *History) scan(in Facts, e entry) []find {
	var out []find
	from := 0
	if prev, common := h.earlier(e); prev != nil && prev.scanned && len(prev.finds) < maxFinds {
		from = common
		for _, f := range prev.finds {
			if int(f.message) < from {
				f.again = true
				out = append(out, f)
			}
		}
	}
	for i := from; i < len(in.Messages); i++ {
		m := &in.Messages[i]
		if m.Role == "assistant" || m.Role == "model" {
			continue
		}
		for j := range m.Parts {
			switch m.Parts[j].Type {
			case exchange.PartText, exchange.PartOther, exchange.PartFile:
			default:
				continue
			}
			scanText(m.Parts[j].Text, e.start, func(k kind) bool {
				out = append(out, find{kind: k, message: int32(i)})
				return len(out) < maxFinds
			})
			if len(out) >= maxFinds {
				return out
			}
		}
	}
	return out
}

// secrets tells what went to an upstream that is not on this machine: one
// verdict for each kind. A request that never reached it is none.
func secrets(in Facts, d entry) (out []exchange.Verdict) {
	if len(d.finds) == 0 || in.Row.State == exchange.Failed && in.Row.HTTPStatus == 0 {
		return nil
	}
	for _, f := range d.finds {
		at := -1
		for i := range out {
			if out[i].Words["kind"] == string(f.kind) {
				at = i
			}
		}
		if at >= 0 {
			out[at].Numbers["count"]++
			if !f.again {
				out[at].Words["seen"] = "first"
			}
			continue
		}
		seen := "first"
		if f.again {
			seen = "again"
		}
		out = append(out, exchange.Verdict{
			Code: exchange.VerdictSecretSent, Confidence: f.kind.confidence(),
			Numbers: map[string]int64{"message": int64(f.message) + 1, "count": 1},
			Words:   map[string]string{"kind": string(f.kind), "role": in.Messages[f.message].Role, "seen": seen},
		})
	}
	return out
}
