package anthropic

import (
	"net/http"
	"strings"

	"gumshoe/backend/exchange"
)

// Operation names an Anthropic-style request of any kind of upstream: Ollama,
// OpenRouter, DeepSeek and others serve /v1/messages too, some below a prefix
// (/api/v1, /anthropic/v1). /models is Anthropic's only where the upstream is.
func (Dialect) Operation(kind exchange.Kind, method, path string) (exchange.API, bool) {
	switch method {
	case http.MethodPost:
		rest, counts := strings.CutSuffix(path, "/count_tokens")
		if rest != "/messages" && !strings.HasSuffix(rest, "/v1/messages") && !strings.HasSuffix(rest, "/anthropic/messages") {
			return "", false
		}
		if counts {
			return exchange.AnthropicCountTokens, true
		}
		return exchange.AnthropicMessages, true
	case http.MethodGet:
		prefix, model, ok := strings.Cut(path, "/models")
		if kind == exchange.KindAnthropic && ok && (model == "" || model[0] == '/') &&
			(prefix == "" || prefix == "/v1" || strings.HasSuffix(prefix, "/v1")) {
			return exchange.AnthropicModels, true
		}
	}
	return "", false
}
