package api

import (
	"gumshoe/backend/api/dto"
	"gumshoe/backend/exchange"
)

// Row is an exchange as the list shows it. prompt is the start of the last user
// message.
func Row(e exchange.Exchange, prompt string) dto.Row {
	notes := make([]string, 0, len(e.Notes))
	for _, n := range e.Notes {
		notes = append(notes, string(n))
	}
	t, u := e.Timing, e.Usage
	return dto.Row{
		ID: e.ID, StartedAt: e.StartedAt, State: string(e.State), HTTPStatus: e.HTTPStatus, Upstream: e.Upstream, Kind: string(e.Kind),
		API: string(e.API), Method: e.Method, Path: e.Path, Client: e.Client, ModelRequested: e.ModelRequested, Model: e.Model,
		Stream: e.Stream, User: e.User, Chat: e.Chat, Task: string(e.Task), InputTokens: u.Input, OutputTokens: u.Output,
		CachedTokens: u.Cached, ReasonTokens: u.Reasoning, TokensBasis: string(u.Basis), FirstByte: t.FirstByte, TTFT: t.TTFT,
		Duration: t.Duration, Total: t.Total, Load: t.Load, PromptEval: t.PromptEval, Eval: t.Eval, GenerationTPS: t.GenerationTPS,
		GenerationTPSB: string(t.GenerationTPSBasis), PromptTPS: t.PromptTPS, PromptTPSB: string(t.PromptTPSBasis), Finish: e.Finish,
		Error: e.Error, Notes: notes, RequestBytes: e.RequestBytes, ResponseBytes: e.ResponseBytes, Prompt: prompt,
	}
}

func headers(list []exchange.Header) []dto.Header {
	out := make([]dto.Header, 0, len(list))
	for _, h := range list {
		out = append(out, dto.Header{Name: h.Name, Value: h.Value})
	}
	return out
}

func messages(list []exchange.Message) []dto.Message {
	out := make([]dto.Message, 0, len(list))
	for _, m := range list {
		d := dto.Message{Role: m.Role, Name: m.Name, ToolCallID: m.ToolCallID, Parts: []dto.Part{}, ToolCalls: []dto.ToolCall{}}
		for _, p := range m.Parts {
			d.Parts = append(d.Parts, dto.Part{Type: string(p.Type), Text: p.Text, MediaType: p.MediaType, Data: p.Data, URL: p.URL})
		}
		for _, c := range m.ToolCalls {
			d.ToolCalls = append(d.ToolCalls, dto.ToolCall{ID: c.ID, Name: c.Name, Arguments: c.Arguments})
		}
		out = append(out, d)
	}
	return out
}
