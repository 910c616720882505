package export

import (
	"context"
	"strings"
	"testing"
)

// TestCSVLineEnds: every record ends with CR LF, as RFC 4180 says, and the line
// breaks within a cell stay what they were.
func TestCSVLineEnds(t *testing.T) {
	const said = "one\ntwo\r\nthree\rfour"
	log := wired{chatOf("id", `[{"role":"user","content":"one\ntwo\r\nthree\rfour"}]`, "", `{"role":"assistant","content":"\n"}`)}
	out, _ := written(t, log, Options{Format: AsCSV, Bodies: true})
	var table strings.Builder
	if _, err := WriteTable(t.Context(), &table, Table{Columns: []string{"chat", "prompt"}, Each: func(_ context.Context, fn func([]any) error) error {
		return fn([]any{"c", said})
	}}, Options{Format: AsCSV}); err != nil {
		t.Fatal(err)
	}
	if want := "chat,prompt\r\nc,\"" + said + "\"\r\n"; table.String() != want {
		t.Errorf("the table is %q, want %q", table.String(), want)
	}
	if !strings.Contains(out, `"`+said+`"`) {
		t.Errorf("the prompt was rewritten: %q", out)
	}
	if bare := strings.ReplaceAll(out, `"`+said+`"`, ""); strings.Count(bare, "\r\n") != 2 || !strings.HasSuffix(bare, "\r\n") {
		t.Errorf("the records end with something else than CR LF: %q", bare)
	}
}
