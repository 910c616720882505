package api

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"gumshoe/backend/api/dto"
	"gumshoe/backend/exchange"
	"gumshoe/backend/export"
	"gumshoe/backend/ollama"
	"gumshoe/backend/store"
)

func TestTablesAreExported(t *testing.T) {
	s := newStage(t)
	month := time.Now().UTC().Format("2006-01")
	for _, c := range []struct{ table, first string }{{"model", "m"}, {"user", ""}, {"task", ""}, {"upstream", "fixed"}, {"month", month}} {
		w := s.do("GET", "/api/export?format=csv&table="+c.table+"&"+lastHour(), "")
		rows, err := csv.NewReader(w.Body).ReadAll()
		if err != nil || w.Code != 200 || len(rows) != 2 || rows[0][0] != c.table || rows[1][0] != c.first {
			t.Errorf("%s: %d %q, %v", c.table, w.Code, rows, err)
			continue
		}
		if name := w.Header().Get("Content-Disposition"); !strings.Contains(name, "gumshoe-"+c.table+"s-") || !strings.Contains(name, ".csv") {
			t.Errorf("%s: its file is %s", c.table, name)
		}
		for i, head := range rows[0] {
			if want := map[string]string{"requests": "1", "cost_usd": "", "requests_before": ""}; head == "requests" || head == "cost_usd" || head == "requests_before" {
				if rows[1][i] != want[head] {
					t.Errorf("%s: %s is %q, want %q", c.table, head, rows[1][i], want[head])
				}
			}
		}
	}
	for _, path := range []string{"format=har&table=model&" + lastHour(), "format=csv&table=colour&" + lastHour(), "format=csv&table=model", "format=xls"} {
		if w := s.do("GET", "/api/export?"+path, ""); w.Code != 400 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestTableOfChatsIsSaved(t *testing.T) {
	s := newStage(t)
	s.machine.folder = t.TempDir()
	for i, chat := range []string{"one", "two", "one", "three"} {
		id, err := uuid.NewV7()
		if err != nil {
			t.Fatal(err)
		}
		user := []string{"ann", "bob"}[i/3]
		rec := exchange.Record{Exchange: exchange.Exchange{ID: id.String(), StartedAt: time.Now().UnixMicro(), State: exchange.OK, Chat: chat, User: user}, Prompt: "=why"}
		if err := s.Log.(*store.Store).Save(t.Context(), []store.Item{{Record: &rec}}, store.Progress{}); err != nil {
			t.Fatal(err)
		}
	}
	for query, want := range map[string][]string{"": {"three", "one", "two"}, "user=ann": {"one", "two"}} {
		got := into[dto.ExportResult](t, s.do("POST", "/api/export", `{"table":"chat","format":"jsonl","query":"`+query+`"}`))
		if filepath.Dir(got.Path) != s.machine.folder || !strings.HasPrefix(filepath.Base(got.Path), "gumshoe-chats-") || got.Rows != int64(len(want)) {
			t.Fatalf("%+v", got)
		}
		b, err := os.ReadFile(got.Path)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(b)), "\n")
		if len(lines) != len(want) {
			t.Fatalf("%q: %s", query, b)
		}
		for i, line := range lines {
			var row map[string]any
			if err := json.Unmarshal([]byte(line), &row); err != nil || row["chat"] != want[i] || row["title"] != "=why" || row["cost_usd"] != nil {
				t.Errorf("%q: %s, %v", query, line, err)
			}
		}
	}
}

// TestExportKeepsTheEarlierFile: what is cancelled in the window leaves the file that
// had the name before, and nothing beside it.
func TestExportKeepsTheEarlierFile(t *testing.T) {
	s := newStage(t)
	s.machine.folder = t.TempDir()
	got := into[dto.ExportResult](t, s.do("POST", "/api/export", `{"format":"csv"}`))
	whole, err := os.ReadFile(got.Path)
	if err != nil || got.Rows != 1 {
		t.Fatal(got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, "POST", "/api/export", strings.NewReader(`{"format":"csv"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Body.Len() > 0 { // nobody is there to be told
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if b, err := os.ReadFile(got.Path); err != nil || string(b) != string(whole) {
		t.Errorf("the earlier export has %d bytes, not %d, %v", len(b), len(whole), err)
	}
	if list, err := os.ReadDir(s.machine.folder); err != nil || len(list) != 1 {
		t.Errorf("the folder holds %v, %v", list, err)
	}
}

// TestOllamaTablesAreExported: its models with their speeds and what these rest on,
// and their times in memory; what is not known is an empty cell.
func TestOllamaTablesAreExported(t *testing.T) {
	s := newStage(t)
	now := time.Now().UnixMicro()
	s.Watch.Take([]ollama.Stay{{Upstream: "fixed", Model: "m", From: now - 3e6, To: now - 1e6, Open: true, Size: 9, SizeVRAM: 0},
		{Upstream: "fixed", Model: "=n", From: now - 9e6, To: now - 5e6, Context: exchange.Int64(4096), Left: ollama.LeftEvicted, By: "m"}})
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	rec := exchange.Record{Exchange: exchange.Exchange{ID: id.String(), StartedAt: now, State: exchange.OK, Upstream: "fixed", Kind: exchange.KindOllama, API: exchange.OllamaChat, Model: "m",
		Timing: exchange.Timing{TTFT: exchange.Int64(1_234_500), GenerationTPS: exchange.Float64(12.5), GenerationTPSBasis: exchange.Calculated}}}
	if err := s.Log.(*store.Store).Save(t.Context(), []store.Item{{Record: &rec}}, store.Progress{}); err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string][]map[string]string{
		"speed": {{"model": "m", "requests": "2", "generation_tps_p50": "12.5", "ttft_p50_ms": "1234.5", "load_p50_ms": "", "output_tokens": "", "without_speed": "1", "by_clock": "1"}},
		"stay": {{"model": "m", "unloaded_at": "", "seen_at": export.Moment(now - 1e6), "size_bytes": "9", "gpu_bytes": "0", "context_length": ""},
			{"model": "'=n", "unloaded_at": export.Moment(now - 5e6), "size_bytes": "", "gpu_bytes": "", "context_length": "4096", "left": "evicted", "by": "m"}},
	} {
		rows, err := csv.NewReader(s.do("GET", "/api/export?format=csv&table="+table+"&"+lastHour(), "").Body).ReadAll()
		if err != nil || len(rows) != len(want)+1 {
			t.Errorf("%s: %q, %v", table, rows, err)
			continue
		}
		for i, cells := range want {
			for name, v := range cells {
				if k := slices.Index(rows[0], name); k < 0 || rows[i+1][k] != v {
					t.Errorf("%s: %s of row %d is not %q: %q", table, name, i, v, rows[i+1])
				}
			}
		}
	}
}
