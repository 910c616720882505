package verdict

import "gumshoe/backend/exchange"

const (
	// cacheWindow is how long a prompt cache is sure to last, in microseconds:
	// Anthropic's and OpenAI's shortest, and Ollama's keep_alive.
	cacheWindow = 300_000_000
	// minCacheHere and minCacheAway are the fewest tokens that are worth a word;
	// providers begin to cache at 1024.
	minCacheHere, minCacheAway = 256, 1024
)

// cacheMissed judges whether a prompt cache could have served more than it did:
// against the exchange before of the same chat, what that one had in the cache
// and where this one's messages part from it.
func cacheMissed(d entry, past *History) []exchange.Verdict {
	if d.cached < 0 || d.input <= 0 || d.state != exchange.OK || len(d.hashes) < 2 || d.cached > d.input {
		return nil
	}
	prev, common := past.turnBefore(d)
	if prev == nil || prev.runner != d.runner {
		return nil
	}
	expected, least, shown := prev.cacheWrite+max(0, prev.cached), int64(minCacheAway), true
	if d.here {
		expected, least, shown = prev.input, minCacheHere, past.caches(d)
	}
	v := exchange.Verdict{Code: exchange.VerdictCacheMissed, Confidence: exchange.Likely, Words: map[string]string{}, Related: []string{prev.id}}
	switch parted := common < len(prev.hashes); {
	case parted && !resent(d, prev, common):
		return nil // another branch of the chat, or a history cut on purpose
	case parted:
		if expected == 0 && d.api == exchange.AnthropicMessages {
			return nil // it keeps only what it is told to keep
		}
		if expected == 0 { // a provider that never had a chance, if it caches at all
			expected, least, shown = prev.input, 2*minCacheAway, false
		}
		v.Words["cause"], v.Words["role"] = "message", roleName(d.roles[common])
	case d.tools != prev.tools:
		v.Words["cause"] = "tools"
	default:
		v.Words["cause"] = "unknown"
		shown = shown && d.here // providers promise nothing
		if other := past.between(d, prev); d.here && other != nil {
			v.Words["cause"] = "other"
			v.Related = append(v.Related, other.id)
		}
	}
	expected = min(expected, d.input)
	if expected < least || d.cached*2 >= expected {
		return nil
	}
	if !shown || d.reasoning {
		v.Confidence = exchange.Possible
	}
	v.Numbers = map[string]int64{"cached": d.cached, "expected": expected, "lost": expected - d.cached}
	if v.Words["cause"] == "message" {
		v.Numbers["message"] = int64(common + 1)
	}
	return []exchange.Verdict{v}
}

// turnBefore is the exchange before d in the same chat, and how many messages
// the two begin with in common.
func (h *History) turnBefore(d entry) (*entry, int) {
	for old := range h.walk(d, byModel) {
		n := len(old.hashes)
		if n == 0 || old.end > d.start || d.start-old.end > cacheWindow || old.api != d.api || old.task != d.task || old.state != exchange.OK || old.input <= 0 {
			continue
		}
		common := shared(old.hashes, d.hashes)
		if old.chat != 0 && d.chat != 0 {
			if old.chat == d.chat {
				return old, common
			}
			continue
		}
		if n >= 2 && (common >= 2 || 2*equal(old.hashes, d.hashes) >= max(n, 4)) {
			return old, common
		}
	}
	return nil, 0
}

// equal counts the messages that are the same at the same place.
func equal(a, b []uint64) (n int) {
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			n++
		}
	}
	return n
}

// resent reports whether the messages after the first that differs were sent
// again: then nobody meant to begin anew there.
func resent(d entry, prev *entry, common int) bool {
	if len(d.hashes) < len(prev.hashes) || common >= len(d.hashes) {
		return false
	}
	return equal(prev.hashes[common:], d.hashes[common:]) > 0 ||
		prev.chat != 0 && prev.chat == d.chat && len(d.hashes) > len(prev.hashes)
}

// between is another request to the same model between the two, which may have
// taken their place in the cache.
func (h *History) between(d entry, prev *entry) *entry {
	for old := range h.walk(d, byModel) {
		if old.id != prev.id && old.end > prev.end && old.start < d.start && (old.input > 0 || generates(old.api)) {
			return old
		}
	}
	return nil
}

// caches reports whether this model has been seen to use its cache well: some
// kinds of models can't.
func (h *History) caches(d entry) bool {
	for old := range h.walk(d, byModel) {
		if old.cached >= 16 && old.cached*2 >= old.input {
			return true
		}
	}
	return false
}

func roleName(letter byte) string {
	for _, r := range []string{"system", "developer", "user", "assistant", "tool"} {
		if r[0] == letter {
			return r
		}
	}
	return "other"
}
