package verdict

import (
	"hash/maphash"
	"iter"
	"strings"

	"gumshoe/backend/exchange"
)

const (
	// maxEntries and maxBytes bound a History: what an entry costs is counted
	// with its strings, hashes and its places in the maps.
	maxEntries, maxBytes = 2000, 2 << 20
	// maxHashes is how many messages of one prompt are remembered.
	maxHashes = 512
	// maxWalk is how many earlier exchanges one question looks at.
	maxWalk = 128
	// entryCost is what an entry costs without what it points to, in bytes.
	entryCost = 600
)

// History is what is remembered of the exchanges that ended last: per upstream,
// per upstream and model, and per request body. It holds hashes, never texts,
// and at most 2,000 exchanges or 2 MiB; the oldest go first.
//
// Feed it with Add in the order in which exchanges end, after judging each. At
// a start, feed it recent rows the same way (Facts with a Row alone will do),
// or leave it empty. Not safe for concurrent use.
type History struct {
	seed    maphash.Seed
	entries []*entry       // the oldest first, numbered from first on
	first   int64          // the oldest entry's number
	heads   map[link]int64 // the newest entry of each chain
	ids     map[string]int64
	bytes   int
	memo    entry // of the exchange judged last, so that Add need not read it again
}

// link is what exchanges of one chain have in common.
type link struct {
	chain chain
	hash  uint64
}

type chain uint8

const (
	byUpstream chain = iota
	byModel          // same upstream and model
	byOpening        // same upstream, model and first message
	byBody           // same client and request body
	chains
)

// entry is what is remembered of one exchange.
type entry struct {
	id          string
	number      int64
	links       [chains]uint64 // 0: in no such chain
	before      [chains]int64  // the chain's next older entry, -1: none
	start, end  int64          // microseconds since the epoch
	firstByte   int64          // after the start; -1: unknown
	load        int64          // microseconds; -1: unknown
	keepAlive   int64          // microseconds; -1: for ever
	input       int64          // tokens, reported; -1: unknown
	cached      int64
	cacheWrite  int64
	chat, tools uint64
	answer      uint64 // of the answer that the client names; 0: it names none
	model       string
	runner      string // the options that decide how the model is loaded
	api         exchange.API
	task        exchange.Task
	kind        exchange.Kind
	state       exchange.State
	here        bool // an Ollama on this side ran the model
	cold        bool // it loaded its model
	reasoning   bool // its prompt holds reasoning
	scanned     bool // its prompt was searched for secrets
	hashes      []uint64
	roles       []byte // the first letter of each role
	finds       []find
}

// NewHistory makes an empty History.
func NewHistory() *History {
	return &History{
		seed:  maphash.MakeSeed(),
		heads: map[link]int64{}, ids: map[string]int64{},
	}
}

// Len is how many exchanges are remembered.
func (h *History) Len() int { return len(h.entries) }

// Add remembers an exchange that has ended. One that is remembered already (a
// journal that is read twice) is left as it is.
func (h *History) Add(in Facts) {
	if _, known := h.ids[in.Row.ID]; known || in.Row.ID == "" || in.Row.State == exchange.Running {
		return
	}
	e := h.digest(in)
	h.memo = entry{}
	warmUp := in.LoadOnly && in.Row.Finish == "load" && e.end-e.start > coldLoad
	e.cold = warmUp || len(loading(in, e, h)) > 0
	e.number = h.first + int64(len(h.entries))
	for c, hash := range e.links {
		e.before[c] = -1
		if hash == 0 {
			continue
		}
		at := link{chain(c), hash}
		if n, ok := h.heads[at]; ok {
			e.before[c] = n
		}
		h.heads[at] = e.number
	}
	h.entries, h.ids[e.id] = append(h.entries, &e), e.number
	h.bytes += e.cost()
	for len(h.entries) > maxEntries || h.bytes > maxBytes {
		h.forget()
	}
}

// at is the entry of a number; nil where it is forgotten or never was.
func (h *History) at(number int64) *entry {
	if i := number - h.first; i >= 0 && i < int64(len(h.entries)) {
		return h.entries[i]
	}
	return nil
}

func (h *History) forget() {
	e := h.entries[0]
	h.entries[0] = nil // append leaves it behind for long
	h.entries = h.entries[1:]
	delete(h.ids, e.id)
	h.bytes -= e.cost()
	for c, hash := range e.links {
		if at := (link{chain(c), hash}); h.heads[at] == h.first {
			delete(h.heads, at)
		}
	}
	h.first++
}

func (e *entry) cost() int {
	return entryCost + len(e.id) + len(e.model) + len(e.runner) + 9*len(e.hashes) + 32*len(e.finds)
}

// walk gives the entries of e's chain, the newest first, without e itself.
func (h *History) walk(e entry, c chain) iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		n, ok := h.heads[link{c, e.links[c]}]
		for range maxWalk {
			old := h.at(n)
			if !ok || e.links[c] == 0 || old == nil {
				return
			}
			if old.id != e.id && !yield(old) {
				return
			}
			n = old.before[c]
		}
	}
}

// digest reads what is to be remembered of an exchange.
func (h *History) digest(in Facts) entry {
	if h.memo.id != "" && h.memo.id == in.Row.ID {
		return h.memo
	}
	row := in.Row
	e := entry{
		id: row.ID, start: row.StartedAt, end: row.StartedAt + known(row.Timing.Duration, 0),
		firstByte: known(row.Timing.FirstByte, -1), load: known(row.Timing.Load, -1), keepAlive: keepAlive(in),
		input: -1, cached: known(row.Usage.Cached, -1), cacheWrite: max(0, known(row.Usage.CacheWrite, 0)) + max(0, known(row.Usage.CacheWriteHour, 0)),
		model: strings.Clone(in.model()), runner: runner(in), api: row.API, task: row.Task, kind: row.Kind, state: row.State,
		here: in.runsHere(),
		chat: h.hash(row.Chat), answer: h.named(&row), tools: h.toolsHash(in.Tools),
	}
	if row.Usage.Basis == exchange.Reported {
		e.input = known(row.Usage.Input, -1)
	}
	e.links[byUpstream] = h.hash(row.Upstream)
	if e.model != "" {
		e.links[byModel] = h.hash(row.Upstream, e.model)
	}
	if in.BodyHash != "" {
		e.links[byBody] = h.hash(row.Upstream, row.Path, in.Remote, row.Client, row.User, in.BodyHash)
	}
	n := min(len(in.Messages), maxHashes)
	if n > 0 {
		e.hashes, e.roles = make([]uint64, n), make([]byte, n)
	}
	for i := range n {
		m := &in.Messages[i]
		e.hashes[i] = h.messageHash(m)
		if m.Role != "" {
			e.roles[i] = m.Role[0]
		}
		for j := range m.Parts {
			e.reasoning = e.reasoning || m.Parts[j].Type == exchange.PartReasoning
		}
	}
	if n > 0 && e.links[byModel] != 0 {
		e.links[byOpening] = max(1, e.links[byModel]*31^e.hashes[0])
	}
	if in.away() {
		e.finds, e.scanned = h.scan(in, e), true
	}
	h.memo = e
	return e
}

// known is *p, or what stands for unknown.
func known(p *int64, unknown int64) int64 {
	if p == nil {
		return unknown
	}
	return *p
}

// hash is never 0, except for nothing at all.
func (h *History) hash(texts ...string) uint64 {
	var m maphash.Hash
	m.SetSeed(h.seed)
	empty := true
	for _, t := range texts {
		empty = empty && t == ""
		_, _ = m.WriteString(t)
		_ = m.WriteByte(0)
	}
	if empty {
		return 0
	}
	return max(1, m.Sum64())
}

func (h *History) messageHash(m *exchange.Message) uint64 {
	var s maphash.Hash
	s.SetSeed(h.seed)
	add := func(t string) {
		_, _ = s.WriteString(t)
		_ = s.WriteByte(0)
	}
	add(m.Role)
	add(m.Name)
	add(m.ToolCallID)
	for i := range m.Parts {
		p := &m.Parts[i]
		add(string(p.Type))
		add(p.Text)
		if p.Data != "" || p.URL != "" {
			add(p.MediaType)
			add(p.Data)
			add(p.URL)
		}
	}
	for i := range m.ToolCalls {
		c := &m.ToolCalls[i]
		add(c.ID)
		add(c.Name)
		add(c.Arguments)
	}
	return s.Sum64()
}

func (h *History) toolsHash(tools []exchange.Tool) uint64 {
	if len(tools) == 0 {
		return 0
	}
	var s maphash.Hash
	s.SetSeed(h.seed)
	for i := range tools {
		_, _ = s.WriteString(tools[i].Name)
		_ = s.WriteByte(0)
		_, _ = s.WriteString(tools[i].Description)
		_ = s.WriteByte(0)
		_, _ = s.Write(tools[i].Schema)
		_ = s.WriteByte(0)
	}
	return s.Sum64()
}

// shared is how many messages two prompts have in common at their beginnings.
func shared(a, b []uint64) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// earlier finds the prompt of the same upstream and model that e continues for
// the longest; nil where none begins as e does.
func (h *History) earlier(e entry) (prev *entry, common int) {
	for old := range h.walk(e, byOpening) {
		n := shared(old.hashes, e.hashes)
		if n > common {
			prev, common = old, n
		}
		if n == len(old.hashes) && n+2 >= len(e.hashes) {
			break // the turn before: nothing longer is to be found
		}
	}
	return prev, common
}

// named is the answer that a client says a request serves, 0 where that was only
// inferred.
func (h *History) named(row *exchange.Exchange) uint64 {
	if row.AnswerBasis != exchange.Reported {
		return 0
	}
	return h.hash(row.Answer)
}
