package store

import (
	"encoding/binary"
	"fmt"
	"slices"

	"gumshoe/backend/columns"
	"gumshoe/backend/exchange"
	"gumshoe/backend/squeeze"
)

// foldReply writes the reply as columns, and apart from them its numbers and its
// chunks; how says what of it was possible.
func (p *packed) foldReply() (reply []byte, w *squeeze.Numbers, how int64) {
	reply = p.reply
	n, literal, rest, err := entry(p.reply)
	whole := len(p.reply) > 0 && err == nil && n == 0 && len(rest) == 0 && len(literal) <= smallStream
	folded, w, ok := columns.Fold(literal)
	if whole && ok {
		reply, how = folded, replyFolded
	} else {
		w = squeeze.NewNumbers()
	}
	at, sizes := make([]int64, len(p.chunks)), make([]int64, len(p.chunks))
	for i, c := range p.chunks {
		at[i], sizes[i] = c.At, c.Len
	}
	w.Ints([]int64{int64(len(p.chunks))})
	if !whole || !chunksAreLines(literal, p.chunks) {
		w.Ints(at)
		w.Ints(sizes)
		return reply, w, how
	}
	how |= chunkLines
	after := slices.Clone(at)
	if shift(after, literal, -1); squeeze.Size(after) < squeeze.Size(at) {
		at, how = after, how|chunkTimed
	}
	w.Ints(at)
	return reply, w, how
}

// shift adds the times that the lines of a text name, or takes them away.
func shift(at []int64, text []byte, sign int64) {
	for i, t := range columns.Times(text)[:len(at)] {
		at[i] += sign * t
	}
}

func chunksAreLines(text []byte, chunks []exchange.Chunk) bool {
	for _, c := range chunks {
		var line []byte
		if line, text = columns.NextLine(text); int64(len(line)) != c.Len || c.Len == 0 {
			return false
		}
	}
	return len(text) == 0
}

// unfoldReply reads what foldReply wrote.
func (p *packed) unfoldReply(reply []byte, r *squeeze.Reader, how int64) error {
	if err := p.unfold(reply, r, how); err != nil {
		return err
	}
	count := r.Ints(1)
	if len(count) == 0 || count[0] < 0 || count[0] > bigMember {
		return ErrDamaged
	}
	at, sizes := r.Ints(int(count[0])), []int64(nil)
	if how&chunkLines == 0 {
		sizes = r.Ints(int(count[0]))
	}
	if r.Bad {
		return ErrDamaged
	}
	return p.unfoldChunks(at, sizes, how)
}

// unfold gives the reply its manifest.
func (p *packed) unfold(reply []byte, r *squeeze.Reader, how int64) error {
	p.reply = reply
	if how&replyFolded == 0 {
		return nil
	}
	if p.replyLen < 0 || p.replyLen > smallStream {
		return ErrDamaged
	}
	plain, err := columns.Unfold(reply, r, int(p.replyLen))
	if err != nil {
		return fmt.Errorf("unfolding the reply: %w: %w", ErrDamaged, err)
	}
	p.reply = append(binary.AppendUvarint(nil, uint64(len(plain))<<1|1), plain...)
	return nil
}

// unfoldMixed reads a reply whose numbers stood among its text.
func (p *packed) unfoldMixed(reply, chunks []byte, how int64) error {
	if err := p.unfold(reply, nil, how); err != nil {
		return err
	}
	count, used := binary.Uvarint(chunks)
	if used <= 0 || count > bigMember {
		return ErrDamaged
	}
	at, rest, err := columns.ReadInts(chunks[used:], int(count))
	if err != nil {
		return fmt.Errorf("reading the times of the reply: %w: %w", ErrDamaged, err)
	}
	var sizes []int64
	if how&chunkLines == 0 {
		if sizes, _, err = columns.ReadInts(rest, int(count)); err != nil {
			return fmt.Errorf("reading the sizes of the reply's parts: %w: %w", ErrDamaged, err)
		}
	}
	return p.unfoldChunks(at, sizes, how)
}

// unfoldChunks gives the chunks what was read of them.
func (p *packed) unfoldChunks(at, sizes []int64, how int64) error {
	if how&chunkLines != 0 {
		if _, literal, _, err := entry(p.reply); err == nil {
			for text := literal; len(text) > 0; {
				var line []byte
				line, text = columns.NextLine(text)
				sizes = append(sizes, int64(len(line)))
			}
			if how&chunkTimed != 0 && len(sizes) == len(at) {
				shift(at, literal, 1)
			}
		}
	}
	if len(sizes) != len(at) {
		return ErrDamaged
	}
	for i := range at {
		p.chunks = append(p.chunks, exchange.Chunk{At: at[i], Len: sizes[i]})
	}
	return nil
}
