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

// TestOutgoingProxyIsBlamed: where the proxy on the way out fails, nobody is sent to
// look for the fault in the upstream, which was not asked.
func TestOutgoingProxyIsBlamed(t *testing.T) {
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) }))
	defer refusing.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for via, want := range map[string]string{
		refusing.URL:                       "407 Proxy Authentication Required",
		"http://" + closed.Addr().String(): "refused",
		"http://nobody.invalid":            "its name can't be found",
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
		if !strings.Contains(said, exchange.SaidNoWay) || !strings.Contains(said, want) || strings.Contains(said, "check its own log") {
			t.Errorf("by way of %s: %v is told as %q", via, err, said)
		}
		if f := exchange.FaultOf(&exchange.Exchange{State: exchange.Failed, HTTPStatus: 502, Error: said}, true); f != exchange.FaultNoWay {
			t.Errorf("%q is the fault %s", said, f)
		}
	}
}
