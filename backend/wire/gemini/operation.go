package gemini

import (
	"net/http"
	"net/url"
	"strings"

	"gumshoe/backend/exchange"
)

// Operation names a Gemini request. Its methods are found below any kind of
// upstream and prefix (/v1, /v1beta, /v1/projects/P/locations/L/publishers/google
// …); model lists look like OpenAI's, but for the kind of the upstream or a
// /v1beta that is not /v1beta/openai.
func (Dialect) Operation(kind exchange.Kind, method, path string) (exchange.API, bool) {
	switch method {
	case http.MethodPost:
		_, verb := target(path)
		switch verb {
		case "generateContent", streamVerb:
			return exchange.GeminiGenerate, true
		case "embedContent", "batchEmbedContents":
			return exchange.GeminiEmbed, true
		case "countTokens":
			return exchange.GeminiCountTokens, true
		}
	case http.MethodGet:
		segs := strings.Split(strings.Trim(path, "/"), "/")
		for i, s := range segs {
			switch s {
			case "openai":
				return "", false
			case "models", "tunedModels":
				beta := i > 0 && (strings.HasPrefix(segs[i-1], "v1beta") || strings.HasPrefix(segs[i-1], "v1alpha"))
				if kind == exchange.KindGemini || beta {
					return exchange.GeminiModels, true
				}
				return "", false
			}
		}
	}
	return "", false
}

// streamVerb is the method whose reply comes in pieces.
const streamVerb = "streamGenerateContent"

// target takes a path apart: …/models/NAME:VERB; "" and "" where it is none.
// Tuned models and Vertex AI's endpoints keep their folder in the name, so that
// they are no model of that name.
func target(path string) (model, verb string) {
	segs := strings.Split(path, "/")
	for i := len(segs) - 2; i >= 0; i-- {
		folder := segs[i]
		if folder != "models" && folder != "tunedModels" && folder != "endpoints" {
			continue
		}
		name := strings.Join(segs[i+1:], "/")
		if plain, err := url.PathUnescape(name); err == nil {
			name = plain
		}
		colon := strings.LastIndexByte(name, ':')
		if colon <= 0 {
			return "", ""
		}
		model, verb = name[:colon], name[colon+1:]
		if folder != "models" {
			model = folder + "/" + model
		}
		return model, verb
	}
	return "", ""
}
