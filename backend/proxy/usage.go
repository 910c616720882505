package proxy

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"gumshoe/backend/wire/shape"
)

// An OpenAI-style stream says how many tokens it took only to those who ask
// (stream_options.include_usage). askUsage asks for clients that did not, and
// keeps the extra chunk from them.
type askUsage struct {
	next    http.RoundTripper
	refused sync.Map     // upstream's root → true: it does not know the option
	held    atomic.Int64 // bytes of requests that are read ahead now
}

const (
	// usageBody is the largest request that is read ahead to be asked for usage.
	usageBody = 4 << 20
	// usageHeld bounds what all requests together hold that way: beyond it they
	// pass through, and their tokens are estimated.
	usageHeld = 32 << 20
	// usageRefusal is how much of an error is read for the option's name.
	usageRefusal = 64 << 10
)

// RoundTrip sends a request, with the question where it fits.
func (a *askUsage) RoundTrip(req *http.Request) (*http.Response, error) {
	f := flightOf(req.Context())
	if f == nil || f.body == nil || !f.mayAsk(req) {
		return a.next.RoundTrip(req)
	}
	root := f.target.up.URL.String()
	if _, known := a.refused.Load(root); known {
		return a.next.RoundTrip(req)
	}
	size := req.ContentLength
	if size < 0 {
		size = usageBody
	}
	defer a.held.Add(-size)
	if a.held.Add(size) > usageHeld {
		return a.next.RoundTrip(req)
	}
	original, err := readAhead(req)
	if err != nil {
		return nil, err
	}
	asking, ok := withUsage(original)
	if !ok {
		return a.next.RoundTrip(withBody(req, original))
	}
	out := withBody(req, asking)
	accept := out.Header.Get("Accept-Encoding")
	out.Header.Set("Accept-Encoding", "identity") // the chunk has to be found again
	res, err := a.next.RoundTrip(out)
	if err != nil {
		return res, err
	}
	if refuses(res) {
		out = withBody(req, original)
		out.Header.Set("Accept-Encoding", accept)
		if accept == "" {
			out.Header.Del("Accept-Encoding")
		}
		_ = res.Body.Close()
		res, err = a.next.RoundTrip(out)
		if err == nil && res.StatusCode < http.StatusBadRequest {
			a.refused.Store(root, true)
		}
		return res, err
	}
	if res.StatusCode == http.StatusOK && res.Header.Get("Content-Encoding") == "" && isEvents(res.Header) {
		f.asked.Store(true)
		res.Header.Del("Content-Length")
		res.ContentLength = -1
	}
	return res, nil
}

// readAhead reads a request's body, or as much of it as may be read ahead and a
// byte more.
func readAhead(req *http.Request) ([]byte, error) {
	if req.ContentLength < 0 {
		return io.ReadAll(io.LimitReader(req.Body, usageBody+1))
	}
	b := make([]byte, req.ContentLength) // mayAsk has bounded it
	if _, err := io.ReadFull(req.Body, b); err != nil {
		return nil, err
	}
	if _, err := req.Body.Read(make([]byte, 1)); err != nil && err != io.EOF {
		return nil, err // the end is part of what is recorded
	}
	return b, nil
}

// mayAsk says whether a request is of the kind that can be asked for usage,
// before its body is looked at.
func (f *flight) mayAsk(req *http.Request) bool {
	switch {
	case f.usage == nil && f.target.up.NoUsage, f.usage != nil && !*f.usage, f.expects, len(req.Trailer) > 0, req.Method != http.MethodPost, req.ContentLength > usageBody,
		req.Header.Get("Content-Encoding") != "", !strings.Contains(req.Header.Get("Content-Type"), "json"):
		return false
	}
	p, err := url.PathUnescape(f.target.rest)
	return err == nil && path.Base(strings.TrimRight(p, "/")) == "completions"
}

// withUsage puts the question into a request that streams and does not say
// itself whether it wants usage.
func withUsage(body []byte) ([]byte, bool) {
	if len(body) > usageBody || gjson.GetBytes(body, "stream").Type != gjson.True || !shape.Valid(body) {
		return nil, false
	}
	if gjson.GetBytes(body, "stream_options.include_usage").Exists() {
		return nil, false
	}
	if o := gjson.GetBytes(body, "stream_options"); o.Exists() && !o.IsObject() && o.Type != gjson.Null {
		return nil, false
	}
	out, err := sjson.SetRawBytes(body, "stream_options.include_usage", []byte("true"))
	return out, err == nil
}

// withBody is req with a body from memory, and what req.Body still has behind it.
func withBody(req *http.Request, b []byte) *http.Request {
	copied := *req
	out := &copied
	rest := req.Body
	out.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(b), rest), rest}
	if req.ContentLength >= 0 || len(b) <= usageBody {
		out.ContentLength = int64(len(b))
		out.TransferEncoding = nil
		// All of it is here: a connection that was closed while idle costs nothing.
		out.Body = io.NopCloser(bytes.NewReader(b))
		out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
	}
	return out
}

// refuses says whether an answer is the complaint of a server that does not know
// the option. What was read of the answer is put back.
func refuses(res *http.Response) bool {
	if res.StatusCode != http.StatusBadRequest && res.StatusCode != http.StatusUnprocessableEntity {
		return false
	}
	head, err := io.ReadAll(io.LimitReader(res.Body, usageRefusal))
	var rest io.Reader = res.Body
	if err != nil {
		rest = &broken{err}
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), rest), res.Body}
	return bytes.Contains(head, []byte("stream_options")) || bytes.Contains(head, []byte("include_usage"))
}

// broken gives an error that has already come.
type broken struct{ err error }

func (b *broken) Read([]byte) (int, error) { return 0, b.err }

func isEvents(h http.Header) bool {
	return strings.HasPrefix(strings.TrimSpace(strings.ToLower(h.Get("Content-Type"))), "text/event-stream")
}
