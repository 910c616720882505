package journal

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// Any bytes in a segment, with or without a sound header, are read to the end
// without panic, and what follows in the next segment is found.
func FuzzReader(f *testing.F) {
	header, salt := newHeader()
	f.Add(false, []byte{})
	f.Add(true, appendFrame(nil, record(1, 10), salt))
	f.Add(true, []byte("\xff\xff\xff\xff0000\x01"))
	f.Fuzz(func(t *testing.T, sound bool, b []byte) {
		dir := t.TempDir()
		if sound {
			b = append(header[:headerSize:headerSize], b...)
		}
		if err := os.WriteFile(filepath.Join(dir, segmentName(1)), b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := EndOf(dir); err != nil {
			t.Fatal(err)
		}
		j := open(t, Config{Dir: dir})
		if err := j.Append(record(42, 5)); err != nil {
			t.Fatal(err)
		}
		r := reader(t, dir, Position{})
		var last Record
		for {
			rec, _, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			last = rec
			last.Payload = append([]byte(nil), rec.Payload...)
		}
		equal(t, []Record{last}, []Record{record(42, 5)})
	})
}
