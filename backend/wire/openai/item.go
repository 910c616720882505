package openai

import (
	"encoding/json"

	"gumshoe/backend/exchange"
)

// readItem reads one item of the Responses API, of a request's input or of a
// reply's output: a message, reasoning, a call, a call's output. The kinds
// without a place of their own (web_search_call, code_interpreter_call …) are
// kept as JSON.
func readItem(raw json.RawMessage) exchange.Message {
	var i struct {
		Type, Role, Name string
		Phase            json.RawMessage
		CallID           string          `json:"call_id"`
		ID               string          `json:"id"`
		Content          json.RawMessage `json:"content"`
		Summary          json.RawMessage `json:"summary"`
		Encrypted        json.RawMessage `json:"encrypted_content"`
		Arguments        json.RawMessage `json:"arguments"`
		Input            json.RawMessage `json:"input"`
		Output           json.RawMessage `json:"output"`
		Result           string          `json:"result"`
		Format           string          `json:"output_format"`
	}
	if isNull(raw) || Lenient(raw, &i) != nil {
		if isEmpty(raw) {
			return exchange.Message{}
		}
		return exchange.Message{Parts: parts(raw)}
	}
	var extra Extras
	m := exchange.Message{Role: i.Role}
	switch i.Type {
	case "", "message":
		m.Name = i.Name
		m.Parts = parts(i.Content)
		contentExtras(i.Content, &extra)
		extra.Add("phase", i.Phase)
	case "reasoning":
		m.Role = "assistant"
		for _, p := range append(parts(i.Summary), parts(i.Content)...) {
			if p.Type != exchange.PartOther && p.Text != "" {
				m.Parts = append(m.Parts, exchange.Part{Type: exchange.PartReasoning, Text: p.Text})
			}
		}
		if !isEmpty(i.Encrypted) {
			extra.Add("encrypted_content", json.RawMessage("["+string(i.Encrypted)+"]"))
		}
	case "function_call", "custom_tool_call":
		m.Role = "assistant"
		args := i.Arguments
		if isNull(args) {
			args = i.Input
		}
		m.ToolCalls = []exchange.ToolCall{{ID: firstText(i.CallID, i.ID), Name: i.Name, Arguments: argText(args)}}
	case "function_call_output", "custom_tool_call_output":
		m.Role, m.ToolCallID = "tool", i.CallID
		m.Parts = parts(i.Output)
	case "image_generation_call":
		m.Role = "assistant"
		p := exchange.Part{Type: exchange.PartImage, Data: i.Result, MediaType: ImageType(i.Result)}
		if p.MediaType == "" && i.Format != "" {
			p.MediaType = "image/" + i.Format
		}
		if i.Result == "" {
			p = exchange.Part{Type: exchange.PartOther, Text: compact(raw)}
		}
		m.Parts = []exchange.Part{p}
	default:
		m.Role = firstText(m.Role, "assistant")
		m.Parts = []exchange.Part{{Type: exchange.PartOther, Text: compact(raw)}}
	}
	m.Extra = extra.JSON()
	return m
}

// contentExtras gathers what stands beside the texts of a message.
func contentExtras(content json.RawMessage, extra *Extras) {
	for _, raw := range list(content) {
		var p struct {
			Annotations, Logprobs json.RawMessage
		}
		if Lenient(raw, &p) == nil {
			extra.Add("annotations", p.Annotations)
			extra.Add("logprobs", p.Logprobs)
		}
	}
}
