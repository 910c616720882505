// Package dialects says which operation a request is and which dialect reads it.
//
// A new dialect is one folder under wire/ and one line in All.
//
// Test it with: go test ./backend/wire/dialects
package dialects

import (
	"strings"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/anthropic"
	"gumshoe/backend/wire/gemini"
	"gumshoe/backend/wire/ollama"
	"gumshoe/backend/wire/openai"
)

// All lists the dialects; the first that knows a request reads it.
func All() []wire.Dialect {
	return []wire.Dialect{ollama.Dialect{}, anthropic.Dialect{}, gemini.Dialect{}, openai.Dialect{}}
}

// For names the operation of a request below an upstream's root, for example
// POST /api/chat; "" and nil where it is not understood. A reply's state can be
// told only for what is understood.
func For(kind exchange.Kind, method, path string) (exchange.API, wire.Dialect) {
	path = Clean(path)
	for _, d := range All() {
		if api, ok := d.Operation(kind, method, path); ok {
			return api, d
		}
	}
	return "", nil
}

// Clean folds doubled slashes and drops a trailing one: servers do so too, or
// answer with a redirect that shows in the record.
func Clean(p string) string {
	for strings.Contains(p, "//") {
		p = strings.ReplaceAll(p, "//", "/")
	}
	if len(p) > 1 {
		p = strings.TrimSuffix(p, "/")
	}
	return p
}
