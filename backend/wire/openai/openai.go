// Package openai reads the OpenAI dialect as OpenAI, Azure and the many
// compatible servers speak it, whole and streamed: chat completions, text
// completions, responses, embeddings, images, speech, transcription,
// moderations and model lists.
//
// It is lenient on purpose: one field of a wrong JSON type does not lose the
// others, and a spelling that one server invented is read beside the official
// one. Nothing is guessed: a count that did not come, or came as zero beside
// zeros, stays unknown.
//
// Sources: OpenAI's API reference and the types of its Node client (openai-node,
// src/resources); OpenRouter's pages on usage accounting, reasoning tokens and
// errors; DeepSeek's, Groq's, xAI's, Mistral's and Perplexity's API references;
// llama.cpp's tools/server/README.md; vLLM's and Ollama's source; and what Open
// WebUI reads of them (utils/middleware.py). testdata/README.md says which.
//
// Test it with: go test ./backend/wire/... (golden files of real traffic and of
// published formats, any split decodes to the same, fuzzing).
package openai

import "gumshoe/backend/wire"

// Dialect reads OpenAI-style traffic. The zero value is ready.
type Dialect struct{}

var _ wire.Dialect = Dialect{}
