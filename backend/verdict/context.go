package verdict

import (
	"strconv"
	"strings"

	"gumshoe/backend/exchange"
)

// Ollama cuts a prompt that does not fit in two ways (server/prompt.go,
// llm/llama_server.go). It drops whole messages, the oldest first, but for the
// system's and the last; and if the last alone is too long, it keeps the first
// num_keep tokens and the newest of the rest. What is left after the second has
// a count that follows from num_ctx alone:
//
//	up to 0.24           num_ctx
//	0.30.0 to 0.30.10    num_ctx - 1
//	from 0.30.11         num_ctx - (num_ctx-keep)/2, keep 4, or 5 with a BOS
//
// Neither shows in the reply. done_reason "length" proves nothing: it is said
// of every answer that reaches num_predict.

// room is how many tokens a model's context holds, as far as that is known.
type room struct {
	least, most int64 // the same where there is but one reading
	agreed      bool  // request and /api/ps say the same
}

// context judges how prompt and answer fitted into the context.
func context(in Facts, d entry, past *History) []exchange.Verdict {
	if v := refused(in); v != nil {
		return v
	}
	if !d.here || d.input <= 0 || in.LoadOnly || in.Row.State == exchange.Failed || !generates(in.Row.API) && !embeds(in.Row.API) {
		return nil
	}
	r, ok := roomOf(in)
	if !ok || d.input > r.most || embeds(in.Row.API) && len(in.Messages) != 1 {
		return nil // the reading of the context belongs to another time, or counts are sums
	}
	if v := cut(in, d, past, r); v != nil {
		return v
	}
	return shifted(in, d, r)
}

// roomOf reads the context's length: options.num_ctx where the API has it, and
// /api/ps. A model that sees takes at least 2048 whatever is asked.
func roomOf(in Facts) (room, bool) {
	asked, _ := number(in.options()["num_ctx"])
	loaded := known(in.Context, 0)
	r := room{least: min(asked, loaded), most: max(asked, loaded), agreed: asked == loaded}
	if asked <= 0 || loaded <= 0 {
		r.least = r.most
	}
	for _, m := range in.Messages {
		for _, p := range m.Parts {
			if p.Type == exchange.PartImage {
				r.most = max(r.most, 2048)
			}
		}
	}
	return r, r.least >= 4
}

func cut(in Facts, d entry, past *History, r room) []exchange.Verdict {
	need, proven := promptSize(in, d, past)
	how, confidence, kept := "tokens", exchange.Certain, 0
	context, half, hit := cutCount(in, d.input, r)
	if need == 0 {
		need = words(in.Messages) // no tokenizer makes fewer tokens than words
	}
	switch {
	case hit && (need > context*11/10 || half && need > context+16):
	case len(in.Messages) < 3 || !isChat(in.Row.API):
		return nil
	case proven > r.most+16 && proven > d.input:
		how, context = "messages", r.most
		_, kept = dropped(in.Messages, need, r.most)
	case in.Params["template"] == "" && overfull(in, need, r.most):
		context, how, confidence = r.most, "messages", exchange.Likely
		var left int64
		left, kept = dropped(in.Messages, need, r.most)
		if diff := max(left-d.input, d.input-left); diff > left/4 {
			if in.Factor == nil || d.input < r.most/2 {
				return nil
			}
			how, confidence, kept = "unknown", exchange.Possible, 0
		}
	default:
		return nil
	}
	v := exchange.Verdict{
		Code: exchange.VerdictContextCut, Confidence: confidence, Words: map[string]string{"how": how},
		Numbers: map[string]int64{"prompt": need, "kept": d.input, "lost": need - d.input, "context": context},
	}
	if kept > 0 {
		v.Numbers["first_kept"] = int64(kept + 1)
	}
	advise(in, &v, need)
	return []exchange.Verdict{v}
}

// cutCount reports whether a count is one that a cut prompt has, and in which
// context; half says that it is the one near its half.
func cutCount(in Facts, count int64, r room) (context int64, half, hit bool) {
	keep := int64(4)
	if n, ok := number(in.options()["num_keep"]); ok && n >= 0 {
		keep = n
	}
	for _, c := range []int64{r.least, r.most} {
		switch count {
		case c - max(1, (c-keep)/2), c - max(1, (c-keep-1)/2):
			return c, true, true
		case c, c - 1:
			return c, false, true
		}
	}
	return 0, false, false
}

// promptSize is how many tokens the prompt had before any cut, 0 where nothing
// tells; proven is the part of it that does not rest on an estimate: the
// reported count of a prompt that this one continues, and its new words.
func promptSize(in Facts, d entry, past *History) (size, proven int64) {
	if in.Estimate != nil {
		size = *in.Estimate
		if in.Factor != nil && *in.Factor > 0.2 && *in.Factor < 5 {
			size = int64(float64(size) * *in.Factor)
		}
	}
	if d.reasoning || !isChat(in.Row.API) {
		return size, 0 // templates leave reasoning out of older turns
	}
	old, n := past.earlier(d)
	if old == nil || n < len(old.hashes) || n >= len(in.Messages) || n == maxHashes || old.input <= 0 || old.tools != d.tools {
		return size, 0
	}
	proven = old.input + words(in.Messages[n:])
	return max(size, proven), proven
}

func isChat(api exchange.API) bool {
	return api != exchange.OllamaGenerate && api != exchange.OpenAICompletions && generates(api)
}

// overfull reports whether an estimate is so far beyond the context that its
// error can't explain it. Templates may write tools in half the room.
func overfull(in Facts, need, context int64) bool {
	text, tools := 0, 0
	for i := range in.Messages {
		text += size(&in.Messages[i])
	}
	for _, t := range in.Tools {
		tools += len(t.Description) + len(t.Schema)
	}
	if all := text + tools; all > 0 {
		need = int64(float64(need) * float64(text+tools/2) / float64(all))
	}
	if in.Factor != nil {
		return need > context*115/100
	}
	return need > context*125/100
}

// dropped says what stays of a prompt of need tokens after whole messages are
// dropped until it fits, and the index of the first message that stays for not
// being the system's; 0 where only the last one does.
func dropped(messages []exchange.Message, need, context int64) (left int64, first int) {
	bytes := 0
	for i := range messages {
		bytes += size(&messages[i])
	}
	if bytes == 0 {
		return need, 0
	}
	perByte := float64(need) / float64(bytes)
	room := float64(need)
	for i := range messages[:len(messages)-1] {
		if room <= float64(context) {
			return int64(room), i
		}
		if r := messages[i].Role; r != "system" && r != "developer" {
			room -= float64(size(&messages[i])) * perByte
		}
	}
	return min(int64(room), context), 0
}

// size is a message's text in bytes, with what a template puts around it.
func size(m *exchange.Message) int {
	n := 20
	for i := range m.Parts {
		if t := m.Parts[i].Type; t == exchange.PartText || t == exchange.PartOther {
			n += len(m.Parts[i].Text)
		}
	}
	for i := range m.ToolCalls {
		n += len(m.ToolCalls[i].Name) + len(m.ToolCalls[i].Arguments)
	}
	return n
}

// words counts what stands between white space in the messages' texts.
func words(messages []exchange.Message) (n int64) {
	for i := range messages {
		for j := range messages[i].Parts {
			p := &messages[i].Parts[j]
			if p.Type != exchange.PartText {
				continue
			}
			inside := false
			for k := range len(p.Text) {
				space := p.Text[k] <= ' '
				if inside && space || !space && k == len(p.Text)-1 {
					n++
				}
				inside = !space
			}
		}
	}
	return n
}

// shifted tells when an answer ran past the context's end: Ollama then throws
// half of it away and goes on.
func shifted(in Facts, d entry, r room) []exchange.Verdict {
	output := known(in.Row.Usage.Output, 0)
	used := d.input + output
	twoPasses := in.Params["format"] != "" && in.Params["format"] != `""` // counts may be the sum of two passes
	if in.Row.Usage.Basis != exchange.Reported || !generates(in.Row.API) || used <= r.most+8 || in.Params["shift"] == "false" || twoPasses {
		return nil
	}
	v := exchange.Verdict{
		Code: exchange.VerdictContextShifted, Confidence: exchange.Likely,
		Numbers: map[string]int64{"used": used, "context": r.most}, Words: map[string]string{},
	}
	if r.agreed {
		v.Confidence = exchange.Certain
	}
	advise(in, &v, used)
	return []exchange.Verdict{v}
}

// refused reads the errors with which Ollama and llama.cpp say that a prompt is
// too long.
func refused(in Facts) []exchange.Verdict {
	text := in.Row.Error
	if in.Row.State != exchange.Failed || in.Row.HTTPStatus != 400 || !generates(in.Row.API) && !embeds(in.Row.API) ||
		in.Row.Kind != exchange.KindOllama && in.Row.Kind != exchange.KindOpenAI {
		return nil
	}
	v := exchange.Verdict{
		Code: exchange.VerdictContextRefused, Confidence: exchange.Certain,
		Numbers: map[string]int64{}, Words: map[string]string{},
	}
	need := int64(0)
	_, rest, ok := strings.Cut(text, "request (")
	tokens, rest, ok2 := strings.Cut(rest, " tokens) exceeds the available context size (")
	limit, _, ok3 := strings.Cut(rest, " tokens)")
	if n, err := strconv.ParseInt(tokens, 10, 64); ok && ok2 && ok3 && err == nil && n > 0 {
		if c, err := strconv.ParseInt(limit, 10, 64); err == nil && c > 0 {
			need, v.Numbers["prompt"], v.Numbers["context"] = n, n, c
		}
	}
	if need == 0 && !strings.HasPrefix(text, "the input length exceeds the context length") &&
		!strings.HasPrefix(text, "the prompt is longer than the context length currently available") {
		return nil
	}
	advise(in, &v, need)
	return []exchange.Verdict{v}
}

// advise says which context would hold a prompt of need tokens and an answer.
func advise(in Facts, v *exchange.Verdict, need int64) {
	v.Words["fix"] = "context"
	if native(in.Row.API) {
		v.Words["fix"] = "num_ctx"
	}
	if need <= 0 {
		return
	}
	answer := max(512, known(in.Row.Usage.Output, 0))
	if n, ok := number(in.options()["num_predict"]); ok && n > 0 {
		answer = max(answer, min(n, 16384))
	}
	if embeds(in.Row.API) || v.Code == exchange.VerdictContextShifted {
		answer = 0
	}
	const step = 1024
	fits := (need + need/20 + answer + step - 1) / step * step
	if most := known(in.ContextMax, 0); most > 0 && fits > most {
		if need >= most {
			v.Words["fix"] = "shorten"
			return
		}
		fits = most
	}
	v.Numbers["fits"] = fits
}
