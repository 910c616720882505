package price

import (
	"regexp"
	"strings"
	"time"

	"gumshoe/backend/exchange"
)

// question is what look is asked, hit its answer; the zero hit is "unknown".
type question struct {
	where Where
	model string
}

type hit struct {
	provider *provider
	model    *model
	assumed  []string
}

const (
	maxName  = 400  // bytes of a model's name that are looked at
	maxURL   = 2048 // bytes of a URL
	maxFound = 4096 // answers that are kept
)

// look is find with a memory.
func (t *Table) look(where Where, model string) hit {
	if len(model) > maxName || len(where.URL) > maxURL || len(where.Provider) > maxName {
		return hit{}
	}
	q := question{where, model}
	t.mu.Lock()
	h, ok := t.found[q]
	t.mu.Unlock()
	if ok {
		return h
	}
	h = t.find(where, strings.ToLower(strings.TrimSpace(model)))
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.found) >= maxFound {
		clear(t.found)
	}
	t.found[q] = h
	return h
}

// find goes from what is certain to what is likely: the provider that was named,
// the one at the URL, the one that the model's name begins with, the one whose
// dialect is spoken, the one whose models are called so.
func (t *Table) find(where Where, name string) hit {
	if name == "" {
		return hit{}
	}
	litellm := strings.EqualFold(where.Provider, "litellm")
	if where.Provider != "" {
		if p := t.named(where.Provider); p != nil {
			return t.within(p, name)
		}
		if !litellm {
			return hit{}
		}
	}
	if where.URL != "" && !litellm {
		if p := t.at(where.URL); p != nil {
			return t.within(p, name)
		}
		// Ollama's names are its own, and its cloud has no price for tokens.
		if where.Kind == exchange.KindOllama {
			return hit{}
		}
	}
	return t.guess(where.Kind, name).assume(AssumedProvider)
}

// guess finds the provider by the kind and the model's name. What is free at one
// provider need not be at another, so that is no answer.
func (t *Table) guess(kind exchange.Kind, name string) hit {
	// A tag is how Ollama names what runs at home or in its cloud, and :free is
	// one host's offer; only Bedrock's versions (-v1:0) are neither.
	if strings.Contains(name, ":") && !bedrockVersion.MatchString(name) || cloudName(name) {
		return hit{}
	}
	var likely []hit
	head, rest, cut := strings.Cut(name, "/")
	if cut {
		if p := t.prefixed(head); p != nil {
			likely = append(likely, t.within(p, rest))
		}
	}
	id := map[exchange.Kind]string{exchange.KindAnthropic: "anthropic", exchange.KindGemini: "google"}[kind]
	if p := t.named(id); id != "" && p != nil {
		likely = append(likely, t.within(p, name))
	}
	if p := t.likely(name); p != nil {
		likely = append(likely, t.within(p, name))
	}
	for _, h := range likely {
		if h.model != nil && !h.model.free() {
			return h
		}
	}
	return hit{}
}

func (m *model) free() bool {
	for i := range m.prices {
		if m.prices[i].set.free {
			return true
		}
	}
	return false
}

// assume adds a code to an answer.
func (h hit) assume(code string) hit {
	if h.model != nil {
		h.assumed = append([]string{code}, h.assumed...)
	}
	return h
}

// named finds a provider by its id, else by what it is called elsewhere.
func (t *Table) named(id string) *provider {
	id = strings.ToLower(strings.TrimSpace(id))
	for _, p := range t.providers {
		if p.id == id {
			return p
		}
	}
	for _, p := range t.providers {
		if p.byName != nil && p.byName.fits(id) {
			return p
		}
	}
	return nil
}

// prefixed finds the provider that the head of "head/model" means.
func (t *Table) prefixed(head string) *provider {
	if strings.HasPrefix(head, "azure") { // azure_ai, azure-openai …
		head = "azure"
	}
	return t.named(head)
}

// at finds the provider at a URL. Scheme and host are case-insensitive.
func (t *Table) at(raw string) *provider {
	raw = strings.TrimSpace(raw)
	if i := strings.Index(raw, "://"); i >= 0 {
		host := len(raw)
		if j := strings.IndexAny(raw[i+3:], "/?#"); j >= 0 {
			host = i + 3 + j
		}
		raw = strings.ToLower(raw[:host]) + raw[host:]
	}
	for _, p := range t.providers {
		if p.url(raw) {
			return p
		}
	}
	return nil
}

// likely finds the provider whose models have such names.
func (t *Table) likely(name string) *provider {
	for _, p := range t.providers {
		if p.byModel != nil && p.byModel.fits(name) {
			return p
		}
	}
	return nil
}

// within finds a model of one provider, by its name or by one that it is read as.
func (t *Table) within(p *provider, name string) hit {
	if h := strict(p, name); h.model != nil {
		return h
	}
	for _, v := range t.variants(p, name) {
		if h := strict(p, v); h.model != nil {
			return h.assume(AssumedName)
		}
	}
	return hit{}
}

// strict does what genai-prices does: the provider's own rules, those of the
// providers whose models it serves, and both again with -20250131 written as
// -2025-01-31.
func strict(p *provider, name string) hit {
	h := direct(p, name)
	if h.model == nil {
		if dashed := dashDates(name); dashed != name {
			h = direct(p, dashed)
		}
	}
	return h
}

func direct(p *provider, name string) hit {
	if m := p.model(name); m != nil {
		return hit{provider: p, model: m}
	}
	for _, f := range p.fallbacks {
		if m := f.model(name); m != nil {
			return hit{provider: f, model: m}
		}
	}
	return hit{}
}

func (p *provider) model(name string) *model {
	for _, m := range p.models {
		if m.match.fits(name) {
			return m
		}
	}
	return nil
}

var (
	// A date as genai-prices finds it; the end of a part has to follow.
	compactDate    = regexp.MustCompile(`-20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])`)
	bedrockVersion = regexp.MustCompile(`-v\d+:\d+(?::\d+k)?$`)
	// The end of a name that says which build of a model it is.
	build = regexp.MustCompile(`(?:[-@]20\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])|@default|@latest)$`)
)

// dashDates writes compact dates with dashes: -20250131 as -2025-01-31. What no
// calendar has (-20250230) is no date.
func dashDates(name string) string {
	var out strings.Builder
	done := 0
	for _, at := range compactDate.FindAllStringIndex(name, -1) {
		if end := name[at[1]:]; end != "" && end[0] != '-' && end[0] != ':' {
			continue
		}
		day, err := time.Parse("-20060102", name[at[0]:at[1]])
		if err != nil {
			continue
		}
		out.WriteString(name[done:at[0]] + day.Format("-2006-01-02"))
		done = at[1]
	}
	return out.String() + name[done:]
}

// variants are the names that a name may be read as, the likeliest first.
func (t *Table) variants(p *provider, name string) []string {
	var all []string
	add := func(s string) {
		if s != "" && s != name {
			all = append(all, s)
		}
	}
	// models/gemini…, projects/…/publishers/google/models/gemini…
	if i := strings.LastIndex("/"+name, "/models/"); i >= 0 {
		name = name[i+len("models/"):]
		all = append(all, name)
	}
	// openai/gpt-4o at OpenAI itself, azure/gpt-4o at Azure.
	if head, rest, ok := strings.Cut(name, "/"); ok && t.prefixed(head) == p {
		name = rest
		all = append(all, name)
	}
	if p.id == "azure" { // no dots are allowed there
		add(strings.Replace(name, "gpt-35-", "gpt-3.5-", 1))
	}
	if p.id == "openrouter" { // how to choose among hosts
		for _, s := range [...]string{":nitro", ":floor", ":online", ":exacto"} {
			if cut, ok := strings.CutSuffix(name, s); ok {
				add(cut)
			}
		}
	}
	add(build.ReplaceAllString(name, ""))
	return all
}
