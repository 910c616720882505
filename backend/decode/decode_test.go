package decode

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
)

// spy is a dialect that keeps what it is given.
type spy struct {
	body    []byte
	meta    wire.ReplyMeta
	reply   []byte
	at      []int64
	whole   bool
	closed  bool
	answer  wire.Reply
	failing bool
	panics  bool
}

func (s *spy) Operation(exchange.Kind, string, string) (exchange.API, bool) { return "", false }

func (s *spy) Request(_ wire.RequestMeta, body []byte) (wire.Request, error) {
	s.body = body
	if s.failing {
		return wire.Request{Model: "half"}, errors.New("no")
	}
	yes := true
	return wire.Request{Model: "m", Stream: &yes}, nil
}

func (s *spy) Reply(_ exchange.API, meta wire.ReplyMeta) wire.Assembler {
	s.meta = meta
	return s
}

func (s *spy) Write(at int64, p []byte) {
	if s.panics {
		panic("strange bytes")
	}
	for range p {
		s.at = append(s.at, at)
	}
	s.reply = append(s.reply, p...)
}

func (s *spy) Close(whole bool) wire.Reply {
	s.whole, s.closed = whole, true
	return s.answer
}

func (s *spy) dialect(exchange.Kind, string, string) (exchange.API, wire.Dialect) {
	return exchange.OllamaChat, s
}

func unknown(exchange.Kind, string, string) (exchange.API, wire.Dialect) { return "", nil }

func pack(t *testing.T, encoding string, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch encoding {
	case "gzip", "x-gzip":
		w = gzip.NewWriter(&out)
	case "deflate":
		w = zlib.NewWriter(&out)
	case "bare deflate":
		w, err = flate.NewWriter(&out, 6)
	case "br":
		w = brotli.NewWriter(&out)
	case "zstd":
		w, err = zstd.NewWriter(&out)
	default:
		return b
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func encoded(encoding string) []exchange.Header {
	return []exchange.Header{{Name: "content-encoding", Value: encoding}, {Name: "content-type", Value: "text/x; a=b"}}
}

func input(requestHeaders, replyHeaders []exchange.Header, request, reply []byte) Input {
	return Input{
		Start:   exchange.Start{Method: "POST", Headers: requestHeaders},
		Head:    &exchange.Head{Status: 200, Headers: replyHeaders, ContentLength: -1},
		Request: bytes.NewReader(request), Reply: Pieces(nil, bytes.NewReader(reply)),
		RequestWhole: true, ReplyWhole: true,
	}
}

func hasNote(out Output, n exchange.Note) bool {
	for _, have := range out.Notes {
		if have == n {
			return true
		}
	}
	return false
}

func TestEveryEncoding(t *testing.T) {
	request, reply := []byte(strings.Repeat("What? ", 9000)), []byte(strings.Repeat("That! ", 50000))
	for _, c := range []struct{ header, how string }{
		{"", ""}, {"identity", ""}, {"gzip", "gzip"}, {"X-GZip", "gzip"}, {"deflate", "deflate"},
		{"deflate", "bare deflate"}, {"br", "br"}, {"zstd", "zstd"},
	} {
		s := &spy{answer: wire.Reply{Ended: true}}
		out, err := Exchange(input(encoded(c.header), encoded(c.header), pack(t, c.how, request), pack(t, c.how, reply)), s.dialect)
		if err != nil || len(out.Notes) > 0 || !out.RequestRead || !out.ReplyRead || !s.whole {
			t.Errorf("%s: %v, %+v, whole %v", c.how, err, out, s.whole)
		}
		if !bytes.Equal(s.body, request) || !bytes.Equal(s.reply, reply) {
			t.Errorf("%s: unpacked to %d and %d bytes", c.how, len(s.body), len(s.reply))
		}
		if s.meta.ContentType != "text/x; a=b" || s.meta.StreamAsked == nil {
			t.Errorf("%s: meta is %+v", c.how, s.meta)
		}
		got, err := io.ReadAll(Unpack(encoded(c.header), bytes.NewReader(pack(t, c.how, reply))))
		if err != nil || !bytes.Equal(got, reply) {
			t.Errorf("%s: Unpack gives %d bytes, %v", c.how, len(got), err)
		}
	}
	twice := pack(t, "br", pack(t, "gzip", reply))
	s := &spy{}
	if out, err := Exchange(input(nil, encoded("gzip, br"), nil, twice), s.dialect); err != nil || !bytes.Equal(s.reply, reply) {
		t.Errorf("packed twice: %v, %+v", err, out.Notes)
	}
}

func TestArrivalsSurviveUnpacking(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	var chunks []exchange.Chunk
	var want []int64
	for i := range 20 {
		before := packed.Len()
		if _, err := w.Write([]byte("abc")); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		chunks = append(chunks, exchange.Chunk{At: int64(i) * 1000, Len: int64(packed.Len() - before)})
		want = append(want, int64(i)*1000, int64(i)*1000, int64(i)*1000)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	s := &spy{}
	in := input(nil, encoded("gzip"), nil, nil)
	in.Reply = Pieces(chunks, bytes.NewReader(packed.Bytes()))
	if _, err := Exchange(in, s.dialect); err != nil {
		t.Fatal(err)
	}
	if len(s.at) != len(want) {
		t.Fatalf("%d bytes came, want %d", len(s.at), len(want))
	}
	for i := range want {
		if s.at[i] != want[i] {
			t.Fatalf("byte %d came at %d, want %d", i, s.at[i], want[i])
		}
	}
}

func TestPackedRubbishIsANote(t *testing.T) {
	good := pack(t, "gzip", []byte(strings.Repeat("hello ", 1000)))
	for name, c := range map[string]struct {
		encoding string
		body     []byte
	}{
		"not gzip": {"gzip", []byte("hello")}, "cut gzip": {"gzip", good[:len(good)-9]}, "unknown": {"lzma", []byte("x")},
		"not zstd": {"zstd", []byte("hello")}, "not deflate": {"deflate", []byte("\x08hello")}, "not br": {"br", []byte("\xff\xff\xff\xff")},
		"packed too often": {"br,br,br,br", []byte("x")},
	} {
		s := &spy{}
		out, err := Exchange(input(encoded(c.encoding), encoded(c.encoding), c.body, c.body), s.dialect)
		if err != nil || s.whole || !s.closed || !hasNote(out, exchange.NoteUnreadable) {
			t.Errorf("%s: %v, %+v, whole %v", name, err, out.Notes, s.whole)
		}
	}
	s := &spy{}
	if out, err := Exchange(input(encoded("gzip"), encoded("gzip"), nil, nil), s.dialect); err != nil || len(out.Notes) > 0 || !s.whole {
		t.Errorf("empty bodies: %v, %+v", err, out.Notes)
	}
}

// zeros gives n zero bytes.
func zeros(n int64) io.Reader { return io.LimitReader(zeroReader{}, n) }

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func bomb(t *testing.T, encoding string, n int64) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	if encoding == "zstd" {
		w, err = zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	} else {
		w, err = gzip.NewWriterLevel(&out, gzip.BestSpeed)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, zeros(n)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// drop is a dialect that keeps nothing.
type drop struct{}

func (drop) Operation(exchange.Kind, string, string) (exchange.API, bool) { return "", false }

func (drop) Request(wire.RequestMeta, []byte) (wire.Request, error) { return wire.Request{}, nil }
func (drop) Reply(exchange.API, wire.ReplyMeta) wire.Assembler      { return drop{} }
func (drop) Write(int64, []byte)                                    {}
func (drop) Close(bool) wire.Reply                                  { return wire.Reply{} }
func dropping(exchange.Kind, string, string) (exchange.API, wire.Dialect) {
	return exchange.OllamaChat, drop{}
}

func TestLimits(t *testing.T) {
	for _, encoding := range []string{"gzip", "zstd"} {
		big, huge := bomb(t, encoding, MaxParsed+1), bomb(t, encoding, MaxUnpacked+8<<20)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		out, err := Exchange(input(encoded(encoding), encoded(encoding), huge, huge), dropping)
		runtime.ReadMemStats(&after)
		if err != nil || out.RequestRead || out.ReplyRead || !hasNote(out, exchange.NoteBomb) || hasNote(out, exchange.NoteTooLarge) {
			t.Errorf("%s bomb: %v, %+v", encoding, err, out)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 12*MaxParsed {
			t.Errorf("%s bomb: %d bytes allocated", encoding, used)
		}
		out, err = Exchange(input(nil, encoded(encoding), nil, big), dropping)
		if err != nil || !out.RequestRead || out.ReplyRead || !hasNote(out, exchange.NoteTooLarge) || hasNote(out, exchange.NoteBomb) {
			t.Errorf("%s, large: %v, %+v", encoding, err, out)
		}
		if n, err := io.Copy(io.Discard, Unpack(encoded(encoding), bytes.NewReader(huge))); n != MaxUnpacked || !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: Unpack gives %d bytes, %v", encoding, n, err)
		}
	}
	in := input(nil, nil, nil, nil)
	in.Request, in.Reply = zeros(100<<20), Pieces(nil, zeros(MaxParsed))
	out, err := Exchange(in, dropping)
	if err != nil || out.RequestRead || !out.ReplyRead || !hasNote(out, exchange.NoteTooLarge) || hasNote(out, exchange.NoteBomb) {
		t.Errorf("bare bytes: %v, %+v", err, out)
	}
	in.RequestLen, in.ReplyLen, in.Request, in.Reply = 100<<20, 100<<20, nil, nil
	if out, err = Exchange(in, dropping); err != nil || out.RequestRead || out.ReplyRead || !hasNote(out, exchange.NoteTooLarge) {
		t.Errorf("announced sizes: %v, %+v", err, out)
	}
}

func TestPanicsAndBadBodiesBecomeNotes(t *testing.T) {
	s := &spy{panics: true, failing: true}
	out, err := Exchange(input(nil, nil, []byte("x"), []byte("y")), s.dialect)
	if err != nil || out.ReplyRead || !hasNote(out, exchange.NoteUnreadable) || !hasNote(out, exchange.NoteBadRequestBody) || out.Request.Model != "half" {
		t.Errorf("%v, %+v", err, out)
	}
	in := input(nil, nil, []byte("x"), nil)
	in.RequestWhole = false
	if out, _ := Exchange(in, (&spy{failing: true}).dialect); hasNote(out, exchange.NoteBadRequestBody) {
		t.Error("half a request was called bad")
	}
	in = input(nil, nil, nil, nil)
	in.Start.Method = "GET"
	if out, _ := Exchange(in, (&spy{failing: true}).dialect); hasNote(out, exchange.NoteBadRequestBody) {
		t.Error("a GET without a body was called bad")
	}
}

func TestUnknownErrorsAreWorded(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":"no such model"}`: "no such model", `{"error":{"message":"bad key"}}`: "bad key",
		`{"error":7}`: "", `<html>`: "", `{}`: "",
	} {
		in := input(nil, encoded("gzip"), nil, pack(t, "gzip", []byte(body)))
		in.Head.Status = 404
		if out, err := Exchange(in, unknown); err != nil || out.Reply.Error != want || out.ReplyRead {
			t.Errorf("%s: %q, %v", body, out.Reply.Error, err)
		}
	}
}

func TestReadErrorsAreErrors(t *testing.T) {
	broken := errors.New("disk gone")
	in := input(nil, nil, nil, nil)
	in.Request = io.MultiReader(strings.NewReader("x"), failing{broken})
	in.Reply = Pieces(nil, failing{broken})
	if _, err := Exchange(in, dropping); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestWhole(t *testing.T) {
	rec := exchange.Record{Head: &exchange.Head{Status: 200, ContentLength: 10}, End: exchange.End{State: exchange.OK}}
	rec.ResponseBytes = 10
	if !Whole(rec) {
		t.Error("a whole reply is not")
	}
	rec.ResponseBytes = 9
	if Whole(rec) || !Short(rec) {
		t.Error("a short reply is whole")
	}
	rec.Start.Method = "HEAD"
	if !Whole(rec) || Short(rec) {
		t.Error("a reply to HEAD is short")
	}
}

func TestStoredSurvivesOddChunks(t *testing.T) {
	rec := exchange.Record{
		Head: &exchange.Head{Status: 200, ContentLength: -1}, End: exchange.End{State: exchange.OK},
		Chunks: []exchange.Chunk{{At: 1, Len: -5}, {At: 2, Len: 0}, {At: 3, Len: 2}, {At: 4, Len: 1 << 60}},
	}
	s := &spy{}
	if _, err := Stored(rec, strings.NewReader(""), strings.NewReader("abcd"), s.dialect); err != nil {
		t.Fatal(err)
	}
	if string(s.reply) != "abcd" || s.at[0] != 3 || s.at[1] != 3 || s.at[2] != 4 {
		t.Errorf("got %q at %v", s.reply, s.at)
	}
}
