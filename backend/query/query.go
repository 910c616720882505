// Package query is what a person asks of the log: the filter that the request
// list, the export and the graphs share. It has no SQL and no I/O; store turns
// a Filter into SQL.
//
// Test it with: go test ./backend/query
package query

import "gumshoe/backend/exchange"

// Filter selects exchanges. The zero value selects all; the fields are joined
// by AND, the values of one field by OR.
type Filter struct {
	Text      string           // words that must all occur in prompt, answer, model, path, user or error
	Models    []string         // the model that answered or, failing that, the one asked for
	Upstreams []string         // configured names
	States    []exchange.State // stored states
	Users     []string         // as the row shows them
	Chats     []string         // ids
	Answers   []string         // ids
	Tasks     []string         // chat, tool_loop, title_generation …
	Verdicts  []string         // codes; a row has one of them
	From, To  int64            // StartedAt in [From, To), microseconds; 0 is open
}
