package dto

// ExportRequest is the body of POST /api/export: in the window it opens a
// native save dialog and writes there. (The browser uses GET /api/export with
// the same filter.)
type ExportRequest struct {
	// Table is "" for requests, else what a page lists: "model", "user", "task",
	// "upstream", "month" or "chat"; it is written as csv or jsonl.
	Table string `json:"table"`
	// Query is the filter of requests as a URL query, as for GET /api/exchanges; of
	// a table from and to, of months tz too, of chats user.
	Query  string `json:"query"`
	Bodies bool   `json:"bodies"`
	Format string `json:"format"` // csv, jsonl, har, md, finetune; "" is csv
	BOM    bool   `json:"bom"`    // of csv
	// Semicolon parts the cells of csv by ";".
	Semicolon bool `json:"semicolon"`
}

// ExportProgress is how far an export into a file is. Done is true with its last.
type ExportProgress struct {
	Rows int64 `json:"rows"` // looked at
	Done bool  `json:"done"`
}

// ExportResult is its answer. Path is "" when the person cancelled. Left counts
// what the format can't hold, by reason (export.left.<reason>).
type ExportResult struct {
	Left map[string]int64 `json:"left"`
	Path string           `json:"path"`
	Rows int64            `json:"rows"`
}
