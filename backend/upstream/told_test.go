package upstream

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"time"
)

// talks answers every connection with the same bytes, once a request is there, and
// closes it.
func talks(t *testing.T, text string) string {
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
				if _, err := bufio.NewReader(c).ReadByte(); err == nil {
					_, _ = io.WriteString(c, text) // who left misses nothing
				}
			}()
		}
	}()
	return l.Addr().String()
}

// TestToldQuotesNobody: whatever an upstream sends instead of a reply, the words say
// what happened and have nothing of it.
func TestToldQuotesNobody(t *testing.T) {
	const rubbish = "sk-4242424242424242 <b>\x1b[31mcalm down"
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	defer tls.Close()
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer silent.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for name, c := range map[string]struct{ url, want string }{
		"first line":       {"http://" + talks(t, rubbish+"\r\n\r\n"), "no reply in HTTP"},
		"version":          {"http://" + talks(t, "HTTP/"+rubbish+"\r\n\r\n"), "no reply in HTTP"},
		"status":           {"http://" + talks(t, "HTTP/1.1 "+rubbish+"\r\n\r\n"), "no reply in HTTP"},
		"header":           {"http://" + talks(t, "HTTP/1.1 200 OK\r\n"+rubbish+"\r\n\r\n"), "no reply in HTTP"},
		"a header's value": {"http://" + talks(t, "HTTP/1.1 200 OK\r\nContent-Length: "+rubbish+"\r\n\r\n"), "no reply in HTTP"},
		"encoding":         {"http://" + talks(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: "+rubbish+"\r\n\r\n"), "no reply in HTTP"},
		"nothing":          {"http://" + talks(t, ""), "closed the connection"},
		"half a line":      {"http://" + talks(t, "HTTP/1."), "no reply in HTTP"},
		"rubbish as TLS":   {"https://" + talks(t, rubbish+"\r\n\r\n"), "no TLS"},
		"HTTP as TLS":      {"https://" + talks(t, "HTTP/1.1 400 "+rubbish+"\r\n\r\n"), "speaks HTTP"},
		"certificate":      {tls.URL, "signed by nobody"},
		"silence":          {silent.URL, "too long"},
		"a closed port":    {"http://" + closed.Addr().String(), "refused"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		if name == "silence" {
			ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
		}
		req, err := http.NewRequestWithContext(ctx, "GET", c.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		tr := &http.Transport{}
		_, err = tr.RoundTrip(req)
		got := Told(err)
		if err == nil || !strings.Contains(got.Error(), c.want) || !errors.Is(got, err) {
			t.Errorf("%s: %v is told as %q", name, err, got)
		}
		for _, part := range []string{"4242", "<b>", "\x1b", "calm"} {
			if strings.Contains(got.Error(), part) {
				t.Errorf("%s: %q has what the upstream sent", name, got)
			}
		}
		tr.CloseIdleConnections()
		cancel()
	}
	if Told(nil) != nil {
		t.Error("nothing is told as an error")
	}
	if got := Told(errors.New(rubbish)); strings.Contains(got.Error(), "calm") {
		t.Errorf("an error of nobody knows whom is told as %q", got)
	}
}

// TestNoTunnel: an outgoing proxy that refuses is told by its status, without its words.
func TestNoTunnel(t *testing.T) {
	via, err := url.Parse("http://" + talks(t, "HTTP/1.1 407 sk-4242 calm down\r\nContent-Length: 0\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{Proxy: http.ProxyURL(via), OnProxyConnectResponse: Tunnel}
	defer tr.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), "GET", "https://127.0.0.1:1/", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = tr.RoundTrip(req)
	if got := Told(err); err == nil || got.Error() != "the outgoing proxy answers 407 Proxy Authentication Required" {
		t.Errorf("%v is told as %q", err, got)
	}
}

// TestToldByKind: what a system or a network seldom says has its words, too, through
// whatever is around it.
func TestToldByKind(t *testing.T) {
	for want, err := range map[string]error{
		"for another name":                   &tls.CertificateVerificationError{Err: x509.HostnameError{Host: "sk-4242"}},
		"not valid, or not now":              &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired, Detail: "sk-4242"}},
		"can't be trusted":                   &tls.CertificateVerificationError{Err: errors.New("sk-4242")},
		"speaks no TLS":                      &net.OpError{Op: "remote error", Err: tls.AlertError(40)},
		"says https":                         tls.RecordHeaderError{Msg: "sk-4242", RecordHeader: [5]byte{'H', 'T', 'T', 'P', '/'}},
		"name can't be found":                &net.OpError{Op: "dial", Err: &net.DNSError{Err: "sk-4242", Name: "sk-4242"}},
		"took too long":                      &net.OpError{Op: "dial", Err: &net.DNSError{IsTimeout: true, Name: "sk-4242"}},
		"no reply in HTTP":                   textproto.ProtocolError("sk-4242"),
		"closed the connection":              io.ErrUnexpectedEOF,
		"the outgoing proxy: its name can't": &net.OpError{Op: "proxyconnect", Err: &net.OpError{Op: "dial", Err: &net.DNSError{Name: "sk-4242"}}},
		"proxy answers 599":                  &NoTunnel{599},
		"connection to it failed":            errors.New("sk-4242"),
	} {
		if got := Told(fmt.Errorf("asking: %w", err)).Error(); !strings.Contains(got, want) || strings.Contains(got, "4242") {
			t.Errorf("%T is told as %q, not as %q", err, got, want)
		}
	}
}
