package ollama

import "gumshoe/backend/exchange"

// Operation names a native request; Ollama's own /v1 endpoints are the other
// dialects'.
func (Dialect) Operation(kind exchange.Kind, method, path string) (exchange.API, bool) {
	if kind != exchange.KindOllama {
		return "", false
	}
	switch method + " " + path {
	case "POST /api/chat":
		return exchange.OllamaChat, true
	case "POST /api/generate":
		return exchange.OllamaGenerate, true
	case "POST /api/embed":
		return exchange.OllamaEmbed, true
	case "POST /api/embeddings":
		return exchange.OllamaEmbeddings, true
	case "POST /api/pull":
		return exchange.OllamaPull, true
	case "POST /api/push":
		return exchange.OllamaPush, true
	case "POST /api/create":
		return exchange.OllamaCreate, true
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
