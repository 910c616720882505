package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/settings"
	"gumshoe/backend/store"
)

// maxGroups is how many values of a dimension are given.
const maxGroups = 500

// period reads from and to.
func period(q url.Values) (from, to int64, err error) {
	if from, err = number(q, "from", 0); err != nil {
		return 0, 0, err
	}
	if to, err = number(q, "to", 0); err != nil {
		return 0, 0, err
	}
	const last = 253_402_300_800_000_000 // the year 10000
	if from <= 0 || to <= from || to > last {
		return 0, 0, problem(http.StatusBadRequest, "bad_range", "give from and to in microseconds, from before to")
	}
	return from, to, nil
}

func of(q url.Values) (store.Of, error) {
	o := store.Of{Model: q.Get("model"), Upstream: q.Get("upstream"), User: q.Get("user"), Task: q.Get("task")}
	n := 0
	for _, v := range []string{o.Model + o.User, o.Upstream, o.Task} {
		if v != "" {
			n++
		}
	}
	if n > 1 {
		return o, problem(http.StatusBadRequest, "bad_filter", "give one of model, upstream, user and task, or model and user")
	}
	return o, nil
}

func (a *API) graph(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	from, to, err := period(q)
	if err != nil {
		return err
	}
	who, err := of(q)
	if err != nil {
		return err
	}
	zone, err := zoneOf(q)
	if err != nil {
		return err
	}
	step, err := number(q, "step", time.Hour.Microseconds())
	if err != nil {
		return err
	}
	steps, used, err := bounds(from, to, step, q.Get("unit"), zone)
	if err != nil {
		return err
	}
	total, slots, err := a.Log.Graph(r.Context(), who, steps, to)
	if err != nil {
		return err
	}
	out := dto.Graph{From: from, To: to, Step: used, Steps: steps, Total: Figures(total), Slots: make([]dto.Slot, 0, len(slots))}
	for _, s := range slots {
		out.Slots = append(out.Slots, dto.Slot{At: s.At, Figures: Figures(s.Figures)})
	}
	if out.Before, err = a.before(r.Context(), who, from, to); err != nil {
		return err
	}
	return answer(w, out)
}

// reachesBefore says whether the log covers the whole period just before: a
// part of it would be compared unfairly.
func (a *API) reachesBefore(ctx context.Context, from, to int64) (bool, error) {
	first, err := a.Log.FirstSeen(ctx)
	return first != nil && *first <= from-(to-from), err
}

// before sums the period of the same length just before up; nil where the log
// does not reach so far back.
func (a *API) before(ctx context.Context, who store.Of, from, to int64) (*dto.Figures, error) {
	if reaches, err := a.reachesBefore(ctx, from, to); err != nil || !reaches {
		return nil, err
	}
	sum, err := a.Log.Sum(ctx, who, from-(to-from), from)
	if err != nil {
		return nil, err
	}
	f := Figures(sum)
	return &f, nil
}

// Figures are sums as the API gives them.
func Figures(f store.Figures) dto.Figures {
	spread := func(s store.Spread) dto.Quantiles {
		return dto.Quantiles{P50: s.P50, P95: s.P95, P99: s.P99, Samples: s.Samples}
	}
	return dto.Figures{Requests: f.Requests, Errors: f.Errors, Cancelled: f.Cancelled, ColdStarts: f.ColdStarts, Background: f.Background,
		InputTokens: f.Input, OutputTokens: f.Output, CachedTokens: f.Cached, Cost: f.Cost, NoTokens: f.NoTokens, EstimatedTokens: f.EstimatedTokens,
		Unpriced: f.Unpriced, EstimatedCost: f.EstimatedCost, TTFT: spread(f.TTFT), Duration: spread(f.Duration),
		Generation: spread(f.Generation), Prompt: spread(f.Prompt), Context: spread(f.Context)}
}

func (a *API) groups(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	from, to, err := period(q)
	if err != nil {
		return err
	}
	by := store.By(q.Get("by"))
	switch by {
	case store.ByModel, store.ByUpstream, store.ByUser, store.ByTask:
	default:
		return problem(http.StatusBadRequest, "bad_filter", "by is model, upstream, user or task")
	}
	brief, who := q.Get("brief") == "1", store.Of{Model: q.Get("model"), User: q.Get("user")}
	if brief && who != (store.Of{}) {
		return problem(http.StatusBadRequest, "bad_filter", "brief groups are of all requests")
	}
	var list []store.Group
	if brief {
		list, err = a.Log.Tops(r.Context(), by, from, to)
	} else {
		list, err = a.Log.Groups(r.Context(), by, who, from, to)
	}
	if err != nil {
		return err
	}
	compared, err := a.reachesBefore(r.Context(), from, to)
	if err != nil {
		return err
	}
	out := dto.Groups{By: string(by), From: from, To: to, Groups: []dto.Group{}, More: int64(max(len(list)-maxGroups, 0))}
	list = list[:min(len(list), maxGroups)]
	var long map[string]*dto.ContextLength
	if by == store.ByModel && !brief {
		if long, err = a.contexts(r.Context(), list, from, to); err != nil {
			return err
		}
	}
	chats, counted := map[string]int64{}, false
	if by == store.ByUser && !brief && who.Model == "" {
		if chats, counted, err = a.Log.CountChats(r.Context(), from, to); err != nil {
			return err
		}
	}
	for _, g := range list {
		one := dto.Group{Value: g.Value, Figures: Figures(g.Figures), LastAt: g.LastAt, Trend: g.Trend, Peers: g.Peers, Context: long[g.Value]}
		if n := chats[g.Value]; counted {
			one.Chats = &n
		}
		if compared && g.Before != nil {
			f := Figures(*g.Before)
			one.Before = &f
		}
		out.Groups = append(out.Groups, one)
	}
	return answer(w, out)
}

func (a *API) week(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	from, to, err := period(q)
	if err != nil {
		return err
	}
	who, err := of(q)
	if err != nil {
		return err
	}
	zone, err := zoneOf(q)
	if err != nil {
		return err
	}
	cells, since, err := a.Log.Week(r.Context(), who, from, to, zone)
	if err != nil {
		return err
	}
	out := dto.Week{Cells: []dto.HourCell{}, Since: since}
	for _, c := range cells {
		one := dto.HourCell{Weekday: c.Weekday, Hour: c.Hour, Requests: c.Requests, Cost: c.Cost}
		for _, v := range []*int64{c.Input, c.Output} {
			if v != nil {
				sum := *v
				if one.Tokens != nil {
					sum += *one.Tokens
				}
				one.Tokens = &sum
			}
		}
		out.Cells = append(out.Cells, one)
	}
	return answer(w, out)
}

func (a *API) distribution(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	from, to, err := period(q)
	if err != nil {
		return err
	}
	who, err := of(q)
	if err != nil {
		return err
	}
	bins, count, lacks, err := a.Log.Distribution(r.Context(), who, q.Get("figure"), from, to)
	if errors.Is(err, store.ErrNotFound) {
		return problem(http.StatusBadRequest, "bad_filter", "figure is ttft, duration, generation, prompt or context")
	}
	if err != nil {
		return err
	}
	out := dto.Distribution{Figure: q.Get("figure"), Bins: []dto.Bin{}, Count: count, Lacks: lacks}
	for _, b := range bins {
		out.Bins = append(out.Bins, dto.Bin(b))
	}
	return answer(w, out)
}

func (a *API) budgets(w http.ResponseWriter, r *http.Request) error {
	list, err := a.Settings.Budgets(r.Context())
	if err != nil {
		return err
	}
	out := dto.Budgets{Budgets: make([]dto.Budget, 0, len(list))}
	for _, b := range list {
		out.Budgets = append(out.Budgets, dto.Budget(b))
	}
	return answer(w, out)
}

func (a *API) setBudgets(w http.ResponseWriter, r *http.Request) error {
	var in dto.Budgets
	if err := read(r, &in); err != nil {
		return err
	}
	list := make([]settings.Budget, len(in.Budgets))
	for i, b := range in.Budgets {
		b.Scope = cmp.Or(b.Scope, "all")
		list[i] = settings.Budget(b)
	}
	if err := a.Settings.SetBudgets(r.Context(), list); err != nil {
		return err
	}
	a.Bus.Publish(dto.Event{Type: "changed", What: "settings"})
	return a.budgets(w, r)
}
