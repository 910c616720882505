package recorder

import (
	"bytes"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire/dialects"
)

// A conclusion that fails costs itself, not the row.
func TestStrangeExchangeIsRecordedAllTheSame(t *testing.T) {
	b := newBench(t, 0)
	id := b.passed(exchange.KindOllama, "/api/chat", `{"model":"tiny","messages":[{"role":"user","content":"Why?"}]}`, "application/x-ndjson", 200, ollamaStream)
	cfg := b.config()
	cfg.Dialect = dialects.For
	cfg.Insight.Cost = func(*exchange.Exchange, string, string) exchange.Cost { panic("no such price") }
	cfg.Insight.Local = func(string, string) bool { panic("no such place") }
	b.once(cfg)
	r := b.row(id)
	if r.State != exchange.OK || *r.Usage.Output != 3 || r.Cost.USD != nil || len(r.Verdicts) != 0 || !bytes.Contains(r.request, []byte("Why?")) {
		t.Errorf("the row is %+v", r.Record)
	}
}
