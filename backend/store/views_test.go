package store

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestViewsAreExplained holds the list of columns against the views themselves, what
// they give, and what the UI says of them in each language.
func TestViewsAreExplained(t *testing.T) {
	s := open(t)
	save(t, s, full(t), item(t, []byte("q"), []byte("a")))
	views, err := s.Views(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	catalogues, err := filepath.Glob("../../frontend/messages/*.json")
	if err != nil || len(catalogues) < 2 {
		t.Fatalf("%v, %v", catalogues, err)
	}
	units := map[string]bool{"": true, "ms": true, "tokens": true, "tokens/s": true, "bytes": true, "US$": true}
	for _, v := range views {
		if len(columnsOf[v.Name]) != len(v.Columns) {
			t.Errorf("%s has %d columns, and %d are explained", v.Name, len(v.Columns), len(columnsOf[v.Name]))
		}
		for _, c := range v.Columns {
			if !units[c.Unit] {
				t.Errorf("%s.%s: the unit %q", v.Name, c.Name, c.Unit)
			}
			kind := map[string]string{"text": "text", "time": "text", "integer": "integer", "real": "real"}[c.Type]
			a, err := s.Ask(t.Context(), fmt.Sprintf(`SELECT DISTINCT typeof(%[1]s) FROM %[2]s WHERE %[1]s IS NOT NULL`, c.Name, v.Name))
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range a.Rows {
				if row[0] != kind {
					t.Errorf("%s.%s is said to be %q and gives %v", v.Name, c.Name, c.Type, row[0])
				}
			}
		}
	}
	if len(columnsOf) != len(views) {
		t.Errorf("%d views, and %d are explained", len(views), len(columnsOf))
	}
	for _, path := range catalogues {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var said struct {
			Schema map[string]map[string]string `json:"schema"`
		}
		if err := json.Unmarshal(b, &said); err != nil {
			t.Fatal(err)
		}
		for _, v := range views {
			if said.Schema[v.Name]["about"] == "" || len(said.Schema[v.Name]) != len(v.Columns)+1 {
				t.Errorf("%s says %d things of %s", path, len(said.Schema[v.Name]), v.Name)
			}
			for _, c := range v.Columns {
				if said.Schema[v.Name]["col_"+c.Name] == "" {
					t.Errorf("%s does not say what %s.%s is", path, v.Name, c.Name)
				}
			}
		}
	}
}
