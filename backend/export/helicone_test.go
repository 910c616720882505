package export_test

import (
	"context"
	"database/sql"
	"encoding/csv"
	"io"
	"path/filepath"
	"testing"

	"gumshoe/backend/export"
	"gumshoe/backend/query"
	"gumshoe/backend/store"
	"gumshoe/backend/wire/dialects"
)

// All rows are written, however many there are.
func TestHelicone15ExportOf100kRowsIsComplete(t *testing.T) {
	const rows = 100_000
	path := filepath.Join(t.TempDir(), "gumshoe.db")
	s, err := store.Open(t.Context(), store.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO exchange (id, started_at, state, http_status, upstream, kind, api, method, path, client, model_requested, model, user, chat, answer, task,
			tokens_basis, generation_tps_basis, prompt_tps_basis, finish, error, notes, partial, request_bytes, response_bytes, snippet)
		SELECT randomblob(16), i, 'ok', 200, 'ollama', 'ollama', 'ollama.chat', 'POST', '/api/chat', '', 'm', 'm', '', '', '', '', '', '', '', '', '', '', 0, 1, 2, '' FROM n`, rows)
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	go func() {
		_, err := export.Write(context.Background(), w, s, query.Filter{}, export.Options{Format: export.AsCSV}, dialects.For)
		w.CloseWithError(err)
	}()
	lines, n := csv.NewReader(r), 0
	for lines.ReuseRecord = true; ; n++ {
		if _, err = lines.Read(); err != nil {
			break
		}
	}
	if err != io.EOF || n != rows+1 {
		t.Errorf("%d lines, %v", n, err)
	}
}
