package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/query"
	"gumshoe/backend/store"
)

const (
	// maxChoices is how many completions are offered, bars how many bars a
	// histogram has at most, maxMatch how many rows one request may ask about.
	maxChoices, bars, maxMatch = 40, 160, 500
)

// utf16At is the place of a byte in text as JavaScript counts.
func utf16At(text string, at int) int {
	n := 0
	for _, c := range text[:min(max(at, 0), len(text))] {
		n += utf16.RuneLen(c)
	}
	return n
}

// byteAt is the byte of a place that JavaScript counted.
func byteAt(text string, at int) int {
	for i, c := range text {
		if at <= 0 {
			return i
		}
		at -= utf16.RuneLen(c)
	}
	return len(text)
}

// query says what a typed filter means.
func (a *API) query(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	text := q.Get("q")
	if !utf8.ValidString(text) || len(text) > 2*query.MaxText {
		return problem(http.StatusBadRequest, "bad_filter", "the filter is too long or not UTF-8")
	}
	caret, err := number(q, "caret", -1)
	if err != nil {
		return err
	}
	out := dto.Query{Words: []string{}, Choices: []dto.QueryChoice{}}
	tree, err := query.Parse(text, time.Local)
	var wrong *query.Error
	if errors.As(err, &wrong) {
		out.Error = &dto.QueryError{Code: wrong.Code, From: utf16At(text, wrong.From), To: utf16At(text, wrong.To), Word: wrong.Word,
			Field: string(wrong.Field), Suggestion: wrong.Suggestion}
	}
	if tree != nil {
		n := node(text, tree)
		out.Tree, out.Text = &n, query.Format(tree)
		out.Words = append(out.Words, tree.Words()...)
	}
	if caret >= 0 {
		if err := a.complete(r, text, byteAt(text, int(caret)), &out); err != nil {
			return err
		}
	}
	return answer(w, out)
}

func node(text string, n *query.Node) dto.QueryNode {
	spec, _ := query.Lookup(string(n.Field))
	out := dto.QueryNode{Kind: string(n.Kind), Field: string(n.Field), Type: string(spec.Type), From: utf16At(text, n.From), To: utf16At(text, n.To),
		Kids: []dto.QueryNode{}, Values: []dto.QueryValue{}}
	for _, k := range n.Kids {
		out.Kids = append(out.Kids, node(text, k))
	}
	for _, v := range n.Values {
		out.Values = append(out.Values, dto.QueryValue{Op: string(v.Op), Text: v.Text, Wild: v.Wild, Quoted: v.Quoted, Number: v.Number, High: v.High, Ago: v.Ago})
	}
	return out
}

// complete offers what could stand at the caret: fields by their names, values
// by how often they occur.
func (a *API) complete(r *http.Request, text string, caret int, out *dto.Query) error {
	c, ok := query.Complete(text, caret)
	if !ok {
		return nil
	}
	out.ChoiceFrom, out.ChoiceTo = utf16At(text, c.From), utf16At(text, c.To)
	prefix := strings.ToLower(strings.Trim(c.Prefix, `"*`))
	offer := func(text string, count *int64, kind string) {
		if len(out.Choices) < maxChoices {
			out.Choices = append(out.Choices, dto.QueryChoice{Text: text, Count: count, Type: kind})
		}
	}
	if c.Field == "" {
		for _, f := range query.Fields() {
			if strings.HasPrefix(string(f.Name), prefix) {
				offer(string(f.Name)+":", nil, string(f.Type))
			}
		}
		return nil
	}
	spec, _ := query.Lookup(string(c.Field))
	if spec.Type != query.Text && spec.Type != query.Choice {
		return nil
	}
	values, since, err := a.values(r.Context(), c.Field, prefix)
	if err != nil {
		return err
	}
	out.ChoiceSince = since
	if spec.Type == query.Choice {
		counts := map[string]int64{}
		for _, v := range values {
			counts[v.Value] = v.Count
		}
		for _, v := range spec.Choices {
			n, met := counts[v]
			count := &n
			if !met && since > 0 { // what was not met among a part of the rows is not known to be 0
				count = nil
			}
			if strings.HasPrefix(v, prefix) {
				offer(v, count, "")
			}
		}
		return nil
	}
	for begins := range 2 { // those that begin so come first
		for _, v := range values {
			low := strings.ToLower(v.Value)
			if strings.HasPrefix(low, prefix) == (begins == 0) && strings.Contains(low, prefix) {
				offer(typed(v.Value), &v.Count, "")
			}
		}
	}
	return nil
}

// values are what a field has, with how many rows have it.
func (a *API) values(ctx context.Context, field query.Field, prefix string) ([]store.Facet, int64, error) {
	switch field {
	case query.Model, query.User, query.Task, query.Upstream, query.Verdict:
		f, err := a.Log.Facets(ctx, query.Filter{})
		return map[query.Field][]store.Facet{query.Model: f.Models, query.User: f.Users, query.Task: f.Tasks,
			query.Upstream: f.Upstreams, query.Verdict: f.Verdicts}[field], f.Since, err
	}
	return a.Log.Values(ctx, field, prefix)
}

// typed is a value as it has to be typed.
func typed(value string) string {
	n, err := query.Parse("model:"+value, nil)
	if err == nil && n != nil && n.Kind == query.Is && len(n.Values) == 1 && n.Values[0].Text == value && !n.Values[0].Wild {
		return value
	}
	return query.Quote(value)
}

func (a *API) histogram(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f, err := a.filter(q)
	if err != nil {
		return err
	}
	from, to := f.From, f.To
	if from == 0 {
		first, err := a.Log.FirstSeen(r.Context())
		if err != nil {
			return err
		}
		if first != nil {
			from = *first
		}
	}
	if to == 0 {
		to = a.Now().UnixMicro()
	}
	out := dto.Histogram{From: from, To: to, Steps: []dto.Step{}}
	if from <= 0 || from >= to {
		return answer(w, out)
	}
	if f.From == 0 { // a young log is not stretched
		from = min(from, to-time.Hour.Microseconds())
		out.From = from
	}
	steps, step, err := bounds(from, to, stepFor(to-from), "", time.Local)
	if err != nil {
		return err
	}
	found, since, err := a.Log.Histogram(r.Context(), f, steps, to)
	if err != nil {
		return err
	}
	out.Step, out.Since = step, since
	for _, s := range found {
		out.Steps = append(out.Steps, dto.Step(s))
	}
	return answer(w, out)
}

// stepFor is a round step that gives at most bars bars.
func stepFor(span int64) int64 {
	for _, d := range []time.Duration{time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour,
		3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour} {
		if span/d.Microseconds() < bars {
			return d.Microseconds()
		}
	}
	return 30 * 24 * time.Hour.Microseconds()
}

// match says which of some rows pass a filter, for rows that come in live.
func (a *API) match(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Query string
		IDs   []string
	}
	if err := read(r, &in); err != nil {
		return err
	}
	q, err := url.ParseQuery(in.Query)
	if err != nil || len(in.IDs) > maxMatch {
		return problem(http.StatusBadRequest, "bad_filter", "the filter can't be read, or there are too many ids")
	}
	f, err := a.filter(q)
	if err != nil {
		return err
	}
	ids, err := a.Log.Match(r.Context(), f, in.IDs)
	if err != nil {
		return err
	}
	return answer(w, map[string][]string{"ids": append([]string{}, ids...)})
}

func (a *API) views(w http.ResponseWriter, r *http.Request) error {
	list, err := a.Settings.Views(r.Context())
	if err != nil {
		return err
	}
	return answer(w, named(list))
}

func (a *API) setViews(w http.ResponseWriter, r *http.Request) error {
	list, err := readNamed(r)
	if err != nil {
		return err
	}
	if err := a.Settings.SetViews(r.Context(), list); err != nil {
		return err
	}
	a.Bus.Publish(dto.Event{Type: "changed", What: "settings"})
	return a.views(w, r)
}
