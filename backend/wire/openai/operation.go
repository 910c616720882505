package openai

import (
	"net/http"
	"net/url"
	"strings"

	"gumshoe/backend/exchange"
)

// Operation names an OpenAI-style request by the end of its path. What stands
// before it differs by server: nothing, /v1, /api/v1 (OpenRouter), /openai/v1
// (Groq, Azure), /openai/deployments/NAME (Azure), /compatible-mode/v1
// (DashScope), /v1beta/openai (Gemini), /engines/llama.cpp/v1 (Docker) … Paths
// that end in a word that others use too (/embeddings, /models …) need a prefix
// that tells them apart, so that Ollama's /api/embeddings is not taken.
func (Dialect) Operation(kind exchange.Kind, method, path string) (exchange.API, bool) {
	if method == http.MethodGet {
		if prefix, _, ok := cutModels(path); ok && ours(prefix) &&
			(kind != exchange.KindGemini && kind != exchange.KindAnthropic || strings.Contains(prefix, "/openai")) {
			return exchange.OpenAIModels, true
		}
		return "", false
	}
	if method != http.MethodPost {
		return "", false
	}
	for _, t := range [...]struct {
		tail  string
		api   exchange.API
		clear bool // nobody else's paths end so
	}{
		{"/chat/completions", exchange.OpenAIChat, true},
		{"/completions", exchange.OpenAICompletions, false},
		{"/responses", exchange.OpenAIResponses, false},
		{"/responses/compact", exchange.OpenAIResponses, false},
		{"/embeddings", exchange.OpenAIEmbeddings, false},
		{"/images/generations", exchange.OpenAIImages, true},
		{"/images/edits", exchange.OpenAIImages, true},
		{"/images/variations", exchange.OpenAIImages, true},
		{"/audio/speech", exchange.OpenAISpeech, true},
		{"/audio/transcriptions", exchange.OpenAITranscription, true},
		{"/audio/translations", exchange.OpenAITranscription, true},
		{"/moderations", exchange.OpenAIModerations, false},
	} {
		if prefix, ok := strings.CutSuffix(path, t.tail); ok && (t.clear || ours(prefix)) {
			return t.api, true
		}
	}
	return "", false
}

// cutModels finds a model list or one model of it; a model's name may hold
// slashes.
func cutModels(path string) (prefix, model string, ok bool) {
	prefix, model, ok = strings.Cut(path, "/models")
	if !ok || model != "" && model[0] != '/' {
		return "", "", false
	}
	return prefix, model, true
}

// ours says whether a path's prefix is one of the OpenAI-style ones: none, or
// with a version or a name that says so.
func ours(prefix string) bool {
	if prefix == "" {
		return true
	}
	for seg := range strings.SplitSeq(prefix[1:], "/") {
		switch seg {
		case "openai", "openapi", "compat", "deployments", "engines":
			return true
		}
		if len(seg) > 1 && seg[0] == 'v' && seg[1] >= '0' && seg[1] <= '9' {
			return true
		}
	}
	return false
}

// pathModel is the model that a path names: Azure's deployment, or OpenAI's old
// engine.
func pathModel(path string) string {
	segs := strings.Split(path, "/")
	for i := 0; i+2 < len(segs); i++ {
		// Docker's /engines/llama.cpp/v1 names the program, not the model.
		if segs[i] == "deployments" || segs[i] == "engines" && !strings.HasPrefix(segs[i+2], "v1") && segs[i+1] != "v1" {
			if name, err := url.PathUnescape(segs[i+1]); err == nil {
				return name
			}
		}
	}
	return ""
}
