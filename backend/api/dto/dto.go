// Package dto is the shape of what the API says to the UI, as plain structs.
// The TypeScript in frontend/src/core/dto.gen.ts is made from it by
// backend/api/gen, and a test fails when that file is stale.
//
// Times are microseconds since the Unix epoch, durations microseconds, sizes
// bytes. A figure that is not known is null, never 0.
package dto

// Error is the body of every answer that is not 2xx. Code is stable; the UI
// words it in its languages; Message is English, for people with curl.
type Error struct {
	Code    string            `json:"code"`
	Message string            `json:"message"`
	Params  map[string]string `json:"params"`
}

// Status is the health of the program. GET /api/status and event "status".
type Status struct {
	Version     string `json:"version"`
	Commit      string `json:"commit"`
	BuildDate   string `json:"build_date"`
	Window      bool   `json:"window"` // the UI runs in the native window
	Demo        bool   `json:"demo"`   // what is shown is invented
	DataDir     string `json:"data_dir"`
	DataOpen    bool   `json:"data_open"` // others on this machine can look into that folder
	DataBytes   int64  `json:"data_bytes"`
	Exchanges   int64  `json:"exchanges"`
	ProxyListen string `json:"proxy_listen"` // address, for example 127.0.0.1:8731
	UIListen    string `json:"ui_listen"`    // "" in the window
	ProxyUp     bool   `json:"proxy_up"`
	// Recording is false when traffic flows but can't be kept; RecordingSince
	// is then the time since when, RecordingCode why (trouble.<code> in the UI's
	// words; journal_…: what passes is not kept, but for journal_unread), and
	// RecordingError what the system said, in English.
	Recording      bool   `json:"recording"`
	RecordingSince int64  `json:"recording_since"`
	RecordingCode  string `json:"recording_code"`
	RecordingError string `json:"recording_error"`
	BacklogBytes   int64  `json:"backlog_bytes"` // journal not yet read by the recorder
	Refused        int64  `json:"refused"`       // requests refused for a missing or wrong key
	Polls          int64  `json:"polls"`         // questions of Gumshoe's own to upstreams, which are no exchanges
	DroppedEvents  int64  `json:"dropped_events"`
	SecretsPlace   string `json:"secrets_place"` // keyring, encrypted_file, plain_key_file
	FirstSeenAt    *int64 `json:"first_seen_at"` // start of the first exchange ever kept
}

// Settings are the stored settings. GET and PUT /api/settings.
type Settings struct {
	Theme            string `json:"theme"`    // system, light, dark
	Language         string `json:"language"` // "" follows the system; en, zh-TW
	RetentionDays    int64  `json:"retention_days"`
	RetentionGB      int64  `json:"retention_gb"`       // 0 is no limit, for both
	KeepInBackground string `json:"keep_in_background"` // ask, yes, no: what closing the window does
}

// Event is one live update, on GET /api/events (SSE: "event: TYPE", "data:
// JSON of Event") or, in the window, EventsEmit("gumshoe", Event). Type:
// "exchange" (Row is set), "live" (Live is the whole running table), "status",
// "changed" (What: upstreams, settings, listen, deleted, recording).
type Event struct {
	Type   string  `json:"type"`
	Row    *Row    `json:"row,omitempty"`
	Live   []Live  `json:"live,omitempty"`
	Status *Status `json:"status,omitempty"`
	What   string  `json:"what,omitempty"`
	// Export comes with type "export".
	Export *ExportProgress `json:"export,omitempty"`
	// Deletion comes with type "deletion".
	Deletion *DeletionProgress `json:"deletion,omitempty"`
}
