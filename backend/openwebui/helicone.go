package openwebui

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"gumshoe/backend/exchange"
)

// Key is a write key as a header gave it. It prints as nothing, so that it
// can't get into a log by accident.
type Key string

// String hides the key.
func (Key) String() string { return redacted }

// GoString hides the key.
func (Key) GoString() string { return redacted }

// MarshalText hides the key.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Controls is what the Helicone headers of a request ask for. Zero fields were
// not asked for, or not in a way that can be followed: see Ignored.
type Controls struct {
	RequestID     string // a UUID in lower case, of any version, chosen by the client
	OmitRequest   bool   // keep no request body
	OmitResponse  bool   // keep no reply body
	ModelOverride string // the model to price by; nothing that is sent changes
	// Target is where to forward to: http or https with a host, without user,
	// fragment and dot segments. It is a wish: only Allowed may grant it.
	Target *url.URL
	// BadTarget says that a target was named that can't be read: the request must
	// be refused, since it was not meant for where it would go without one.
	BadTarget   bool
	StreamUsage *bool // whether to ask for usage in streams; nil: the upstream's own setting
	Key         Key   // of Helicone-Auth: Bearer <write key>; a secret
	Ignored     []Ignored
}

// Ignored is one header that has no effect.
type Ignored struct {
	Header string // in lower case
	Why    Reason
}

// Reason is why a header has no effect; the UI owns the words.
type Reason string

// The reasons.
const (
	BadValue Reason = "bad_value" // not what the header may hold
	Later    Reason = "later"     // meant to come: the cache
	Unknown  Reason = "unknown"   // nothing that is done here
)

// ReadControls reads the Helicone headers of a request. In the proxy they come
// from Fields; from a journalled request the key is missing, as it should be.
// Of a repeated header the first counts.
func ReadControls(headers []exchange.Header) Controls {
	var c Controls
	seen := map[string]bool{}
	for _, h := range headers {
		name := lower(h.Name)
		if !strings.HasPrefix(name, "helicone-") || seen[name] || len(seen) == maxControls {
			continue
		}
		seen[name] = true
		if name == "helicone-target-url" && strings.TrimSpace(h.Value) != "" {
			var ok bool
			if c.Target, ok = target(strings.TrimSpace(h.Value)); !ok {
				c.BadTarget = true
				c.Ignored = append(c.Ignored, Ignored{bounded(name, maxName), BadValue})
			}
			continue
		}
		if v := strings.TrimSpace(h.Value); v != "" && v != redacted && !strings.HasPrefix(v, "{{") {
			if why := c.read(name, v); why != "" {
				c.Ignored = append(c.Ignored, Ignored{bounded(name, maxName), why})
			}
		}
	}
	return c
}

// maxControls bounds how many different Helicone headers are looked at.
const maxControls = 128

// read takes one header and says why it could not.
func (c *Controls) read(name, v string) Reason {
	ok := true
	switch name {
	case "helicone-request-id":
		if ok = isUUID(v); ok {
			c.RequestID = strings.ToLower(v)
		}
	case "helicone-omit-request":
		c.OmitRequest, ok = yes(v)
	case "helicone-omit-response":
		c.OmitResponse, ok = yes(v)
	case "helicone-model-override":
		if ok = len(v) <= maxValue && clean(v) == v; ok {
			c.ModelOverride = v
		}
	case "helicone-stream-usage":
		var on bool
		if on, ok = yes(v); ok {
			c.StreamUsage = &on
		}
	case "helicone-auth":
		scheme, key, _ := strings.Cut(v, " ")
		if key = strings.TrimSpace(key); strings.EqualFold(scheme, "bearer") && key != "" && len(key) <= maxValue && clean(key) == key && !strings.Contains(key, " ") {
			c.Key = Key(key)
		} else {
			ok = false
		}
	case "helicone-cache-enabled":
		if on, fine := yes(v); on || !fine {
			return Later
		}
	case "helicone-user-id", "helicone-session-id", "helicone-session-path", "helicone-session-name":
	default:
		if !strings.HasPrefix(name, propertyPrefix) {
			return Unknown
		}
	}
	if !ok {
		return BadValue
	}
	return ""
}

// yes reads a switch. Helicone knows "true" only; a person who writes 1 or yes
// where a body is to be kept out means it all the same.
func yes(v string) (on, ok bool) {
	switch strings.ToLower(v) {
	case "true", "1", "yes", "on":
		return true, true
	case "false", "0", "no", "off":
		return false, true
	}
	return false, false
}

func target(v string) (*url.URL, bool) {
	if len(v) > 2000 {
		return nil, false
	}
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return nil, false
	}
	if slices.ContainsFunc(strings.Split(u.Path, "/"), func(s string) bool { return s == "." || s == ".." }) || strings.Contains(u.Path, `\`) {
		return nil, false
	}
	return u, true
}

// Allowed finds, among the root URLs of the upstreams that a person has allowed,
// the one that a target belongs to: the same scheme, host and port, and a path
// that the target's begins with; of several the longest path. -1 is none, and
// then the request must be refused, or the proxy were an open relay.
func Allowed(target *url.URL, roots []*url.URL) int {
	found, longest := -1, -1
	if target == nil {
		return found
	}
	for i, r := range roots {
		path := strings.TrimRight(r.Path, "/")
		if r.Scheme != target.Scheme || !strings.EqualFold(hostPort(r), hostPort(target)) || len(path) <= longest {
			continue
		}
		if target.Path == path || strings.HasPrefix(target.Path, path+"/") || path == "" {
			found, longest = i, len(path)
		}
	}
	return found
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
		if u.Scheme == "https" {
			port = "443"
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// HeliconeKey reports whether s has the form of one of Helicone's own keys,
// which can be added as write keys: sk-helicone-… or pk-helicone-…, 7 letters
// or digits in groups, with regions and kinds before them.
func HeliconeKey(s string) bool {
	if len(s) < 16 || len(s) > 100 || !strings.HasPrefix(s, "sk-helicone-") && !strings.HasPrefix(s, "pk-helicone-") {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c != '-' && !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z') {
			return false
		}
	}
	return true
}
