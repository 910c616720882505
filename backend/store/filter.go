package store

import (
	"fmt"
	"slices"
	"strings"

	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
)

// cond is a condition on rows with its arguments.
type cond struct {
	sql  string
	args []any
	// indexed says that an index finds its rows; byID that it has them in the order
	// of their ids for each of few values, so that a stretch of time is found alone.
	indexed, byID bool
	// rows selects the numbers of the rows by itself, as hit, some of them twice: of
	// the full text, which words says that the condition asks.
	rows  string
	words bool
	// figure is the condition without the eras that sql names, of an index that has
	// its rows by them.
	figure string
	// either are conditions of which one must hold, each with an index: SQLite does
	// not see by itself that partial indexes serve.
	either []cond
}

// hits is what selects the numbers of the rows, as hit.
func (c *cond) hits() (string, []any) {
	if c.rows != "" {
		return `SELECT DISTINCT hit FROM (` + c.rows + `)`, c.args
	}
	if len(c.either) == 0 {
		return `SELECT seq AS hit FROM exchange WHERE ` + c.sql, c.args
	}
	var texts []string
	var args []any
	for _, one := range c.either {
		text, more := one.hits()
		texts = append(texts, `SELECT hit FROM (`+text+`)`)
		args = append(args, more...)
	}
	// UNION would walk the table in the order of its rows.
	return `SELECT DISTINCT hit FROM (` + strings.Join(texts, ` UNION ALL `) + `)`, args
}

// part is how a condition is asked for.
type part struct {
	// plain keeps indexes out, so that rows are read in their order.
	plain bool
	// from and to bound the rows of the full text by their numbers; to 0 is open.
	from, to int64
}

func (p part) column(name string) string {
	if p.plain {
		return "+" + name
	}
	return name
}

// conds are the conditions of a filter, all of which must hold.
func (s *searching) conds(f query.Filter, p part) []cond {
	var out []cond
	in := func(column string, values []string) {
		if len(values) > 0 {
			out = append(out, oneOf(p, column, values))
		}
	}
	in("shown_model", f.Models)
	in("upstream", f.Upstreams)
	in("user", f.Users)
	in("chat", f.Chats)
	in("answer", f.Answers)
	in("task", f.Tasks)
	if len(f.Verdicts) > 0 {
		out = append(out, s.verdictIs(p, f.Verdicts))
	}
	states := make([]string, len(f.States))
	for i, v := range f.States {
		states[i] = string(v)
	}
	in("state", states)
	if f.From > 0 {
		out = append(out, cond{sql: "+started_at >= ? AND id >= ?", args: []any{f.From, idAt(f.From - slack)}})
	}
	if f.To > 0 {
		out = append(out, cond{sql: "+started_at < ? AND id < ?", args: []any{f.To, idAt(f.To + slack)}})
	}
	if strings.TrimSpace(f.Text) != "" {
		out = append(out, s.textIs(p, f.Text, true))
	}
	if f.Where != nil {
		kids := []*query.Node{f.Where}
		if f.Where.Kind == query.And {
			kids = f.Where.Kids
		}
		for _, k := range kids {
			out = append(out, s.node(k, p))
		}
	}
	return out
}

// oneOf is a column that has one of some values. "<> ”" lets the partial
// indexes serve.
func oneOf(p part, column string, values []string) cond {
	c := cond{sql: p.column(column) + " IN (?" + strings.Repeat(",?", len(values)-1) + ")", indexed: true}
	some := true
	for _, v := range values {
		c.args = append(c.args, v)
		some = some && v != ""
	}
	c.byID = column != "kind"
	switch column {
	case "user", "chat", "answer", "task", "verdicts":
		if some {
			c.sql += " AND " + p.column(column) + " <> ''"
		} else {
			c.indexed = false
		}
	}
	c.byID = c.byID && c.indexed
	return c
}

// timed says that an index finds the rows of a stretch of time alone.
func (c *cond) timed() bool { return c.byID || c.figure != "" }

// within is a condition that an index finds rows of by their ids, from or up to one;
// of a figure all rows of the stretch's eras, which may be some more.
func (c *cond) within(cmp string, edge []byte, e eras) (string, []any) {
	if c.figure != "" {
		return `SELECT seq AS hit FROM exchange WHERE ` + e.sql() + ` AND ` + c.figure, slices.Clone(c.args)
	}
	return `SELECT seq AS hit FROM exchange WHERE ` + c.sql + ` AND id ` + cmp + ` ?`, append(slices.Clone(c.args), edge)
}

// verdictIs is what rows have that have one of some codes. Their index is asked for
// the sets of codes that there are.
func (s *searching) verdictIs(p part, codes []string) cond {
	if p.plain {
		return verdictLike(p, codes)
	}
	sets := s.values("verdicts", " AND verdicts <> ''")
	sets = slices.DeleteFunc(sets, func(set string) bool {
		return !slices.ContainsFunc(strings.Fields(set), func(have string) bool { return slices.Contains(codes, have) })
	})
	if len(sets) > maxAlike {
		return verdictLike(p, codes)
	}
	if len(sets) == 0 {
		return cond{sql: "0", indexed: true}
	}
	return oneOf(p, "verdicts", sets)
}

func verdictLike(p part, codes []string) cond {
	c := cond{indexed: true}
	var any []string
	for _, v := range codes {
		any = append(any, `(' ' || verdicts || ' ') LIKE ? ESCAPE '\'`)
		c.args = append(c.args, "% "+like(v)+" %")
	}
	c.sql = p.column("verdicts") + " <> '' AND (" + strings.Join(any, " OR ") + ")"
	return c
}

// like keeps the signs of LIKE from their meaning.
func like(s string) string { return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) }

// node is the condition of one node of a typed filter.
func (s *searching) node(n *query.Node, p part) cond {
	switch n.Kind {
	case query.And, query.Or:
		c := cond{indexed: n.Kind == query.Or}
		var texts []string
		for _, k := range n.Kids {
			one := s.node(k, p)
			texts = append(texts, "("+one.sql+")")
			c.args = append(c.args, one.args...)
			c.words = c.words || one.words
			if n.Kind == query.Or {
				c.indexed = c.indexed && one.indexed
				c.either = append(c.either, one)
			} else {
				c.indexed = c.indexed || one.indexed
			}
		}
		c.sql = strings.Join(texts, map[query.Kind]string{query.And: " AND ", query.Or: " OR "}[n.Kind])
		return c
	case query.Not:
		p.plain = true
		c := s.node(n.Kids[0], p)
		// A figure that is not known is neither more nor less.
		return cond{sql: "NOT coalesce((" + c.sql + "), 0)", args: c.args, words: c.words}
	case query.Word:
		v := n.Values[0]
		return s.textIs(p, v.Text, !v.Quoted)
	}
	return s.term(n, p)
}

// term is the condition of one field.
func (s *searching) term(n *query.Node, p part) cond {
	var parts []cond
	for _, v := range n.Values {
		parts = append(parts, s.value(n.Field, v, p))
	}
	if len(parts) == 1 {
		return parts[0]
	}
	c := cond{indexed: true}
	var texts []string
	for _, one := range parts {
		texts = append(texts, "("+one.sql+")")
		c.args = append(c.args, one.args...)
		c.indexed = c.indexed && one.indexed
		c.either = append(c.either, one)
	}
	c.sql = strings.Join(texts, " OR ")
	return c
}

func (s *searching) value(f query.Field, v query.Value, p part) cond {
	spec, _ := query.Lookup(string(f))
	switch spec.Type {
	case query.Time:
		if f == query.Since {
			return cond{sql: "+started_at >= ? AND id >= ?", args: []any{int64(v.Number), idAt(int64(v.Number) - slack)}}
		}
		return cond{sql: "+started_at < ? AND id < ?", args: []any{int64(v.Number), idAt(int64(v.Number) + slack)}}
	case query.Choice:
		return s.chosen(f, v.Text, p)
	case query.Text:
		return s.textValue(f, v, p)
	}
	return s.sized(f, v, p)
}

// textValue compares text without regard to case.
func (s *searching) textValue(f query.Field, v query.Value, p part) cond {
	switch f {
	case query.Model, query.User, query.Task, query.Upstream:
		column := map[query.Field]string{query.Model: "shown_model", query.User: "user", query.Task: "task", query.Upstream: "upstream"}[f]
		if !v.Wild && v.Text == "" {
			return cond{sql: p.column(column) + " = ''"}
		}
		values := s.alike(f, column, v)
		if len(values) == 0 {
			return cond{sql: "0", indexed: true}
		}
		return oneOf(p, column, values)
	case query.Verdict:
		if v.Wild {
			return cond{sql: p.column("verdicts") + ` <> '' AND verdicts LIKE ? ESCAPE '\'`, args: []any{wild(v.Text, "%", "%")}, indexed: true}
		}
		return s.verdictIs(p, []string{strings.ToLower(v.Text)})
	case "tag", "note":
		return marked(f, v)
	case "remark":
		return cond{sql: `(' ' || notes || ' ') LIKE ? ESCAPE '\'`, args: []any{wild(v.Text, "% ", " %")}}
	case "id":
		if b, err := idBytes(v.Text); err == nil && !v.Wild {
			return cond{sql: p.column("id") + " = ?", args: []any{b}, indexed: true}
		}
		return cond{sql: "lower(hex(id)) GLOB ?", args: []any{hexadecimal(v.Text)}}
	case query.Chat, query.Answer:
		if !v.Wild && v.Text != "" {
			return oneOf(p, string(f), []string{v.Text})
		}
	case "error", "path", "client": // a part of it
		if !v.Wild && !v.Quoted {
			return cond{sql: string(f) + ` LIKE ? ESCAPE '\'`, args: []any{"%" + like(v.Text) + "%"}}
		}
	}
	column := string(f) // api, method, finish … are columns of that name
	if !v.Wild {
		return cond{sql: column + " = ? COLLATE NOCASE", args: []any{v.Text}}
	}
	return cond{sql: column + ` LIKE ? ESCAPE '\'`, args: []any{wild(v.Text, "", "")}}
}

// hexadecimal keeps of an id what an id can have, and the wildcard; of anything
// else what no id is like.
func hexadecimal(s string) string {
	s = strings.ToLower(strings.ReplaceAll(s, "-", ""))
	if strings.Trim(s, "0123456789abcdef*") != "" {
		return "-"
	}
	return s
}

// wild makes a LIKE pattern of text whose "*" stand for anything.
func wild(text, before, after string) string {
	return before + strings.ReplaceAll(like(text), "*", "%") + after
}

// marked is what a person noted: a tag as a whole, a part of a note.
func marked(f query.Field, v query.Value) cond {
	column, text := "note", wild(v.Text, "%", "%")
	if f == "tag" {
		column, text = "tags", "%"+tagEnd+wild(v.Text, "", "")+tagEnd+"%"
	}
	return cond{sql: "exchange.id IN (SELECT id FROM mark WHERE " + column + ` LIKE ? ESCAPE '\')`, args: []any{text}, indexed: true}
}

// sized compares a number.
func (s *searching) sized(f query.Field, v query.Value, p part) cond {
	if f == "rating" {
		if v.Op == query.Between {
			return cond{sql: "exchange.id IN (SELECT id FROM mark WHERE rating BETWEEN ? AND ?)", args: []any{v.Number, v.High}, indexed: true}
		}
		return cond{sql: "exchange.id IN (SELECT id FROM mark WHERE rating " + string(v.Op) + " ?)", args: []any{v.Number}, indexed: true}
	}
	e, indexed := map[query.Field]string{"status": "http_status", "ttft": "ttft", "duration": "duration", "load": "load", "queue": "queue", "cost": "cost",
		"tokens": "coalesce(input_tokens, 0) + coalesce(output_tokens, 0)", "in": "input_tokens", "out": "output_tokens", "cached": "cached_tokens",
		"reasoning": "reasoning_tokens", "tps": "generation_tps", "prompttps": "prompt_tps", "size": "request_bytes + response_bytes"}[f], false
	guard := ""
	switch f {
	case "ttft", "duration", "tps":
		indexed = true // "IS NOT NULL" follows of a comparison
	case "tokens":
		indexed = true
		guard = " AND tokens_basis <> ''"
	case "cost":
		indexed = v.Op == query.More && v.Number >= 0 || (v.Op == query.AtLeast || v.Op == query.Equal || v.Op == query.Between) && v.Number > 0
		if indexed {
			guard = " AND " + p.column("cost") + " > 0"
		}
	case "status":
		if indexed = v.Number >= 400 && (v.Op == query.More || v.Op == query.AtLeast || v.Op == query.Equal || v.Op == query.Between); indexed {
			guard = " AND " + p.column("http_status") + " >= 400"
		} else {
			guard = " AND http_status > 0" // 0 is no status
		}
	}
	if p.plain {
		e = "+(" + e + ")"
	}
	c := cond{sql: fmt.Sprintf("%s %s ?%s", e, v.Op, guard), args: []any{v.Number}, indexed: indexed}
	if v.Op == query.Between {
		c.sql, c.args = fmt.Sprintf("%s BETWEEN ? AND ?%s", e, guard), []any{v.Number, v.High}
	}
	if !indexed || p.plain || f == "status" {
		return c
	}
	all, ok := s.allEras()
	if c.indexed = ok; ok {
		c.figure = c.sql
		c.sql = all.sql() + " AND " + c.sql
	}
	return c
}

// chosen is a field with a fixed list.
func (s *searching) chosen(f query.Field, word string, p part) cond {
	verdicts := map[string][]exchange.VerdictCode{
		"truncated": {exchange.VerdictContextCut, exchange.VerdictContextShifted}, "cold": {exchange.VerdictColdStart},
		"reloaded": {exchange.VerdictModelReloaded}, "swapped": {exchange.VerdictModelSwapped}, "stalled": {exchange.VerdictStalled},
		"duplicate": {exchange.VerdictDuplicate}, "retry": {exchange.VerdictRetry}, "abandoned": {exchange.VerdictAbandoned},
		"toolfail":  {exchange.VerdictToolInText, exchange.VerdictUnknownTool, exchange.VerdictToolArguments, exchange.VerdictEmptyAnswer},
		"cachemiss": {exchange.VerdictCacheMissed}, "leak": {exchange.VerdictSecretSent},
	}
	plain := map[string]string{"stream": "stream = 1", "background": "task NOT IN ('', 'chat', 'tool_loop')", "partial": "partial = 1",
		"estimated": "(tokens_basis = 'estimated' OR cost_basis = 'estimated')", "estimated-tokens": "tokens_basis = 'estimated'", "estimated-cost": "cost_basis = 'estimated'",
		"unpriced": "(tokens_basis <> '' AND cost IS NULL)", "uncounted": uncounted, "free": "cost = 0", "starred": "exchange.id IN (SELECT id FROM mark WHERE starred = 1)"}
	switch f {
	case query.State:
		return oneOf(p, "state", []string{word})
	case query.Has:
		if column, ok := map[string]string{"user": "user <> ''", "chat": "chat <> ''", "cost": "cost IS NOT NULL", "tokens": "tokens_basis <> ''", "error": "error <> ''"}[word]; ok {
			return cond{sql: p.column(column)}
		}
		if text := map[string]string{"note": "note <> ''", "tag": "tags <> ''"}[word]; text != "" {
			return cond{sql: "exchange.id IN (SELECT id FROM mark WHERE " + text + ")", indexed: true}
		}
		if word == "verdict" {
			return cond{sql: p.column("verdicts") + " <> ''", indexed: true}
		}
		return cond{sql: "has LIKE ?", args: []any{"% " + word + " %"}}
	case query.IsField:
		if codes := verdicts[word]; codes != nil {
			var list []string
			for _, c := range codes {
				list = append(list, string(c))
			}
			return s.verdictIs(p, list)
		}
		if text := plain[word]; text != "" {
			return cond{sql: text, indexed: word == "starred"}
		}
		return oneOf(p, "state", statesOf(word))
	}
	return oneOf(p, string(f), []string{word}) // kind
}

// statesOf are the states that a word of "is" names. Those of "error" are what every
// sum counts as failed; state:error is the one state alone.
func statesOf(word string) []string {
	if word == string(exchange.Failed) {
		return []string{word, string(exchange.Broken), string(exchange.Interrupted)}
	}
	return []string{word}
}
