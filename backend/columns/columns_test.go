package columns

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"gumshoe/backend/squeeze"
	"gumshoe/backend/testkit/captures"
)

// fold gives the columns of a text and its numbers.
func fold(b []byte) (coded, numbers []byte, ok bool) {
	coded, w, ok := Fold(b)
	if !ok {
		return nil, nil, false
	}
	return coded, w.End(), true
}

func unfold(coded, numbers []byte, size int) ([]byte, error) {
	return Unfold(coded, squeeze.NewReader(numbers), size)
}

// TestFoldGivesBackRealReplies folds what real servers sent, and says what is
// left of it once both are compressed.
func TestFoldGivesBackRealReplies(t *testing.T) {
	names, err := captures.Names()
	if err != nil {
		t.Fatal(err)
	}
	zip, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	folded, plain, all, apart := 0, []byte(nil), []byte(nil), 0
	for _, name := range names {
		c, err := captures.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		coded, numbers, ok := fold(c.Reply)
		if !ok {
			if bytes.Count(c.Reply, []byte("\n{\"model")) > 10 {
				t.Errorf("%s: a stream was not folded", name)
			}
			continue
		}
		back, err := unfold(coded, numbers, len(c.Reply))
		if err != nil || !bytes.Equal(back, c.Reply) {
			t.Errorf("%s: came back otherwise (%v)", name, err)
		}
		folded++
		plain, all, apart = append(plain, c.Reply...), append(all, coded...), apart+len(numbers)
	}
	before, after := len(zip.EncodeAll(plain, nil)), len(zip.EncodeAll(all, nil))+apart
	t.Logf("%d streams of %d bytes: with zstd %d as they came, %d folded", folded, len(plain), before, after)
	if folded < 10 || after*4 > before*3 {
		t.Errorf("%d streams were folded to %d of %d bytes", folded, after, before)
	}
}

// lines are replies of the servers that people have, and what is nearly one.
func lines() []string {
	var ollama, openai, anthropic, odd strings.Builder
	for i := range 40 {
		fmt.Fprintf(&ollama, `{"model":"qwen3:8b","created_at":"2026-11-24T10:00:%02d.%sZ","message":{"role":"assistant","content":" w%d\n\"q\""},"done":false}`+"\n",
			i, strings.TrimRight(fmt.Sprintf("%09d", i*3_700_000), "0"), i)
		fmt.Fprintf(&openai, "data: {\"id\":\"chatcmpl-7\",\"created\":1790000000,\"choices\":[{\"index\":0,\"delta\":{\"content\":\"t%d \"},\"finish_reason\":null}]}\n\n", i)
		fmt.Fprintf(&anthropic, "event: content_block_delta\r\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"\\u00e9 %d\"}}\r\n\r\n", i)
		fmt.Fprintf(&odd, `{"n":%d,"f":%d.50,"z":007,"e":-1e%d,"open":"`+"\n", i*i*1_000_003, i, i)
	}
	return []string{
		ollama.String(), openai.String() + "data: [DONE]\n\n", anthropic.String(), odd.String(),
		ollama.String()[:len(ollama.String())-40],                       // broken off
		strings.ReplaceAll(ollama.String(), "Z\"", "+08:00\""),          // another zone
		strings.ReplaceAll(ollama.String(), "\n", "\r\n"),               // other line ends
		strings.ReplaceAll(ollama.String(), "2026-11-24", "2026-02-31"), // no such day
		strings.Repeat("99999999999999999999\n", 9), strings.Repeat("0\n1\n", 9),
		strings.Repeat("\"2026-11-24T10:00:00\"\n\"2026-11-24T10:00:01\"\n", 9), "\n\n\n", "", "\x00\xff\n\xff\n",
	}
}

func TestFoldGivesBackWhatIsNearlyAlike(t *testing.T) {
	for i, text := range lines() {
		coded, numbers, ok := fold([]byte(text))
		if want := i < 8; want && !ok {
			t.Errorf("text %d was not folded", i)
		}
		if !ok {
			continue
		}
		if back, err := unfold(coded, numbers, len(text)); err != nil || string(back) != text {
			t.Errorf("text %d came back as %q (%v)", i, back, err)
		}
	}
}

// TestUnfoldTakesNothingElse cuts what was folded at each byte and changes it. What
// is changed among the numbers gives other ones: a block has a checksum.
func TestUnfoldTakesNothingElse(t *testing.T) {
	text := lines()[0]
	coded, numbers, _ := fold([]byte(text))
	for i := range coded {
		if back, err := unfold(coded[:i], numbers, len(text)); err == nil {
			t.Fatalf("the first %d bytes of %d gave %q", i, len(coded), back)
		}
		changed := bytes.Clone(coded)
		changed[i] ^= 0x55
		if back, err := unfold(changed, numbers, len(text)); err == nil && len(back) != len(text) {
			t.Fatalf("with byte %d changed it gave %d bytes of %d", i, len(back), len(text))
		}
	}
	for i := range numbers {
		changed := bytes.Clone(numbers)
		changed[i] ^= 0x55
		for _, n := range [][]byte{numbers[:i], changed} {
			if back, err := unfold(coded, n, len(text)); err == nil && len(back) != len(text) {
				t.Fatalf("with byte %d of the numbers changed it gave %d bytes of %d", i, len(back), len(text))
			}
		}
	}
	if _, err := unfold(coded, numbers, len(text)-1); err == nil {
		t.Error("more came out than was asked for")
	}
	if _, err := Unfold(coded, nil, len(text)); err == nil {
		t.Error("without its numbers it came out")
	}
}

func TestTimesOfLines(t *testing.T) {
	text := `{"a":"2026"}` + "\n" + `{"model":"2026-11","created_at":"1970-01-01T00:00:01.0000025Z"}` + "\n\n" + `{"x":1}` + "\n" + `data: {"t":"1970-01-01T00:01:00+08:00","u":"1970-01-02T00:00:00Z"}`
	if got, want := Times([]byte(text)), []int64{0, 1_000_002, 1_000_002, 60_000_000}; !slices.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
	if got := Times([]byte(`"`)); !slices.Equal(got, []int64{0}) {
		t.Errorf("%v", got)
	}
}

func FuzzFold(f *testing.F) {
	for _, text := range lines() {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		coded, numbers, ok := fold(b)
		if !ok {
			return
		}
		if back, err := unfold(coded, numbers, len(b)); err != nil || !bytes.Equal(back, b) {
			t.Fatalf("%q came back as %q (%v)", b, back, err)
		}
		Times(b)
	})
}

func FuzzUnfold(f *testing.F) {
	for _, text := range lines() {
		if coded, numbers, ok := fold([]byte(text)); ok {
			f.Add(coded, numbers, uint16(len(text)))
		}
	}
	f.Fuzz(func(t *testing.T, coded, numbers []byte, size uint16) {
		for _, r := range []*squeeze.Reader{nil, squeeze.NewReader(numbers)} {
			if out, err := Unfold(coded, r, int(size)); err == nil && len(out) != int(size) {
				t.Fatalf("%d bytes came, not %d", len(out), size)
			}
		}
	})
}

func BenchmarkFold(b *testing.B) {
	text := []byte(strings.Repeat(lines()[0], 10))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, _, ok := fold(text); !ok {
			b.Fatal("was not folded")
		}
	}
}
