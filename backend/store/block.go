package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"sync"

	"gumshoe/backend/squeeze"
)

// A block is many members – records and pieces – written together, so that what they
// have in common is kept once. Its bytes: blockMark; how the text is written; a
// checksum of what follows; the number of members; the length of each and of its
// numbers; the text of all members; the numbers of all members, which are as short
// as they get. A deleted member has length 0, so that the others keep their places.

const (
	// memberMark begins what stands in a member's own column: the block's number
	// and the member's place in it, as varints. zstd begins with 0x28.
	memberMark = 2
	// maxBlock bounds what is unpacked to read one member, in bytes: what of one
	// request does not fit stays by itself.
	maxBlock = 4 << 20
	// maxFresh is how much text that repeats nothing a block may have for it to be
	// guessed bit by bit: it is read at some 4 MB/s. With more it is zipped.
	maxFresh = 320 << 10
	// maxMembers bounds what damaged bytes can ask for.
	maxMembers = 1 << 16
	// keptBlocks are unpacked ones that were read last.
	keptBlocks = 4
)

// How a block begins, and how its text is written. zstd begins with 0x28.
const (
	blockMark    = 3
	blockHead    = 6
	textZipped   = 0
	textSqueezed = 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// place is where a member is.
type place struct{ block, index int64 }

// column is what stands in a member's own column.
func (p place) column() []byte {
	return binary.AppendUvarint(binary.AppendUvarint([]byte{memberMark}, uint64(p.block)), uint64(p.index))
}

// placed reads what column wrote; false where the bytes stand there themselves.
func placed(data []byte) (p place, ok bool, err error) {
	if len(data) == 0 || data[0] != memberMark {
		return p, false, nil
	}
	block, n := binary.Uvarint(data[1:])
	if n <= 0 {
		return p, true, ErrDamaged
	}
	index, m := binary.Uvarint(data[1+n:])
	if m <= 0 || int64(block) < 0 || int64(index) < 0 {
		return p, true, ErrDamaged
	}
	return place{int64(block), int64(index)}, true, nil
}

// member is one of a block: its text, then its numbers, of which so many bytes are.
type member struct {
	data    []byte
	numbers int
}

// joinBlock writes members. text has the text of all of them, or is nil.
func (s *Store) joinBlock(members []member, text *squeeze.Text) []byte {
	if text == nil {
		text = squeeze.NewText()
		for _, m := range members {
			text.Add(m.data[:len(m.data)-m.numbers])
		}
	}
	how, written := byte(textSqueezed), []byte(nil)
	if text.Fresh() > maxFresh {
		how, written = textZipped, s.dense.EncodeAll(text.Bytes(), nil)
	} else {
		written = text.Squeeze()
	}
	sizes, numbers := make([]int64, len(members)), make([]int64, len(members))
	for i, m := range members {
		sizes[i], numbers[i] = int64(len(m.data)), int64(m.numbers)
	}
	w := squeeze.NewNumbers()
	w.Ints(sizes)
	w.Ints(numbers)
	out := binary.AppendUvarint(make([]byte, blockHead, blockHead+len(written)+8*len(members)), uint64(len(members)))
	for _, part := range [][]byte{w.End(), written} {
		out = append(binary.AppendUvarint(out, uint64(len(part))), part...)
	}
	for _, m := range members {
		out = append(out, m.data[len(m.data)-m.numbers:]...)
	}
	out[0], out[1] = blockMark, how
	binary.LittleEndian.PutUint32(out[2:], crc32.Checksum(out[blockHead:], castagnoli))
	return out
}

// splitBlock reads a block.
func (s *Store) splitBlock(data []byte) ([]member, error) {
	if len(data) < blockHead || data[0] != blockMark {
		plain, err := s.unzip.DecodeAll(data, nil)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return splitZipped(plain)
	}
	rest, h, err := readHead(data)
	if err != nil {
		return nil, err
	}
	return s.fill(h, rest)
}

// head is what stands before the members' bytes.
type head struct {
	how            byte
	text           []byte
	sizes, numbers []int64 // of the members, and how many bytes of each are numbers
}

// readHead reads a block but for its members, and gives their numbers' bytes.
func readHead(data []byte) (rest []byte, h head, err error) {
	if len(data) < blockHead || data[0] != blockMark {
		return nil, h, ErrDamaged
	}
	how, sum, data := data[1], binary.LittleEndian.Uint32(data[2:]), data[blockHead:]
	if crc32.Checksum(data, castagnoli) != sum {
		return nil, h, fmt.Errorf("its checksum differs: %w", ErrDamaged)
	}
	count, n := binary.Uvarint(data)
	if n <= 0 || count > maxMembers {
		return nil, h, ErrDamaged
	}
	var parts [2][]byte
	data = data[n:]
	for i := range parts {
		size, n := binary.Uvarint(data)
		if n <= 0 || size > uint64(len(data)-n) {
			return nil, h, ErrDamaged
		}
		parts[i], data = data[n:n+int(size)], data[n+int(size):]
	}
	r := squeeze.NewReader(parts[0])
	h = head{how, parts[1], r.Ints(int(count)), r.Ints(int(count))}
	if len(h.sizes) != int(count) || len(h.numbers) != int(count) {
		return nil, h, ErrDamaged
	}
	return data, h, nil
}

// fill gives members their bytes.
func (s *Store) fill(h head, data []byte) ([]member, error) {
	sizes, numbers := h.sizes, h.numbers
	size, apart := int64(0), int64(0)
	for i, n := range sizes {
		if numbers[i] < 0 || n < numbers[i] || n > maxBlock {
			return nil, ErrDamaged
		}
		size, apart = size+n, apart+numbers[i]
		if size > maxBlock {
			return nil, ErrDamaged
		}
	}
	if apart != int64(len(data)) {
		return nil, ErrDamaged
	}
	var text []byte
	var err error
	switch h.how {
	case textSqueezed:
		text, err = squeeze.Expand(h.text, int(size-apart), maxFresh)
	case textZipped:
		text, err = s.unzip.DecodeAll(h.text, nil)
	default:
		err = fmt.Errorf("it is written in a way that is not known")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if int64(len(text)) != size-apart {
		return nil, ErrDamaged
	}
	all, members := make([]byte, 0, size), make([]member, len(sizes))
	for i, n := range sizes {
		m := member{numbers: int(numbers[i])}
		from, plain := len(all), int(n)-m.numbers
		all = append(append(all, text[:plain]...), data[:m.numbers]...)
		text, data = text[plain:], data[m.numbers:]
		m.data = all[from:len(all):len(all)]
		members[i] = m
	}
	return members, nil
}

// splitZipped reads a block as it was before there was backend/squeeze: the number
// of members, the length of each, their bytes.
func splitZipped(plain []byte) (members []member, err error) {
	count, n := binary.Uvarint(plain)
	if n <= 0 || count > uint64(len(plain)) {
		return nil, ErrDamaged
	}
	lengths, data := plain[n:], plain[n:]
	for range count {
		_, n := binary.Uvarint(data)
		if n <= 0 {
			return nil, ErrDamaged
		}
		data = data[n:]
	}
	for range count {
		length, n := binary.Uvarint(lengths)
		if length > uint64(len(data)) {
			return nil, ErrDamaged
		}
		members = append(members, member{data: data[:length:length]})
		lengths, data = lengths[n:], data[length:]
	}
	if len(data) > 0 {
		return nil, ErrDamaged
	}
	return members, nil
}

// querier is a connection, or a transaction that has one.
type querier interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// blocks keeps the unpacked blocks that were read last.
type blocks struct {
	mu   sync.Mutex
	last []unpackedBlock // the latest at the end
}

type unpackedBlock struct {
	n       int64
	members []member
}

func (b *blocks) get(n int64) []member {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.last, func(u unpackedBlock) bool { return u.n == n })
	if i < 0 {
		return nil
	}
	u := b.last[i]
	b.last = append(slices.Delete(b.last, i, i+1), u)
	return u.members
}

func (b *blocks) put(n int64, members []member) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = slices.DeleteFunc(b.last, func(u unpackedBlock) bool { return u.n == n })
	if len(b.last) >= keptBlocks {
		b.last = slices.Delete(b.last, 0, len(b.last)-keptBlocks+1)
	}
	b.last = append(b.last, unpackedBlock{n, members})
}

// forget is called after members were deleted.
func (b *blocks) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.last)
	b.last = b.last[:0]
}

// block gives all members of a block, as it was when it was read last.
func (s *Store) block(ctx context.Context, q querier, n int64) ([]member, error) {
	if members := s.blocks.get(n); members != nil {
		return members, nil
	}
	members, err := s.readBlock(ctx, q, n)
	if err == nil {
		s.blocks.put(n, members)
	}
	return members, err
}

func (s *Store) readBlock(ctx context.Context, q querier, n int64) ([]member, error) {
	var data []byte
	if err := q.QueryRowContext(ctx, `SELECT data FROM block WHERE n = ?`, n).Scan(&data); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return nil, fmt.Errorf("block %d is gone: %w", n, ErrNotFound)
		}
		return nil, damaged("reading a block", err)
	}
	members, err := s.splitBlock(data)
	if err != nil {
		return nil, fmt.Errorf("block %d can't be read: %w", n, err)
	}
	return members, nil
}

// plain gives the bytes that a column of a record or piece stands for. They may
// not be changed.
func (s *Store) plain(ctx context.Context, q querier, data []byte) ([]byte, error) {
	p, ok, err := placed(data)
	if err != nil {
		return nil, err
	}
	if !ok {
		return s.unpress(data)
	}
	members, err := s.block(ctx, q, p.block)
	if err != nil {
		return nil, err
	}
	if p.index >= int64(len(members)) || len(members[p.index].data) == 0 {
		return nil, fmt.Errorf("it is no longer in block %d: %w", p.block, ErrNotFound)
	}
	return members[p.index].data, nil
}
