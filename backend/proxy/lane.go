package proxy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"sync"
	"time"
)

// lanes sends requests that lie whole in memory to upstreams on plain HTTP by the
// goroutine that serves the client. http.Transport has two goroutines for each
// connection, and handing a request to them and its reply back costs as much as
// recording it in the journal; it takes all that does not fit.
//
// What holds there holds here: bodies in the upstream's rhythm, trailers, informational
// replies, cancellation, headers up to maxReplyHeader, idle connections closed after
// a minute and looked at before they are used again; a request that may have
// reached an upstream is never sent twice.
type lanes struct {
	next http.RoundTripper
	dial net.Dialer

	mu   sync.Mutex
	idle map[string][]*lane // by address, the latest last
	all  int                // in idle
}

const (
	// laneBody is the largest body that goes by a lane, in bytes: it fits into a
	// socket's buffer, so that writing it waits for no upstream.
	laneBody = 16 << 10
	// maxReplyHeader bounds a reply's header, in bytes, as http.Transport does.
	maxReplyHeader = 10 << 20
	maxIdle        = 256
	laneIdle       = time.Minute
)

// lane is one connection. It is used by one request at a time.
type lane struct {
	net.Conn
	key   string
	r     *bufio.Reader
	w     *bufio.Writer
	left  int64 // bytes that may be read
	timer *time.Timer
}

// Read bounds what a header may take.
func (l *lane) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errors.New("the reply's header is too large")
	}
	n, err := l.Conn.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

// fits says whether a request can go by a lane.
func (s *lanes) fits(req *http.Request) bool {
	if !canPeek || req.URL.Scheme != "http" || req.ContentLength <= 0 || req.ContentLength > laneBody || req.GetBody == nil || req.Close ||
		len(req.TransferEncoding) > 0 || len(req.Trailer) > 0 || req.Header.Get("Expect") != "" || req.Header.Get("Upgrade") != "" {
		return false
	}
	via, err := http.ProxyFromEnvironment(req)
	return err == nil && via == nil
}

// RoundTrip sends a request and reads its reply's header.
func (s *lanes) RoundTrip(req *http.Request) (*http.Response, error) {
	if !s.fits(req) {
		return s.next.RoundTrip(req)
	}
	ctx := req.Context()
	l, err := s.take(ctx, address(req))
	if err != nil {
		_ = req.Body.Close()
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = l.SetDeadline(time.Unix(1, 0)) })
	res, err := l.exchange(req)
	if err != nil {
		stop()
		_ = l.Close()
		return nil, told(ctx, err)
	}
	res.Body = &laneBodyReader{ReadCloser: res.Body, lane: l, lanes: s, ctx: ctx, stop: stop, keep: !res.Close}
	return res, nil
}

// exchange writes a request and reads the header of its reply, which may come
// before all is written and although that fails.
func (l *lane) exchange(req *http.Request) (*http.Response, error) {
	l.left = maxReplyHeader
	errWrite := req.Write(l.w)
	if errWrite == nil {
		errWrite = l.w.Flush()
	}
	trace := httptrace.ContextClientTrace(req.Context())
	for {
		res, err := http.ReadResponse(l.r, req)
		if err != nil {
			return nil, errors.Join(errWrite, fmt.Errorf("reading the reply: %w", err))
		}
		if res.StatusCode == http.StatusSwitchingProtocols {
			return nil, errors.New("the upstream switched protocols without being asked to")
		}
		if res.StatusCode >= 200 {
			l.left = 1<<63 - 1
			res.Close = res.Close || errWrite != nil
			return res, nil
		}
		if trace != nil && trace.Got1xxResponse != nil {
			if err := trace.Got1xxResponse(res.StatusCode, textproto.MIMEHeader(res.Header)); err != nil {
				return nil, err
			}
		}
	}
}

// told is what a request ended with: that nobody waits for it any more, or what
// went wrong.
func told(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// address is where a request goes, with its port.
func address(req *http.Request) string {
	if req.URL.Port() == "" {
		return net.JoinHostPort(req.URL.Hostname(), "80")
	}
	return req.URL.Host
}

// take gives an idle connection that is still open, or a new one.
func (s *lanes) take(ctx context.Context, key string) (*lane, error) {
	for {
		l := s.latest(key)
		if l == nil {
			break
		}
		if quiet(l.Conn) {
			return l, nil
		}
		_ = l.Close()
	}
	conn, err := s.dial.DialContext(ctx, "tcp", key)
	if err != nil {
		return nil, err
	}
	l := &lane{Conn: conn, key: key}
	l.r, l.w = bufio.NewReaderSize(l, 32<<10), bufio.NewWriterSize(conn, 4<<10)
	return l, nil
}

func (s *lanes) latest(key string) *lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.idle[key]
	if len(list) == 0 {
		return nil
	}
	l := list[len(list)-1]
	s.remove(key, len(list)-1)
	l.timer.Stop()
	return l
}

// remove takes the idle lane at i out.
func (s *lanes) remove(key string, i int) {
	list := s.idle[key]
	copy(list[i:], list[i+1:])
	list[len(list)-1] = nil
	s.idle[key] = list[:len(list)-1]
	s.all--
}

// put keeps a connection for the next request.
func (s *lanes) put(l *lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= maxIdle || l.r.Buffered() > 0 {
		_ = l.Close()
		return
	}
	if s.idle == nil {
		s.idle = map[string][]*lane{}
	}
	s.idle[l.key] = append(s.idle[l.key], l)
	s.all++
	if l.timer == nil {
		l.timer = time.AfterFunc(laneIdle, func() { s.drop(l) })
	} else {
		l.timer.Reset(laneIdle)
	}
}

// drop closes a lane that has been idle for too long.
func (s *lanes) drop(l *lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, one := range s.idle[l.key] {
		if one == l {
			s.remove(l.key, i)
			_ = l.Close()
			return
		}
	}
}

// closeIdle lets go of all connections that nobody uses.
func (s *lanes) closeIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, list := range s.idle {
		for _, l := range list {
			l.timer.Stop()
			_ = l.Close()
		}
	}
	s.idle, s.all = nil, 0
}

// laneBodyReader is a reply's body. At its end the connection is free again.
type laneBodyReader struct {
	io.ReadCloser
	lane  *lane
	lanes *lanes
	ctx   context.Context
	stop  func() bool
	keep  bool
	done  error
}

// Read gives the body's bytes as they come.
func (b *laneBodyReader) Read(p []byte) (int, error) {
	if b.done != nil {
		return 0, b.done
	}
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.end(err)
		return n, b.done
	}
	return n, nil
}

// end is done once: with the body's end, or what came instead.
func (b *laneBodyReader) end(err error) {
	if b.done != nil {
		return
	}
	if b.done = err; err != io.EOF {
		b.done = told(b.ctx, err)
	}
	// Where stop says no, the deadline has been set or is being set.
	if b.stop() && err == io.EOF && b.keep {
		b.lanes.put(b.lane)
		return
	}
	_ = b.lane.Close()
}

// Close ends the connection where the body was not read to its end.
func (b *laneBodyReader) Close() error {
	b.end(errors.New("the reply's body was closed"))
	return nil
}
