package ollama

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"gumshoe/backend/exchange"
	"gumshoe/backend/upstream"
)

// Why a model left memory.
const (
	LeftExpired  = "expired"  // its keep_alive had run out
	LeftEvicted  = "evicted"  // another model came in its place (By)
	LeftReloaded = "reloaded" // it came back at once with another context
	LeftUnloaded = "unloaded" // it was told to go, or its server ended
)

// Stay is one time that a model was in memory, as far as polling saw it: From
// and To are the polls that saw it first and last, microseconds.
type Stay struct {
	Upstream string `json:"upstream"`
	Model    string `json:"model"`
	Digest   string `json:"digest"`
	From     int64  `json:"from"`
	To       int64  `json:"to"`
	Open     bool   `json:"open"`              // still in memory at the last poll
	Context  *int64 `json:"context,omitempty"` // tokens allocated
	Size     int64  `json:"size"`              // bytes
	SizeVRAM int64  `json:"size_vram"`         // bytes on the GPU
	Left     string `json:"left,omitempty"`    // why it went; "" while Open, or unknown
	By       string `json:"by,omitempty"`      // the model that came in its place; "" unknown
	expires  *int64
}

const (
	// maxStays bounds what is remembered.
	maxStays = 500
	// fresh is how old a poll may be to say something of a moment, microseconds.
	fresh = 10_000_000
)

// stays is what polling has seen.
type stays struct {
	mu    sync.Mutex
	list  []Stay           // in the order in which they began
	polls map[string]int64 // upstream → its last answer
	max   map[string]int64 // digest → what the model was trained for, in tokens; 0 asked and not told
}

// see compares a poll with the one before.
func (s *stays) see(l Loaded, all []upstream.Upstream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.polls == nil {
		s.polls = map[string]int64{}
	}
	for _, u := range all {
		if u.Kind == exchange.KindOllama && l.Errors[u.Name] == "" {
			s.upstream(u.Name, l)
			s.polls[u.Name] = l.At
		}
	}
	if extra := len(s.list) - maxStays; extra > 0 {
		s.list = slices.Delete(s.list, 0, extra)
	}
}

func (s *stays) upstream(name string, l Loaded) {
	var came []string
	seen := map[string]bool{}
	var gone []int
	for _, m := range l.Models {
		if m.Upstream != name {
			continue
		}
		at := slices.IndexFunc(s.list, func(o Stay) bool { return o.Open && o.Upstream == name && o.Model == m.Name })
		if at >= 0 && same(s.list[at].Context, m.Context) && s.list[at].Digest == m.Digest {
			o := &s.list[at]
			o.To, o.Size, o.SizeVRAM, o.expires = l.At, m.Size, m.SizeVRAM, m.ExpiresAt
			seen[m.Name] = true
			continue
		}
		if at >= 0 {
			s.list[at].Open, s.list[at].Left = false, LeftReloaded
		}
		came = append(came, m.Name)
		seen[m.Name] = true
		s.list = append(s.list, Stay{Upstream: name, Model: m.Name, Digest: m.Digest, From: l.At, To: l.At, Open: true,
			Context: m.Context, Size: m.Size, SizeVRAM: m.SizeVRAM, expires: m.ExpiresAt})
	}
	for i, o := range s.list {
		if o.Open && o.Upstream == name && !seen[o.Model] {
			gone = append(gone, i)
		}
	}
	for _, i := range gone {
		o := &s.list[i]
		o.Open = false
		switch {
		case o.expires != nil && *o.expires <= l.At:
			o.Left = LeftExpired
		case len(came) > 0:
			o.Left, o.By = LeftEvicted, came[0]
		default:
			o.Left = LeftUnloaded
		}
	}
}

func same(a, b *int64) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

// Stays lists when models were in memory, the latest first, those that touch
// [from, to).
func (w *Watch) Stays(from, to int64) []Stay {
	s := &w.stays
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Stay
	for _, o := range s.list {
		if o.From < to && o.To >= from {
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, func(a, b Stay) int { return cmp.Compare(b.From, a.From) })
	return out
}

// Export writes the stays as JSON, for Import of a later run.
func (w *Watch) Export() ([]byte, error) {
	w.stays.mu.Lock()
	defer w.stays.mu.Unlock()
	b, err := json.Marshal(w.stays.list)
	if err != nil {
		return nil, fmt.Errorf("describing what was in memory: %w", err)
	}
	return b, nil
}

// Import takes up what Export wrote. What was in memory then was last seen then:
// why it left is not known.
func (w *Watch) Import(b []byte) error {
	var list []Stay
	if err := json.Unmarshal(b, &list); err != nil {
		return fmt.Errorf("reading what was in memory: %w", err)
	}
	for i := range list {
		list[i].Open = false
	}
	w.Take(list)
	return nil
}

// Take makes a list, in the order in which they began, what was in memory so far.
// The last 500 are kept.
func (w *Watch) Take(list []Stay) {
	w.stays.mu.Lock()
	defer w.stays.mu.Unlock()
	w.stays.list = slices.Clone(list[max(0, len(list)-maxStays):])
}

// Memory is what was known of a model at a moment, in tokens; nil where it is
// not known.
type Memory struct {
	Context    *int64 // allocated, by the poll nearest to the moment
	ContextMax *int64 // what the model was trained for
	WasLoaded  *bool  // by the last poll before the moment
}

// At says what is known of a model at a moment, microseconds.
func (w *Watch) At(upstreamName, model string, at int64) (m Memory) {
	s := &w.stays
	s.mu.Lock()
	defer s.mu.Unlock()
	if !tagged(model) {
		model += ":latest"
	}
	best := int64(-1)
	loaded := false
	for _, o := range s.list {
		if o.Upstream != upstreamName || o.Model != model && o.Model+":latest" != model {
			continue
		}
		away := max(o.From-at, at-o.To, 0)
		if o.Open && at > o.To {
			away = 0
		}
		if best < 0 || away <= best {
			best, m.Context = away, o.Context
			if n := s.max[o.Digest]; n > 0 {
				m.ContextMax = &n
			}
		}
		loaded = loaded || o.From <= at && (o.To >= at || o.Open)
	}
	if best > fresh {
		m.Context = nil
	}
	if last, ok := s.polls[upstreamName]; ok && last <= at && at-last < fresh {
		m.WasLoaded = &loaded
	}
	return m
}

// tagged reports whether a model's name has a tag.
func tagged(model string) bool {
	for i := len(model) - 1; i >= 0 && model[i] != '/'; i-- {
		if model[i] == ':' {
			return true
		}
	}
	return false
}

// unasked lists the models whose description has not been read yet.
func (s *stays) unasked() (list []Stay) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.list {
		if _, asked := s.max[o.Digest]; o.Open && o.Digest != "" && !asked {
			list = append(list, o)
		}
	}
	return list
}

func (s *stays) told(digest string, context int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.max == nil {
		s.max = map[string]int64{}
	}
	s.max[digest] = context
}
