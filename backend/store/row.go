package store

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
)

// Row is one line of the list: the exchange and what it is about.
type Row struct {
	exchange.Exchange
	Prompt string // at most 200 runes of the record's Subject
}

const rowColumns = `started_at, state, http_status, upstream, kind, api, method, path, client, model_requested, model,
	stream, user, chat, answer, task, input_tokens, output_tokens, cached_tokens, reasoning_tokens, tokens_basis,
	first_byte, ttft, last_token, duration, total, load, prompt_eval, eval, generation_tps, generation_tps_basis,
	prompt_tps, prompt_tps_basis, finish, error, notes, partial, request_bytes, response_bytes, snippet,
	chat_basis, answer_basis, task_basis, cache_write_tokens, cost, cost_basis, queue, queue_basis, verdicts, more, has`

// What stands before and behind the values of a new row.
const (
	insertInto  = `INSERT INTO exchange (id, ` + rowColumns + `) VALUES (`
	unlessThere = `) ON CONFLICT (id) DO NOTHING`
)

// rowValues appends them to into, in the order of the columns.
func rowValues(into []any, id []byte, r *exchange.Record) []any {
	e, u, t := &r.Exchange, &r.Usage, &r.Timing
	notes := make([]string, len(e.Notes))
	for i, n := range e.Notes {
		notes[i] = string(n)
	}
	return append(into,
		id, e.StartedAt, string(e.State), e.HTTPStatus, e.Upstream, string(e.Kind), string(e.API), e.Method, e.Path, e.Client,
		e.ModelRequested, e.Model, e.Stream, e.User, e.Chat, e.Answer, string(e.Task),
		u.Input, u.Output, u.Cached, u.Reasoning, string(u.Basis),
		t.FirstByte, t.TTFT, t.LastToken, t.Duration, t.Total, t.Load, t.PromptEval, t.Eval,
		t.GenerationTPS, string(t.GenerationTPSBasis), t.PromptTPS, string(t.PromptTPSBasis),
		e.Finish, e.Error, strings.Join(notes, " "), e.Partial, e.RequestBytes, e.ResponseBytes, Snippet(r.Subject()),
		string(e.ChatBasis), string(e.AnswerBasis), string(e.TaskBasis), u.CacheWrite, e.Cost.USD, string(e.Cost.Basis),
		t.Queue, string(t.QueueBasis), verdictCodes(e.Verdicts), moreOf(e), padded(e.Has),
	)
}

// more is what few rows have, as JSON in one column.
type more struct {
	Session        *exchange.Session  `json:"session,omitempty"`
	Properties     map[string]string  `json:"properties,omitempty"`
	RequestID      string             `json:"request_id,omitempty"`
	Links          []string           `json:"links,omitempty"`
	Price          string             `json:"price,omitempty"`
	Source         string             `json:"source,omitempty"`
	Verdicts       []exchange.Verdict `json:"verdicts,omitempty"`
	CacheWriteHour *int64             `json:"cache_write_hour,omitempty"`
	InputAudio     *int64             `json:"input_audio,omitempty"`
	OutputAudio    *int64             `json:"output_audio,omitempty"`
	InputImage     *int64             `json:"input_image,omitempty"`
	OutputImage    *int64             `json:"output_image,omitempty"`
}

func moreOf(e *exchange.Exchange) string {
	u := &e.Usage
	m := more{Properties: e.Properties, RequestID: e.RequestID, Links: e.Links, Price: e.Cost.Price, Source: e.Cost.Source, Verdicts: e.Verdicts,
		CacheWriteHour: u.CacheWriteHour, InputAudio: u.InputAudio, OutputAudio: u.OutputAudio, InputImage: u.InputImage, OutputImage: u.OutputImage}
	if e.Session != (exchange.Session{}) {
		m.Session = &e.Session
	}
	b, err := json.Marshal(m)
	if err != nil || len(b) <= len("{}") {
		return "" // strings and numbers: it can't fail
	}
	return string(b)
}

func (m *more) into(e *exchange.Exchange) {
	u := &e.Usage
	e.Properties, e.RequestID, e.Links, e.Cost.Price, e.Cost.Source, e.Verdicts = m.Properties, m.RequestID, m.Links, m.Price, m.Source, m.Verdicts
	u.CacheWriteHour, u.InputAudio, u.OutputAudio, u.InputImage, u.OutputImage = m.CacheWriteHour, m.InputAudio, m.OutputAudio, m.InputImage, m.OutputImage
	if m.Session != nil {
		e.Session = *m.Session
	}
}

// verdictCodes are the codes apart by spaces, each once.
func verdictCodes(list []exchange.Verdict) string {
	var codes []string
	for _, v := range list {
		if !slices.Contains(codes, string(v.Code)) {
			codes = append(codes, string(v.Code))
		}
	}
	return strings.Join(codes, " ")
}

// scanRow reads id, rowColumns and then into further.
func scanRow(rows *sql.Rows, r *Row, further ...any) error {
	var id []byte
	var notes, codes, rest, has string
	e, u, t := &r.Exchange, &r.Usage, &r.Timing
	err := rows.Scan(append([]any{
		&id, &e.StartedAt, &e.State, &e.HTTPStatus, &e.Upstream, &e.Kind, &e.API, &e.Method, &e.Path, &e.Client,
		&e.ModelRequested, &e.Model, &e.Stream, &e.User, &e.Chat, &e.Answer, &e.Task,
		&u.Input, &u.Output, &u.Cached, &u.Reasoning, &u.Basis,
		&t.FirstByte, &t.TTFT, &t.LastToken, &t.Duration, &t.Total, &t.Load, &t.PromptEval, &t.Eval,
		&t.GenerationTPS, &t.GenerationTPSBasis, &t.PromptTPS, &t.PromptTPSBasis,
		&e.Finish, &e.Error, &notes, &e.Partial, &e.RequestBytes, &e.ResponseBytes, &r.Prompt,
		&e.ChatBasis, &e.AnswerBasis, &e.TaskBasis, &u.CacheWrite, &e.Cost.USD, &e.Cost.Basis, &t.Queue, &t.QueueBasis, &codes, &rest, &has,
	}, further...)...)
	if err != nil {
		return damaged("reading a row", err)
	}
	parsed, err := uuid.FromBytes(id)
	if err != nil {
		return fmt.Errorf("reading a row's id: %w", err)
	}
	e.ID = parsed.String()
	if rest != "" {
		var m more
		if err := json.Unmarshal([]byte(rest), &m); err == nil { // a damaged one is as none
			m.into(e)
		}
	}
	for c := range strings.FieldsSeq(has) {
		e.Has = append(e.Has, exchange.Content(c))
	}
	for n := range strings.FieldsSeq(notes) {
		e.Notes = append(e.Notes, exchange.Note(n))
	}
	return nil
}

// padded joins codes with a space before and after each, so that one can be
// looked for as a whole.
func padded(list []exchange.Content) string {
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	for _, c := range list {
		b.WriteByte(' ')
		b.WriteString(string(c))
	}
	b.WriteByte(' ')
	return b.String()
}
