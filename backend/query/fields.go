package query

import (
	"slices"
	"strings"
)

// Field is what a term asks about, by the name that is typed.
type Field string

// Type is what a field's values are.
type Type string

// The types of value.
const (
	Text     Type = "text"     // compared without regard to case; "*" stands for anything
	Choice   Type = "choice"   // one of a fixed list
	Count    Type = "count"    // a number, with k and m for thousands and millions
	Duration Type = "duration" // seconds, or with a unit: us, ms, s, m, h; microseconds in Value
	Money    Type = "money"    // US dollars, with or without $
	Rate     Type = "rate"     // tokens per second
	Size     Type = "size"     // bytes, or with a unit: k, kb, mb, gb (of 1024)
	Time     Type = "time"     // a date, or how long ago: 15m, 2h, 7d
)

// Spec describes a field.
type Spec struct {
	Name    Field
	Type    Type
	Choices []string // of Choice
	Aliases []Field
}

// The fields that other packages name.
const (
	Model    Field = "model"
	User     Field = "user"
	Task     Field = "task"
	Upstream Field = "upstream"
	State    Field = "state"
	Verdict  Field = "verdict"
	Chat     Field = "chat"
	Answer   Field = "answer"
	IsField  Field = "is"
	Has      Field = "has"
	Since    Field = "since"
	Before   Field = "before"
)

// Fields lists all fields in the order in which they are offered.
func Fields() []Spec {
	return []Spec{
		{Name: Model, Type: Text},
		{Name: User, Type: Text},
		{Name: Task, Type: Text},
		{Name: Upstream, Type: Text},
		{Name: State, Type: Choice, Choices: []string{"ok", "error", "cancelled", "broken", "interrupted", "running"}},
		{Name: "status", Type: Count, Aliases: []Field{"http"}},
		{Name: IsField, Type: Choice, Choices: isChoices()},
		{Name: Has, Type: Choice, Choices: []string{"tools", "toolcalls", "images", "reasoning", "audio", "system", "user", "chat", "cost", "tokens", "error", "verdict", "note", "tag"}},
		{Name: Verdict, Type: Text},
		{Name: "ttft", Type: Duration},
		{Name: "duration", Type: Duration},
		{Name: "load", Type: Duration},
		{Name: "queue", Type: Duration},
		{Name: "cost", Type: Money},
		{Name: "tokens", Type: Count},
		{Name: "in", Type: Count, Aliases: []Field{"input"}},
		{Name: "out", Type: Count, Aliases: []Field{"output"}},
		{Name: "cached", Type: Count},
		{Name: "reasoning", Type: Count},
		{Name: "tps", Type: Rate, Aliases: []Field{"speed"}},
		{Name: "prompttps", Type: Rate},
		{Name: "size", Type: Size},
		{Name: Since, Type: Time, Aliases: []Field{"after"}},
		{Name: Before, Type: Time, Aliases: []Field{"until"}},
		{Name: Chat, Type: Text},
		{Name: Answer, Type: Text},
		{Name: "id", Type: Text},
		{Name: "api", Type: Text},
		{Name: "kind", Type: Choice, Choices: []string{"ollama", "openai", "anthropic", "gemini"}},
		{Name: "path", Type: Text},
		{Name: "method", Type: Text},
		{Name: "client", Type: Text},
		{Name: "finish", Type: Text},
		{Name: "error", Type: Text},
		{Name: "remark", Type: Text},
		{Name: "tag", Type: Text},
		{Name: "note", Type: Text},
		{Name: "rating", Type: Count},
	}
}

// isChoices are short words for what people look for most; store says what each
// selects.
func isChoices() []string {
	return []string{"truncated", "cold", "reloaded", "swapped", "stalled", "duplicate", "retry", "abandoned", "toolfail", "cachemiss", "leak",
		"ok", "error", "cancelled", "broken", "interrupted", "stream", "background", "estimated", "estimated-tokens", "estimated-cost", "unpriced", "uncounted", "free", "partial", "starred"}
}

// Lookup finds a field by the name or alias that was typed, in any case.
func Lookup(name string) (Spec, bool) {
	name = strings.ToLower(name)
	for _, f := range Fields() {
		if string(f.Name) == name || slices.Contains(f.Aliases, Field(name)) {
			return f, true
		}
	}
	return Spec{}, false
}

// names are all that may stand before a colon.
func names() []string {
	var out []string
	for _, f := range Fields() {
		out = append(out, string(f.Name))
		for _, a := range f.Aliases {
			out = append(out, string(a))
		}
	}
	return out
}

// nearest is the candidate that a word was probably meant to be, "" for none.
func nearest(word string, candidates []string) string {
	word = strings.ToLower(word)
	best, least := "", 1+len(word)/3
	if len(word) > 40 {
		return ""
	}
	for _, c := range candidates {
		if d := distance(word, c); d < least || d == least && best == "" {
			best, least = c, d
		}
	}
	if best == "" { // the beginning of one
		for _, c := range candidates {
			if len(word) >= 2 && strings.HasPrefix(c, word) {
				return c
			}
		}
	}
	return best
}

// distance is how many letters have to be changed, put in, left out or swapped
// with their neighbour.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
