package proxy

import (
	"io"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"testing"
	"testing/iotest"
)

// pieces gives a text in reads of random lengths.
type pieces struct {
	rest string
	rnd  *rand.Rand
	max  int
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.rest == "" {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), 1+p.rnd.IntN(p.max))], p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

func (p *pieces) Close() error { return nil }

// However a stream is cut, the same chunk goes and nothing else.
func TestUsageFilterCutAnywhere(t *testing.T) {
	const a = `data: {"choices":[{"delta":{"content":"a"}}],"usage":null}`
	const u = `data: {"choices":[],"usage":{"total_tokens":3}}`
	const odd = `data: {"choices":[],"prompt_filter_results":[],"usage":null}`
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, end := range []string{"\n", "\r\n", "\r"} {
		for _, s := range [][2]string{
			{a + "||" + u + "||data: [DONE]||", a + "||data: [DONE]||"},
			{"|" + odd + "||: x||" + u + "|id: 1||" + a + "||", "|" + odd + "||: x||" + a + "||"},
			{u + "||||" + a, "||" + a},
			{a + "||" + u, a + "||" + u}, // an event without its end is no event
			{"", ""},
		} {
			in, want := strings.ReplaceAll(s[0], "|", end), strings.ReplaceAll(s[1], "|", end)
			for try := range 400 {
				b, err := io.ReadAll(&usageFilter{ReadCloser: &pieces{in, rnd, 1 + try/8}})
				if err != nil || string(b) != want {
					t.Fatalf("end %q: %q became %q, %v", end, in, b, err)
				}
			}
		}
	}
	broken := &usageFilter{ReadCloser: io.NopCloser(io.MultiReader(strings.NewReader(a+"\n\ndata: {"), iotest.ErrReader(io.ErrUnexpectedEOF)))}
	if b, err := io.ReadAll(broken); string(b) != a+"\n\ndata: {" || err != io.ErrUnexpectedEOF {
		t.Errorf("a stream that breaks off: %q, %v", b, err)
	}
}

// Nothing but the chunk is ever taken out, whatever comes.
func FuzzUsageFilter(f *testing.F) {
	f.Add("data: {\"choices\":[],\"usage\":{}}\r\n\r\ndata: x\r\r", uint64(1), uint8(3))
	f.Fuzz(func(t *testing.T, in string, seed uint64, most uint8) {
		whole, err := io.ReadAll(&usageFilter{ReadCloser: io.NopCloser(strings.NewReader(in))})
		if err != nil || !strings.Contains(in, "\"usage\"") && string(whole) != in {
			t.Errorf("%q became %q, %v", in, whole, err)
		}
		cut, err := io.ReadAll(&usageFilter{ReadCloser: &pieces{in, rand.New(rand.NewPCG(seed, 1)), 1 + int(most)}})
		if err != nil || string(cut) != string(whole) {
			t.Errorf("%q became %q in pieces, %q whole", in, cut, whole)
		}
	})
}

// TestBracketsInBrackets: a reader that calls itself for each bracket would take
// more stack than is given here, and more memory than a machine has.
func TestBracketsInBrackets(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(16 << 20))
	nested := strings.Repeat("[", usageBody-100)
	if _, asked := withUsage([]byte(`{"stream":true,"a":` + nested)); asked {
		t.Error("rubbish is rewritten")
	}
	if isUsage([]byte(`data: {"usage":{},"choices":[],"a":` + nested + "\n\n")) {
		t.Error("rubbish is taken for usage")
	}
}
