package journal

import (
	"os"
	"path/filepath"
)

// Backlog is how many bytes of the journal in dir lie behind from: what a
// reader there has still to read.
func Backlog(dir string, from Position) (int64, error) {
	numbers, err := segments(dir)
	if err != nil {
		return 0, err
	}
	var n int64
	for _, s := range numbers {
		if s < from.Segment {
			continue
		}
		info, err := os.Stat(filepath.Join(dir, segmentName(s)))
		if err != nil {
			continue // released meanwhile
		}
		begin := int64(headerSize)
		if s == from.Segment {
			begin = max(begin, from.Offset)
		}
		n += max(info.Size()-begin, 0)
	}
	return n, nil
}
