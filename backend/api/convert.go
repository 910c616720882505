package api

import (
	"slices"

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
		Answer: e.Answer, ChatBasis: string(e.ChatBasis), AnswerBasis: string(e.AnswerBasis), TaskBasis: string(e.TaskBasis),
		CacheWriteTokens: u.CacheWrite, Queue: t.Queue, QueueBasis: string(t.QueueBasis), Cost: e.Cost.USD, CostBasis: string(e.Cost.Basis),
		Verdicts: codes(e.Verdicts),
	}
}

// codes are the verdicts' codes, each once.
func codes(list []exchange.Verdict) []string {
	out := []string{}
	for _, v := range list {
		if !slices.Contains(out, string(v.Code)) {
			out = append(out, string(v.Code))
		}
	}
	return out
}

// figures fills in what only the detail shows of a row.
func figures(d *dto.Detail, e exchange.Exchange) {
	u := e.Usage
	d.Verdicts = []dto.Verdict{}
	for _, v := range e.Verdicts {
		d.Verdicts = append(d.Verdicts, dto.Verdict{Code: string(v.Code), Confidence: string(v.Confidence),
			Numbers: nonNil(v.Numbers), Words: nonNil(v.Words), Related: append([]string{}, v.Related...)})
	}
	d.Properties, d.SessionPath, d.SessionName, d.RequestID = nonNil(e.Properties), e.Session.Path, e.Session.Name, e.RequestID
	d.Price, d.PriceSource, d.CostParts = e.Cost.Price, e.Cost.Source, []dto.CostPart{}
	d.CostAssumed = []string{}
	d.CacheWriteHourTokens, d.InputAudioTokens, d.OutputAudioTokens = u.CacheWriteHour, u.InputAudio, u.OutputAudio
	d.InputImageTokens, d.OutputImageTokens = u.InputImage, u.OutputImage
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
