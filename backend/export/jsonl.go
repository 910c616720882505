package export

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"gumshoe/backend/exchange"
)

// line is one exchange as JSONL. Times are RFC 3339 in UTC, durations
// milliseconds, money US dollars; null is not known.
type line struct {
	ID              string            `json:"id"`
	StartedAt       string            `json:"started_at"`
	State           string            `json:"state"`
	HTTPStatus      *int              `json:"http_status"`
	Upstream        string            `json:"upstream"`
	Kind            string            `json:"kind"`
	API             string            `json:"api"`
	Method          string            `json:"method"`
	Path            string            `json:"path"`
	Client          string            `json:"client"`
	ModelRequested  string            `json:"model_requested"`
	Model           string            `json:"model"`
	Stream          *bool             `json:"stream"`
	User            string            `json:"user"`
	Chat            string            `json:"chat"`
	ChatBasis       string            `json:"chat_basis"`
	Answer          string            `json:"answer"`
	AnswerBasis     string            `json:"answer_basis"`
	Task            string            `json:"task"`
	TaskBasis       string            `json:"task_basis"`
	InputTokens     *int64            `json:"input_tokens"`
	OutputTokens    *int64            `json:"output_tokens"`
	CachedTokens    *int64            `json:"cached_tokens"`
	CacheWrite      *int64            `json:"cache_write_tokens"`
	ReasoningTokens *int64            `json:"reasoning_tokens"`
	TokensBasis     string            `json:"tokens_basis"`
	Cost            *float64          `json:"cost_usd"`
	CostBasis       string            `json:"cost_basis"`
	TTFT            *float64          `json:"ttft_ms"`
	Duration        *float64          `json:"duration_ms"`
	Load            *float64          `json:"load_ms"`
	Queue           *float64          `json:"queue_ms"`
	QueueBasis      string            `json:"queue_basis"`
	GenerationTPS   *float64          `json:"generation_tps"`
	GenerationBasis string            `json:"generation_tps_basis"`
	PromptTPS       *float64          `json:"prompt_tps"`
	PromptBasis     string            `json:"prompt_tps_basis"`
	Finish          string            `json:"finish"`
	Error           string            `json:"error"`
	Verdicts        []string          `json:"verdicts"`
	Properties      map[string]string `json:"properties,omitempty"`
	RequestBytes    int64             `json:"request_bytes"`
	ResponseBytes   int64             `json:"response_bytes"`

	Messages []message                  `json:"messages,omitempty"`
	Tools    []tool                     `json:"tools,omitempty"`
	Params   map[string]json.RawMessage `json:"params,omitempty"`
	Reply    []message                  `json:"reply,omitempty"`
}

func jsonlWriter(ctx context.Context, w io.Writer, r reading, bodies bool) func(*exchange.Exchange) error {
	return func(e *exchange.Exchange) error {
		l := lineOf(e)
		if bodies {
			said, ok, err := r.of(ctx, e.ID)
			if err != nil {
				return fmt.Errorf("reading its bodies: %w", err)
			}
			if ok {
				l.Messages, l.Tools, l.Reply = messages(said.Request.Messages), tools(said.Request.Tools), messages(said.Output.Reply.Messages)
				l.Params = params(said.Request.Params)
			}
		}
		return writeLine(w, l)
	}
}

// params are the request's parameters; what is no JSON becomes a string.
func params(in map[string]string) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for k, v := range in {
		if json.Valid([]byte(v)) {
			out[k] = json.RawMessage(v)
			continue
		}
		if b, err := json.Marshal(v); err == nil {
			out[k] = b
		}
	}
	return out
}

func writeLine(w io.Writer, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("describing it: %w", err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

func lineOf(e *exchange.Exchange) line {
	u, t := &e.Usage, &e.Timing
	l := line{ID: e.ID, StartedAt: time.UnixMicro(e.StartedAt).UTC().Format("2006-01-02T15:04:05.000000Z"), State: string(e.State), Upstream: e.Upstream,
		Kind: string(e.Kind), API: string(e.API), Method: e.Method, Path: e.Path, Client: e.Client, ModelRequested: e.ModelRequested, Model: e.Model,
		Stream: e.Stream, User: e.User, Chat: e.Chat, ChatBasis: string(e.ChatBasis), Answer: e.Answer, AnswerBasis: string(e.AnswerBasis),
		Task: string(e.Task), TaskBasis: string(e.TaskBasis), InputTokens: u.Input, OutputTokens: u.Output, CachedTokens: u.Cached, CacheWrite: u.CacheWrite,
		ReasoningTokens: u.Reasoning, TokensBasis: string(u.Basis), Cost: e.Cost.USD, CostBasis: string(e.Cost.Basis), TTFT: inMillis(t.TTFT),
		Duration: inMillis(t.Duration), Load: inMillis(t.Load), Queue: inMillis(t.Queue), QueueBasis: string(t.QueueBasis), GenerationTPS: t.GenerationTPS,
		GenerationBasis: string(t.GenerationTPSBasis), PromptTPS: t.PromptTPS, PromptBasis: string(t.PromptTPSBasis), Finish: e.Finish, Error: e.Error,
		Verdicts: []string{}, Properties: e.Properties, RequestBytes: e.RequestBytes, ResponseBytes: e.ResponseBytes}
	if e.HTTPStatus > 0 {
		l.HTTPStatus = &e.HTTPStatus
	}
	for _, v := range e.Verdicts {
		l.Verdicts = append(l.Verdicts, string(v.Code))
	}
	return l
}

func inMillis(v *int64) *float64 {
	if v == nil {
		return nil
	}
	ms := float64(*v) / 1000
	return &ms
}

// valid makes a text that JSON and people can read.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
