package api_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Every code for what went wrong with an exchange has words in every language, and
// no words are for none.
func TestEveryFaultIsWorded(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("..", "exchange", "fault.go"))
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for _, m := range regexp.MustCompile(`Fault += "(\w+)"`).FindAllSubmatch(source, -1) {
		codes[string(m[1])] = true
	}
	if len(codes) < 15 {
		t.Fatalf("only %d codes found: %v", len(codes), codes)
	}
	for _, language := range []string{"en", "zh-TW"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "frontend", "messages", language+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var words struct{ Fault map[string]string }
		if err := json.Unmarshal(b, &words); err != nil {
			t.Fatal(err)
		}
		for c := range codes {
			if words.Fault[c] == "" {
				t.Errorf("%s.json has no fault.%s", language, c)
			}
		}
		if len(words.Fault) != len(codes) {
			t.Errorf("%s.json words %d faults, not %d", language, len(words.Fault), len(codes))
		}
	}
}
