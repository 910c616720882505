package upstream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// NoTunnel is the answer of an outgoing proxy that opens no tunnel.
type NoTunnel struct{ Status int }

func (e *NoTunnel) Error() string {
	return strings.TrimSpace(fmt.Sprintf("the outgoing proxy answers %d %s", e.Status, http.StatusText(e.Status)))
}

// Tunnel is an http.Transport's OnProxyConnectResponse: it says by the status alone
// why there is no tunnel, where Go would quote the proxy's own words.
func Tunnel(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode == http.StatusOK {
		return nil
	}
	return &NoTunnel{res.StatusCode}
}

// Way is what became of the way to an upstream that leads through an outgoing proxy.
type Way int

// The ways.
const (
	WayOpen   Way = iota // there is no such proxy, or it was not its fault
	WayLost              // it can't be talked to, or leads nowhere
	WayBarred            // it refuses: it wants a name and password, or allows no such address
	WayBeyond            // it says that it can't reach the upstream
)

// WayOf says whether it was the outgoing proxy that failed, and how: the upstream was
// not asked. A proxy that closes the connection where a tunnel is wanted can't be told
// from an upstream that does, by what net/http gives; nor can what a proxy answers in
// the place of an upstream without TLS, but for the status 407.
func WayOf(err error) Way {
	var shut *NoTunnel
	var op *net.OpError
	switch {
	case errors.As(err, &shut) && shut.Status >= 502 && shut.Status <= 504:
		return WayBeyond
	case errors.As(err, &shut) && shut.Status >= 400 && shut.Status < 500:
		return WayBarred
	case shut != nil, errors.As(err, &op) && op.Op == proxyConnect:
		return WayLost
	case op != nil && op.Op == socksConnect:
		if r, ok := socksReplies()[op.Err.Error()]; ok {
			return r.way
		}
		return WayLost
	}
	return WayOpen
}

const (
	// proxyConnect is what net/http calls the way to an outgoing proxy.
	proxyConnect = "proxyconnect"
	// socksConnect is what it calls the talk with one that speaks SOCKS.
	socksConnect = "socks connect"
)

// socksReply is one that a SOCKS proxy gives, in our words.
type socksReply struct {
	way   Way
	words string
}

// socksReplies are by the text that net/http has for each; it has no types for them.
func socksReplies() map[string]socksReply {
	return map[string]socksReply{
		"unknown error general SOCKS server failure":      {WayLost, "it failed, and does not say why"},
		"unknown error connection not allowed by ruleset": {WayBarred, "its rules don't allow this address"},
		"unknown error network unreachable":               {WayBeyond, "it can't reach the upstream's network"},
		"unknown error host unreachable":                  {WayBeyond, "it can't reach the upstream's machine"},
		"unknown error connection refused":                {WayBeyond, "nothing listens at the upstream's address"},
		"unknown error TTL expired":                       {WayBeyond, "its way to the upstream is too long"},
		"unknown error command not supported":             {WayLost, "it opens no connections"},
		"unknown error address type not supported":        {WayLost, "it does not understand the upstream's address"},
		"no acceptable authentication methods":            {WayBarred, "it wants a name and password"},
		"username/password authentication failed":         {WayBarred, "it does not take the name and password"},
		"invalid username/password":                       {WayBarred, "the name or password can't be sent to it"},
	}
}
