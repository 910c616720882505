// Package dialects says which operation a request is and which dialect reads it.
//
// Test it with: go test ./backend/wire/dialects
package dialects

import (
	"net/http"
	"strings"

	"gumshoe/backend/exchange"
	"gumshoe/backend/wire"
	"gumshoe/backend/wire/ollama"
	"gumshoe/backend/wire/openai"
)

// For names the operation of a request below an upstream's root, for example
// POST /api/chat; "" and nil where it is not understood. A reply's state can be
// told only for what is understood.
func For(kind exchange.Kind, method, path string) (exchange.API, wire.Dialect) {
	path = clean(path)
	if kind == exchange.KindOllama {
		if api, ok := native(method, path); ok {
			return api, ollama.Dialect{}
		}
	}
	path = strings.TrimPrefix(path, "/v1")
	switch {
	case method == http.MethodPost && path == "/chat/completions":
		return exchange.OpenAIChat, openai.Dialect{}
	case method == http.MethodGet && (path == "/models" || strings.HasPrefix(path, "/models/")) && kind != exchange.KindGemini:
		return exchange.OpenAIModels, openai.Dialect{}
	}
	return "", nil
}

func native(method, path string) (exchange.API, bool) {
	switch method + " " + path {
	case "POST /api/chat":
		return exchange.OllamaChat, true
	case "POST /api/generate":
		return exchange.OllamaGenerate, true
	case "POST /api/embed":
		return exchange.OllamaEmbed, true
	case "GET /api/tags":
		return exchange.OllamaTags, true
	case "GET /api/ps":
		return exchange.OllamaPs, true
	case "POST /api/show":
		return exchange.OllamaShow, true
	case "GET /api/version":
		return exchange.OllamaVersion, true
	}
	return "", false
}

// clean folds doubled slashes and drops a trailing one: servers do so too, or
// answer with a redirect that shows in the record.
func clean(p string) string {
	for strings.Contains(p, "//") {
		p = strings.ReplaceAll(p, "//", "/")
	}
	if len(p) > 1 {
		p = strings.TrimSuffix(p, "/")
	}
	return p
}
