package store

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	mrand "math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"gumshoe/backend/columns"
	"gumshoe/backend/exchange"
)

// month makes the traffic of one person's month: chats that grow turn by turn,
// with a system prompt and tools in each request, background tasks beside them,
// and pictures that are sent again with every later turn.
type month struct {
	t             *testing.T
	src           *mrand.Rand
	words         []string
	s             *Store
	zip           *zstd.Encoder
	plain, packed int64 // bytes of all bodies, as sent and with zstd each, pictures once
	pictures      int64 // bytes of pictures, with zstd
	n             int
	whole         bool        // rows with all that is known, and sums
	row           *mrand.Rand // what they say
	of, turn      int         // the chat and its turn
	kept          []Item
	bodies        [][2][]byte
}

func newMonth(t *testing.T, s *Store) *month {
	zip, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithAllLitEntropyCompression(true))
	if err != nil {
		t.Fatal(err)
	}
	m := &month{t: t, src: mrand.New(mrand.NewPCG(2026, 11)), row: mrand.New(mrand.NewPCG(11, 2026)), s: s, zip: zip}
	for range 4000 {
		var w strings.Builder
		for range 1 + m.src.IntN(4) {
			w.WriteString([]string{"ka", "ro", "den", "ti", "mus", "el", "var", "sho", "an", "qui", "ber", "lo", "st", "em", "pra", "ng"}[m.src.IntN(16)])
		}
		m.words = append(m.words, w.String())
	}
	return m
}

// text is n words, the frequent ones frequent, as in any language.
func (m *month) text(n int) string {
	zipf := mrand.NewZipf(m.src, 1.3, 6, uint64(len(m.words)-1))
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(m.words[zipf.Uint64()])
		if m.src.IntN(11) == 0 {
			b.WriteByte('.')
		}
	}
	return b.String()
}

type say struct {
	Role    string   `json:"role"`
	Content string   `json:"content"`
	Images  []string `json:"images,omitempty"`
}

// exchange stores one request and its streamed reply. Baseline counts the bodies
// each with zstd, and a picture once.
func (m *month) exchange(task exchange.Task, model, tools string, said []say, answer string, fresh string) {
	body := map[string]any{"model": model, "stream": true, "messages": said}
	if tools != "" {
		body["tools"] = json.RawMessage(tools)
	}
	request, err := json.Marshal(body)
	if err != nil {
		m.t.Fatal(err)
	}
	bare := append([]say(nil), said...)
	for i := range bare {
		bare[i].Images = nil
	}
	body["messages"] = bare
	without, err := json.Marshal(body)
	if err != nil {
		m.t.Fatal(err)
	}
	var reply bytes.Buffer
	at := 1_780_000_000_000_000_000 + int64(m.n)*60_000_000_000
	begun, times := at, []int64(nil)
	for _, token := range strings.SplitAfter(answer, " ") {
		at += 20_000_000 + m.src.Int64N(9_000_000)
		times = append(times, at)
		line, err := json.Marshal(map[string]any{"model": model, "created_at": fmt.Sprintf("2026-11-%02dT10:%02d:%02d.%09dZ", 1+m.n%28, at/60_000_000_000%60, at/1_000_000_000%60, at%1_000_000_000),
			"message": say{Role: "assistant", Content: token}, "done": false})
		if err != nil {
			m.t.Fatal(err)
		}
		reply.Write(append(line, '\n'))
	}
	fmt.Fprintf(&reply, `{"model":%q,"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":%d,"eval_count":%d}`+"\n", model, m.src.Int64N(1e10), len(answer)/5)
	stream := true
	it := item(m.t, request, reply.Bytes())
	it.Record.Stream, it.Record.Prompt, it.Record.Reply, it.Record.Model, it.Record.Task = &stream, said[len(said)-1].Content, answer, model, task
	it.Record.Chunks = nil
	for text := reply.Bytes(); len(text) > 0; {
		var line []byte
		line, text = columns.NextLine(text)
		at = times[min(len(it.Record.Chunks), len(times)-1)]
		it.Record.Chunks = append(it.Record.Chunks, exchange.Chunk{At: (at-begun)/1000 + 150 + m.src.Int64N(120), Len: int64(len(line))})
	}
	if m.whole {
		m.told(&it)
	}
	m.packed += int64(len(m.zip.EncodeAll(without, nil))) + int64(len(m.zip.EncodeAll(reply.Bytes(), nil)))
	if fresh != "" {
		picture := int64(len(m.zip.EncodeAll([]byte(fresh), nil)))
		m.packed += picture
		m.pictures += picture
	}
	m.plain += int64(len(request)) + int64(reply.Len())
	if m.n++; m.n%97 == 0 {
		m.bodies = append(m.bodies, [2][]byte{request, bytes.Clone(reply.Bytes())})
		m.kept = append(m.kept, it)
	}
	save(m.t, m.s, it)
}

func (m *month) chat(number, turns, pictures int) {
	system := "You are a careful assistant. " + m.text(350)
	var tools strings.Builder
	tools.WriteByte('[')
	for i := range 6 {
		if i > 0 {
			tools.WriteByte(',')
		}
		fmt.Fprintf(&tools, `{"type":"function","function":{"name":"tool_%d","description":%q,"parameters":{"type":"object","properties":{"a":{"type":"string","description":%q},"b":{"type":"integer","description":%q}},"required":["a"]}}}`, i, m.text(30), m.text(12), m.text(9))
	}
	tools.WriteByte(']')
	said := []say{{Role: "system", Content: system}}
	for turn := range turns {
		m.of, m.turn = number, turn
		user, fresh := say{Role: "user", Content: m.text(20 + m.src.IntN(60))}, ""
		if turn < pictures {
			pixels := make([]byte, 150_000)
			for i := range pixels {
				pixels[i] = byte(m.src.Uint32())
			}
			fresh = base64.StdEncoding.EncodeToString(pixels)
			user.Images = []string{fresh}
		}
		said = append(said, user)
		answer := m.text(120 + m.src.IntN(250))
		m.exchange(exchange.TaskChat, "qwen3:8b", tools.String(), said, answer, fresh)
		said = append(said, say{Role: "assistant", Content: answer})
		if turn == 0 || turn%5 == 0 {
			history := ""
			for _, s := range said[max(1, len(said)-6):] {
				history += strings.ToUpper(s.Role) + ": " + s.Content + "\n"
			}
			for _, task := range []struct {
				is    exchange.Task
				order string
			}{{"title_generation", "Generate a concise title"}, {"tags_generation", "Generate 1-3 broad tags"}, {"follow_up_generation", "Suggest 3-5 follow-up questions"}} {
				m.exchange(task.is, "qwen3:8b", "", []say{{Role: "user", Content: "### Task:\n" + task.order + " for the chat history.\n### Guidelines:\n" + strings.Repeat("- Keep to the language of the chat and write nothing else.\n", 9) + "<chat_history>\n" + history + "</chat_history>"}}, m.text(12), "")
			}
		}
	}
}

// TestAMonthOnDisk says what a month takes, beside each body with zstd on its
// own. GUMSHOE_CHATS says how many chats (200 are the month that the README
// shows; the suite takes fewer). With GUMSHOE_TOLD each row has what a proxy and
// Open WebUI say of an exchange, and there are sums for graphs.
func TestAMonthOnDisk(t *testing.T) {
	chats := 12
	if n := os.Getenv("GUMSHOE_CHATS"); n != "" {
		if _, err := fmt.Sscan(n, &chats); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t)
	m := newMonth(t, s)
	m.whole = os.Getenv("GUMSHOE_TOLD") != ""
	for i := range chats {
		pictures := 0
		if i%8 == 0 {
			pictures = 2
		}
		m.chat(i, 20, pictures)
	}
	before := s.content(t)
	begun := time.Now()
	blocks := settleAll(t, s)
	took := time.Since(begun)
	for more := m.whole; more; {
		var err error
		if more, err = s.RollUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.release(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, it := range m.kept {
		if !bytes.Equal(body(t, s, it.Record.ID, Request), m.bodies[i][0]) || !bytes.Equal(body(t, s, it.Record.ID, Reply), m.bodies[i][1]) {
			t.Errorf("the bodies of %s came back otherwise", it.Record.ID)
		}
	}
	bodies, all := s.content(t), s.Size()
	t.Logf("%d exchanges, bodies of %.1f MB; each with zstd %.2f MB, of which pictures %.2f", m.n, mb(m.plain), mb(m.packed), mb(m.pictures))
	t.Logf("here: bodies as they are saved %.2f MB, in %d blocks (%v) %.2f MB: 1/%.1f, without pictures 1/%.1f", mb(before), blocks, took.Round(time.Millisecond), mb(bodies),
		float64(m.packed)/float64(bodies), float64(m.packed-m.pictures)/float64(bodies-m.pictures))
	t.Logf("everything %.2f MB: 1/%.1f, without pictures 1/%.1f", mb(all), float64(m.packed)/float64(all), float64(m.packed-m.pictures)/float64(all-m.pictures))
	tables, err := s.taken()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("in MB:%s", tables)
	if small := 5.0; float64(bodies-m.pictures)*small > float64(m.packed-m.pictures) {
		t.Errorf("bodies without pictures take %d bytes of %d", bodies-m.pictures, m.packed-m.pictures)
	}
	// Deleted, the space comes back.
	if _, err := s.DeleteBefore(t.Context(), 1<<62); err != nil {
		t.Fatal(err)
	}
	if left := s.Size(); left > all/20+1<<20 {
		t.Errorf("%d of %d bytes are left after all was deleted by age", left, all)
	}
}

func mb(n int64) float64 { return float64(n) / 1e6 }
