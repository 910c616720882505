package proxy

import (
	"errors"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"
)

// A timeout is told as one, a refusal as a refusal.
func TestHelicone14TimeoutIsToldAsTimeout(t *testing.T) {
	root := &url.URL{Scheme: "http", Host: "10.0.0.5:11434"}
	for want, err := range map[string]error{
		"does not answer":         &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded},
		"refused the connection":  &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")},
		"can't be found by name":  &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "x"}},
		"broke off before it ans": errors.New("unexpected EOF a-write-key"),
	} {
		got := describe("gpu", root, err)
		if !strings.Contains(got, want) || !strings.Contains(got, `"gpu"`) || !strings.Contains(got, "10.0.0.5") || strings.Contains(got, "a-write-key") {
			t.Errorf("%v is told as %q", err, got)
		}
	}
}
