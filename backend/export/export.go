// Package export writes the log as CSV, JSONL, HAR, Markdown or examples for
// fine-tuning, newest first (HAR: oldest first, as its specification prefers), and
// tables of its figures as CSV or JSONL.
//
// Guarantees: every exchange of the filter is written or counted as left out,
// and only one is in memory at a time; an export that failed or was cancelled is
// an error, and File leaves nothing of it. CSV is RFC 4180 with columns that stay
// in their order (Columns); a figure that is not known is an empty cell or null,
// one that is derived has its basis beside it, and no cell that others wrote can become
// a formula in a spreadsheet. Headers are written as they are kept: without
// secrets. An example for fine-tuning passes Check.
//
// Test it with: go test ./backend/export
package export

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
	"gumshoe/backend/store"
)

// Source gives the exchanges of a filter, by Each the newest first; *store.Store is one.
type Source interface {
	Each(ctx context.Context, f query.Filter, fn func(exchange.Exchange) error) error
	EachUp(ctx context.Context, f query.Filter, fn func(exchange.Exchange) error) error
}

// Bodies gives what is kept of an exchange; *store.Store does.
type Bodies interface {
	Get(ctx context.Context, id string) (exchange.Record, error)
	Body(ctx context.Context, id string, side store.Side) (io.ReadCloser, int64, error)
}

// Columns are the columns in their order; with bodies, prompt and answer stand
// before those that came later, so that what reads by place goes on working.
// Times are RFC 3339 in UTC, durations milliseconds, money US dollars; a figure's
// basis is reported, charged, calculated, estimated or inferred. answer_id is
// shared by all requests that served one question; verdicts are parted by spaces.
func Columns(bodies bool) []string {
	c := []string{"id", "started_at", "state", "http_status", "upstream", "api", "method", "path", "model_requested", "model",
		"stream", "user", "chat", "task", "input_tokens", "output_tokens", "tokens_basis", "ttft_ms", "duration_ms",
		"generation_tps", "prompt_tps", "load_ms", "request_bytes", "response_bytes", "client", "error"}
	if bodies {
		c = append(c, "prompt", "answer")
	}
	return append(c, "cost_usd", "cost_basis", "cached_tokens", "cache_write_tokens", "reasoning_tokens", "generation_tps_basis",
		"prompt_tps_basis", "queue_ms", "queue_basis", "chat_basis", "answer_id", "answer_basis", "task_basis", "finish", "verdicts")
}

func cells(e *exchange.Exchange) []string {
	status := ""
	if e.HTTPStatus != 0 {
		status = strconv.Itoa(e.HTTPStatus)
	}
	stream := ""
	if e.Stream != nil {
		stream = strconv.FormatBool(*e.Stream)
	}
	return []string{
		e.ID, time.UnixMicro(e.StartedAt).UTC().Format("2006-01-02T15:04:05.000000Z"), string(e.State), status,
		text(e.Upstream), string(e.API), text(e.Method), text(e.Path), text(e.ModelRequested), text(e.Model), stream,
		text(e.User), text(e.Chat), text(string(e.Task)), whole(e.Usage.Input), whole(e.Usage.Output),
		of(e.Usage.Basis, e.Usage.Input != nil || e.Usage.Output != nil),
		millis(e.Timing.TTFT), millis(e.Timing.Duration), float(e.Timing.GenerationTPS), float(e.Timing.PromptTPS),
		millis(e.Timing.Load), strconv.FormatInt(e.RequestBytes, 10), strconv.FormatInt(e.ResponseBytes, 10),
		text(e.Client), text(e.Error),
	}
}

// laterCells are the cells of the columns behind prompt and answer.
func laterCells(e *exchange.Exchange) []string {
	u, t := &e.Usage, &e.Timing
	cost := ""
	if e.Cost.USD != nil {
		cost = strconv.FormatFloat(*e.Cost.USD, 'f', -1, 64)
	}
	verdicts := make([]string, len(e.Verdicts))
	for i, v := range e.Verdicts {
		verdicts[i] = string(v.Code)
	}
	return []string{cost, of(e.Cost.Basis, e.Cost.USD != nil), whole(u.Cached), whole(u.CacheWrite), whole(u.Reasoning),
		of(t.GenerationTPSBasis, t.GenerationTPS != nil), of(t.PromptTPSBasis, t.PromptTPS != nil),
		millis(t.Queue), of(t.QueueBasis, t.Queue != nil), of(e.ChatBasis, e.Chat != ""), text(e.Answer), of(e.AnswerBasis, e.Answer != ""),
		of(e.TaskBasis, e.Task != ""), text(e.Finish), strings.Join(verdicts, " ")}
}

// of is the basis of a figure that is known.
func of(basis exchange.Basis, known bool) string {
	if !known {
		return ""
	}
	return string(basis)
}

// text makes s valid UTF-8 and puts an apostrophe before what a spreadsheet
// would take for a formula (OWASP, CSV injection).
func text(s string) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", "\uFFFD"), "\uFFFD")
	if s == "" {
		return s
	}
	if strings.ContainsRune("=+-@\t\r\n", rune(s[0])) || strings.HasPrefix(s, "\uFF1D") || strings.HasPrefix(s, "\uFF0B") ||
		strings.HasPrefix(s, "\uFF0D") || strings.HasPrefix(s, "\uFF20") {
		return "'" + s
	}
	return s
}

func whole(v *int64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatInt(*v, 10)
}

func float(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', 2, 64)
}

// millis is a duration of microseconds in milliseconds.
func millis(v *int64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(float64(*v)/1000, 'f', -1, 64)
}
