package columns

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"gumshoe/backend/testkit/captures"
)

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
	folded, plain, all := 0, []byte(nil), []byte(nil)
	for _, name := range names {
		c, err := captures.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		coded, ok := Fold(c.Reply)
		if !ok {
			if bytes.Count(c.Reply, []byte("\n{\"model")) > 10 {
				t.Errorf("%s: a stream was not folded", name)
			}
			continue
		}
		back, err := Unfold(coded, len(c.Reply))
		if err != nil || !bytes.Equal(back, c.Reply) {
			t.Errorf("%s: came back otherwise (%v)", name, err)
		}
		folded++
		plain, all = append(plain, c.Reply...), append(all, coded...)
	}
	before, after := len(zip.EncodeAll(plain, nil)), len(zip.EncodeAll(all, nil))
	t.Logf("%d streams of %d bytes: with zstd %d as they came, %d folded", folded, len(plain), before, after)
	if folded < 10 || after*5 > before*4 {
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
		coded, ok := Fold([]byte(text))
		if want := i < 8; want && !ok {
			t.Errorf("text %d was not folded", i)
		}
		if !ok {
			continue
		}
		if back, err := Unfold(coded, len(text)); err != nil || string(back) != text {
			t.Errorf("text %d came back as %q (%v)", i, back, err)
		}
	}
}

// TestUnfoldTakesNothingElse cuts what was folded at each byte and changes it.
func TestUnfoldTakesNothingElse(t *testing.T) {
	text := lines()[0]
	coded, _ := Fold([]byte(text))
	for i := range coded {
		if back, err := Unfold(coded[:i], len(text)); err == nil {
			t.Fatalf("the first %d bytes of %d gave %q", i, len(coded), back)
		}
		changed := bytes.Clone(coded)
		changed[i] ^= 0x55
		if back, err := Unfold(changed, len(text)); err == nil && len(back) != len(text) {
			t.Fatalf("with byte %d changed it gave %d bytes of %d", i, len(back), len(text))
		}
	}
	if _, err := Unfold(coded, len(text)-1); err == nil {
		t.Error("more came out than was asked for")
	}
}

func TestIntsComeBack(t *testing.T) {
	for _, list := range [][]int64{nil, {7}, {0, 0, 0}, {1, 2, 4, 8}, {math.MaxInt64, math.MinInt64, 0, -1, math.MaxInt64}, {1_790_000_000_000_000, 1_790_000_000_020_117}, {900, 1000, 880, 1010, 905}} {
		b := append(AppendInts(nil, list), "rest"...)
		back, rest, err := ReadInts(b, len(list))
		if err != nil || !slices.Equal(back, list) || string(rest) != "rest" {
			t.Errorf("%v came back as %v, then %q (%v)", list, back, rest, err)
		}
	}
	if _, _, err := ReadInts([]byte{0, 8, 1}, math.MaxInt); err == nil {
		t.Error("numbers that are not there were read")
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
		coded, ok := Fold(b)
		if !ok {
			return
		}
		if back, err := Unfold(coded, len(b)); err != nil || !bytes.Equal(back, b) {
			t.Fatalf("%q came back as %q (%v)", b, back, err)
		}
		Times(b)
	})
}

func FuzzUnfold(f *testing.F) {
	for _, text := range lines() {
		if coded, ok := Fold([]byte(text)); ok {
			f.Add(coded, uint16(len(text)))
		}
	}
	f.Fuzz(func(t *testing.T, coded []byte, size uint16) {
		if out, err := Unfold(coded, int(size)); err == nil && len(out) != int(size) {
			t.Fatalf("%d bytes came, not %d", len(out), size)
		}
	})
}

func BenchmarkFold(b *testing.B) {
	text := []byte(strings.Repeat(lines()[0], 10))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, ok := Fold(text); !ok {
			b.Fatal("was not folded")
		}
	}
}
