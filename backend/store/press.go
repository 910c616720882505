package store

import (
	"fmt"

	"github.com/klauspost/compress/s2"
)

// A record of a small exchange is pressed by s2 when it is saved: building
// zstd's tables took longer than all else that is done with so few bytes. Once it
// has come to rest it goes into a block, which is zstd (block.go).

const (
	// freshMark begins what s2 pressed; zstd begins with 0x28.
	freshMark = 's'
	// quickBytes is up to where s2 presses, in bytes; beyond it zstd is as quick.
	quickBytes = 16 << 10
	// maxPlain bounds what is unpacked into memory, in bytes.
	maxPlain = 64 << 20
)

// press packs a record into the saver's own buffer, which is valid until the next
// call.
func (v *saving) press(plain []byte) []byte {
	s := v.s
	if len(plain) > quickBytes {
		s.pressed = s.quick.EncodeAll(plain, s.pressed[:0])
		return s.pressed
	}
	if need := 1 + s2.MaxEncodedLen(len(plain)); cap(s.pressed) < need {
		s.pressed = make([]byte, need)
	}
	all := s.pressed[:cap(s.pressed)]
	all[0] = freshMark
	return all[:1+len(s2.Encode(all[1:], plain))]
}

// unpress gives what a column's own bytes were before they were packed.
func (s *Store) unpress(data []byte) ([]byte, error) {
	if len(data) == 0 || data[0] != freshMark {
		plain, err := s.unzip.DecodeAll(data, nil)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return plain, nil
	}
	if n, err := s2.DecodedLen(data[1:]); err != nil || n > maxPlain {
		return nil, fmt.Errorf("%w: a length that can't be", ErrDamaged)
	}
	plain, err := s2.Decode(nil, data[1:])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return plain, nil
}
