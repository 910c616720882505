package dto

// Chat is one conversation, summed up.
type Chat struct {
	ID      string   `json:"id"`
	Basis   string   `json:"basis"` // reported, or inferred from what was said
	User    string   `json:"user"`
	Title   string   `json:"title"` // the start of its first question
	Models  []string `json:"models"`
	Answers int64    `json:"answers"`
	FirstAt int64    `json:"first_at"`
	LastAt  int64    `json:"last_at"`
	LastID  string   `json:"last_id"` // before= of the next page
	Figures Figures  `json:"figures"`
}

// Chats is one page of them, the one used last first. GET /api/chats takes user,
// before (LastID of the last chat of the page before) and limit (50, at most 500).
type Chats struct {
	Chats []Chat `json:"chats"`
	More  bool   `json:"more"`
}

// ChatDetail is one chat with its exchanges, the oldest first: the newest 500. GET
// /api/chats/{id}.
type ChatDetail struct {
	Chat Chat  `json:"chat"`
	Rows []Row `json:"rows"`
	More bool  `json:"more"` // there are older ones
}

// Anatomy is what a prompt is made of, in estimated tokens (o200k, without the
// model's factor): the shares count, not the sums. Images are counted, not
// measured. GET /api/exchanges/{id}/anatomy.
type Anatomy struct {
	System  int64 `json:"system"`
	Tools   int64 `json:"tools"`
	Context int64 `json:"context"` // documents that a client put around a question
	History int64 `json:"history"` // earlier turns
	Results int64 `json:"results"` // of tools, in this turn
	Last    int64 `json:"last"`    // the last question itself
	Images  int64 `json:"images"`  // how many
}

// Earlier says which messages of a request an earlier one of its chat had already.
// GET /api/exchanges/{id}/earlier.
type Earlier struct {
	ID        string `json:"id"`         // of the request that was compared; "" where none had any
	StartedAt int64  `json:"started_at"` // of that one
	// Turns is how many of the first messages, those of system and developer left
	// out, were in that request or were its answer.
	Turns         int64 `json:"turns"`
	SystemChanged bool  `json:"system_changed"` // the system's messages are others than there
}
