package exchange

import (
	"encoding/binary"
	"encoding/json"
	"errors"
)

// The journal and the log keep Start, Head and End in a short binary form: JSON
// took a tenth of what it costs to record a small exchange. What earlier versions
// wrote as JSON is read, too: it begins with a brace, the binary form with
// binaryForm.
//
// The form is the fields in the order in which the append methods below write
// them: a string or list after its length or count, both unsigned varints,
// numbers as signed varints. Later fields may follow, and are then written by a
// later form.
const binaryForm = 1

// errForm says that bytes are no Start, Head or End.
var errForm = errors.New("not in the form of a journal's description")

// AppendBinary appends the journal's form of s to b. The error is always nil.
func (s Start) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, binaryForm)
	for _, t := range [...]string{s.Upstream, string(s.Kind), s.Method, s.Path, s.Query, s.URL, s.Remote, s.RequestID, s.PriceModel} {
		b = appendText(b, t)
	}
	b = appendHeaders(b, s.Headers)
	b = binary.AppendVarint(b, s.ContentLength)
	b = append(b, flags(s.OmitRequest, s.OmitReply, s.Claims != nil, s.Claims != nil && s.Claims.Verified))
	b = binary.AppendUvarint(b, uint64(len(s.Notes)))
	for _, n := range s.Notes {
		b = appendText(b, string(n))
	}
	if c := s.Claims; c != nil {
		for _, t := range [...]string{c.Subject, c.Email, c.Name, c.Role} {
			b = appendText(b, t)
		}
	}
	return b, nil
}

// UnmarshalBinary reads what AppendBinary wrote, or JSON. It keeps nothing of b.
func (s *Start) UnmarshalBinary(b []byte) error {
	r, ok := open(b)
	if !ok {
		return json.Unmarshal(b, s)
	}
	for _, t := range [...]*string{&s.Upstream, (*string)(&s.Kind), &s.Method, &s.Path, &s.Query, &s.URL, &s.Remote, &s.RequestID, &s.PriceModel} {
		*t = r.text()
	}
	s.Headers = r.headers()
	s.ContentLength = r.number()
	f := r.byte()
	s.OmitRequest, s.OmitReply = f&1 != 0, f&2 != 0
	for range r.count() {
		s.Notes = append(s.Notes, Note(r.text()))
	}
	if f&4 != 0 {
		s.Claims = &Claims{Verified: f&8 != 0}
		for _, t := range [...]*string{&s.Claims.Subject, &s.Claims.Email, &s.Claims.Name, &s.Claims.Role} {
			*t = r.text()
		}
	}
	return r.err()
}

// AppendBinary appends the journal's form of h to b. The error is always nil.
func (h Head) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, binaryForm)
	b = binary.AppendVarint(b, int64(h.Status))
	b = appendHeaders(b, h.Headers)
	b = binary.AppendVarint(b, h.ContentLength)
	return append(b, flags(h.Own, h.UsageAsked)), nil
}

// UnmarshalBinary reads what AppendBinary wrote, or JSON. It keeps nothing of b.
func (h *Head) UnmarshalBinary(b []byte) error {
	r, ok := open(b)
	if !ok {
		return json.Unmarshal(b, h)
	}
	h.Status, h.Headers, h.ContentLength = int(r.number()), r.headers(), r.number()
	f := r.byte()
	h.Own, h.UsageAsked = f&1 != 0, f&2 != 0
	return r.err()
}

// AppendBinary appends the journal's form of e to b. The error is always nil.
func (e End) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, binaryForm)
	b = appendText(appendText(appendText(b, string(e.State)), e.Error), e.Model)
	b = appendHeaders(b, e.Trailers)
	b = binary.AppendVarint(binary.AppendVarint(b, e.Sent), e.Received)
	return append(b, flags(e.Gap)), nil
}

// UnmarshalBinary reads what AppendBinary wrote, or JSON. It keeps nothing of b.
func (e *End) UnmarshalBinary(b []byte) error {
	r, ok := open(b)
	if !ok {
		return json.Unmarshal(b, e)
	}
	e.State, e.Error, e.Model = State(r.text()), r.text(), r.text()
	e.Trailers = r.headers()
	e.Sent, e.Received = r.number(), r.number()
	e.Gap = r.byte()&1 != 0
	return r.err()
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendHeaders(b []byte, list []Header) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, h := range list {
		b = appendText(appendText(b, h.Name), h.Value)
	}
	return b
}

func flags(list ...bool) (b byte) {
	for i, set := range list {
		if set {
			b |= 1 << i
		}
	}
	return b
}

// reader takes fields from the front. Texts share one copy of the bytes.
type reader struct {
	rest string
	bad  bool
}

// open is a reader behind the mark of the form; ok is false where there is none.
func open(b []byte) (r reader, ok bool) {
	if len(b) == 0 || b[0] != binaryForm {
		return r, false
	}
	return reader{rest: string(b[1:])}, true
}

func (r *reader) err() error {
	if r.bad {
		return errForm
	}
	return nil
}

func (r *reader) byte() (b byte) {
	if r.rest == "" {
		r.bad = true
		return 0
	}
	b, r.rest = r.rest[0], r.rest[1:]
	return b
}

func (r *reader) unsigned() (v uint64) {
	for shift := 0; shift < 64; shift += 7 {
		b := r.byte()
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
	r.bad = true
	return 0
}

func (r *reader) number() int64 {
	v := r.unsigned()
	return int64(v>>1) ^ -int64(v&1)
}

// count is a number of things that follow, each of a byte at least.
func (r *reader) count() int {
	n := r.unsigned()
	if n > uint64(len(r.rest)) {
		r.bad = true
	}
	if r.bad {
		return 0
	}
	return int(n)
}

func (r *reader) text() (s string) {
	n := r.count()
	s, r.rest = r.rest[:n], r.rest[n:]
	return s
}

func (r *reader) headers() []Header {
	n := r.count()
	if n == 0 {
		return nil
	}
	list := make([]Header, 0, min(n, len(r.rest)/2+1))
	for range n {
		if r.bad {
			return nil
		}
		list = append(list, Header{Name: r.text(), Value: r.text()})
	}
	return list
}
