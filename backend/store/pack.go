package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"gumshoe/backend/exchange"
	"gumshoe/backend/squeeze"
)

// packed is what is kept of an exchange beside its row.
type packed struct {
	start  exchange.Start
	head   *exchange.Head
	end    exchange.End
	chunks []exchange.Chunk
	sentAt *int64
	// request and reply are manifests: a sequence of entries, each an unsigned
	// varint v. v even: piece number v/2. v odd: v/2 bytes of the body follow.
	request, reply       []byte
	requestLen, replyLen int64
}

// The versions of a packed record: as it is saved; as it is settled; as it was
// settled when its numbers stood among its text.
const (
	asSaved    = 1
	asMixed    = 2
	asSqueezed = 3
)

// How the reply of a settled record is written, as bits.
const (
	replyFolded = 1 // the reply is one text, as columns
	chunkLines  = 2 // its chunks are its lines
	chunkTimed  = 4 // their times are what they are after those that the lines name
)

// pack appends to into a version byte and the fields, each after its length.
func (p *packed) pack(into []byte) ([]byte, error) {
	return p.write(into, asSaved, packChunks(p.chunks), p.reply, nil)
}

// squeeze is pack with the lines of a stream and the times of its chunks as columns,
// whose numbers follow.
func (p *packed) squeeze() (member, error) {
	reply, w, how := p.foldReply()
	text, err := p.write(nil, asSqueezed, nil, reply, binary.AppendVarint(nil, how))
	if err != nil {
		return member{}, err
	}
	numbers := w.End()
	return member{append(text, numbers...), len(numbers)}, nil
}

func (p *packed) write(into []byte, version byte, chunks, reply, more []byte) ([]byte, error) {
	start, errStart := p.start.AppendBinary(nil)
	end, errEnd := p.end.AppendBinary(nil)
	var head []byte
	var errHead error
	if p.head != nil {
		head, errHead = p.head.AppendBinary(nil)
	}
	if err := errors.Join(errStart, errEnd, errHead); err != nil {
		return nil, fmt.Errorf("describing it: %w", err)
	}
	var numbers []byte
	if p.sentAt != nil {
		numbers = binary.AppendVarint(numbers, *p.sentAt)
	} else {
		numbers = binary.AppendVarint(numbers, -1)
	}
	numbers = binary.AppendVarint(numbers, p.requestLen)
	numbers = binary.AppendVarint(numbers, p.replyLen)
	numbers = append(numbers, more...)
	out := slices.Grow(into, 64+len(numbers)+len(start)+len(head)+len(end)+len(chunks)+len(p.request)+len(reply))
	out = append(out, version)
	for _, field := range [][]byte{numbers, start, head, end, chunks, p.request, reply} {
		out = binary.AppendUvarint(out, uint64(len(field)))
		out = append(out, field...)
	}
	return out, nil
}

// unpack reads what pack or squeeze wrote.
func unpack(b []byte) (p packed, err error) {
	version, fields, rest, err := fieldsOf(b)
	if err != nil {
		return p, err
	}
	numbers := fields[0]
	values := make([]int64, 3, 4)
	if version != asSaved {
		values = values[:4]
	}
	for i := range values {
		v, used := binary.Varint(numbers)
		if used <= 0 {
			return p, ErrDamaged
		}
		values[i], numbers = v, numbers[used:]
	}
	if values[0] >= 0 {
		p.sentAt = &values[0]
	}
	p.requestLen, p.replyLen = values[1], values[2]
	err = errors.Join(p.start.UnmarshalBinary(fields[1]), p.end.UnmarshalBinary(fields[3]))
	if len(fields[2]) > 0 {
		p.head = &exchange.Head{}
		err = errors.Join(err, p.head.UnmarshalBinary(fields[2]))
	}
	if err != nil {
		return p, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	p.request = fields[5]
	switch version {
	case asSqueezed:
		return p, p.unfoldReply(fields[6], squeeze.NewReader(rest), values[3])
	case asMixed:
		return p, p.unfoldMixed(fields[6], fields[4], values[3])
	}
	p.chunks, p.reply = unpackChunks(fields[4]), fields[6]
	return p, nil
}

// manifests gives the manifests of a packed record, but for that of a reply which
// names no pieces: what a deletion needs of it.
func manifests(b []byte) (request, reply []byte, err error) {
	version, fields, _, err := fieldsOf(b)
	if err != nil {
		return nil, nil, err
	}
	if version != asSaved {
		numbers := fields[0]
		for range 3 {
			_, used := binary.Varint(numbers)
			if used <= 0 {
				return nil, nil, ErrDamaged
			}
			numbers = numbers[used:]
		}
		if how, used := binary.Varint(numbers); used <= 0 || how&replyFolded != 0 {
			return fields[5], nil, nil
		}
	}
	return fields[5], fields[6], nil
}

// fieldsOf cuts a packed record into its fields and what follows them.
func fieldsOf(b []byte) (version byte, fields [7][]byte, rest []byte, err error) {
	if len(b) == 0 || b[0] < asSaved || b[0] > asSqueezed {
		return 0, fields, nil, ErrDamaged
	}
	version, rest = b[0], b[1:]
	for i := range fields {
		n, used := binary.Uvarint(rest)
		if used <= 0 || n > uint64(len(rest)-used) {
			return 0, fields, nil, ErrDamaged
		}
		fields[i], rest = rest[used:used+int(n)], rest[used+int(n):]
	}
	return version, fields, rest, nil
}

// entry reads the first entry of a manifest: a piece's number, or bytes.
func entry(manifest []byte) (piece int64, literal, rest []byte, err error) {
	v, used := binary.Uvarint(manifest)
	if used <= 0 {
		return 0, nil, nil, ErrDamaged
	}
	rest = manifest[used:]
	if v&1 == 0 {
		return int64(v >> 1), nil, rest, nil
	}
	n := v >> 1
	if n > uint64(len(rest)) {
		return 0, nil, nil, ErrDamaged
	}
	return 0, rest[:n], rest[n:], nil
}

// packChunks writes chunk times and sizes as varints, times as differences.
func packChunks(chunks []exchange.Chunk) []byte {
	out := make([]byte, 0, 4*len(chunks))
	last := int64(0)
	for _, c := range chunks {
		out = binary.AppendVarint(out, c.At-last)
		out = binary.AppendUvarint(out, uint64(c.Len))
		last = c.At
	}
	return out
}

func unpackChunks(b []byte) []exchange.Chunk {
	var out []exchange.Chunk
	last := int64(0)
	for len(b) > 0 {
		d, n := binary.Varint(b)
		if n <= 0 {
			return out
		}
		size, m := binary.Uvarint(b[n:])
		if m <= 0 {
			return out
		}
		last += d
		out = append(out, exchange.Chunk{At: last, Len: int64(size)})
		b = b[n+m:]
	}
	return out
}
