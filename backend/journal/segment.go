package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Position is a place between two records. The zero value is the very
// beginning.
type Position struct {
	Segment uint64
	Offset  int64 // bytes from the segment's beginning
}

// Less says whether p lies before q.
func (p Position) Less(q Position) bool {
	return p.Segment < q.Segment || p.Segment == q.Segment && p.Offset < q.Offset
}

// String is p as "segment:offset", which ParsePosition reads.
func (p Position) String() string { return fmt.Sprintf("%d:%d", p.Segment, p.Offset) }

// ParsePosition reads what String wrote. The empty text is the zero position.
func ParsePosition(s string) (Position, error) {
	if s == "" {
		return Position{}, nil
	}
	segment, offset, ok := strings.Cut(s, ":")
	number, err := strconv.ParseUint(segment, 10, 64)
	at, errAt := strconv.ParseInt(offset, 10, 64)
	if !ok || err != nil || errAt != nil || at < 0 {
		return Position{}, fmt.Errorf("%q is not a journal position", s)
	}
	return Position{Segment: number, Offset: at}, nil
}

const (
	suffix     = ".log"
	unfinished = ".new" // after the name of a segment whose header is not whole yet
)

func segmentName(n uint64) string { return fmt.Sprintf("%08d%s", n, suffix) }

// segments lists the numbers of dir's segments, lowest first. A folder that
// does not exist has none.
func segments(dir string) ([]uint64, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing the journal: %w", err)
	}
	var numbers []uint64
	for _, e := range entries {
		digits, ok := strings.CutSuffix(e.Name(), suffix)
		if n, err := strconv.ParseUint(digits, 10, 63); ok && err == nil && segmentName(n) == e.Name() {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// removeUnfinished deletes segments that a killed writer had not yet begun.
func removeUnfinished(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("listing the journal: %w", err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), suffix+unfinished) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("clearing the journal: %w", err)
		}
	}
	return nil
}

// EndOf finds the place after the last whole record of a journal that another
// process may be writing. It only reads. An empty journal ends at the zero
// position.
func EndOf(dir string) (Position, error) {
	numbers, err := segments(dir)
	if err != nil || len(numbers) == 0 {
		return Position{}, err
	}
	r := NewReader(dir, Position{Segment: numbers[len(numbers)-1]})
	defer r.Close()
	for {
		if _, _, err := r.Next(); err == io.EOF {
			return r.Position(), nil
		} else if err != nil {
			return Position{}, err
		}
	}
}
