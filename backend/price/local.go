package price

import (
	"net/netip"
	"regexp"
	"strings"

	"gumshoe/backend/upstream"
)

// localSource is the Entry and Source of what a local upstream did.
const localSource = "local"

// hosted are models that nobody runs at home, named as a gateway names them, with
// the provider before: behind such a name a local address only passes them on.
var hosted = regexp.MustCompile(`^(?:[a-z0-9_.-]+/)*(?:openai|azure[a-z_-]*|anthropic|google|gemini|vertex_ai|bedrock|x-ai|xai)/` +
	`(?:[a-z0-9.-]+\.)?(?:gpt-\d|chatgpt-|o\d(?:-|$)|claude-|gemini-|grok-)`)

// Local reports whether a model runs on the user's own machines, so that nobody
// bills its tokens: the upstream's host is this machine, a private address, a name
// of a private network (.local, .lan, .internal, .home.arpa, .localhost) or a name
// without a dot. Ollama's cloud models (gpt-oss:120b-cloud) are not local wherever
// they are asked for, and neither are gateway names of models that can't be
// downloaded (openai/gpt-4o).
func Local(u upstream.Upstream, model string) bool {
	if u.URL == nil || !localHost(u.URL.Hostname()) {
		return false
	}
	model = strings.ToLower(strings.TrimSpace(model))
	return !cloudName(model) && (len(model) > maxName || !hosted.MatchString(model))
}

// cloudName reports whether a name in lower case is of Ollama's cloud.
func cloudName(model string) bool {
	return strings.HasSuffix(model, "-cloud") || strings.HasSuffix(model, ":cloud")
}

func localHost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap().WithZone("")
		shared := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10) // Tailscale and other private networks
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || shared.Contains(ip)
	}
	if !strings.Contains(host, ".") {
		return strings.ContainsAny(host, "abcdefghijklmnopqrstuvwxyz") // not 134744072, which is an address
	}
	for _, end := range [...]string{".local", ".lan", ".internal", ".home.arpa", ".localhost"} {
		if strings.HasSuffix(host, end) {
			return true
		}
	}
	return false
}
