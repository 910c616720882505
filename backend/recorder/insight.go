package recorder

import (
	"cmp"
	"context"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"

	"gumshoe/backend/decode"
	"gumshoe/backend/exchange"
	"gumshoe/backend/openwebui"
	"gumshoe/backend/tokens"
	"gumshoe/backend/verdict"
)

// Insight is what lets the recorder say more of an exchange than its own bytes
// tell. Any field may be nil; what it would tell is then missing.
type Insight struct {
	// Identity is how users are told apart.
	Identity func() openwebui.Config
	// Tokens estimates what an upstream does not report, and learns from what
	// it does.
	Tokens *tokens.Estimator
	// Cost prices an exchange whose figures are known. url is where it went,
	// model what to price it by.
	Cost func(e *exchange.Exchange, url, model string) exchange.Cost
	// Local says whether an upstream, for a model, is on this machine or in
	// this house.
	Local func(upstream, model string) bool
	// Loaded is what was known of a model in an Ollama's memory at a time.
	Loaded func(upstream, model string, at int64) Loaded
	// Recent gives the latest stored rows, the oldest of them first.
	Recent func(ctx context.Context) ([]exchange.Exchange, error)
}

// Loaded is what an Ollama says of a model, in tokens; nil where it is not known.
type Loaded struct {
	Context, ContextMax *int64
	WasLoaded           *bool // it was in memory just before
}

// mind is what is remembered from one exchange to the next.
type mind struct {
	chats   *openwebui.Chats
	history *verdict.History
	seed    maphash.Seed
}

func newMind() mind {
	return mind{chats: openwebui.NewChats(0), history: verdict.NewHistory(), seed: maphash.MakeSeed()}
}

// remember takes up the stored rows of earlier runs.
func (r *Recorder) remember(ctx context.Context) {
	if r.cfg.Insight.Recent == nil {
		return
	}
	rows, err := r.cfg.Insight.Recent(ctx)
	if err != nil {
		r.cfg.Log.Warn("reading the latest exchanges", "error", err)
		return
	}
	slices.SortStableFunc(rows, func(a, b exchange.Exchange) int { return cmp.Compare(endOf(a), endOf(b)) })
	for _, e := range rows {
		if len(e.Links) > 0 {
			r.mind.chats.Seed(e.Chat, e.Answer, e.Links)
		}
		r.mind.history.Add(verdict.Facts{Row: asJudged(e)})
	}
}

func endOf(e exchange.Exchange) int64 {
	if e.Timing.Duration == nil {
		return e.StartedAt
	}
	return e.StartedAt + *e.Timing.Duration
}

// identify says who sent an exchange and what for, and to which chat it belongs.
// It returns the ids of earlier exchanges that belong there too.
func (r *Recorder) identify(record *exchange.Record, out decode.Output) (adopts []string) {
	var cfg openwebui.Config
	if r.cfg.Insight.Identity != nil {
		cfg = r.cfg.Insight.Identity()
	}
	who := openwebui.Identify(openwebui.Request{Headers: record.Start.Headers, Claims: record.Start.Claims, Params: out.Request.Params}, cfg)
	record.User, record.Chat, record.Answer, record.Task = who.User, who.Chat, who.Answer, who.Task
	record.ChatBasis, record.AnswerBasis, record.TaskBasis = who.ChatSource.Basis, who.AnswerSource.Basis, who.TaskSource.Basis
	record.Properties, record.Session = who.Properties, exchange.Session{Path: who.Session.Path, Name: who.Session.Name}
	record.RequestID = record.Start.RequestID
	if !openwebui.Conversational(out.API) || !out.RequestRead {
		return nil
	}
	record.Task, record.TaskBasis = openwebui.TaskFor(who, out.Request.Stream, out.Request.Messages)
	link := r.mind.chats.Link(openwebui.Turn{
		ID: record.ID, StartedAt: record.StartedAt, API: out.API,
		Scope: openwebui.Scope{Client: record.Start.Remote + " " + record.Client, Model: out.Request.Model, User: who.User},
		Chat:  who.Chat, Answer: who.Answer, UserMessage: who.UserMessage, Task: record.Task,
		Request: out.Request.Messages, Reply: out.Reply.Messages,
	})
	record.Chat, record.Answer, record.ChatBasis, record.AnswerBasis = link.Chat, link.Answer, link.ChatBasis, link.AnswerBasis
	record.Links = link.Keys
	return link.Adopted
}

// price says what an exchange cost: what the upstream says that it billed, else
// what its figures come to.
func (r *Recorder) price(record *exchange.Record, out decode.Output) {
	if out.Reply.Charged != nil {
		record.Cost = exchange.Cost{USD: out.Reply.Charged, Basis: exchange.Charged, Source: "upstream"}
		return
	}
	counted := record.Usage.Basis != exchange.Missing
	if r.cfg.Insight.Cost == nil || !counted && (!spends(out.API) || record.State != exchange.OK) {
		return
	}
	model := record.Start.PriceModel
	if model == "" {
		model = cmp.Or(record.Model, record.ModelRequested)
	}
	record.Cost = r.cfg.Insight.Cost(&record.Exchange, record.Start.URL, model)
}

// judged concludes what was wrong with an exchange, and how long it waited.
func (r *Recorder) judged(record *exchange.Record, out decode.Output, bodyHash uint64) {
	facts := verdict.Facts{
		Row: asJudged(record.Exchange), Remote: record.Start.Remote,
		Messages: out.Request.Messages, Tools: out.Request.Tools, Params: out.Request.Params, Reply: out.Reply.Messages,
		Chunks: record.Chunks, LoadOnly: out.Reply.LoadOnly, Unread: !out.RequestRead || !out.ReplyRead && record.Head != nil,
	}
	if bodyHash != 0 {
		facts.BodyHash = strconv.FormatUint(bodyHash, 36)
	}
	model := cmp.Or(record.Model, record.ModelRequested)
	in := r.cfg.Insight
	if in.Local != nil {
		facts.Local = in.Local(record.Upstream, model)
	}
	if record.Kind == exchange.KindOllama {
		if in.Loaded != nil {
			l := in.Loaded(record.Upstream, model, record.StartedAt)
			facts.Context, facts.ContextMax, facts.WasLoaded = l.Context, l.ContextMax, l.WasLoaded
		}
		r.estimatePrompt(&facts, record, out, model)
	}
	record.Timing.Queue, record.Timing.QueueBasis = verdict.Queue(facts, r.mind.history)
	facts.Row = asJudged(record.Exchange)
	record.Verdicts = verdict.Judge(facts, r.mind.history)
	facts.Row.Verdicts = record.Verdicts
	r.mind.history.Add(facts)
	r.learn(record, out, model)
}

// asJudged is a row without the chat that it begins itself: that is no sign that
// another request, the same once more, is of another chat.
func asJudged(e exchange.Exchange) exchange.Exchange {
	if e.ChatBasis == exchange.Inferred && e.Chat == e.ID {
		e.Chat = ""
	}
	return e
}

// worthLearning is the size of a prompt up to which it is counted whole, in
// bytes: what a longer one teaches is not worth its milliseconds.
const worthLearning = 64 << 10

// worthCounting is the size from which a prompt can have outgrown any context,
// in bytes: counting costs milliseconds.
const worthCounting = 4 << 10

func (r *Recorder) estimatePrompt(facts *verdict.Facts, record *exchange.Record, out decode.Output, model string) {
	est := r.cfg.Insight.Tokens
	if est == nil || !out.RequestRead || record.Usage.Input == nil || record.RequestBytes < worthCounting || !openwebui.Conversational(out.API) {
		return
	}
	c := est.Request(model, withoutReasoning(out.Request.Messages), out.Request.Tools)
	if c.Basis == exchange.Missing {
		return
	}
	facts.Estimate = &c.Raw
	if f, ok := est.Factor(model, tokens.Prompt); ok {
		facts.Factor = &f
	}
}

// withoutReasoning leaves out what templates leave out of earlier answers.
func withoutReasoning(list []exchange.Message) []exchange.Message {
	var out []exchange.Message
	for i, m := range list {
		at := slices.IndexFunc(m.Parts, func(p exchange.Part) bool { return p.Type == exchange.PartReasoning })
		if at < 0 {
			if out != nil {
				out = append(out, m)
			}
			continue
		}
		if out == nil {
			out = slices.Clone(list[:i])
		}
		m.Parts = slices.DeleteFunc(slices.Clone(m.Parts), func(p exchange.Part) bool { return p.Type == exchange.PartReasoning })
		out = append(out, m)
	}
	if out == nil {
		return list
	}
	return out
}

// estimate fills in the tokens that the upstream did not report: of a reply
// that broke off, what was seen.
func (r *Recorder) estimate(record *exchange.Record, out decode.Output) {
	est, u := r.cfg.Insight.Tokens, &record.Usage
	seen := len(out.Reply.Messages) > 0 && out.Reply.TokenEvents > 0
	if est == nil || out.Reply.LoadOnly || u.Input != nil && u.Output != nil || !seen && record.State != exchange.OK || !spends(out.API) {
		return
	}
	model := cmp.Or(record.Model, record.ModelRequested)
	if u.Input == nil && out.RequestRead {
		if c := est.Request(model, out.Request.Messages, out.Request.Tools); c.Basis != exchange.Missing {
			u.Input, u.Basis = &c.Tokens, exchange.Estimated
		}
	}
	if u.Output == nil && out.ReplyRead && writes(out.API) {
		if c := est.Reply(model, out.Reply.Messages); c.Basis != exchange.Missing {
			u.Output, u.Basis = &c.Tokens, exchange.Estimated
		}
	}
}

// spends says whether an operation takes tokens in, writes whether it gives
// tokens back.
func spends(api exchange.API) bool {
	return writes(api) || api == exchange.OpenAIEmbeddings || api == exchange.OllamaEmbed || api == exchange.OllamaEmbeddings || api == exchange.GeminiEmbed
}

func writes(api exchange.API) bool {
	return openwebui.Conversational(api) || api == exchange.OpenAICompletions || api == exchange.OllamaGenerate
}

// learn lets the estimator compare itself with what was reported.
func (r *Recorder) learn(record *exchange.Record, out decode.Output, model string) {
	est, u := r.cfg.Insight.Tokens, record.Usage
	if est == nil || u.Basis != exchange.Reported || record.State != exchange.OK || record.Partial || !out.RequestRead || !out.ReplyRead || !writes(out.API) ||
		slices.ContainsFunc(record.Verdicts, func(v exchange.Verdict) bool { return strings.HasPrefix(string(v.Code), "context_") }) {
		return
	}
	uncounted := record.Kind == exchange.KindOllama && u.Cached == nil // before 0.33.3 cached tokens were left out
	if u.Input != nil && !uncounted && record.RequestBytes <= worthLearning && est.Wants(model, tokens.Prompt) {
		est.Learn(model, tokens.Prompt, est.Request(model, withoutReasoning(out.Request.Messages), out.Request.Tools), *u.Input)
	}
	if u.Output != nil && est.Wants(model, tokens.Answer) {
		n := *u.Output
		if u.Reasoning != nil && !hasReasoning(out.Reply.Messages) {
			n -= *u.Reasoning
		}
		est.Learn(model, tokens.Answer, est.Reply(model, out.Reply.Messages), n)
	}
}

func hasReasoning(list []exchange.Message) bool {
	return slices.ContainsFunc(list, func(m exchange.Message) bool {
		return slices.ContainsFunc(m.Parts, func(p exchange.Part) bool { return p.Type == exchange.PartReasoning })
	})
}
