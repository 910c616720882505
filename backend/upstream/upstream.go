// Package upstream holds the configured model servers: how one is written on a
// command line, which one a name stands for, and what a client pastes to reach it.
//
// A Registry may be read and changed concurrently; readers never wait. Detect
// (detect.go) is the only part that talks to the network, and only to the URL
// that it is given.
//
// Test it with: go test ./backend/upstream
package upstream

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"gumshoe/backend/exchange"
)

// Upstream is one model server.
type Upstream struct {
	Name string
	Kind exchange.Kind
	// URL as the user gave it, without a trailing slash.
	URL *url.URL
	Options
}

// Options are the switches of one upstream. Their zero value is what most want.
type Options struct {
	// NoUsage leaves requests as they are: streams without token counts are not
	// asked for them (stream_options.include_usage).
	NoUsage bool
	// KeepIdentity passes the headers that say who asked (X-OpenWebUI-*,
	// Helicone-*) on to the upstream.
	KeepIdentity bool
	// NoHeaders leaves replies without Helicone-Id and Helicone-Status.
	NoHeaders bool
}

// The names of the options behind the # of an upstream in text.
const (
	optNoUsage      = "no-usage"
	optKeepIdentity = "keep-identity"
	optNoHeaders    = "no-headers"
)

// The reasons why an upstream is refused; the UI words them by these codes.
var (
	ErrName   = errors.New("an upstream's name is 1 to 40 of a-z 0-9 . _ - and begins with a letter or digit")
	ErrWord   = errors.New("v1 and healthz are reserved names")
	ErrURL    = errors.New("an upstream's URL begins with http:// or https://, has a host, and no user, password or query: keys are stored apart")
	ErrOption = errors.New("the options behind # are no-usage, keep-identity and no-headers")
	ErrKind   = errors.New("an upstream's kind is ollama, openai, anthropic or gemini")
)

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,39}$`)

// New checks the parts of an upstream. An empty kind is guessed from the name
// and the URL.
func New(name string, kind exchange.Kind, rawURL string) (Upstream, error) {
	if !nameForm.MatchString(name) {
		return Upstream{}, fmt.Errorf("upstream name %q: %w", name, ErrName)
	}
	if name == "v1" || name == "healthz" {
		return Upstream{}, fmt.Errorf("upstream name %q: %w", name, ErrWord)
	}
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(rawURL), "/"))
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		return Upstream{}, fmt.Errorf("upstream URL %q: %w", withoutUser(rawURL), ErrURL)
	}
	if kind == "" {
		kind = guess(name, u)
	}
	if !slices.Contains(exchange.Kinds(), kind) {
		return Upstream{}, fmt.Errorf("upstream kind %q: %w", kind, ErrKind)
	}
	return Upstream{Name: name, Kind: kind, URL: u}, nil
}

// Parse reads NAME=[KIND+]URL[#OPTION,…], as the --upstream flag takes it.
func Parse(s string) (Upstream, error) {
	s, list, _ := strings.Cut(s, "#")
	var o Options
	for one := range strings.SplitSeq(list, ",") {
		switch strings.TrimSpace(one) {
		case "":
		case optNoUsage:
			o.NoUsage = true
		case optKeepIdentity:
			o.KeepIdentity = true
		case optNoHeaders:
			o.NoHeaders = true
		default:
			return Upstream{}, fmt.Errorf("option %q: %w", one, ErrOption)
		}
	}
	name, rest, ok := strings.Cut(s, "=")
	if !ok {
		return Upstream{}, fmt.Errorf("upstream %q is not NAME=[KIND+]URL", withoutUser(s))
	}
	kind, after, ok := strings.Cut(rest, "+")
	if !ok || strings.Contains(kind, ":") {
		kind, after = "", rest
	}
	u, err := New(name, exchange.Kind(kind), after)
	u.Options = o
	return u, err
}

// withoutUser leaves out of a URL, readable or not, where a password or a key may
// stand.
func withoutUser(s string) string {
	if before, _, ok := strings.Cut(s, "?"); ok {
		s = before + "?…"
	}
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return s
	}
	head, _, ok := strings.Cut(s[:at], "://")
	if !ok {
		return "…" + s[at:]
	}
	return head + "://…" + s[at:]
}

// guess takes the kind from well-known names, hosts and ports.
func guess(name string, u *url.URL) exchange.Kind {
	host := strings.ToLower(u.Hostname())
	switch {
	case strings.HasSuffix(u.Path, "/v1") && host != "api.anthropic.com":
		return exchange.KindOpenAI
	case u.Port() == "11434", name == "ollama", host == "ollama.com":
		return exchange.KindOllama
	case host == "api.anthropic.com", name == "anthropic":
		return exchange.KindAnthropic
	case host == "generativelanguage.googleapis.com", name == "gemini":
		return exchange.KindGemini
	}
	return exchange.KindOpenAI
}

// EndsInV1 reports whether the user's URL ends in /v1, and so does the base URL.
func (u Upstream) EndsInV1() bool { return strings.HasSuffix(u.URL.Path, "/v1") }

// Origin is the URL's scheme, host and port: where a stored key may go.
func (u Upstream) Origin() string { return u.URL.Scheme + "://" + strings.ToLower(u.URL.Host) }

// Root is the URL without a trailing /v1: what the path behind the upstream's
// name in a base URL is appended to.
func (u Upstream) Root() *url.URL {
	r := *u.URL
	r.Path, r.RawPath = strings.TrimSuffix(r.Path, "/v1"), ""
	return &r
}

// BasePath is the path part of the base URL: /<write key>/<name>, with /v1 where
// the upstream's own URL ends so.
func (u Upstream) BasePath(writeKey string) string {
	p := "/" + writeKey + "/" + u.Name
	if u.EndsInV1() {
		p += "/v1"
	}
	return p
}

// String is the upstream as Parse takes it.
func (u Upstream) String() string {
	s, sep := u.Name+"="+string(u.Kind)+"+"+u.URL.String(), "#"
	for _, o := range [...]struct {
		on   bool
		name string
	}{{u.NoUsage, optNoUsage}, {u.KeepIdentity, optKeepIdentity}, {u.NoHeaders, optNoHeaders}} {
		if o.on {
			s, sep = s+sep+o.name, ","
		}
	}
	return s
}

// Registry is the set of upstreams in use.
type Registry struct {
	mu   sync.Mutex // held by writers
	list atomic.Pointer[[]Upstream]
}

// NewRegistry starts with a list; a later upstream replaces an earlier one of
// the same name.
func NewRegistry(list []Upstream) *Registry {
	r := &Registry{}
	r.list.Store(&[]Upstream{})
	for _, u := range list {
		r.Put(u)
	}
	return r
}

// All returns the upstreams in the order in which they were added.
func (r *Registry) All() []Upstream { return slices.Clone(*r.list.Load()) }

// Get finds an upstream by its name.
func (r *Registry) Get(name string) (Upstream, bool) {
	for _, u := range *r.list.Load() {
		if u.Name == name {
			return u, true
		}
	}
	return Upstream{}, false
}

// Default is the first upstream of a kind.
func (r *Registry) Default(kind exchange.Kind) (Upstream, bool) {
	for _, u := range *r.list.Load() {
		if u.Kind == kind {
			return u, true
		}
	}
	return Upstream{}, false
}

// Put adds u or replaces the one of its name.
func (r *Registry) Put(u Upstream) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.All()
	if i := slices.IndexFunc(list, func(o Upstream) bool { return o.Name == u.Name }); i >= 0 {
		list[i] = u
	} else {
		list = append(list, u)
	}
	r.list.Store(&list)
}

// Remove drops the upstream of a name, and reports whether there was one.
func (r *Registry) Remove(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.All()
	i := slices.IndexFunc(list, func(o Upstream) bool { return o.Name == name })
	if i < 0 {
		return false
	}
	list = slices.Delete(list, i, i+1)
	r.list.Store(&list)
	return true
}
