// Package setup works out what a person pastes into a client: the base URL of
// each upstream from where the client runs, the addresses that the proxy could
// listen on and what each opens, and the docker line for Open WebUI.
//
// It reads the machine's network interfaces and nothing else.
//
// Test it with: go test ./backend/setup
package setup

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"gumshoe/backend/exchange"
	"gumshoe/backend/upstream"
)

// The places where a client can run.
const (
	SameMachine   = "same_machine"
	DockerDesktop = "docker_desktop"
	DockerLinux   = "docker_linux"
	LAN           = "lan"
)

// BaseURL is one URL to paste. Works is false where the present listen address
// can't be reached from the place; Needs is then one that can.
type BaseURL struct {
	Place    string
	Upstream upstream.Upstream
	URL      string
	Works    bool
	Needs    string
}

// Choice is one address to listen on. Opens: loopback, docker, lan, all.
type Choice struct {
	Address, Opens string
	Current        bool
}

// Network is what this machine's interfaces say.
type Network struct {
	LAN    string // first private address of a real interface, "" for none
	Docker string // Docker's bridge, "" for none
}

// Look reads the machine's interfaces.
func Look() Network {
	var n Network
	list, err := net.Interfaces()
	if err != nil {
		return n
	}
	for _, i := range list {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addrs {
			p, err := netip.ParsePrefix(a.String())
			if err != nil || !p.Addr().Is4() || p.Addr().IsLinkLocalUnicast() {
				continue
			}
			virtual := strings.HasPrefix(i.Name, "br-") || strings.HasPrefix(i.Name, "veth") || strings.HasPrefix(i.Name, "virbr")
			switch {
			case i.Name == "docker0":
				n.Docker = p.Addr().String()
			case n.LAN == "" && !virtual:
				n.LAN = p.Addr().String()
			}
		}
	}
	return n
}

// BaseURLs lists the URLs of every upstream for every place. listen is the
// address in use.
func BaseURLs(list []upstream.Upstream, writeKey, listen string, n Network) []BaseURL {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return nil
	}
	ip, _ := netip.ParseAddr(host)
	all := host == "" || ip.IsUnspecified()
	local := all || host == "localhost" || ip.Is4() && ip.IsLoopback()
	here := host
	if all {
		here = "127.0.0.1"
	}
	lan := n.LAN
	if lan == "" {
		lan = "<address-of-this-machine>"
	}
	everywhere := net.JoinHostPort("0.0.0.0", port)
	var out []BaseURL
	for _, u := range list {
		path := u.BasePath(writeKey)
		at := func(place, host string, works bool, needs string) {
			b := BaseURL{Place: place, Upstream: u, URL: "http://" + net.JoinHostPort(host, port) + path, Works: works}
			if strings.HasPrefix(host, "<") {
				b.URL = "http://" + host + ":" + port + path
			}
			if !works {
				b.Needs = needs
			}
			out = append(out, b)
		}
		at(SameMachine, here, true, "")
		at(DockerDesktop, "host.docker.internal", local, net.JoinHostPort("127.0.0.1", port))
		at(DockerLinux, "host.docker.internal", all || n.Docker != "" && host == n.Docker, everywhere)
		at(LAN, lan, all || host == n.LAN && host != "", everywhere)
	}
	return out
}

// Choices lists the addresses to listen on.
func Choices(listen string, n Network) []Choice {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return nil
	}
	if host == "" || host == "::" {
		host = "0.0.0.0"
	}
	list := []Choice{{Address: net.JoinHostPort("127.0.0.1", port), Opens: "loopback"}}
	if n.Docker != "" {
		list = append(list, Choice{Address: net.JoinHostPort(n.Docker, port), Opens: "docker"})
	}
	list = append(list, Choice{Address: net.JoinHostPort("0.0.0.0", port), Opens: "all"})
	current := net.JoinHostPort(host, port)
	if !slices.ContainsFunc(list, func(c Choice) bool { return c.Address == current }) {
		list = append(list, Choice{Address: current, Opens: "lan"})
	}
	for i := range list {
		list[i].Current = list[i].Address == current
	}
	return list
}

// DockerRun is a line that starts Open WebUI connected to Gumshoe.
func DockerRun(list []upstream.Upstream, writeKey, listen string) string {
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return ""
	}
	var b strings.Builder
	b.WriteString("docker run -d -p 3000:8080 --add-host=host.docker.internal:host-gateway")
	done := map[exchange.Kind]bool{}
	for _, u := range list {
		name := "OLLAMA_BASE_URL"
		if u.Kind != exchange.KindOllama {
			name = "OPENAI_API_BASE_URL"
		}
		if u.Kind != exchange.KindOllama && u.Kind != exchange.KindOpenAI || done[u.Kind] {
			continue
		}
		done[u.Kind] = true
		b.WriteString(" -e " + name + "=http://host.docker.internal:" + port + u.BasePath(writeKey))
	}
	b.WriteString(" -v open-webui:/app/backend/data --name open-webui ghcr.io/open-webui/open-webui:main")
	return b.String()
}
