package openai

import (
	"net/http"
	"strings"

	"gumshoe/backend/exchange"
)

// Operation names an OpenAI-style request, with or without /v1 before it.
func (Dialect) Operation(kind exchange.Kind, method, path string) (exchange.API, bool) {
	path = strings.TrimPrefix(path, "/v1")
	switch {
	case method == http.MethodPost && path == "/chat/completions":
		return exchange.OpenAIChat, true
	case method == http.MethodGet && (path == "/models" || strings.HasPrefix(path, "/models/")) && kind != exchange.KindGemini:
		return exchange.OpenAIModels, true
	}
	return "", false
}
