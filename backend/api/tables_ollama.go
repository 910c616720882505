package api

import (
	"context"

	"gumshoe/backend/export"
	"gumshoe/backend/store"
)

// speedTable has the speeds of Ollama's models in a period, as its page lists them.
// Speeds are over the requests that know theirs: without_speed counts the others,
// by_clock those whose speed is from when tokens passed, not from Ollama's durations.
func (a *API) speedTable(from, to int64, upstream string) export.Table {
	head := []string{"model", "requests", "errors", "cold_starts", "input_tokens", "output_tokens", "generation_tps_p50", "generation_tps_p95",
		"prompt_tps_p50", "prompt_tps_p95", "ttft_p50_ms", "ttft_p95_ms", "load_p50_ms", "load_p95_ms", "without_speed", "by_clock"}
	return export.Table{Columns: head, Each: func(ctx context.Context, fn func([]any) error) error {
		step := stepOf(to - from)
		list, _, err := a.Log.Throughput(ctx, from-from%step, to, step, upstream)
		if err != nil {
			return err
		}
		for _, s := range list {
			b := &s.Summary
			row := []any{s.Model, b.Requests, b.Errors, b.ColdStarts, b.InTokens, b.OutTokens}
			for _, q := range []store.Quantiles{b.Generation, b.Prompt} {
				row = append(row, export.Speed(q.P50), export.Speed(q.P95))
			}
			for _, q := range []store.Quantiles{b.TTFT, b.LoadDur} {
				row = append(row, export.Millis(q.P50), export.Millis(q.P95))
			}
			if err := fn(append(row, s.Cover.Missing, s.Cover.Clocked)); err != nil {
				return err
			}
		}
		return nil
	}}
}

// stayTable has the times that models were in an Ollama's memory, the latest first.
// unloaded_at is empty for those that still are.
func (a *API) stayTable(from, to int64) export.Table {
	head := []string{"upstream", "model", "loaded_at", "unloaded_at", "seen_at", "context_length", "size_bytes", "gpu_bytes", "left", "by"}
	return export.Table{Columns: head, Each: func(_ context.Context, fn func([]any) error) error {
		for _, s := range a.Watch.Stays(from, to) {
			unloaded := export.Moment(s.To)
			if s.Open {
				unloaded = ""
			}
			var size, gpu *int64
			if s.Size > 0 { // else not told
				size, gpu = &s.Size, &s.SizeVRAM
			}
			if err := fn([]any{s.Upstream, s.Model, export.Moment(s.From), unloaded, export.Moment(s.To), s.Context, size, gpu, s.Left, s.By}); err != nil {
				return err
			}
		}
		return nil
	}}
}
