// Package decode turns the exact bytes of a request and its reply back into
// what they said: it unpacks them and hands them to their dialect. The recorder
// uses it once for an exchange, the API again for each detail that is shown.
//
// Memory is bounded whatever comes: at most MaxParsed bytes of a body are held,
// and unpacking stops after MaxUnpacked. A body that can't be read is a note,
// never an error and never a panic.
//
// Test it with: go test ./backend/decode
package decode

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
)

const (
	// MaxParsed is the largest unpacked body that is parsed, in bytes.
	MaxParsed = 32 << 20
	// MaxUnpacked is where unpacking stops, in bytes.
	MaxUnpacked = 64 << 20
	// maxErrorBody is how much of an error's body is looked at where no dialect
	// is known.
	maxErrorBody = 64 << 10
)

// DialectFunc says which operation a request is and who reads it; nil where
// nobody does.
type DialectFunc func(kind exchange.Kind, method, path string) (exchange.API, wire.Dialect)

// Source gives a body piece by piece.
type Source interface {
	// Next returns the next bytes, valid until the following call, and their
	// arrival in microseconds after the exchange's start; io.EOF at the end.
	Next() (at int64, p []byte, err error)
}

// Input is what is kept of one exchange.
type Input struct {
	Start   exchange.Start
	Head    *exchange.Head // nil where no reply came
	Request io.Reader
	Reply   Source
	// RequestLen and ReplyLen are the sizes of the bodies as they lie, in
	// bytes; 0 where they are not known.
	RequestLen, ReplyLen int64
	// Brief cuts long strings (an image) and gives up earlier, so that any body
	// is read in a few MB of memory.
	Brief bool
	// Buffer is lent for the time of the call; nil makes one.
	Buffer []byte
	// RequestWhole and ReplyWhole say whether the bodies came to their end.
	RequestWhole, ReplyWhole bool
}

// Output is what the bytes said.
type Output struct {
	API exchange.API // "" where it is not understood
	// RequestRead and ReplyRead say that a dialect has read the body; the
	// fields beside them are zero otherwise.
	RequestRead, ReplyRead bool
	Request                wire.Request
	Reply                  wire.Reply
	Notes                  []exchange.Note
}

// Exchange reads one exchange. The error is one of reading the bodies' bytes,
// not of what they say; the output then holds what was read before it.
func Exchange(in Input, dialect DialectFunc) (out Output, err error) {
	api, d := dialect(in.Start.Kind, in.Start.Method, in.Start.Path)
	out.API = api
	if d == nil {
		err := out.errorOnly(in)
		return out, err
	}
	errRequest := out.request(in, d)
	errReply := out.reply(in, d)
	return out, errors.Join(errRequest, errReply)
}

// Stored reads a stored exchange; request and reply give its exact bytes.
func Stored(rec exchange.Record, request, reply io.Reader, dialect DialectFunc) (Output, error) {
	return Exchange(Input{
		Start: rec.Start, Head: rec.Head, Request: request, Reply: Pieces(rec.Chunks, reply),
		RequestLen: rec.RequestBytes, ReplyLen: rec.ResponseBytes,
		RequestWhole: rec.SentAt != nil, ReplyWhole: Whole(rec),
	}, dialect)
}

// Whole says whether a record's reply came to its proper end: the transport
// saw it, nothing is missing from the record, and no fewer bytes came than were
// announced.
func Whole(rec exchange.Record) bool {
	return rec.End.State == exchange.OK && !rec.End.Gap && rec.Head != nil && !Short(rec)
}

// Short says whether fewer bytes of the reply came than were announced.
func Short(rec exchange.Record) bool {
	return rec.Head != nil && hasBody(rec.Start.Method, rec.Head.Status) && rec.ResponseBytes < rec.Head.ContentLength
}

func hasBody(method string, status int) bool {
	return method != http.MethodHead && status >= 200 &&
		status != http.StatusNoContent && status != http.StatusNotModified
}

// bufferFor is the size of a buffer to read n bytes with.
func bufferFor(n int64) int64 { return min(max(n+1, 4<<10), 64<<10) }

// readAll reads a whole body of about n bytes.
func (in Input) readAll(r io.Reader, n int64) ([]byte, error) {
	limit := n
	if in.Brief {
		limit = min(n, 1<<20)
	}
	body := make([]byte, 0, max(0, limit)+bytes.MinRead)
	cut := in.cutter(in.Start.Headers, n)
	for {
		body = slices.Grow(body, bytes.MinRead)
		got, err := r.Read(body[len(body):cap(body)])
		p := body[len(body) : len(body)+got]
		if cut != nil {
			p = cut(p)
		}
		body = body[:len(body)+len(p)]
		if err == io.EOF {
			return body, nil
		}
		if err != nil || in.Brief && len(body) > maxBrief {
			return body, err
		}
	}
}

// cutter shortens the long strings of a brief reading; nil where a body of n
// bytes can't have any.
func (in Input) cutter(headers []exchange.Header, n int64) func([]byte) []byte {
	if !in.Brief || n <= maxString && len(encodings(headers)) == 0 {
		return nil
	}
	return new(elider).cut
}

func (out *Output) note(n exchange.Note) {
	for _, have := range out.Notes {
		if have == n {
			return
		}
	}
	out.Notes = append(out.Notes, n)
}

func (out *Output) request(in Input, d wire.Dialect) (err error) {
	defer out.survive(&out.RequestRead, exchange.NoteBadRequestBody)
	if in.RequestLen > MaxParsed {
		out.note(exchange.NoteTooLarge)
		return nil
	}
	src := &byteSource{src: &readerSource{r: in.Request, size: bufferFor(in.RequestLen), buf: in.Buffer}}
	body, err := in.readAll(newLimited(in.Start.Headers, src, out), in.RequestLen)
	if src.failed() {
		return fmt.Errorf("reading a request body: %w", src.err)
	}
	if in.Brief && len(body) > maxBrief {
		out.note(exchange.NoteTooLarge)
		return nil
	}
	if err == errLimit {
		return nil
	}
	if len(body) == 0 && err == nil && (in.Start.Method == http.MethodGet || in.Start.Method == http.MethodHead) {
		return nil
	}
	request, errBody := d.Request(wire.RequestMeta{API: out.API, Path: in.Start.Path, ContentType: header(in.Start.Headers, "Content-Type")}, body)
	out.Request, out.RequestRead = request, true
	if (err != nil || errBody != nil) && in.RequestWhole {
		out.note(exchange.NoteBadRequestBody)
	}
	return nil
}

func (out *Output) reply(in Input, d wire.Dialect) (err error) {
	if in.Head == nil || !hasBody(in.Start.Method, in.Head.Status) {
		return nil
	}
	if in.ReplyLen > MaxParsed {
		out.note(exchange.NoteTooLarge)
		return nil
	}
	defer out.survive(&out.ReplyRead, exchange.NoteUnreadable)
	assembler := d.Reply(out.API, wire.ReplyMeta{
		Status: in.Head.Status, ContentType: header(in.Head.Headers, "Content-Type"), StreamAsked: out.Request.Stream,
	})
	src := &byteSource{src: in.Reply}
	body := newLimited(in.Head.Headers, src, out)
	buf := in.Buffer
	if len(buf) == 0 {
		buf = make([]byte, bufferFor(in.ReplyLen))
	}
	var errBody error
	cut := in.cutter(in.Head.Headers, in.ReplyLen)
	held := 0
	for errBody == nil {
		var n int
		if n, errBody = body.Read(buf); n > 0 {
			p := buf[:n]
			if cut != nil {
				p = cut(p)
			}
			if held += len(p); in.Brief && held > maxBrief {
				out.note(exchange.NoteTooLarge)
				return nil
			}
			assembler.Write(src.at, p)
		}
	}
	if src.failed() {
		return fmt.Errorf("reading a reply body: %w", src.err)
	}
	if errBody == errLimit {
		return nil
	}
	sound := errBody == io.EOF
	out.Reply, out.ReplyRead = assembler.Close(in.ReplyWhole && sound), true
	unpacked := sound || out.Reply.Ended || out.Reply.Stream
	if in.ReplyWhole && in.Head.Status < 400 && (out.Reply.Unreadable || !unpacked) {
		out.note(exchange.NoteUnreadable)
	}
	return nil
}

// survive turns a dialect's panic into a note: one strange exchange must not
// stop the recording of all others.
func (out *Output) survive(read *bool, n exchange.Note) {
	if recover() != nil {
		*read = false
		out.note(n)
	}
}

// errorOnly looks for the message of an error that no dialect reads.
func (out *Output) errorOnly(in Input) error {
	if in.Head == nil || in.Head.Status < 400 || !hasBody(in.Start.Method, in.Head.Status) {
		return nil
	}
	src := &byteSource{src: in.Reply}
	body, _ := io.ReadAll(io.LimitReader(newLimited(in.Head.Headers, src, &Output{}), maxErrorBody))
	if src.failed() {
		return fmt.Errorf("reading a reply body: %w", src.err)
	}
	var doc struct{ Error json.RawMessage }
	if json.Unmarshal(bytes.TrimSpace(body), &doc) != nil {
		return nil
	}
	var text string
	var object struct{ Message string }
	if json.Unmarshal(doc.Error, &text) != nil && json.Unmarshal(doc.Error, &object) == nil {
		text = object.Message
	}
	out.Reply.Error = text
	return nil
}

// header joins the values of a field with commas.
func header(headers []exchange.Header, name string) string {
	var values []string
	for _, h := range headers {
		if strings.EqualFold(h.Name, name) {
			values = append(values, h.Value)
		}
	}
	return strings.Join(values, ", ")
}

// Pieces cuts what r gives into chunks by their recorded lengths; what comes
// after them has the arrival of the last.
func Pieces(chunks []exchange.Chunk, r io.Reader) Source {
	return &readerSource{r: bufio.NewReaderSize(r, pieceSize), chunks: chunks, size: pieceSize}
}

const pieceSize = 64 << 10

type readerSource struct {
	r      io.Reader
	chunks []exchange.Chunk
	size   int64 // of buf
	left   int64 // of the chunk that is being given
	at     int64
	buf    []byte
}

func (s *readerSource) Next() (int64, []byte, error) {
	if len(s.buf) == 0 {
		s.buf = make([]byte, s.size)
	}
	for s.left <= 0 && len(s.chunks) > 0 {
		s.at, s.left = s.chunks[0].At, s.chunks[0].Len
		s.chunks = s.chunks[1:]
	}
	n := int64(len(s.buf))
	if s.left > 0 {
		n = min(n, s.left)
	}
	got, err := s.r.Read(s.buf[:n])
	s.left -= int64(got)
	if got > 0 {
		err = nil // comes again with the next read
	}
	return s.at, s.buf[:got], err
}
