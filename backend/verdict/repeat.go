package verdict

import (
	"encoding/json"

	"gumshoe/backend/exchange"
)

const (
	// duplicateWindow and retryWindow are how long after the start of the
	// earlier one the same request counts as sent again, in microseconds.
	duplicateWindow, retryWindow = 120_000_000, 600_000_000
	// shortPrompt is the text below which two people can write the same, bytes.
	shortPrompt = 64
)

// repeated judges whether the same client sent the same bytes shortly before.
func repeated(in Facts, d entry, past *History) []exchange.Verdict {
	if d.links[byBody] == 0 || in.LoadOnly || !costs(in.Row.API) || len(in.Messages) == 0 {
		return nil
	}
	var last *entry
	count := int64(1)
	for old := range past.walk(d, byBody) {
		ago := d.start - old.start
		if ago < 0 || ago > retryWindow || old.chat != 0 && d.chat != 0 && old.chat != d.chat {
			continue
		}
		count++
		if last == nil || old.start > last.start {
			last = old
		}
	}
	if last == nil {
		return nil
	}
	v := exchange.Verdict{
		Code: exchange.VerdictRetry, Confidence: exchange.Certain, Related: []string{last.id},
		Numbers: map[string]int64{"ago_ms": (d.start - last.start) / 1000, "count": count},
	}
	switch last.state {
	case exchange.Failed, exchange.Broken, exchange.Interrupted, exchange.Cancelled:
		if d.start < last.end {
			return nil // sent while the other was still running: it had not failed yet
		}
		if last.state == exchange.Cancelled {
			v.Confidence = exchange.Likely // impatience, or a time limit
		}
		v.Words = map[string]string{"earlier": string(last.state), "result": string(in.Row.State)}
		return []exchange.Verdict{v}
	}
	random := in.Row.API == exchange.OpenAIImages || in.Row.API == exchange.OpenAISpeech
	known := d.chat != 0 && last.chat != 0
	if d.start-last.start > duplicateWindow || random || !known && asked(in) < shortPrompt {
		return nil
	}
	v.Code, v.Confidence = exchange.VerdictDuplicate, exchange.Likely
	if d.answer != 0 && last.answer != 0 && d.answer != last.answer {
		return nil // the client names another answer: one asked for it again
	}
	// Several answers to one prompt may be what was wanted, and so may another one
	// in a chat.
	if sampled(in) && (count > 2 || d.start < last.end || known) {
		v.Confidence = exchange.Possible
	}
	return []exchange.Verdict{v}
}

// costs reports whether an operation spends tokens or time on a model.
func costs(api exchange.API) bool {
	switch api {
	case exchange.OpenAIImages, exchange.OpenAISpeech, exchange.OpenAITranscription:
		return true
	}
	return generates(api) || embeds(api)
}

// asked is how much text a prompt has that a person wrote, in bytes.
func asked(in Facts) int {
	n := 0
	for i := range in.Messages {
		if r := in.Messages[i].Role; r == "system" || r == "developer" {
			continue
		}
		for _, p := range in.Messages[i].Parts {
			n += len(p.Text) + len(p.Data)
		}
	}
	return n
}

// sampled reports whether an answer is drawn at random, as it is by default.
func sampled(in Facts) bool {
	if embeds(in.Row.API) {
		return false
	}
	raw := json.RawMessage(in.Params["temperature"])
	if native(in.Row.API) {
		raw = in.options()["temperature"]
	}
	var t float64
	return len(raw) == 0 || json.Unmarshal(raw, &t) != nil || t > 0
}

// abandoned judges whether the client left an answer that was being written.
func abandoned(in Facts) []exchange.Verdict {
	row := in.Row
	if row.State != exchange.Cancelled || row.Finish != "" || row.Task == "autocomplete_generation" || !generates(row.API) || row.HTTPStatus >= 400 {
		return nil // editors drop completions as one types
	}
	output := known(row.Usage.Output, 0)
	if output <= 0 && row.Timing.TTFT == nil && !hasText(in.Reply) {
		return nil
	}
	v := exchange.Verdict{
		Code: exchange.VerdictAbandoned, Confidence: exchange.Certain, Words: map[string]string{"basis": string(row.Usage.Basis)},
		Numbers: map[string]int64{"after_ms": known(row.Timing.Duration, 0) / 1000},
	}
	if output > 0 {
		v.Numbers["output"] = output
	}
	if input := known(row.Usage.Input, 0); input > 0 {
		v.Numbers["input"] = input
	}
	return []exchange.Verdict{v}
}

func hasText(reply []exchange.Message) bool {
	for i := range reply {
		if len(reply[i].ToolCalls) > 0 {
			return true
		}
		for _, p := range reply[i].Parts {
			if p.Text != "" || p.Data != "" || p.URL != "" {
				return true
			}
		}
	}
	return false
}
