package decode

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"gumshoe/backend/exchange"
)

// ErrTooLarge says that a body unpacks to more than MaxUnpacked bytes.
var ErrTooLarge = errors.New("the body unpacks to more than the limit")

// maxEncodings is how often a body may have been packed one over the other.
const maxEncodings = 3

// Unpack undoes the Content-Encoding that headers name. It gives at most
// MaxUnpacked bytes and then ErrTooLarge, unless nothing was packed.
func Unpack(headers []exchange.Header, r io.Reader) io.Reader {
	names := encodings(headers)
	if len(names) == 0 {
		return r
	}
	return &capped{r: unpackAll(names, bufio.NewReader(r)), left: MaxUnpacked}
}

type capped struct {
	r    io.Reader
	left int64
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left == 0 {
		var one [1]byte
		if n, err := io.ReadFull(c.r, one[:]); n == 0 {
			return 0, err
		}
		return 0, ErrTooLarge
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// newLimited unpacks src and ends early, with a note in out, where a limit is
// passed: NoteTooLarge after MaxParsed bytes, or NoteBomb where these go on
// beyond MaxUnpacked.
func newLimited(headers []exchange.Header, src *byteSource, out *Output) io.Reader {
	names := encodings(headers)
	return &limited{r: unpackAll(names, src), packed: len(names) > 0, out: out}
}

type limited struct {
	r      io.Reader
	packed bool
	n      int64
	out    *Output
}

var errLimit = errors.New("a limit was passed")

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	l.n += int64(n)
	if l.n <= MaxParsed {
		return n, err
	}
	for l.packed && err == nil && l.n <= MaxUnpacked {
		n, err = l.r.Read(p)
		l.n += int64(n)
	}
	if l.n > MaxUnpacked && l.packed {
		l.out.note(exchange.NoteBomb)
	} else {
		l.out.note(exchange.NoteTooLarge)
	}
	return 0, errLimit
}

// encodings lists what was done to a body, in that order.
func encodings(headers []exchange.Header) []string {
	var names []string
	for name := range strings.SplitSeq(header(headers, "Content-Encoding"), ",") {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" && name != "identity" {
			names = append(names, name)
		}
	}
	return names
}

func unpackAll(names []string, src byteReader) io.Reader {
	if len(names) > maxEncodings {
		return failing{fmt.Errorf("packed %d times", len(names))}
	}
	var r io.Reader = src
	for i := len(names) - 1; i >= 0; i-- {
		in, ok := r.(byteReader)
		if !ok {
			in = bufio.NewReader(r)
		}
		r = &lazy{name: names[i], in: in}
	}
	return r
}

// byteReader is read by the byte where a format needs no more, so that nothing
// is taken before its time.
type byteReader interface {
	io.Reader
	io.ByteReader
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// lazy begins to unpack at the first read. An empty body is empty.
type lazy struct {
	name string
	in   byteReader
	r    io.Reader
	done func()
}

func (l *lazy) Read(p []byte) (int, error) {
	if l.r == nil {
		first, err := l.in.ReadByte()
		if err != nil {
			return 0, err
		}
		l.open(&unread{byteReader: l.in, first: first, has: true})
	}
	n, err := l.r.Read(p)
	if err != nil && l.done != nil {
		l.done()
		l.r, l.done = failing{err}, nil
	}
	return n, err
}

func (l *lazy) open(in *unread) {
	var err error
	switch l.name {
	case "gzip", "x-gzip":
		l.r, err = gzip.NewReader(in)
	case "deflate":
		// Meant is zlib, sent is sometimes bare deflate. A zlib header's low
		// four bits say 8, which no sane bare stream begins with.
		if in.first&0x0f == 8 {
			l.r, err = zlib.NewReader(in)
		} else {
			l.r = flate.NewReader(in)
		}
	case "br":
		l.r = brotli.NewReader(in)
	case "zstd":
		var d *zstd.Decoder
		d, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(8<<20))
		if err == nil {
			l.r, l.done = d, d.Close
		}
	default:
		err = fmt.Errorf("unknown content encoding %q", l.name)
	}
	if err != nil {
		l.r = failing{err}
	}
}

// unread puts one byte back in front.
type unread struct {
	byteReader
	first byte
	has   bool
}

func (u *unread) ReadByte() (byte, error) {
	if u.has {
		u.has = false
		return u.first, nil
	}
	return u.byteReader.ReadByte()
}

func (u *unread) Read(p []byte) (int, error) {
	if u.has && len(p) > 0 {
		u.has = false
		p[0] = u.first
		return 1, nil
	}
	return u.byteReader.Read(p)
}

// byteSource reads a Source and knows when what was read last had come.
type byteSource struct {
	src Source
	at  int64
	p   []byte
	err error
}

func (s *byteSource) fill() error {
	for len(s.p) == 0 {
		if s.err != nil {
			return s.err
		}
		var at int64
		at, s.p, s.err = s.src.Next()
		if len(s.p) > 0 {
			s.at = at
		}
	}
	return nil
}

func (s *byteSource) Read(p []byte) (int, error) {
	if err := s.fill(); err != nil {
		return 0, err
	}
	n := copy(p, s.p)
	s.p = s.p[n:]
	return n, nil
}

func (s *byteSource) ReadByte() (byte, error) {
	if err := s.fill(); err != nil {
		return 0, err
	}
	b := s.p[0]
	s.p = s.p[1:]
	return b, nil
}

// failed says whether the bytes themselves could not be read.
func (s *byteSource) failed() bool { return s.err != nil && s.err != io.EOF }
