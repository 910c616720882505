package store

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
)

// told fills a row with all that a proxy and Open WebUI say of an exchange, and puts
// it at its time of the month: working hours, two minutes apart.
func (m *month) told(it *Item) {
	const aDay = 240
	r := it.Record
	at := time.Date(2026, 11, 1+m.n/aDay, 9, m.n%aDay*2, m.n%60, 0, time.UTC)
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(at.UnixMilli())<<16|0x7000|uint64(m.row.IntN(0x1000)))
	binary.BigEndian.PutUint64(id[8:], m.row.Uint64()&^(3<<62)|2<<62)
	r.ID, r.StartedAt = id.String(), at.UnixMicro()
	named := func(kind byte, n int) string {
		var u uuid.UUID
		u[0] = kind
		binary.BigEndian.PutUint64(u[8:], uint64(n)*0x9E3779B97F4A7C15)
		binary.BigEndian.PutUint32(u[2:], uint32(n)*0x85EBCA6B)
		return u.String()
	}
	r.Chat, r.Answer, r.ChatBasis, r.AnswerBasis, r.TaskBasis = named(1, m.of), named(2, m.of<<8|m.turn), exchange.Reported, exchange.Reported, exchange.Reported
	r.User, r.Client, r.ModelRequested, r.Finish = "kim@example.org", "Python/3.12 aiohttp/3.12.15", r.Model, "stop"
	number := func(v int64) *int64 { n := v + m.row.Int64N(v/2+1); return &n }
	words := int64(len(r.Reply)/6 + 1)
	r.Usage = exchange.Usage{Input: number(it.RequestLen/5 + 1), Output: number(words), Basis: exchange.Reported}
	r.Timing = exchange.Timing{FirstByte: number(300_000), TTFT: number(310_000), LastToken: number(words * 24_000), Duration: number(words*24_000 + 9000),
		Total: number(words * 24_000_000), Load: number(40_000_000), PromptEval: number(200_000_000), Eval: number(words * 23_000_000), GenerationTPSBasis: exchange.Reported, PromptTPSBasis: exchange.Reported}
	r.Timing.GenerationTPS, r.Timing.PromptTPS = exchange.Float64(30+12*m.row.Float64()), exchange.Float64(300+120*m.row.Float64())
	r.Cost = exchange.Cost{USD: exchange.Float64(0), Basis: exchange.Calculated}
	headers := []exchange.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "User-Agent", Value: r.Client}, {Name: "Accept", Value: "*/*"}, {Name: "Accept-Encoding", Value: "gzip, deflate, br"},
		{Name: "X-OpenWebUI-User-Email", Value: r.User}, {Name: "X-OpenWebUI-Chat-Id", Value: r.Chat}, {Name: "X-OpenWebUI-Message-Id", Value: r.Answer}}
	r.Start = exchange.Start{Upstream: r.Upstream, Kind: r.Kind, Method: r.Method, Path: r.Path, URL: "http://127.0.0.1:11434/api/chat", Headers: headers, Remote: "127.0.0.1", ContentLength: it.RequestLen}
	r.Head = &exchange.Head{Status: 200, ContentLength: -1, Headers: []exchange.Header{{Name: "Content-Type", Value: "application/x-ndjson"}, {Name: "Date", Value: at.Format(time.RFC1123)}, {Name: "Transfer-Encoding", Value: "chunked"}}}
	r.SentAt = exchange.Int64(at.UnixMicro() + 900 + m.row.Int64N(300))
	r.End = exchange.End{State: exchange.OK}
}

// taken says what the tables and indexes take that take most.
func (s *Store) taken() (text string, err error) {
	rows, err := s.read.Query(`SELECT name, sum(pgsize) FROM dbstat GROUP BY name HAVING sum(pgsize) >= 50000 ORDER BY 2 DESC`)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var size int64
		if err := rows.Scan(&name, &size); err != nil {
			return "", err
		}
		text += fmt.Sprintf(" %s %.2f", name, mb(size))
	}
	return text, rows.Err()
}
