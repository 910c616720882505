// Package query is what a person asks of the log: the filter that the request
// list, the export and the graphs share, and the language in which it is typed.
//
// Guarantees: Parse of any text gives a tree or an error that says where and,
// if it can, what was meant; Parse(Format(tree)) is the same tree; both are
// bounded in time and depth. It has no SQL and no I/O; store turns a Filter into
// SQL.
//
// Test it with: go test ./backend/query
package query

import "gumshoe/backend/exchange"

// Filter selects exchanges. The zero value selects all; the fields are joined
// by AND, the values of one field by OR.
type Filter struct {
	Where     *Node            // what was typed; nil selects all
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

// Kind says what a Node is.
type Kind string

// The kinds of node.
const (
	And  Kind = "and"  // all of Kids
	Or   Kind = "or"   // one of Kids
	Not  Kind = "not"  // not the one of Kids
	Is   Kind = "term" // Field has one of Values
	Word Kind = "word" // the full text has Values[0], a word or a phrase
)

// Node is one node of a typed filter.
type Node struct {
	Kind   Kind
	Kids   []*Node // of And and Or two or more, of Not one
	Field  Field   // of Is
	Values []Value // of Is: one has to hold; of Word: one
	// From and To are the bytes of the text that the node was read from; Format
	// does not need them.
	From, To int
}

// Op is how a value is compared.
type Op string

// The comparisons. Between includes both ends.
const (
	Equal   Op = "="
	More    Op = ">"
	AtLeast Op = ">="
	Less    Op = "<"
	AtMost  Op = "<="
	Between Op = ".."
)

// Value is what a field is compared with.
type Value struct {
	Op Op
	// Text is the value of a field of text; with Wild its "*" stand for anything.
	// With Quoted it was typed in quotation marks: it stands for itself only.
	Text         string
	Wild, Quoted bool
	// Number and High are the value of a field of numbers, in the unit of its
	// type: microseconds, US dollars, tokens, tokens per second, bytes. High is the
	// upper end of Between. Of a time they are microseconds since 1970, or before
	// now where Ago says so.
	Number, High float64
	Ago          bool
}

// Words lists the words and phrases that the full text has to have: those that
// are not negated. The UI marks them.
func (n *Node) Words() []string {
	if n == nil {
		return nil
	}
	var out []string
	switch n.Kind {
	case Word:
		out = append(out, n.Values[0].Text)
	case And, Or:
		for _, k := range n.Kids {
			out = append(out, k.Words()...)
		}
	}
	return out
}
