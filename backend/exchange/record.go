package exchange

// Header is one header field as it came, after redaction. A repeated field is
// repeated here; order is kept where the transport keeps it.
type Header struct {
	Name  string `json:"n"`
	Value string `json:"v"`
}

// Start is what the journal keeps when a request begins. Every value is already
// free of secrets.
type Start struct {
	Upstream string   `json:"upstream"`
	Kind     Kind     `json:"kind"`
	Method   string   `json:"method"`
	Path     string   `json:"path"`  // escaped path as forwarded below the upstream's URL
	Query    string   `json:"query"` // raw query, secrets replaced
	URL      string   `json:"url"`   // full upstream URL, for copy as cURL; secrets replaced
	Headers  []Header `json:"headers"`
	Claims   *Claims  `json:"claims,omitempty"` // of a signed identity token; nil for none
	Remote   string   `json:"remote"`           // client address without port
	// ContentLength is what the client announced; -1 where it did not.
	ContentLength int64 `json:"content_length"`
	// RequestID is an id that the client chose (Helicone-Request-Id).
	RequestID string `json:"request_id,omitempty"`
	// PriceModel is the model to price by, where the client names another than
	// it asks for (Helicone-Model-Override).
	PriceModel string `json:"price_model,omitempty"`
	// OmitRequest and OmitReply say that a body is not kept, as the client asked.
	OmitRequest bool `json:"omit_request,omitempty"`
	OmitReply   bool `json:"omit_reply,omitempty"`
	// Notes are remarks of the proxy's own.
	Notes []Note `json:"notes,omitempty"`
}

// Head is what the journal keeps when the reply's header arrives.
type Head struct {
	Status  int      `json:"status"`
	Headers []Header `json:"headers"`
	// ContentLength is what the upstream announced; -1 where it did not.
	ContentLength int64 `json:"content_length"`
	// Own says that the proxy itself answered (upstream unreachable).
	Own bool `json:"own,omitempty"`
	// UsageAsked says that the proxy asked for the stream's token counts and kept
	// the chunk with them from the client.
	UsageAsked bool `json:"usage_asked,omitempty"`
}

// End is what the journal keeps when an exchange is over. State is what the
// transport saw: OK, Cancelled, Broken or Failed; the recorder may refine OK
// after reading the reply (an error event, a missing end mark).
type End struct {
	State    State    `json:"state"`
	Error    string   `json:"error,omitempty"`
	Trailers []Header `json:"trailers,omitempty"`
	// Gap says that some bytes could not be journalled.
	Gap bool `json:"gap,omitempty"`
	// Sent and Received are the bodies' sizes, and Model what was asked for, where
	// a body is not kept.
	Sent     int64  `json:"sent,omitempty"`
	Received int64  `json:"received,omitempty"`
	Model    string `json:"model,omitempty"`
}

// Chunk is one read of a body: when it came and how many bytes it had.
type Chunk struct {
	At  int64 // microseconds after the exchange's start
	Len int64
}

// Record is everything kept of one exchange: its row, its redacted headers and
// the shape of its bodies. The body bytes are read apart.
type Record struct {
	Exchange
	Start  Start
	Head   *Head // nil where no reply came
	End    End
	Chunks []Chunk // of the reply body
	SentAt *int64  // microseconds after the start when the request body was complete
	Prompt string  // the last user message as text, for export and search
	Gist   string  // what a list says of it in the place of a prompt that is a client's template; else ""
	Reply  string  // the answer as text
	Calls  string  // the answer's tool calls as text, for search
}

// Subject is what the person said, or what came of a background task, for a line in a
// list.
func (r *Record) Subject() string {
	if r.Gist != "" {
		return r.Gist
	}
	return r.Prompt
}
