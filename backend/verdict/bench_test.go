package verdict

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gumshoe/backend/exchange"
)

const prose = "The harbour master keeps a list of the ships that came in before 9:30, and how many crates (2,417 in all) each of them had on board. "

// chat20 is a chat of 20 turns, 29 KB of text.
func chat20() []exchange.Message {
	m := say("system", strings.Repeat(prose, 6))
	for i := range 20 {
		m = append(m, say("user", fmt.Sprint(i, " ", strings.Repeat(prose, 2)), "assistant", strings.Repeat(prose, 8))...)
	}
	return append(m, say("user", "and the fox ?")...)
}

func BenchmarkJudge(b *testing.B) {
	for _, c := range []struct {
		name string
		in   func(...func(*Facts)) Facts
		past int
	}{
		{"cloud, the turn before is known", cloud, 2000},
		{"cloud, nothing is known", cloud, 0},
		{"ollama, the turn before is known", ollama, 2000},
	} {
		b.Run(c.name, func(b *testing.B) {
			h := NewHistory()
			all := chat20()
			for i := range c.past {
				h.Add(c.in(id(fmt.Sprint(i)), at(int64(i)*sec), prompt(all[:len(all)-2]), body(fmt.Sprint(i))))
			}
			in := c.in(at(3000*sec), prompt(all), tokens(6000, 5800, 200), estimate(6000), options(`{"num_ctx":8192}`), body("now"), stream(steady(200, 30)...))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				in.Row.ID = fmt.Sprint("now", i) // nothing may be remembered of it
				Judge(in, h)
			}
		})
	}
}

func BenchmarkScan(b *testing.B) {
	for name, text := range map[string]string{
		"prose":   strings.Repeat(prose, 8000),
		"code":    strings.Repeat("	for i := range names { if err := s.put(ctx, names[i], 4539148803436468, 0x1F); err != nil { return fmt.Errorf(\"x%d: %w\", i, err) } }\n", 8000),
		"numbers": strings.Repeat("4532 1148 8034 3646 1795445368 DE75 A12 ", 25000),
		"Chinese": strings.Repeat("港務長有一份清單，列出在九點半之前進港的船隻。", 15000),
		"cards":   strings.Repeat("order 4539148803436467 of today\n", 30000), // a number that passes, no word near it
		"base64":  strings.Repeat(random(997)+"+/", 1000),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				scanText(text, at0, func(kind) bool { return true })
			}
		})
	}
}

// Twice the text takes about twice the time, whatever it is made of.
func TestScanIsLinear(t *testing.T) {
	for _, piece := range []string{
		"eyJ" + random(60) + ".", "eyJ" + strings.Repeat("a", 2000) + ".", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "sk-", "sk-ant-" + random(40), "4539 ", "4", "-", "DE75 ",
		"A1", "card 4539148803436467 ", "身分證F131104093 ", "a", " ", "AKIA", "xoxb-1",
	} {
		measure := func(n int) time.Duration {
			text := strings.Repeat(piece, n/len(piece))
			best := time.Hour
			for range 3 {
				begun := time.Now()
				scanText(text, at0, func(kind) bool { return true })
				best = min(best, time.Since(begun))
			}
			return best
		}
		small, large := measure(100_000), measure(800_000)
		if large > 40*small+20*time.Millisecond || large > 400*time.Millisecond {
			t.Errorf("%.20q: %v for 100 KB, %v for 800 KB", piece, small, large)
		}
	}
}
