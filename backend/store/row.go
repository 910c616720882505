package store

import (
	"database/sql"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"gumshoe/backend/exchange"
)

// Row is one line of the list: the exchange and the start of its prompt.
type Row struct {
	exchange.Exchange
	Prompt string // at most 200 runes of the last user message
}

const rowColumns = `started_at, state, http_status, upstream, kind, api, method, path, client, model_requested, model,
	stream, user, chat, answer, task, input_tokens, output_tokens, cached_tokens, reasoning_tokens, tokens_basis,
	first_byte, ttft, last_token, duration, total, load, prompt_eval, eval, generation_tps, generation_tps_basis,
	prompt_tps, prompt_tps_basis, finish, error, notes, partial, request_bytes, response_bytes, snippet`

const insertRow = `INSERT INTO exchange (id, ` + rowColumns + `) VALUES (?,
	?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
	ON CONFLICT (id) DO NOTHING`

func rowValues(id []byte, r *exchange.Record) []any {
	e, u, t := &r.Exchange, &r.Usage, &r.Timing
	notes := make([]string, len(e.Notes))
	for i, n := range e.Notes {
		notes[i] = string(n)
	}
	return []any{
		id, e.StartedAt, string(e.State), e.HTTPStatus, e.Upstream, string(e.Kind), string(e.API), e.Method, e.Path, e.Client,
		e.ModelRequested, e.Model, e.Stream, e.User, e.Chat, e.Answer, string(e.Task),
		u.Input, u.Output, u.Cached, u.Reasoning, string(u.Basis),
		t.FirstByte, t.TTFT, t.LastToken, t.Duration, t.Total, t.Load, t.PromptEval, t.Eval,
		t.GenerationTPS, string(t.GenerationTPSBasis), t.PromptTPS, string(t.PromptTPSBasis),
		e.Finish, e.Error, strings.Join(notes, " "), e.Partial, e.RequestBytes, e.ResponseBytes, Snippet(r.Prompt),
	}
}

// scanRow reads id, rowColumns and then into more.
func scanRow(rows *sql.Rows, r *Row, more ...any) error {
	var id []byte
	var notes string
	e, u, t := &r.Exchange, &r.Usage, &r.Timing
	err := rows.Scan(append([]any{
		&id, &e.StartedAt, &e.State, &e.HTTPStatus, &e.Upstream, &e.Kind, &e.API, &e.Method, &e.Path, &e.Client,
		&e.ModelRequested, &e.Model, &e.Stream, &e.User, &e.Chat, &e.Answer, &e.Task,
		&u.Input, &u.Output, &u.Cached, &u.Reasoning, &u.Basis,
		&t.FirstByte, &t.TTFT, &t.LastToken, &t.Duration, &t.Total, &t.Load, &t.PromptEval, &t.Eval,
		&t.GenerationTPS, &t.GenerationTPSBasis, &t.PromptTPS, &t.PromptTPSBasis,
		&e.Finish, &e.Error, &notes, &e.Partial, &e.RequestBytes, &e.ResponseBytes, &r.Prompt,
	}, more...)...)
	if err != nil {
		return damaged("reading a row", err)
	}
	parsed, err := uuid.FromBytes(id)
	if err != nil {
		return fmt.Errorf("reading a row's id: %w", err)
	}
	e.ID = parsed.String()
	for n := range strings.FieldsSeq(notes) {
		e.Notes = append(e.Notes, exchange.Note(n))
	}
	return nil
}
