package tokens

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

const (
	// MinFactor and MaxFactor bound a factor. A ratio beyond them says that the
	// figure counts something else (hidden reasoning, a cut prompt, a cached
	// prefix left out), so it teaches nothing.
	MinFactor, MaxFactor = 0.3, 4.0

	minSamples = 3   // before a factor is used
	maxSamples = 15  // the latest, of which the median counts
	minTokens  = 24  // fewer are mostly the model's own template
	maxModels  = 256 // both sides of a model count apart
	maxName    = 200 // bytes of a model's name
	enough     = 64  // rows after which a model counts as known well, whatever they taught
	lookAgain  = 512 // of a model that is known well, one row in so many is learned from
)

type key struct {
	Model string
	Side  Side
}

// ratios are the latest reported/estimated of one model, the newest last.
type ratios struct {
	list []float64
	used int64 // Estimator.clock at its last use
	rows int64 // how often Wants was asked
}

// Factor is what Raw is multiplied by for a model: the median of its latest
// ratios, from MinFactor to MaxFactor. ok is false, and the factor 1, where
// fewer than three are known.
func (e *Estimator) Factor(model string, side Side) (factor float64, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	r := e.models[keyOf(model, side)]
	if r == nil || len(r.list) < minSamples {
		return 1, false
	}
	e.clock++
	r.used = e.clock
	sorted := slices.Sorted(slices.Values(r.list))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle], true
	}
	return (sorted[middle-1] + sorted[middle]) / 2, true
}

// Wants says whether an estimate of a row whose usage was reported is worth its
// milliseconds: always until a model is known well or has had its 64 chances,
// then for one row in 512.
func (e *Estimator) Wants(model string, side Side) bool {
	if keyOf(model, side).Model == "" {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	r := e.models[keyOf(model, side)]
	if r == nil {
		return true
	}
	r.rows++
	return len(r.list) < maxSamples && r.rows <= enough || r.rows%lookAgain == 0
}

// Learn compares an estimate with what the upstream reported for the same text
// and says whether it taught anything. Rows with media, with few tokens or with
// an absurd ratio don't. The caller leaves out what was reported for another
// text than the one estimated: a prompt that the upstream cut to its context, a
// reply that broke off, and prompt counts that leave cached tokens out (Ollama
// before 0.33.3). Hidden reasoning is for the caller to take off the report.
func (e *Estimator) Learn(model string, side Side, c Count, reported int64) bool {
	k := keyOf(model, side)
	if k.Model == "" {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	r := e.models[k]
	if r == nil { // also for one that teaches nothing: Wants counts its rows
		e.makeRoom()
		r = &ratios{}
		e.models[k] = r
	}
	e.clock++
	r.used = e.clock
	if c.Media || c.Raw < minTokens || reported <= 0 {
		return false
	}
	ratio := float64(reported) / float64(c.Raw)
	if !usable(ratio) {
		return false
	}
	r.list = append(r.list, ratio)
	if n := len(r.list) - maxSamples; n > 0 {
		r.list = slices.Delete(r.list, 0, n)
	}
	return true
}

// makeRoom lets the least recently used model go where there are too many.
func (e *Estimator) makeRoom() {
	if len(e.models) < maxModels {
		return
	}
	var oldest key
	least := int64(math.MaxInt64)
	for k, r := range e.models {
		if r.used < least {
			oldest, least = k, r.used
		}
	}
	delete(e.models, oldest)
}

func usable(ratio float64) bool { return ratio >= MinFactor && ratio <= MaxFactor }

// keyOf names a model; what is too long to be one has no name.
func keyOf(model string, side Side) key {
	model = strings.ToValidUTF8(strings.TrimSpace(model), "\uFFFD")
	if len(model) > maxName {
		model = ""
	}
	return key{model, side}
}

// kept is one model in what Export writes.
type kept struct {
	Model  string    `json:"model"`
	Side   Side      `json:"side"`
	Ratios []float64 `json:"ratios"`
}

// Export writes what was learned as JSON, the least recently used model first:
// [{"model":"qwen3:8b","side":"prompt","ratios":[1.02,…]},…]. It is at most
// 256 models, about 100 KB.
func (e *Estimator) Export() ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	keys := make([]key, 0, len(e.models))
	for k := range e.models {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int { return int(e.models[a].used - e.models[b].used) })
	list := make([]kept, 0, len(keys))
	for _, k := range keys {
		if len(e.models[k].list) == 0 {
			continue
		}
		list = append(list, kept{k.Model, k.Side, e.models[k].list})
	}
	b, err := json.Marshal(list)
	if err != nil {
		return nil, fmt.Errorf("describing what was learned of models: %w", err)
	}
	return b, nil
}

// Import puts what Export wrote in the place of what is known. Entries that
// can't be right are left out; text that is no export changes nothing.
func (e *Estimator) Import(b []byte) error {
	var list []kept
	if err := json.Unmarshal(b, &list); err != nil {
		return fmt.Errorf("reading what was learned of models: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.models = map[key]*ratios{}
	for _, one := range list {
		k := keyOf(one.Model, one.Side)
		good := slices.DeleteFunc(one.Ratios, func(r float64) bool { return !usable(r) })
		if k.Model == "" || len(good) == 0 || k.Side != Prompt && k.Side != Answer {
			continue
		}
		if n := len(good) - maxSamples; n > 0 {
			good = good[n:]
		}
		if e.models[k] == nil {
			e.makeRoom()
		}
		e.clock++
		e.models[k] = &ratios{list: good, used: e.clock}
	}
	return nil
}
