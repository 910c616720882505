package proxy

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"gumshoe/backend/exchange"
)

// socks is a SOCKS proxy that answers every greeting with the method, and every wish
// with the reply.
func socks(t *testing.T, method, reply byte) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				b := make([]byte, 512)
				if _, err := c.Read(b); err != nil {
					return
				}
				if _, err := c.Write([]byte{5, method}); err != nil || method == 0xff {
					return
				}
				if _, err := c.Read(b); err != nil {
					return
				}
				if reply != 0xff { // which is none
					_, _ = c.Write([]byte{5, reply, 0, 1, 0, 0, 0, 0, 0, 0}) // who left misses nothing
				}
			}()
		}
	}()
	return "socks5://" + l.Addr().String()
}

// TestOutgoingProxyIsBlamed: where the proxy on the way out fails, nobody is sent to
// look for the fault in the upstream, which was not asked.
func TestOutgoingProxyIsBlamed(t *testing.T) {
	answering := func(status int) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(s.Close)
		return s.URL
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for via, c := range map[string]struct {
		want  string
		fault exchange.Fault
	}{
		answering(http.StatusProxyAuthRequired):   {"407 Proxy Authentication Required", exchange.FaultBarred},
		answering(http.StatusForbidden):           {"403 Forbidden", exchange.FaultBarred},
		answering(http.StatusBadGateway):          {"502 Bad Gateway", exchange.FaultBeyond},
		answering(http.StatusInternalServerError): {"500 Internal Server Error", exchange.FaultNoWay},
		"http://" + closed.Addr().String():        {"refused", exchange.FaultNoWay},
		"socks5://" + closed.Addr().String():      {"refused", exchange.FaultNoWay},
		"http://nobody.invalid":                   {"its name can't be found", exchange.FaultNoWay},
		socks(t, 0xff, 0):                         {"it wants a name and password", exchange.FaultBarred},
		socks(t, 0, 2):                            {"rules don't allow", exchange.FaultBarred},
		socks(t, 0, 4):                            {"can't reach the upstream's machine", exchange.FaultBeyond},
		socks(t, 0, 5):                            {"nothing listens", exchange.FaultBeyond},
		socks(t, 0, 1):                            {"does not say why", exchange.FaultNoWay},
		socks(t, 0, 0x42):                         {"the connection to it failed", exchange.FaultNoWay},
		socks(t, 0, 0xff):                         {"closed the connection", exchange.FaultNoWay},
	} {
		u, err := url.Parse(via)
		if err != nil {
			t.Fatal(err)
		}
		tr := newTransport()
		tr.Proxy = http.ProxyURL(u)
		if u.Port() == "" { // no test asks for a name
			tr.DialContext = func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: u.Host, IsNotFound: true}}
			}
		}
		req, err := http.NewRequestWithContext(t.Context(), "GET", "https://up.invalid/", nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = tr.RoundTrip(req)
		tr.CloseIdleConnections()
		said := describe("up", req.URL, err)
		if !strings.Contains(said, "proxy") || !strings.Contains(said, c.want) || strings.Contains(said, "check its own log") {
			t.Errorf("by way of %s: %v is told as %q", via, err, said)
		}
		if f := exchange.FaultOf(&exchange.Exchange{State: exchange.Failed, HTTPStatus: 502, Error: said}, true); f != c.fault {
			t.Errorf("%q is the fault %s", said, f)
		}
	}
}
