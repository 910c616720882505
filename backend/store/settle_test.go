package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gumshoe/backend/exchange"
)

// settleAll packs all that can be and says how many blocks that made.
func settleAll(t *testing.T, s *Store) (blocks int) {
	t.Helper()
	for {
		more, err := s.Settle(t.Context(), 1<<60)
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return blocks
		}
		blocks++
	}
}

// stream is an exchange of a chat whose reply came in lines; words go into the
// last message and the answer.
func stream(t testing.TB, chat string, turn int, words string) (it Item, request, reply []byte) {
	t.Helper()
	var q, a bytes.Buffer
	fmt.Fprintf(&q, `{"model":"m","messages":[{"role":"system","content":%q}`, strings.Repeat("Chat "+chat+" is about its own things. ", 9))
	for i := range turn {
		fmt.Fprintf(&q, `,{"role":"user","content":%q}`, fmt.Sprintf("%s turn %d %s", chat, i, strings.Repeat("an earlier question ", 30)))
	}
	fmt.Fprintf(&q, `,{"role":"user","content":%q}],"stream":true}`, words+strings.Repeat(" and so on", 40))
	var chunks []exchange.Chunk
	for i, w := range strings.SplitAfter(words+strings.Repeat(" or something else", 80), " ") {
		line := fmt.Sprintf(`{"model":"m","created_at":"2026-11-24T10:%02d:%02d.%d00Z","message":{"role":"assistant","content":%q},"done":false}`+"\n", turn, i%60, 1000+i*37%900, w)
		a.WriteString(line)
		chunks = append(chunks, exchange.Chunk{At: int64(20_000*i + i*i%991), Len: int64(len(line))})
	}
	yes := true
	it = item(t, q.Bytes(), a.Bytes())
	it.Record.Stream, it.Record.Chunks, it.Record.Chat, it.Record.Reply = &yes, chunks, chat, words
	return it, q.Bytes(), a.Bytes()
}

// office saves chats beside each other, and streams' last parts otherwise cut.
func office(t *testing.T, s *Store, n int) (ids []string, bodies [][2][]byte) {
	t.Helper()
	s.blockBytes = 32 << 10
	for i := range n {
		it, request, reply := stream(t, fmt.Sprintf("chat-%d", i%7), i/7%20, fmt.Sprintf("word%d", i))
		if i%5 == 0 {
			it.Record.Chunks[0].Len += it.Record.Chunks[1].Len
			it.Record.Chunks = append(it.Record.Chunks[:1], it.Record.Chunks[2:]...)
		}
		save(t, s, it)
		ids, bodies = append(ids, it.Record.ID), append(bodies, [2][]byte{request, reply})
	}
	return ids, bodies
}

func TestSettledReadsAsBefore(t *testing.T) {
	s := open(t)
	ids, bodies := office(t, s, 160)
	before := make([]exchange.Record, len(ids))
	var err error
	for i, id := range ids {
		if before[i], err = s.Get(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	taken := s.content(t)
	if blocks := settleAll(t, s); blocks < 3 {
		t.Fatalf("%d blocks", blocks)
	}
	if now := s.content(t); now > taken*3/4 {
		t.Errorf("%d bytes of what were %d", now, taken)
	}
	for i, id := range ids {
		if !bytes.Equal(body(t, s, id, Request), bodies[i][0]) || !bytes.Equal(body(t, s, id, Reply), bodies[i][1]) {
			t.Fatalf("bodies of exchange %d came back otherwise", i)
		}
		if now, err := s.Get(t.Context(), id); err != nil || !reflect.DeepEqual(now, before[i]) {
			t.Fatalf("exchange %d: %v, %+v, not %+v", i, err, now, before[i])
		}
	}
	// A message that lies in a block is found again, by what is kept of its hash.
	if n := s.count(t, `count(*) FROM piece WHERE length(hash) = 16 AND hex(data) LIKE '02%'`); n < 100 {
		t.Fatalf("%d pieces lie in blocks", n)
	}
	clear(s.known)
	pieces := s.count(t, `count(*) FROM piece`)
	it, request, _ := stream(t, "chat-1", 19, "more")
	save(t, s, it)
	if more := s.count(t, `count(*) FROM piece`) - pieces; more != 1 {
		t.Errorf("%d messages of a request were stored, not the new one only", more)
	}
	if !bytes.Equal(body(t, s, it.Record.ID, Request), request) {
		t.Error("a request that shares messages with a block came back otherwise")
	}
	if c, err := s.Check(t.Context()); err != nil || c.Count != 0 {
		t.Errorf("%v, %v", err, c.Problems)
	}
	if more, err := s.Settle(t.Context(), 0); more || err != nil {
		t.Errorf("what is too young was packed (%v, %v)", more, err)
	}
}

// content is how many bytes records, pieces and blocks take.
func (s *Store) content(t *testing.T) (n int64) {
	t.Helper()
	if err := s.read.QueryRowContext(t.Context(), `SELECT (SELECT coalesce(sum(length(data)), 0) FROM piece) + (SELECT coalesce(sum(length(packed)), 0) FROM record)
		+ (SELECT coalesce(sum(length(data)), 0) FROM block)`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// holds says whether any block holds some text.
func (s *Store) holds(t *testing.T, text string) bool {
	t.Helper()
	rows, err := s.read.QueryContext(t.Context(), `SELECT data FROM block`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var data []byte
		if err := rows.Scan(&data); err != nil {
			t.Fatal(err)
		}
		members, err := s.splitBlock(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range members {
			if bytes.Contains(m.data, []byte(text)) {
				return true
			}
		}
	}
	return false
}

// lost are the members of a block as it was that are in no block now.
func (s *Store) lost(t *testing.T, was []member) (list [][]byte) {
	t.Helper()
	for _, m := range was {
		if len(m.data) > 0 && !s.holds(t, string(m.data)) {
			list = append(list, m.data)
		}
	}
	if len(list) == 0 {
		t.Fatal("nothing was taken out of the block")
	}
	return list
}

func TestDeletedLeavesItsBlock(t *testing.T) {
	s := open(t)
	ids, bodies := office(t, s, 160)
	settleAll(t, s)
	if !s.holds(t, "word3 ") {
		t.Fatal("the words of the fourth exchange are in no block")
	}
	body(t, s, ids[3], Request) // its block is at hand, unpacked
	// The first fifty rows, by age.
	if n, err := s.deleteWhile(t.Context(), `seq <= 50`, nil, func() bool { return true }, s.release); n != 50 || err != nil {
		t.Fatalf("%d deleted, %v", n, err)
	}
	if err := s.clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.holds(t, "word3 ") || s.holds(t, "word49 ") {
		t.Error("words of deleted exchanges are still in a block")
	}
	if _, _, err := s.Body(t.Context(), ids[3], Request); !errors.Is(err, ErrNotFound) {
		t.Errorf("a deleted exchange gave %v", err)
	}
	for i := 50; i < len(ids); i++ {
		if !bytes.Equal(body(t, s, ids[i], Request), bodies[i][0]) || !bytes.Equal(body(t, s, ids[i], Reply), bodies[i][1]) {
			t.Fatalf("bodies of exchange %d came back otherwise", i)
		}
	}
	if c, err := s.Check(t.Context()); err != nil || c.Count != 0 {
		t.Errorf("%v, %v", err, c.Problems)
	}
	// A reader that began before a deletion keeps the block as it was.
	var n, seq int64
	if err := s.read.QueryRowContext(t.Context(), `SELECT max(n) FROM block`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	stale, err := s.block(t.Context(), s.read, n)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.read.QueryRowContext(t.Context(), `SELECT max(seq) FROM record WHERE hex(packed) LIKE ?`, fmt.Sprintf("02%02X%%", n)).Scan(&seq); err != nil {
		t.Fatal(err)
	}
	for n := int64(1); n > 0; {
		if n, err = s.deleteBatch(t.Context(), `seq < ?`, []any{seq}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone := s.lost(t, stale)
	s.blocks.put(n, stale)
	if _, err := s.deleteBatch(t.Context(), `seq = ?`, []any{seq}); err != nil {
		t.Fatal(err)
	}
	if err := s.clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, m := range gone {
		if s.holds(t, string(m)) {
			t.Fatal("a second deletion brought back what the first took out of the block")
		}
	}
	// Numbers of rows are given out again: what is saved now is packed, too.
	if _, err := s.DeleteBefore(t.Context(), 1<<60); err != nil {
		t.Fatal(err)
	}
	if n := s.content(t); n != 0 {
		t.Errorf("%d bytes are left after all was deleted", n)
	}
	office(t, s, 160)
	if blocks := settleAll(t, s); blocks < 3 {
		t.Errorf("%d blocks after a new beginning", blocks)
	}
	if _, err := s.DeleteAll(t.Context()); err != nil || s.content(t) != 0 {
		t.Errorf("after DeleteAll: %v", err)
	}
}

// TestBlocksAreTouchedAFewAtATime deletes rows that lie in many blocks.
func TestBlocksAreTouchedAFewAtATime(t *testing.T) {
	s := open(t)
	ids, _ := office(t, s, 60)
	for i := range ids { // each in a block of its own
		if _, err := s.write.ExecContext(t.Context(), `UPDATE record SET packed = ? WHERE seq = ?`, place{int64(1000 + i), 0}.column(), i+1); err != nil {
			t.Fatal(err)
		}
	}
	n, err := s.deleteBatch(t.Context(), `1`, nil)
	if err != nil || n != batchBlocks {
		t.Errorf("%d deleted at once, %v", n, err)
	}
}

func TestBigOnesDoNotHoldUpTheRest(t *testing.T) {
	s := open(t)
	var big []Item
	for range 40 {
		noise := make([]byte, 200<<10)
		for i := range noise {
			noise[i] = byte(i*i>>7) ^ byte(i*len(big))
		}
		it := item(t, nil, noise)
		yes := true
		it.Record.Stream = &yes
		big = append(big, it)
	}
	save(t, s, big...)
	ids, bodies := office(t, s, 200)
	if blocks := settleAll(t, s); blocks == 0 {
		t.Error("nothing was packed")
	}
	if !bytes.Equal(body(t, s, ids[0], Reply), bodies[0][1]) {
		t.Error("it came back otherwise")
	}
	if c, err := s.Check(t.Context()); err != nil || c.Count != 0 {
		t.Errorf("%v, %v", err, c.Problems)
	}
}

// TestOneRequestFillsNoBlockWithoutEnd packs a request of 60 long messages.
func TestOneRequestFillsNoBlockWithoutEnd(t *testing.T) {
	s := open(t)
	var q bytes.Buffer
	q.WriteString(`{"messages":[`)
	for i := range 60 {
		if i > 0 {
			q.WriteByte(',')
		}
		fmt.Fprintf(&q, `{"role":"user","content":%q}`, strings.Repeat(fmt.Sprintf("%d is a long message. ", i*i), 5000)[:100_000])
	}
	q.WriteString(`]}`)
	it := item(t, q.Bytes(), nil)
	save(t, s, it)
	if blocks := settleAll(t, s); blocks != 1 {
		t.Errorf("%d blocks", blocks)
	}
	var data []byte
	if err := s.read.QueryRowContext(t.Context(), `SELECT data FROM block`).Scan(&data); err != nil {
		t.Fatal(err)
	}
	members, err := s.splitBlock(data)
	size := 0
	for _, m := range members {
		size += len(m.data)
	}
	if err != nil || size > maxBlock || size < maxBlock/2 {
		t.Errorf("a block of %d bytes, %v", size, err)
	}
	if !bytes.Equal(body(t, s, it.Record.ID, Request), q.Bytes()) {
		t.Error("it came back otherwise")
	}
}

func TestCheckFindsDamagedBlocks(t *testing.T) {
	whole := open(t)
	office(t, whole, 150)
	settleAll(t, whole)
	if err := whole.checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(whole.path)
	if err != nil {
		t.Fatal(err)
	}
	for change, want := range map[string]string{
		`UPDATE block SET data = substr(data, 1, length(data) - 9) WHERE n = 1`:                "can't be",
		`UPDATE block SET data = x'00' WHERE n = 1`:                                            "can't be",
		`DELETE FROM block WHERE n = 1`:                                                        "block 1 is gone",
		`UPDATE block SET data = (SELECT data FROM block WHERE n = 2) WHERE n = 1`:             "can't be read",
		`UPDATE record SET packed = x'02' WHERE seq = 1`:                                       "can't be read",
		`UPDATE record SET packed = x'02ffffffffffffffffff01ff01' WHERE seq = 1`:               "can't be read",
		`UPDATE record SET packed = x'0201ffff03' WHERE seq = 1`:                               "no longer in block 1",
		`UPDATE record SET packed = (SELECT packed FROM record WHERE seq = 20) WHERE seq = 1`:  "the request body has",
		`UPDATE piece SET data = (SELECT data FROM piece WHERE n = 2) WHERE n = 1`:             "SHA-256 differs",
		`UPDATE record SET packed = (SELECT data FROM piece ORDER BY n LIMIT 1) WHERE seq = 1`: "can't be read",
		`UPDATE piece SET data = (SELECT packed FROM record ORDER BY seq LIMIT 1) WHERE n = 1`: "SHA-256 differs",
	} {
		path := filepath.Join(t.TempDir(), "gumshoe.db")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := s.write.ExecContext(t.Context(), change); err != nil {
			t.Fatalf("%s: %v", change, err)
		}
		c, err := s.Check(context.Background())
		if err != nil || c.Count == 0 || !strings.Contains(strings.Join(c.Problems, "\n"), want) {
			t.Errorf("%s: %v, %.300q", change, err, c.Problems)
		}
		// Deleting goes on all the same.
		if n, err := s.DeleteBefore(t.Context(), 1<<60); n != 150 || err != nil {
			t.Errorf("%s: %d deleted, %v", change, n, err)
		}
	}
}

// TestOldLogsSettle opens a log that was written before there were blocks.
func TestOldLogsSettle(t *testing.T) {
	s := open(t)
	ids, bodies := office(t, s, 200)
	for _, q := range []string{`DROP TABLE block`, `DROP TABLE settled`, `DROP TABLE quoted`, `DROP TABLE gone`, `DROP TABLE stretched`, `CREATE INDEX rollup_at ON rollup (span, at)`, `PRAGMA user_version = 5`} {
		if _, err := s.write.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	path := s.path
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.blockBytes = 32 << 10
	if settleAll(t, s) == 0 || !bytes.Equal(body(t, s, ids[9], Reply), bodies[9][1]) {
		t.Error("it was not packed, or came back otherwise")
	}
	if _, err := os.Stat(path + ".v5"); err != nil {
		t.Errorf("no copy was kept: %v", err)
	}
}

func FuzzPacked(f *testing.F) {
	t := &testing.T{}
	it, request, reply := stream(t, "c", 2, "word")
	p := packed{start: it.Record.Start, end: it.Record.End, chunks: it.Record.Chunks, replyLen: int64(len(reply)),
		reply: append([]byte{0xff, 0xff, 0xff, 0x01}, reply...), request: request}
	saved, err := p.pack(nil)
	if err != nil {
		f.Fatal(err)
	}
	m, err := p.squeeze()
	if err != nil {
		f.Fatal(err)
	}
	s, err := newStore(Config{})
	if err != nil {
		f.Fatal(err)
	}
	for _, b := range [][]byte{saved, m.data, s.joinBlock([]member{m, {}, {data: saved}}, nil)} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := unpack(b); err == nil {
			again, err := p.squeeze()
			if err != nil {
				t.Fatal(err)
			}
			if q, err := unpack(again.data); err == nil && !bytes.Equal(q.reply, p.reply) {
				t.Fatalf("the reply %q came back as %q", p.reply, q.reply)
			}
		}
		if len(b) > blockHead { // so that more than the checksum is tried
			b = bytes.Clone(b)
			binary.LittleEndian.PutUint32(b[2:], crc32.Checksum(b[blockHead:], castagnoli))
		}
		if members, err := s.splitBlock(b); err == nil {
			again, err := s.splitBlock(s.joinBlock(members, nil))
			if err != nil || len(again) != len(members) {
				t.Fatalf("%d members came back as %d (%v)", len(members), len(again), err)
			}
		}
	})
}

// BenchmarkBody reads a request of a chat's twentieth turn, as saved and from
// blocks that nobody has read lately.
func BenchmarkBody(b *testing.B) {
	for _, settled := range []bool{false, true} {
		b.Run(fmt.Sprintf("settled=%v", settled), func(b *testing.B) {
			s, err := Open(b.Context(), Config{Path: filepath.Join(b.TempDir(), "gumshoe.db")})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			ids := make([]string, 0, 2800)
			for i := range 2800 {
				it, _, _ := stream(b, fmt.Sprintf("chat-%d-%d", i%7, i/140), i/7%20, fmt.Sprintf("word%d", i))
				if err := s.Save(b.Context(), []Item{it}, Progress{}); err != nil {
					b.Fatal(err)
				}
				ids = append(ids, it.Record.ID)
			}
			for more := settled; more; {
				if more, err = s.Settle(b.Context(), 1<<60); err != nil {
					b.Fatal(err)
				}
			}
			n := 0
			for b.Loop() {
				s.blocks.forget()
				r, _, err := s.Body(b.Context(), ids[139+140*(n%20)], Request)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, r); err != nil {
					b.Fatal(err)
				}
				n++
			}
		})
	}
}

// TestFreshTextIsZipped packs text of which nothing repeats: to guess it bit by bit
// would take too long to read.
func TestFreshTextIsZipped(t *testing.T) {
	s := open(t)
	for _, size := range []int{maxFresh / 2, maxFresh * 2} {
		var members []member
		for left := size; left > 0; left -= 1 << 10 {
			noise := make([]byte, 1<<10)
			for i := range noise {
				noise[i] = byte(mrand.Uint32())
			}
			members = append(members, member{noise, left % 3})
		}
		data := s.joinBlock(members, nil)
		if zipped := data[1] == textZipped; zipped != (size > maxFresh) {
			t.Errorf("%d bytes: zipped is %v", size, zipped)
		}
		if back, err := s.splitBlock(data); err != nil || !reflect.DeepEqual(back, members) {
			t.Errorf("%d bytes: came back otherwise (%v)", size, err)
		}
		for _, at := range []int{1, 2, 7, 20, len(data) - 1} {
			changed := bytes.Clone(data)
			changed[at] ^= 1
			if _, err := s.splitBlock(changed); !errors.Is(err, ErrDamaged) {
				t.Errorf("with byte %d changed: %v", at, err)
			}
		}
	}
}
