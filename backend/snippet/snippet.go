// Package snippet writes a recorded request as something to run: a command of a
// shell, a program, a call of Ollama's.
//
// Guarantees: the body is the request's, byte for byte, whatever quotation marks,
// dollars or line ends are in it; no secret is in a snippet, a placeholder stands
// for it; what is too large or no text is read from a file that the detail offers.
//
// Test it with: go test ./backend/snippet. The shell's and Node's snippets are run
// against a server, where those programs are there.
package snippet

import (
	"encoding/json"
	"fmt"
	"strings"

	"gumshoe/backend/exchange"
	"gumshoe/backend/redact"
)

// methods are the calls of OpenAI's libraries that take a body as it is.
func methods() map[exchange.API]string {
	return map[exchange.API]string{exchange.OpenAIChat: "chat.completions.create", exchange.OpenAIResponses: "responses.create",
		exchange.OpenAIEmbeddings: "embeddings.create", exchange.OpenAICompletions: "completions.create", exchange.OpenAIModerations: "moderations.create"}
}

// base is the URL that OpenAI's libraries want: up to the version.
func (r *Request) base() (string, bool) {
	for _, end := range []string{"/chat/completions", "/responses", "/embeddings", "/completions", "/moderations"} {
		if url, ok := strings.CutSuffix(r.Start.URL, end); ok {
			return url, !strings.Contains(url, redact.Mark)
		}
	}
	return "", false
}

// object says whether the body is one JSON object.
func (r *Request) object() bool {
	var v map[string]json.RawMessage
	return r.text() && json.Unmarshal(r.Body, &v) == nil
}

// Python is a program: with the library openai for OpenAI's APIs, else with what
// comes with Python. The key is the variable API_KEY of the environment.
func Python(r Request) string {
	if base, ok := r.base(); ok && r.object() && methods()[r.API] != "" {
		out := "import json\nimport os\n\nfrom openai import OpenAI\n\nclient = OpenAI(base_url=" + literal(base) + ", api_key=os.environ[\"API_KEY\"])\n" +
			"body = json.loads(" + literal(string(r.Body)) + ")\nanswer = client." + methods()[r.API] + "(**body)\n"
		if streams(r.Body) {
			return out + "for chunk in answer:\n    print(chunk)\n"
		}
		return out + "print(answer)\n"
	}
	var b strings.Builder
	b.WriteString("import os\nimport urllib.request\n\nrequest = urllib.request.Request(\n    " + pythonSecret(r.Start.URL) + ",\n    method=" + literal(r.Start.Method) + ",\n    headers={")
	for _, h := range r.headers() {
		b.WriteString("\n        " + literal(h.name) + ": " + pythonSecret(h.value) + ",")
	}
	b.WriteString("\n    },\n")
	switch {
	case r.Size == 0:
	case r.text():
		b.WriteString("    data=" + literal(string(r.Body)) + ".encode(),\n")
	default:
		b.WriteString("    data=open(" + literal(r.file()) + ", \"rb\").read(),\n")
	}
	b.WriteString(")\nwith urllib.request.urlopen(request) as answer:\n    for line in answer:\n        print(line.decode(), end=\"\")\n")
	return b.String()
}

// JavaScript is a module for Node: with the library openai for OpenAI's APIs, else
// with fetch. The key is the variable API_KEY of the environment.
func JavaScript(r Request) string {
	if base, ok := r.base(); ok && r.object() && methods()[r.API] != "" {
		out := "import OpenAI from 'openai';\n\nconst client = new OpenAI({ baseURL: " + literal(base) + ", apiKey: process.env.API_KEY });\n" +
			"const answer = await client." + methods()[r.API] + "(JSON.parse(" + literal(string(r.Body)) + "));\n"
		if streams(r.Body) {
			return out + "for await (const chunk of answer) console.log(JSON.stringify(chunk));\n"
		}
		return out + "console.log(JSON.stringify(answer));\n"
	}
	var b strings.Builder
	if r.Size > 0 && !r.text() {
		b.WriteString("import { readFile } from 'node:fs/promises';\n\n")
	}
	b.WriteString("const answer = await fetch(" + scriptSecret(r.Start.URL) + ", {\n  method: " + literal(r.Start.Method) + ",\n  headers: {")
	for _, h := range r.headers() {
		b.WriteString("\n    " + literal(h.name) + ": " + scriptSecret(h.value) + ",")
	}
	b.WriteString("\n  },\n")
	switch {
	case r.Size == 0:
	case r.text():
		b.WriteString("  body: " + literal(string(r.Body)) + ",\n")
	default:
		b.WriteString("  body: await readFile(" + literal(r.file()) + "),\n")
	}
	b.WriteString("});\nfor await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) process.stdout.write(chunk);\n")
	return b.String()
}

// runs says whether ollama run asks what was asked: text of one of Ollama's models,
// by its own API or by one that it speaks, too.
func runs(kind exchange.Kind, api exchange.API) bool {
	if kind != exchange.KindOllama {
		return false
	}
	switch api {
	case exchange.OllamaChat, exchange.OllamaGenerate, exchange.OpenAIChat, exchange.OpenAICompletions, exchange.OpenAIResponses, exchange.AnthropicMessages:
		return true
	}
	return false
}

// Ollama is a command of Ollama's own, with the last question; ok is false where it
// can't run that, or no model or question is known.
func Ollama(e *exchange.Exchange, prompt string) (text string, ok bool) {
	model := e.ModelRequested
	if !runs(e.Kind, e.API) || model == "" || prompt == "" || strings.HasPrefix(model, "-") {
		return "", false
	}
	prompt = strings.ReplaceAll(prompt, "\x00", "")
	if len(prompt) > maxArgument {
		return piped(prompt) + "ollama run " + shell(model) + "\n", true
	}
	return fmt.Sprintf("ollama run %s %s\n", shell(model), shell(prompt)), true
}

func streams(body []byte) bool {
	var v struct{ Stream bool }
	return json.Unmarshal(body, &v) == nil && v.Stream
}

// literal is a string of JSON, which is one of JavaScript and of Python, too.
func literal(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return `""` // a string: it can't fail
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func pythonSecret(s string) string {
	return strings.ReplaceAll(literal(s), redact.Mark, `" + os.environ["API_KEY"] + "`)
}

func scriptSecret(s string) string {
	return strings.ReplaceAll(literal(s), redact.Mark, `" + process.env.API_KEY + "`)
}
