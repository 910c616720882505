package dto

// Upstream is one configured upstream. GET /api/upstreams.
type Upstream struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	URL     string `json:"url"`
	HasKey  bool   `json:"has_key"`
	FromRun bool   `json:"from_run"` // given by a flag for this run; can't be edited
	BaseURL string `json:"base_url"` // what to paste, for the same machine
	// AskUsage: streams that don't ask for their token counts are asked for them.
	AskUsage bool `json:"ask_usage"`
	// KeepIdentity: headers that say who asked go on to the upstream.
	KeepIdentity bool `json:"keep_identity"`
	// OwnHeaders: replies carry Helicone-Id and Helicone-Status.
	OwnHeaders bool `json:"own_headers"`
}

// UpstreamInput is the body of POST /api/upstreams (add), PUT
// /api/upstreams/{name} (edit). Kind "" is detected. Key nil leaves it as it
// is, "" removes it; AskUsage, KeepIdentity and OwnHeaders
// nil leave theirs.
type UpstreamInput struct {
	Name string  `json:"name"`
	Kind string  `json:"kind"`
	URL  string  `json:"url"`
	Key  *string `json:"key"`

	AskUsage     *bool `json:"ask_usage,omitempty"`
	KeepIdentity *bool `json:"keep_identity,omitempty"`
	OwnHeaders   *bool `json:"own_headers,omitempty"`
}

// UpstreamTest is the answer of POST /api/upstreams/test (body UpstreamInput)
// and POST /api/upstreams/{name}/test.
type UpstreamTest struct {
	OK       bool     `json:"ok"`
	Kind     string   `json:"kind"` // detected
	Version  string   `json:"version"`
	Models   []string `json:"models"`
	Millis   int64    `json:"millis"`
	Code     string   `json:"code"` // why not: unreachable, unauthorized, not_an_llm, bad_url, timeout
	Message  string   `json:"message"`
	HTTPCode int      `json:"http_code"`
}

// BaseURL is one URL to paste. Place: same_machine, docker_desktop,
// docker_linux, lan. Works is false when the present listen address can't be
// reached from there; Needs is then the listen address that can.
type BaseURL struct {
	Place    string `json:"place"`
	Upstream string `json:"upstream"`
	Kind     string `json:"kind"`
	URL      string `json:"url"`
	Works    bool   `json:"works"`
	Needs    string `json:"needs"`
}

// ListenChoice is one address that the proxy could listen on. Opens: loopback,
// docker, lan, all.
type ListenChoice struct {
	Address string `json:"address"`
	Opens   string `json:"opens"`
	Current bool   `json:"current"`
}

// Check is one line of the checklist: proxy_listening, upstream_reachable,
// first_request.
type Check struct {
	ID     string `json:"id"`
	Done   bool   `json:"done"`
	Detail string `json:"detail"`
}

// Setup is all that the Setup page shows. GET /api/setup. PUT /api/listen
// takes {"address": "0.0.0.0:8731"}.
type Setup struct {
	BaseURLs  []BaseURL      `json:"base_urls"`
	Listen    []ListenChoice `json:"listen"`
	Checks    []Check        `json:"checks"`
	DockerRun string         `json:"docker_run"`
	WriteKey  string         `json:"write_key"`
}

// Identity is how users are told apart: further header names, asked before the
// usual ones. GET /api/identity.
type Identity struct {
	UserHeaders    []string `json:"user_headers"`
	ChatHeaders    []string `json:"chat_headers"`
	TaskHeaders    []string `json:"task_headers"`
	AnswerHeaders  []string `json:"answer_headers"`
	TokenHeaders   []string `json:"token_headers"`
	HasTokenSecret bool     `json:"has_token_secret"`
}

// IdentityInput is the body of PUT /api/identity. TokenSecret nil leaves it as
// it is, "" removes it.
type IdentityInput struct {
	UserHeaders   []string `json:"user_headers"`
	ChatHeaders   []string `json:"chat_headers"`
	TaskHeaders   []string `json:"task_headers"`
	AnswerHeaders []string `json:"answer_headers"`
	TokenHeaders  []string `json:"token_headers"`
	TokenSecret   *string  `json:"token_secret"`
}

// WriteKey is a further key that lets traffic in; it is never shown whole. GET
// and POST /api/write-keys (body {"key":…}), DELETE /api/write-keys/{id}.
type WriteKey struct {
	ID       string `json:"id"`
	Shown    string `json:"shown"` // its end
	Helicone bool   `json:"helicone"`
}
