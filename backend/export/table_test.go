package export

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/store"
)

func models() Table {
	known := store.Figures{Requests: 2, Input: exchange.Int64(0), Cost: exchange.Float64(0.000001), TTFT: store.Spread{P50: exchange.Float64(1_234_567)}}
	return Table{Columns: append([]string{"model", "models"}, FigureColumns()...), Each: func(_ context.Context, fn func([]any) error) error {
		if err := fn(append([]any{`=1+1;"x"`, []string{"-a", "b"}}, FigureCells(&known)...)); err != nil {
			return err
		}
		return fn(append([]any{"b\xff", []string{}}, FigureCells(&store.Figures{Requests: 1})...))
	}}
}

func TestTableAsCSV(t *testing.T) {
	var out strings.Builder
	res, err := WriteTable(t.Context(), &out, models(), Options{Format: AsCSV, BOM: true, Semicolon: true})
	if err != nil || res.Rows != 2 {
		t.Fatalf("%d rows, %v", res.Rows, err)
	}
	rest, ok := strings.CutPrefix(out.String(), "\uFEFF")
	if !ok {
		t.Error("there is no byte order mark")
	}
	r := csv.NewReader(strings.NewReader(rest))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%q, %v", rows, err)
	}
	cell := func(row int, name string) string { return rows[row][slices.Index(rows[0], name)] }
	for _, c := range []struct {
		row        int
		name, want string
	}{
		{1, "model", `'=1+1;"x"`}, {1, "models", "'-a b"}, {1, "input_tokens", "0"}, {1, "output_tokens", ""}, {1, "cost_usd", "0.000001"},
		{1, "ttft_p50_ms", "1234.567"}, {1, "ttft_p95_ms", ""}, {2, "model", "b\uFFFD"}, {2, "cost_usd", ""}, {2, "requests", "1"},
	} {
		if got := cell(c.row, c.name); got != c.want {
			t.Errorf("%s of row %d is %q, want %q", c.name, c.row, got, c.want)
		}
	}
}

func TestTableAsJSONL(t *testing.T) {
	var out strings.Builder
	if _, err := WriteTable(t.Context(), &out, models(), Options{Format: AsJSONL}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], `{"model":"=1+1;\"x\"","models":["-a","b"],"requests":2,`) {
		t.Fatalf("%s", out.String())
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(lines[1]), &got); err != nil {
		t.Fatal(err)
	}
	if v, ok := got["cost_usd"]; !ok || v != nil || got["requests"] != 1.0 || len(got) != len(FigureColumns())+2 {
		t.Errorf("%v", got)
	}
}

func TestTableStops(t *testing.T) {
	if _, err := WriteTable(t.Context(), &strings.Builder{}, models(), Options{Format: AsHAR}); !errors.Is(err, ErrFormat) {
		t.Errorf("a table as HAR: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if res, err := WriteTable(ctx, &strings.Builder{}, models(), Options{Format: AsCSV}); !errors.Is(err, context.Canceled) || res.Rows != 0 {
		t.Errorf("cancelled: %d rows, %v", res.Rows, err)
	}
}
