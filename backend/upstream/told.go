package upstream

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"strings"
	"syscall"
)

// told is an error with words of our own.
type told struct {
	words string
	cause error
}

func (t *told) Error() string { return t.words }

// Unwrap gives the cause.
func (t *told) Unwrap() error { return t.cause }

// Told words why an upstream could not be talked to. Go's own texts quote what the
// other side sent – the first line, a header, a certificate's names –, which may be
// a secret or meant to deceive; the words here have nothing of it. nil stays nil.
func Told(err error) error {
	if err == nil {
		return nil
	}
	return &told{words: words(err), cause: err}
}

func words(err error) string {
	var slow interface{ Timeout() bool }
	var system syscall.Errno
	var shut *NoTunnel
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == proxyConnect || op.Op == socksConnect) {
		if r, ok := socksReplies()[op.Err.Error()]; ok {
			return "the outgoing proxy: " + r.words
		}
		return "the outgoing proxy: " + words(op.Err)
	}
	if s := certificate(err); s != "" {
		return s
	}
	switch {
	case errors.As(err, &shut):
		return shut.Error()
	case errors.As(err, &slow) && slow.Timeout():
		return "it took too long"
	case errors.As(err, new(*net.DNSError)):
		return "its name can't be found"
	case errors.As(err, &system):
		return system.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it closed the connection"
	case noHTTP(err):
		return "what it sent is no reply in HTTP"
	}
	return "the connection to it failed"
}

// certificate words what is wrong with TLS; "" where that is not it.
func certificate(err error) string {
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/":
		return "it speaks HTTP, and the address says https"
	case errors.As(err, new(x509.HostnameError)):
		return "its certificate is for another name"
	case errors.As(err, new(x509.UnknownAuthorityError)):
		return "its certificate is signed by nobody whom this machine trusts"
	case errors.As(err, new(x509.CertificateInvalidError)):
		return "its certificate is not valid, or not now: check this machine's clock, too"
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return "its certificate can't be trusted"
	case errors.As(err, &record), errors.As(err, new(tls.AlertError)):
		return "it speaks no TLS that Gumshoe understands"
	}
	return ""
}

// noHTTP says whether a reply could not be read. net/http has no types for most of
// it; a text that only looks so is told by the same words, and no more.
func noHTTP(err error) bool {
	if errors.As(err, new(textproto.ProtocolError)) {
		return true
	}
	text := err.Error()
	for _, part := range []string{"malformed ", "bad Content-Length", "invalid Content-Length", "transfer encoding", "invalid header", "response headers exceeded", "header too long"} {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}
