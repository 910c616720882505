// Package gemini reads Google's Gemini dialect, as the Gemini API and Vertex AI
// speak it: generateContent, streamGenerateContent (server-sent events and a
// JSON array that grows), embeddings, token counts and model lists.
//
// The model and whether a stream is asked for stand in the path. Names are read
// in camelCase and in snake_case, as the servers do. A field of the wrong type
// is left out and the rest is read.
//
// Sources: Google's API reference (Generating content, Embeddings, Counting
// tokens, Vertex AI REST) and the types of @google/genai 2.32.0;
// testdata/README.md names the pages.
//
// Test it with: go test ./backend/wire/gemini (golden files, any split decodes
// to the same, fuzzing).
package gemini

import "gumshoe/backend/wire"

// Dialect reads Gemini traffic. The zero value is ready.
type Dialect struct{}

var _ wire.Dialect = Dialect{}
