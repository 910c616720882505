package dto

// ExportRequest is the body of POST /api/export: in the window it opens a
// native save dialog and writes there. (The browser uses GET /api/export with
// the same filter, and job, a name of its own making.) POST /api/export/cancel ends
// it, with ?job=<name> the download of that name.
type ExportRequest struct {
	// Table is "" for requests, else what a page lists: "model", "user", "task",
	// "upstream", "month", "chat", "speed" or "stay" (Ollama's models, and their times
	// in memory); it is written as csv or jsonl.
	Table string `json:"table"`
	// Query is the filter of requests as a URL query, as for GET /api/exchanges; of
	// a table from and to, of months tz and zone too, of speeds upstream, of chats user.
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

// ExportState answers GET /api/export/state?job=<name>, up to a minute after the end:
// how far a browser's download is. Written and Left are as in ExportResult, at its end.
type ExportState struct {
	State   string           `json:"state"` // running, done, cancelled, failed
	Rows    int64            `json:"rows"`  // looked at
	Written int64            `json:"written"`
	Left    map[string]int64 `json:"left"`
}

// ExportResult is its answer. Path is "" when the person cancelled. Left counts
// what the format can't hold, by reason (export.left.<reason>).
type ExportResult struct {
	Left map[string]int64 `json:"left"`
	Path string           `json:"path"`
	Rows int64            `json:"rows"`
}
