package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
)

// fillEnd is when the generated log ends; fillSpan how long it is.
var fillEnd = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const fillSpan = 365 * 24 * time.Hour

// filler makes exchanges like those of a small office over a year: models and
// users of uneven popularity, days with mornings and weekends, chats whose
// requests repeat what was said, words as unevenly spread as those of a language.
type filler struct {
	rng    *rand.Rand
	words  []string
	zipf   *rand.Zipf
	bodies bool
	chats  map[string]string
}

func newFiller(bodies bool) *filler {
	f := &filler{rng: rand.New(rand.NewPCG(1, 2)), bodies: bodies, chats: map[string]string{}}
	for i := range 40_000 {
		if i%8 == 7 {
			f.words = append(f.words, string(rune(0x4e00+f.rng.IntN(3000)))+string(rune(0x4e00+f.rng.IntN(3000))))
			continue
		}
		var b strings.Builder
		for range 2 + f.rng.IntN(3) {
			b.WriteString([]string{"ka", "lo", "mi", "ser", "ten", "u", "ro", "vi", "da", "pel", "on", "ti", "gra", "su", "no", "e"}[f.rng.IntN(16)])
		}
		f.words = append(f.words, b.String())
	}
	f.zipf = rand.NewZipf(f.rng, 1.1, 8, uint64(len(f.words)-1))
	return f
}

func (f *filler) text(words int) string {
	var b strings.Builder
	for i := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(f.words[f.zipf.Uint64()])
	}
	return b.String()
}

// pick chooses the first ones more often.
func (f *filler) pick(n int) int {
	return min(int(math.Abs(f.rng.NormFloat64())*float64(n)/2.5), n-1)
}

// id is a UUIDv7 of a time.
func (f *filler) id(at time.Time) string {
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:8], uint64(at.UnixMilli())<<16|0x7000|uint64(f.rng.IntN(0x1000)))
	binary.BigEndian.PutUint64(u[8:], f.rng.Uint64()&^(3<<62)|2<<62)
	return u.String()
}

// item is the i-th of n exchanges.
func (f *filler) item(i, n int) Item {
	at := fillEnd.Add(-fillSpan + time.Duration(float64(i)/float64(n)*float64(fillSpan)) + time.Duration(f.rng.IntN(30))*time.Second)
	model, user := f.pick(12), f.pick(40)
	num := func(v float64) *int64 { n := int64(max(v, 1)); return &n }
	skew := math.Exp(f.rng.NormFloat64())
	in, out := 800*skew, 220*math.Exp(0.8*f.rng.NormFloat64())
	tps := 30 * math.Exp(0.4*f.rng.NormFloat64()) / float64(1+model%4)
	ttft := 4e5 * math.Exp(f.rng.NormFloat64())
	chat := fmt.Sprintf("chat-%d-%d", user, i/400)
	e := exchange.Exchange{
		ID: f.id(at), StartedAt: at.UnixMicro(), State: exchange.OK, HTTPStatus: 200, Method: "POST",
		Upstream: []string{"ollama", "openai", "openrouter", "anthropic"}[model%4], Kind: []exchange.Kind{"ollama", "openai", "openai", "anthropic"}[model%4],
		API:   []exchange.API{exchange.OllamaChat, exchange.OpenAIChat, exchange.OpenAIChat, exchange.AnthropicMessages}[model%4],
		Model: fmt.Sprintf("model-%d:%db", model, 1<<(model%4)), User: fmt.Sprintf("user%d@example.org", user),
		Chat: chat, Answer: fmt.Sprintf("%s-%d", chat, i/3), Client: "Python/3.11 aiohttp/3.12",
		Task:   exchange.Task([]string{"chat", "chat", "chat", "tool_loop", "title_generation", "tags_generation", "follow_up_generation", "query_generation"}[f.rng.IntN(8)]),
		Usage:  exchange.Usage{Input: num(in), Output: num(out), Basis: exchange.Reported},
		Timing: exchange.Timing{TTFT: num(ttft), Duration: num(ttft + out/tps*1e6), GenerationTPS: &tps, GenerationTPSBasis: exchange.Calculated},
		Finish: "stop",
	}
	e.Timing.FirstByte = e.Timing.TTFT
	if model%4 != 0 {
		e.Cost = exchange.Cost{USD: exchange.Float64((in*2 + out*8) / 1e6), Basis: exchange.Calculated, Price: "p"}
	} else {
		e.Cost = exchange.Cost{USD: exchange.Float64(0), Basis: exchange.Calculated}
		prompt := tps * 12
		e.Timing.Load, e.Timing.PromptTPS, e.Timing.PromptTPSBasis = num(5e4), &prompt, exchange.Calculated
	}
	switch f.rng.IntN(100) {
	case 0, 1:
		e.State, e.HTTPStatus, e.Error = exchange.Failed, 500, "the model failed"
	case 2:
		e.State = exchange.Cancelled
	case 3:
		e.Verdicts = []exchange.Verdict{{Code: exchange.VerdictColdStart, Confidence: exchange.Certain}}
	}
	if f.rng.IntN(1000) == 0 {
		e.Verdicts = append(e.Verdicts, exchange.Verdict{Code: exchange.VerdictContextCut, Confidence: exchange.Certain})
	}
	e.Path = map[exchange.API]string{exchange.OllamaChat: "/api/chat", exchange.OpenAIChat: "/v1/chat/completions", exchange.AnthropicMessages: "/v1/messages"}[e.API]
	r := exchange.Record{Exchange: e, End: exchange.End{State: e.State},
		Start: exchange.Start{Upstream: e.Upstream, Kind: e.Kind, Method: e.Method, Path: e.Path, Remote: "127.0.0.1", Headers: []exchange.Header{{Name: "Content-Type", Value: "application/json"}}},
		Head:  &exchange.Head{Status: e.HTTPStatus, Headers: []exchange.Header{{Name: "Content-Type", Value: "application/json"}}}}
	it := Item{Record: &r}
	if f.bodies {
		it.Record.Prompt, it.Record.Reply = f.text(10+f.rng.IntN(40)), f.text(20+f.rng.IntN(120))
		history := f.chats[chat]
		if history == "" || len(history) > 12_000 {
			history = `{"role":"system","content":"` + f.text(60) + `"}`
			if len(f.chats) > 64 {
				clear(f.chats)
			}
		}
		history += `,{"role":"user","content":"` + it.Record.Prompt + `"}`
		request := `{"model":"m","messages":[` + history + `],"stream":false}`
		said := `{"role":"assistant","content":"` + it.Record.Reply + `"}`
		reply := map[exchange.API]string{
			exchange.OllamaChat:        `{"model":"m","message":` + said + `,"done":true,"done_reason":"stop"}`,
			exchange.OpenAIChat:        `{"object":"chat.completion","model":"m","choices":[{"index":0,"message":` + said + `,"finish_reason":"stop"}]}`,
			exchange.AnthropicMessages: `{"type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"` + it.Record.Reply + `"}],"stop_reason":"end_turn"}`,
		}[e.API]
		f.chats[chat] = history + `,{"role":"assistant","content":"` + it.Record.Reply + `"}`
		it.Request, it.RequestLen = strings.NewReader(request), int64(len(request))
		it.Reply, it.ReplyLen = strings.NewReader(reply), int64(len(reply))
	}
	return it
}

// filled opens a log of n generated exchanges. It is made once and kept in
// GUMSHOE_BENCH (a folder; the system's one for temporary files if unset).
func filled(tb testing.TB, n int, bodies bool) *Store {
	tb.Helper()
	names, err := migrationNames()
	if err != nil {
		tb.Fatal(err)
	}
	folder := os.Getenv("GUMSHOE_BENCH")
	if folder == "" {
		folder = filepath.Join(os.TempDir(), "gumshoe-bench")
	}
	folder = filepath.Join(folder, fmt.Sprintf("v%d-%d-%v", len(names), n, bodies))
	path, whole := filepath.Join(folder, "gumshoe.db"), filepath.Join(folder, "whole")
	if _, err := os.Stat(whole); err != nil {
		if err := os.RemoveAll(folder); err != nil {
			tb.Fatal(err)
		}
		if err := os.MkdirAll(folder, 0o700); err != nil {
			tb.Fatal(err)
		}
		fill(tb, path, n, bodies)
		if err := os.WriteFile(whole, nil, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	s, err := Open(context.Background(), Config{Path: path})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

func fill(tb testing.TB, path string, n int, bodies bool) {
	s, err := Open(context.Background(), Config{Path: path})
	if err != nil {
		tb.Fatal(err)
	}
	defer s.Close()
	f := newFiller(bodies)
	begun := time.Now()
	const atOnce = 500
	items := make([]Item, 0, atOnce)
	for i := range n {
		items = append(items, f.item(i, n))
		if len(items) == atOnce || i == n-1 {
			if err := s.Save(context.Background(), items, Progress{Read: "1:1", Keep: "1:1"}); err != nil {
				tb.Fatal(err)
			}
			items = items[:0]
		}
	}
	tb.Logf("%d exchanges in %v, %d MB", n, time.Since(begun).Round(time.Second), s.Size()>>20)
}
