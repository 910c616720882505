package exchange

// Verdict is one thing that Gumshoe concludes of an exchange: what happened and
// how sure that is. It holds no sentence: the UI words it by Code, with Numbers
// and Words as the sentence's parameters, in each of its languages.
type Verdict struct {
	Code       VerdictCode `json:"code"`
	Confidence Confidence  `json:"confidence"`
	// Numbers and Words share one space of names; each code's names are listed
	// at its constant. A name says its unit: …_ms is milliseconds, the rest are
	// tokens or counts. Messages are counted from 1.
	Numbers map[string]int64  `json:"numbers,omitempty"`
	Words   map[string]string `json:"words,omitempty"`
	// Related are the ids of the other exchanges that it is about, the most
	// important first.
	Related []string `json:"related,omitempty"`
}

// VerdictCode names what happened.
type VerdictCode string

// Confidence says how sure a verdict is.
type Confidence string

// The confidences: certain follows from reported figures alone, likely allows
// another explanation that is rare, possible one that is not.
const (
	Certain  Confidence = "certain"
	Likely   Confidence = "likely"
	Possible Confidence = "possible"
)

// The verdicts, with the names that their Numbers and Words may hold. A name in
// brackets may be absent.
const (
	// VerdictContextCut: Ollama dropped a part of the prompt and said nothing.
	// prompt (estimated), kept, lost, context, [fits], [first_kept];
	// how: messages, tokens, unknown; fix: num_ctx (fits is what would do),
	// context (the same, but the client's API can't set it) or shorten.
	VerdictContextCut VerdictCode = "context_cut"
	// VerdictContextShifted: the answer outgrew the context and its beginning
	// was forgotten on the way. used, context, [fits]; fix as above.
	VerdictContextShifted VerdictCode = "context_shifted"
	// VerdictContextRefused: the prompt did not fit and was refused.
	// [prompt], [context], [fits]; fix as above.
	VerdictContextRefused VerdictCode = "context_refused"

	// VerdictColdStart: the model was loaded for this request. load_ms,
	// [share] (percent of all time), [idle_ms] (since the model's last use);
	// cause: first, idle, options, swap, unloaded, crashed, unknown.
	VerdictColdStart VerdictCode = "cold_start"
	// VerdictModelReloaded: it was in memory, but with other options. load_ms;
	// option, before, now ("" is the default); Related: who used the others.
	VerdictModelReloaded VerdictCode = "model_reloaded"
	// VerdictModelSwapped: another model took its place in between. load_ms;
	// model, other; Related: who loaded the other.
	VerdictModelSwapped VerdictCode = "model_swapped"

	// VerdictStalled: a stream that had begun stood still. gap_ms, at_ms (after
	// the start), usual_ms (its ordinary gap, at most); then: resumed, ended.
	VerdictStalled VerdictCode = "stalled"

	// VerdictDuplicate: the same request was answered shortly before. ago_ms
	// (from start to start), count (this one is the n-th); Related: the last.
	VerdictDuplicate VerdictCode = "duplicate"
	// VerdictRetry: the same request had failed shortly before. ago_ms, count;
	// earlier: the State of the last; result: this one's; Related: the last.
	VerdictRetry VerdictCode = "retry"

	// VerdictAbandoned: the client left an answer that was being written.
	// [output], [input], after_ms; basis: that of the tokens.
	VerdictAbandoned VerdictCode = "abandoned"

	// VerdictToolInText: the model wrote a tool call as text. tool.
	VerdictToolInText VerdictCode = "tool_in_text"
	// VerdictUnknownTool: it called a tool that was not offered. offered (how
	// many were); tool, [nearest].
	VerdictUnknownTool VerdictCode = "unknown_tool"
	// VerdictToolArguments: a call's arguments do not fit the tool's schema.
	// tool; path ("" the whole), why: not_json, cut, missing, type, enum, extra.
	VerdictToolArguments VerdictCode = "tool_arguments"
	// VerdictEmptyAnswer: tokens were spent and nothing can be read. output,
	// [reasoning]; why: reasoning, length, filter, unknown.
	VerdictEmptyAnswer VerdictCode = "empty_answer"

	// VerdictCacheMissed: a prompt cache could have been used and was not.
	// cached, expected, lost, [message] (the first that differs);
	// cause: message, tools, other (another request came between), unknown;
	// [role] of that message; Related: the exchange before, then the other.
	VerdictCacheMissed VerdictCode = "cache_missed"

	// VerdictSecretSent: a secret or personal number went to an upstream that
	// is not on this machine. message (the first), count; kind (see package
	// verdict), role; seen: first, again (a message before had it too).
	VerdictSecretSent VerdictCode = "secret_sent"
)

// VerdictCodes lists every code in the order in which a person reads them.
func VerdictCodes() []VerdictCode {
	return []VerdictCode{
		VerdictSecretSent,
		VerdictContextCut, VerdictContextShifted, VerdictContextRefused,
		VerdictToolInText, VerdictUnknownTool, VerdictToolArguments, VerdictEmptyAnswer,
		VerdictStalled, VerdictAbandoned, VerdictRetry, VerdictDuplicate,
		VerdictModelReloaded, VerdictModelSwapped, VerdictColdStart, VerdictCacheMissed,
	}
}
