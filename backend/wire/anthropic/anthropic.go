// Package anthropic reads the Anthropic dialect: messages (whole and streamed)
// with thinking, tool use, server tools, citations and prompt caching, token
// counts and model lists. Ollama and other servers that speak it are read alike.
//
// Sources: Anthropic's API reference (Messages, Streaming, Errors, Prompt
// caching), the types of @anthropic-ai/sdk 1.12.0 and Ollama's anthropic.go;
// testdata/README.md names the pages.
//
// A field of the wrong type is left out and the rest is read.
//
// Test it with: go test ./backend/wire/anthropic (golden files, any split
// decodes to the same, fuzzing).
package anthropic

import "gumshoe/backend/wire"

// Dialect reads Anthropic-style traffic. The zero value is ready.
type Dialect struct{}

var _ wire.Dialect = Dialect{}
