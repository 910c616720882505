package anthropic

import (
	"encoding/json"

	"gumshoe/backend/exchange"
)

// usage is what a reply reports. A stream reports it in message_start and again,
// cumulative and for the fields that apply, in every message_delta.
type usage struct {
	Input      number `json:"input_tokens"` // neither read from the cache nor written to it
	Output     number `json:"output_tokens"`
	CacheRead  number `json:"cache_read_input_tokens"`
	CacheWrite number `json:"cache_creation_input_tokens"` // for 5 minutes and an hour together
	Creation   struct {
		Minutes number `json:"ephemeral_5m_input_tokens"`
		Hour    number `json:"ephemeral_1h_input_tokens"`
	} `json:"cache_creation"`
	OutputDetails struct {
		Thinking number `json:"thinking_tokens"`
	} `json:"output_tokens_details"`
	ServerTools json.RawMessage `json:"server_tool_use"`
	ServiceTier json.RawMessage `json:"service_tier"`
}

// keep takes what newer says; counts are never added up.
func (u *usage) keep(newer usage) {
	u.Input.keep(newer.Input)
	u.Output.keep(newer.Output)
	u.CacheRead.keep(newer.CacheRead)
	u.CacheWrite.keep(newer.CacheWrite)
	u.Creation.Minutes.keep(newer.Creation.Minutes)
	u.Creation.Hour.keep(newer.Creation.Hour)
	u.OutputDetails.Thinking.keep(newer.OutputDetails.Thinking)
	if says(newer.ServerTools) {
		u.ServerTools = newer.ServerTools
	}
	if says(newer.ServiceTier) {
		u.ServiceTier = newer.ServiceTier
	}
}

// figures are the tokens in the domain's sense: the input is the whole prompt.
// No prompt has no tokens: a server that says 0 does not know, nor does it know
// that nothing came out.
func (u usage) figures() exchange.Usage {
	written := u.CacheWrite
	if split := u.Creation.Minutes.or0() + u.Creation.Hour.or0(); split > written.or0() {
		written.v = &split
	}
	out := exchange.Usage{Output: u.Output.v, Cached: u.CacheRead.v, Reasoning: u.OutputDetails.Thinking.v,
		CacheWriteHour: u.Creation.Hour.v}
	if written.v != nil {
		// message_delta has the sum only: what is not of an hour is of 5 minutes.
		out.CacheWrite = exchange.Int64(max(0, *written.v-u.Creation.Hour.or0()))
	}
	if u.Input.v != nil {
		if sum := *u.Input.v + u.CacheRead.or0() + written.or0(); sum > 0 {
			out.Input = &sum
		}
	}
	if out.Input == nil && u.Output.or0() == 0 {
		out.Output = nil
	}
	if out.Input != nil || out.Output != nil {
		out.Basis = exchange.Reported
	}
	return out
}
