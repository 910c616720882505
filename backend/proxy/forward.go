package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/openwebui"
	"gumshoe/backend/upstream"
)

var (
	errStopped  = errors.New(exchange.SaidStopped)
	errShutdown = errors.New("the program was closed")
)

// flightKey is where a request's context has its flight.
type flightKey struct{}

func flightOf(ctx context.Context) *flight {
	f, _ := ctx.Value(flightKey{}).(*flight)
	return f
}

// forward runs one exchange. ReverseProxy ends a reply that broke off by a
// panic, which makes the server cut the connection as the upstream did; the
// record is finished on that way too.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request, t target, c openwebui.Controls) {
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	f := p.takeOff(r, t, c, cancel)
	pw := &plainWriter{ResponseWriter: w, f: f}
	defer func() {
		v := recover()
		if v != nil && pw.began {
			_ = pw.FlushError() // what came before the end goes out, as it does without us
		}
		if !f.sentAll() {
			// The transport may still wait for bytes of a request that was
			// answered early; the server must not meet it on the connection.
			_ = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0))
		}
		f.land(ctx, v != nil)
		if v != nil {
			panic(v)
		}
	}()
	// Without this the server closes the request body as soon as the reply's
	// header goes out, and the transport takes that for a failed request.
	_ = http.NewResponseController(w).EnableFullDuplex()
	r = r.WithContext(context.WithValue(ctx, flightKey{}, f))
	p.reverse.ServeHTTP(pw, r)
}

// rewrite makes the outgoing request.
func rewrite(pr *httputil.ProxyRequest) {
	f := flightOf(pr.In.Context())
	p := f.proxy
	out := pr.Out
	u := f.target.up.Root()
	path := u.EscapedPath() + f.target.rest
	out.URL = &url.URL{Scheme: u.Scheme, Host: u.Host, User: u.User, RawQuery: p.queryWithoutKey(pr.In.URL.RawQuery), ForceQuery: pr.In.URL.ForceQuery}
	if strings.HasPrefix(path, "//") {
		// An opaque URL would lose its host here.
		out.URL.RawPath = path
		if p, err := url.PathUnescape(path); err == nil {
			out.URL.Path = p
		}
	} else {
		if path == "" {
			path = "/"
		}
		out.URL.Opaque = path // byte for byte as the client wrote it
		if u.Scheme == "http" {
			if via, err := http.ProxyFromEnvironment(out); err == nil && via != nil {
				out.URL.Opaque = "//" + u.Host + path // a proxy has to be told the host
			}
		}
	}
	out.Host = u.Host
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if v, ok := pr.In.Header[name]; ok {
			out.Header[name] = v
		}
	}
	for name := range out.Header {
		if !f.target.up.KeepIdentity && openwebui.Strip(name, f.who) {
			delete(out.Header, name)
		}
	}
	p.withoutKey(out.Header)
	withoutUICookie(out.Header)
	// The server fills in trailers behind the body, in its own request's map.
	out.Trailer = pr.In.Trailer
	if f.providerKey != "" {
		putKey(out, f.target.up.Kind, f.providerKey)
	}
	if out.Body != nil && out.Body != http.NoBody {
		f.body = &requestBody{ReadCloser: out.Body, f: f, trailer: out.Trailer}
		out.Body = f.body
	} else {
		f.requestDone()
	}
}

// putKey replaces the client's provider key by the stored one.
func putKey(out *http.Request, kind exchange.Kind, key string) {
	for _, name := range []string{"Authorization", "X-Api-Key", "X-Goog-Api-Key", "Api-Key"} {
		out.Header.Del(name)
	}
	switch kind {
	case exchange.KindAnthropic:
		out.Header.Set("X-Api-Key", key)
	case exchange.KindGemini:
		out.Header.Set("X-Goog-Api-Key", key)
	default:
		out.Header.Set("Authorization", "Bearer "+key)
	}
}

// modifyResponse journals the reply's header before the client gets it, and
// puts the recorder between the reply's body and the client.
func modifyResponse(res *http.Response) error {
	f := flightOf(res.Request.Context())
	f.head(f.mark(exchange.Head{Status: res.StatusCode, Headers: f.redact.Headers(res.Header), ContentLength: res.ContentLength}))
	body := &replyBody{ReadCloser: res.Body, f: f, res: res}
	res.Body = body
	if conn, ok := body.ReadCloser.(io.ReadWriteCloser); ok && res.StatusCode == http.StatusSwitchingProtocols {
		res.Body = &tunnel{replyBody: body, out: conn}
		f.keepHeading()         // it goes out by another way
		f.replyDone.Store(true) // neither side has a proper end: any is one
	}
	hideUsage(res, f)
	return nil
}

// upstreamFailed answers where no reply came.
func (p *Proxy) upstreamFailed(w http.ResponseWriter, r *http.Request, err error) {
	f := flightOf(r.Context())
	if r.Context().Err() != nil {
		f.fail(exchange.Cancelled, causeOf(r.Context()))
		panic(http.ErrAbortHandler) // nobody waits for an answer
	}
	f.drain(w)
	status, message := http.StatusBadGateway, describe(f.target.up.Name, f.target.up.Root(), err)
	if f.clientBroke.Load() {
		status, message = http.StatusBadRequest, "Gumshoe "+exchange.SaidBadBody
	}
	f.fail(exchange.Failed, f.redact.Text(message))
	b := errorBody(f.target.up.Kind, status, message)
	f.head(exchange.Head{Status: status, Own: true, ContentLength: int64(len(b)),
		Headers: []exchange.Header{{Name: "Content-Type", Value: "application/json"}}})
	f.replyBytes(b)
	f.replyDone.Store(true)
	w.Header().Set("Content-Type", "application/json")
	f.label(w.Header(), status)
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

func causeOf(ctx context.Context) string {
	if c := context.Cause(ctx); c != nil && !errors.Is(c, context.Canceled) {
		return c.Error()
	}
	return "the client left"
}

// describe says which upstream failed and what to check.
func describe(name string, root *url.URL, err error) string {
	where := fmt.Sprintf("Gumshoe: the upstream %q at %s", name, root.Redacted())
	var dns *net.DNSError
	var op *net.OpError
	why := " (" + upstream.Told(err).Error() + ")"
	switch upstream.WayOf(err) {
	case upstream.WayLost:
		return where + " " + exchange.SaidNoWay + ": check HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and that proxy" + why
	case upstream.WayBarred:
		return where + " " + exchange.SaidBarred + ": check the name and password in HTTP_PROXY or HTTPS_PROXY, and what that proxy allows; NO_PROXY names what needs none" + why
	case upstream.WayBeyond:
		return where + " " + exchange.SaidBeyond + ": check the address in Setup, that the upstream runs, and whether it needs that proxy (NO_PROXY)" + why
	case upstream.WayOpen:
	}
	switch {
	case errors.As(err, &dns):
		return where + " " + exchange.SaidNoName + ": check the address in Setup and the network"
	case errors.As(err, &op) && op.Op == "dial" && op.Timeout():
		return where + " " + exchange.SaidSilent + ": check that it runs and that no firewall is between"
	case errors.As(err, &op) && op.Op == "dial":
		return where + " " + exchange.SaidNotListening + ": check that it runs and listens there"
	}
	return where + " broke off before it answered: check its own log" + why
}

// plainWriter keeps the server from adding what the upstream did not send.
type plainWriter struct {
	http.ResponseWriter
	f     *flight
	began bool // the header was written
}

// WriteHeader sends the status with the upstream's headers only.
func (w *plainWriter) WriteHeader(status int) {
	if status >= 200 {
		w.began = true
		h := w.Header()
		for _, name := range []string{"Content-Type", "Date"} {
			if _, ok := h[name]; !ok {
				h[name] = nil // neither sniffed nor made up
			}
		}
		w.f.label(h, status)
		w.f.proxy.share(h, w.f.origin)
		if !w.f.sentAll() {
			h.Set("Connection", "close") // the rest of the request stands in the way of a next one
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

// FlushError sends what is held back, once the reply's header is kept.
func (w *plainWriter) FlushError() error {
	w.f.keepHeading()
	if err := http.NewResponseController(w.ResponseWriter).Flush(); err != nil {
		return fmt.Errorf("flushing a reply: %w", err)
	}
	return nil
}

// Unwrap lets a response controller reach the server's own writer.
func (w *plainWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
