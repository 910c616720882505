package dto

// QueryValue is one value of a term, for the sentence that says what a filter
// means. Number and High are in microseconds, US dollars, tokens, tokens per
// second or bytes, as Type says; of a time, microseconds since 1970 or, with Ago,
// before now.
type QueryValue struct {
	Op     string  `json:"op"` // = > >= < <= ..
	Text   string  `json:"text"`
	Wild   bool    `json:"wild"`
	Quoted bool    `json:"quoted"`
	Number float64 `json:"number"`
	High   float64 `json:"high"`
	Ago    bool    `json:"ago"`
}

// QueryNode is one node of a typed filter. From and To are places in the text,
// in UTF-16 units as JavaScript counts.
type QueryNode struct {
	Kind   string       `json:"kind"` // and, or, not, term, word
	Kids   []QueryNode  `json:"kids"`
	Field  string       `json:"field"`
	Type   string       `json:"type"` // text, choice, count, duration, money, rate, size, time
	Values []QueryValue `json:"values"`
	From   int          `json:"from"`
	To     int          `json:"to"`
}

// QueryError says what is wrong with a typed filter and where. Code is worded by
// the UI (query.errors.<code>); Suggestion is what From to To should rather be.
type QueryError struct {
	Code       string `json:"code"`
	From       int    `json:"from"`
	To         int    `json:"to"`
	Word       string `json:"word"`
	Field      string `json:"field"`
	Suggestion string `json:"suggestion"`
}

// QueryChoice is one thing that could stand at the caret. Count is null where it
// is a field's name or not counted.
type QueryChoice struct {
	Text  string `json:"text"`
	Count *int64 `json:"count"`
	Type  string `json:"type"` // of a field's name
}

// Query is what a typed filter means. GET /api/query takes q and caret (in
// UTF-16 units; -1 for none).
type Query struct {
	Tree  *QueryNode  `json:"tree"`  // null for an empty filter or a wrong one
	Error *QueryError `json:"error"` // null for a right one
	Text  string      `json:"text"`  // as Gumshoe would write it
	Words []string    `json:"words"` // to be marked where they are found
	// Choices are what could replace ChoiceFrom to ChoiceTo.
	Choices    []QueryChoice `json:"choices"`
	ChoiceFrom int           `json:"choice_from"`
	ChoiceTo   int           `json:"choice_to"`
	// ChoiceSince is 0 where the choices' counts are of all rows, else the time
	// (microseconds) from which on rows were counted.
	ChoiceSince int64 `json:"choice_since"`
}

// View is a filter that was given a name. GET and PUT /api/views take the list.
type View struct {
	Name  string `json:"name"`
	Query string `json:"query"`
}

// Views are all saved views, in their order.
type Views struct {
	Views []View `json:"views"`
}

// SQLView is one view that a person's SQL may read.
type SQLView struct {
	Name    string      `json:"name"`
	Columns []SQLColumn `json:"columns"`
}

// SQLColumn is one column of a view; the UI words what it means by both names.
type SQLColumn struct {
	Name string `json:"name"`
	Type string `json:"type"` // text, time (text, ISO 8601 in UTC), integer, real
	Unit string `json:"unit"` // ms, tokens, tokens/s, bytes, US$; "" for none
}

// SQLViews are all of them. GET /api/sql/views.
type SQLViews struct {
	Views []SQLView `json:"views"`
}

// SQLAnswer is what a person's SQL gives. POST /api/sql takes {"sql": "SELECT …"}
// and answers it, or the error "sql" with SQLite's own words as its detail, "sql_begin",
// "sql_time" or "sql_room". A cell is null, a number or a string. Exact repeats the numbers that
// a page can't read exactly: whole ones beyond ±(2^53-1), JavaScript's bound. GET and
// PUT /api/sql/saved take Views.
type SQLAnswer struct {
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"`
	Exact   []SQLInt `json:"exact"`
	Cut     bool     `json:"cut"`  // there is more
	Took    int64    `json:"took"` // microseconds
}

// SQLInt is the whole number at a row and a column, counted from 0, as text.
type SQLInt struct {
	Row    int    `json:"row"`
	Column int    `json:"column"`
	Text   string `json:"text"`
}
