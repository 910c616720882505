package api_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Every error code that the API can answer with has words in every language.
func TestEveryCodeIsWorded(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`problem\([\w.]+, "(\w+)"|Code: "(\w+)"|"code":"(\w+)"|\{\w+\.\w+, http\.\w+, "(\w+)"\}|\{price\.\w+, "(\w+)"\}`)
	codes := map[string]bool{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range form.FindAllStringSubmatch(string(b), -1) {
			codes[m[1]+m[2]+m[3]+m[4]+m[5]] = true
		}
	}
	if len(codes) < 20 {
		t.Fatalf("only %d codes found: %v", len(codes), codes)
	}
	for _, language := range []string{"en", "zh-TW"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "frontend", "messages", language+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var words struct{ Errors map[string]string }
		if err := json.Unmarshal(b, &words); err != nil {
			t.Fatal(err)
		}
		for c := range codes {
			if words.Errors[c] == "" {
				t.Errorf("%s.json has no errors.%s", language, c)
			}
		}
	}
}
