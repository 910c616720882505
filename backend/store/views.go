package store

import "slices"

// Column is one of a view that a person's SQL may read. What it means is in the UI's
// catalogues, as schema.<view>.col_<name>.
type Column struct {
	Name string
	Type string // text, time (text, ISO 8601 in UTC), integer or real
	Unit string // of its figures; "" for none
}

// columnsOf has every column of every view in its order: SQLite knows no types of them.
var columnsOf = map[string][]Column{
	"v_exchanges": {
		{"id", "text", ""},
		{"started_at", "time", ""},
		{"state", "text", ""},
		{"http_status", "integer", ""},
		{"upstream", "text", ""},
		{"api", "text", ""},
		{"method", "text", ""},
		{"path", "text", ""},
		{"model_requested", "text", ""},
		{"model", "text", ""},
		{"stream", "integer", ""},
		{"user", "text", ""},
		{"chat", "text", ""},
		{"task", "text", ""},
		{"input_tokens", "integer", "tokens"},
		{"output_tokens", "integer", "tokens"},
		{"cached_tokens", "integer", "tokens"},
		{"tokens_basis", "text", ""},
		{"ttft_ms", "real", "ms"},
		{"duration_ms", "real", "ms"},
		{"generation_tps", "real", "tokens/s"},
		{"prompt_tps", "real", "tokens/s"},
		{"load_ms", "real", "ms"},
		{"request_bytes", "integer", "bytes"},
		{"response_bytes", "integer", "bytes"},
		{"client", "text", ""},
		{"error", "text", ""},
		{"prompt", "text", ""},
		{"answer", "text", ""},
		{"chat_basis", "text", ""},
		{"task_basis", "text", ""},
		{"reasoning_tokens", "integer", "tokens"},
		{"cache_write_tokens", "integer", "tokens"},
		{"cost_usd", "real", "US$"},
		{"cost_basis", "text", ""},
		{"queue_ms", "real", "ms"},
		{"queue_basis", "text", ""},
		{"verdicts", "text", ""},
	},
	"v_verdicts": {
		{"id", "text", ""},
		{"started_at", "time", ""},
		{"verdict", "text", ""},
		{"model", "text", ""},
		{"user", "text", ""},
		{"task", "text", ""},
	},
	"v_days": {
		{"day", "text", ""},
		{"model", "text", ""},
		{"user", "text", ""},
		{"requests", "integer", ""},
		{"errors", "integer", ""},
		{"input_tokens", "integer", "tokens"},
		{"output_tokens", "integer", "tokens"},
		{"cost_usd", "real", "US$"},
		{"unpriced", "integer", ""},
		{"ttft_ms_avg", "real", "ms"},
		{"generation_tps_avg", "real", "tokens/s"},
	},
}

// describe gives a view's columns their types; one that is not in the list has none.
func describe(view string, names []string) []Column {
	list := make([]Column, 0, len(names))
	for _, name := range names {
		c := Column{Name: name}
		if i := slices.IndexFunc(columnsOf[view], func(k Column) bool { return k.Name == name }); i >= 0 {
			c = columnsOf[view][i]
		}
		list = append(list, c)
	}
	return list
}
