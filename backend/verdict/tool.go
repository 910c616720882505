package verdict

import (
	"encoding/json"
	"slices"
	"strings"

	"gumshoe/backend/exchange"
)

// maxToolVerdicts bounds what is said of one reply's tool calls.
const maxToolVerdicts = 4

// toolCalls judges the calls of a whole reply against what was offered.
func toolCalls(in Facts) (out []exchange.Verdict) {
	if !in.whole() || len(in.Tools) == 0 || !generates(in.Row.API) {
		return nil
	}
	calls := 0
	for i := range in.Reply {
		for _, c := range in.Reply[i].ToolCalls {
			calls++
			if v, bad := judgeCall(in, c); bad && len(out) < maxToolVerdicts {
				out = append(out, v)
			}
		}
	}
	if calls > 0 || strings.Trim(in.Params["tool_choice"], `"`) == "none" {
		return out
	}
	for i := range in.Reply {
		name, sure := callInText(in.Reply[i].Text(), in.Tools)
		if name != "" && (sure || !structured(in)) {
			v := exchange.Verdict{
				Code: exchange.VerdictToolInText, Confidence: exchange.Likely,
				Words: map[string]string{"tool": clip(name)},
			}
			if sure {
				v.Confidence = exchange.Certain
			}
			return append(out, v)
		}
	}
	return out
}

// structured reports whether the client asked for JSON, so that an object as
// the answer is what it wanted.
func structured(in Facts) bool {
	f := in.Params["format"] + in.Params["response_format"] + in.Params["text"]
	return strings.Contains(f, "json") || strings.HasPrefix(in.Params["format"], "{")
}

func judgeCall(in Facts, c exchange.ToolCall) (exchange.Verdict, bool) {
	at := slices.IndexFunc(in.Tools, func(t exchange.Tool) bool { return t.Name == c.Name })
	if at < 0 {
		return unknownTool(in, c)
	}
	words := map[string]string{"tool": clip(c.Name), "path": ""}
	v := exchange.Verdict{Code: exchange.VerdictToolArguments, Confidence: exchange.Certain, Words: words}
	text := strings.TrimSpace(c.Arguments)
	if text == "" {
		text = "{}" // how clients read it
	}
	if len(in.Tools[at].Schema) == 0 {
		return v, false // a tool of the provider's own, or with free text
	}
	if !json.Valid([]byte(text)) {
		words["why"] = "not_json"
		if f := in.Row.Finish; f == "length" || f == "max_tokens" || f == "MAX_TOKENS" || f == "incomplete" {
			words["why"] = "cut"
		}
		return v, true
	}
	path, why, soft := fits(in.Tools[at].Schema, []byte(text))
	if why == "" {
		return v, false
	}
	words["path"], words["why"] = clip(path), why
	if soft {
		v.Confidence = exchange.Likely
	}
	return v, true
}

// unknownTool judges a call by a name that was not offered. Where the provider
// has tools of its own (they come without a schema), their names are not known.
func unknownTool(in Facts, c exchange.ToolCall) (exchange.Verdict, bool) {
	if c.Name == "" || slices.ContainsFunc(in.Tools, func(t exchange.Tool) bool { return len(t.Schema) == 0 }) {
		return exchange.Verdict{}, false
	}
	v := exchange.Verdict{
		Code: exchange.VerdictUnknownTool, Confidence: exchange.Certain,
		Numbers: map[string]int64{"offered": int64(len(in.Tools))}, Words: map[string]string{"tool": clip(c.Name)},
	}
	bare := func(s string) string {
		s = s[strings.LastIndexAny(s, ".:/")+1:]
		return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(s))
	}
	for _, t := range in.Tools {
		if bare(t.Name) == bare(c.Name) {
			v.Words["nearest"] = clip(t.Name)
		}
	}
	return v, true
}

// minEmpty is how many tokens an empty answer must have cost: after a tool's
// result a model may end with a few tokens and nothing to say.
const minEmpty = 9

// emptyAnswer judges a whole reply in which nothing can be read.
func emptyAnswer(in Facts) []exchange.Verdict {
	output := known(in.Row.Usage.Output, 0)
	if !in.whole() || !generates(in.Row.API) || in.Row.Usage.Basis != exchange.Reported || output < minEmpty || len(in.Reply) == 0 {
		return nil
	}
	reasoned := known(in.Row.Usage.Reasoning, 0) > 0
	for i := range in.Reply {
		m := &in.Reply[i]
		if len(m.ToolCalls) > 0 || !knownExtras(m.Extra) {
			return nil
		}
		for _, p := range m.Parts {
			if p.Type == exchange.PartReasoning {
				reasoned = reasoned || p.Text != ""
				continue
			}
			if p.Type != exchange.PartText || strings.TrimSpace(p.Text) != "" {
				return nil
			}
		}
	}
	v := exchange.Verdict{
		Code: exchange.VerdictEmptyAnswer, Confidence: exchange.Certain,
		Numbers: map[string]int64{"output": output}, Words: map[string]string{"why": "unknown"},
	}
	if n := known(in.Row.Usage.Reasoning, 0); n > 0 {
		v.Numbers["reasoning"] = n
	}
	switch f := strings.ToLower(in.Row.Finish); {
	case strings.Contains(f, "filter") || f == "safety" || f == "refusal":
		v.Words["why"] = "filter"
	case f == "length" || f == "max_tokens" || f == "incomplete":
		v.Words["why"] = "length"
	case reasoned:
		v.Words["why"] = "reasoning"
	}
	return []exchange.Verdict{v}
}

// knownExtras reports whether what a message holds beside its parts is nothing
// that a client could show.
func knownExtras(extra map[string]json.RawMessage) bool {
	for name, raw := range extra {
		switch name {
		case "reasoning_details", "logprobs", "signature", "annotations", "refusal", "thoughtSignature", "thought_signature", "context":
		default:
			if s := string(raw); s != "null" && s != "[]" && s != `""` {
				return false
			}
		}
	}
	return true
}
