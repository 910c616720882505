package dto

// Deletion is the body of POST /api/delete: the exchanges of a filter, or of ids.
type Deletion struct {
	// Query is a filter as a URL query, as for GET /api/exchanges; one that narrows
	// nothing is refused, as POST /api/delete-all is for that.
	Query string `json:"query"`
	// IDs are at most 10,000; Query is "" then.
	IDs []string `json:"ids"`
	// Confirm is the word "delete".
	Confirm string `json:"confirm"`
	// Name is what events tell of it by and POST /api/delete/cancel {"name": …} ends it
	// by; "" for neither.
	Name string `json:"name"`
}

// Deleted is the answer to POST /api/delete and POST /api/delete-all.
type Deleted struct {
	Deleted   int64 `json:"deleted"`
	Cancelled bool  `json:"cancelled"` // some were left
}

// DeletionProgress is how far a deletion is.
type DeletionProgress struct {
	Name string `json:"name"`
	Gone int64  `json:"gone"`
}
