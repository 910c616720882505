package export

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"gumshoe/backend/store"
)

// Table is a list of the window's that is not the log itself: models, chats,
// months. Each calls fn with every row, in order; a row has a cell a column: a
// string, a number, a pointer to one (nil is not known), or a list of strings.
type Table struct {
	Columns []string
	Each    func(ctx context.Context, fn func(row []any) error) error
}

// WriteTable writes a table as CSV or JSONL, as Write does the log; other formats
// are ErrFormat.
func WriteTable(ctx context.Context, w io.Writer, t Table, o Options) (Result, error) {
	out := bufio.NewWriterSize(w, 64<<10)
	var res Result
	var put func(row []any) error
	switch o.Format {
	case AsCSV:
		lines, err := csvTo(out, o)
		if err == nil {
			err = lines.write(t.Columns)
		}
		if err != nil {
			return res, fmt.Errorf("writing the table: %w", err)
		}
		put = func(row []any) error { return lines.write(cellsOf(row)) }
	case AsJSONL:
		put = func(row []any) error { return writeObject(out, t.Columns, row) }
	default:
		return res, ErrFormat
	}
	err := t.Each(ctx, func(row []any) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := put(row); err != nil {
			return err
		}
		if res.Rows++; o.Progress != nil && res.Rows%progressRows == 0 {
			o.Progress(res.Rows)
		}
		return nil
	})
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return res, fmt.Errorf("writing the table: %w", err)
	}
	return res, nil
}

// cellsOf is a row as CSV has it: what is not known is empty, and no text becomes
// a formula.
func cellsOf(row []any) []string {
	out := make([]string, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case string:
			out[i] = text(v)
		case []string:
			out[i] = text(strings.Join(v, " "))
		case int64:
			out[i] = strconv.FormatInt(v, 10)
		case *int64:
			out[i] = whole(v)
		case *float64:
			if v != nil {
				out[i] = strconv.FormatFloat(*v, 'f', -1, 64)
			}
		}
	}
	return out
}

// writeObject writes a row as one line of JSON, its names in the columns' order.
func writeObject(w io.Writer, columns []string, row []any) error {
	var b bytes.Buffer
	for i, name := range columns {
		b.WriteByte("{,"[min(i, 1)])
		v := row[i]
		if s, ok := v.(string); ok {
			v = valid(s)
		}
		cell, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("describing %s: %w", name, err)
		}
		fmt.Fprintf(&b, "%q:%s", name, cell)
	}
	b.WriteString("}\n")
	_, err := w.Write(b.Bytes())
	return err
}

// FigureColumns are the columns of FigureCells. The counts after the cost say what
// the sums lack, and how much of them is estimated.
func FigureColumns() []string {
	return []string{"requests", "errors", "cancelled", "cold_starts", "background", "input_tokens", "output_tokens", "cached_tokens", "cost_usd",
		"without_tokens", "estimated_tokens", "unpriced", "estimated_cost", "ttft_p50_ms", "ttft_p95_ms", "ttft_p99_ms",
		"duration_p50_ms", "duration_p95_ms", "duration_p99_ms", "generation_tps_p50", "generation_tps_p95", "prompt_tps_p50", "prompt_tps_p95",
		"prompt_tokens_p50", "prompt_tokens_p95"}
}

// FigureCells are the figures of a group, a chat or a month. Quantiles are within
// 2 %, as the window shows them.
func FigureCells(f *store.Figures) []any {
	ms, tps := Millis, Speed
	return []any{f.Requests, f.Errors, f.Cancelled, f.ColdStarts, f.Background, f.Input, f.Output, f.Cached, f.Cost,
		f.NoTokens, f.EstimatedTokens, f.Unpriced, f.EstimatedCost, ms(f.TTFT.P50), ms(f.TTFT.P95), ms(f.TTFT.P99),
		ms(f.Duration.P50), ms(f.Duration.P95), ms(f.Duration.P99), tps(f.Generation.P50), tps(f.Generation.P95), tps(f.Prompt.P50), tps(f.Prompt.P95),
		rounded(f.Context.P50, 1, 1), rounded(f.Context.P95, 1, 1)}
}

// Millis is a duration of microseconds in milliseconds, as exports write it.
func Millis(v *float64) *float64 { return rounded(v, 1000, 1000) }

// Speed is tokens per second, as exports write them.
func Speed(v *float64) *float64 { return rounded(v, 1, 100) }

// rounded divides a figure and keeps so many parts of one.
func rounded(v *float64, by, parts float64) *float64 {
	if v == nil {
		return nil
	}
	out := float64(int64(*v/by*parts+0.5)) / parts
	return &out
}

// Moment is a time as exports write it; "" where there is none.
func Moment(micros int64) string {
	if micros == 0 {
		return ""
	}
	return time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05.000000Z")
}
