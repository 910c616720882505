package store

import (
	"encoding/binary"
	"fmt"

	"gumshoe/backend/columns"
	"gumshoe/backend/exchange"
)

// foldReply writes the reply and its chunks as columns; how says what of it was
// possible.
func (p *packed) foldReply() (reply, chunks []byte, how int64) {
	reply = p.reply
	n, literal, rest, err := entry(p.reply)
	whole := len(p.reply) > 0 && err == nil && n == 0 && len(rest) == 0 && len(literal) <= smallStream
	if folded, ok := columns.Fold(literal); whole && ok {
		reply, how = folded, replyFolded
	}
	at, sizes := make([]int64, len(p.chunks)), make([]int64, len(p.chunks))
	for i, c := range p.chunks {
		at[i], sizes[i] = c.At, c.Len
	}
	chunks = binary.AppendUvarint(nil, uint64(len(p.chunks)))
	if !whole || !chunksAreLines(literal, p.chunks) {
		return reply, columns.AppendInts(columns.AppendInts(chunks, at), sizes), how
	}
	plain := columns.AppendInts(nil, at)
	shift(at, literal, -1)
	if late := columns.AppendInts(nil, at); len(late) < len(plain) {
		return reply, append(chunks, late...), how | chunkLines | chunkTimed
	}
	return reply, append(chunks, plain...), how | chunkLines
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
func (p *packed) unfoldReply(reply, chunks []byte, how int64) error {
	p.reply = reply
	if how&replyFolded != 0 {
		if p.replyLen < 0 || p.replyLen > smallStream {
			return ErrDamaged
		}
		plain, err := columns.Unfold(reply, int(p.replyLen))
		if err != nil {
			return fmt.Errorf("unfolding the reply: %w: %w", ErrDamaged, err)
		}
		p.reply = append(binary.AppendUvarint(nil, uint64(len(plain))<<1|1), plain...)
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
	} else if _, literal, _, err := entry(p.reply); err == nil {
		for text := literal; len(text) > 0; {
			var line []byte
			line, text = columns.NextLine(text)
			sizes = append(sizes, int64(len(line)))
		}
		if how&chunkTimed != 0 && len(sizes) == len(at) {
			shift(at, literal, 1)
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
