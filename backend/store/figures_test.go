package store

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"gumshoe/backend/exchange"
	"gumshoe/backend/query"
)

// full is an item with every figure that a row can have.
func full(t *testing.T) Item {
	t.Helper()
	it := item(t, []byte("q"), []byte("a"))
	e := &it.Record.Exchange
	e.User, e.Chat, e.Answer, e.Task = "ann@example.org", "chat-1", "answer-1", exchange.TaskChat
	e.ChatBasis, e.AnswerBasis, e.TaskBasis = exchange.Reported, exchange.Inferred, exchange.Inferred
	e.Session, e.Properties = exchange.Session{Path: "/a/b", Name: "n"}, map[string]string{"App": "鐘"}
	e.RequestID, e.Links = "11111111-2222-4333-8444-555555555555", []string{"k1", "k2"}
	n := func(v int64) *int64 { return &v }
	e.Usage = exchange.Usage{Input: n(100), Output: n(50), Cached: n(10), Reasoning: n(5), CacheWrite: n(7), CacheWriteHour: n(3),
		InputAudio: n(1), OutputAudio: n(2), InputImage: n(3), OutputImage: n(4), Basis: exchange.Reported}
	e.Timing.Queue, e.Timing.QueueBasis = n(1234), exchange.Calculated
	e.Cost = exchange.Cost{USD: exchange.Float64(0.25), Basis: exchange.Calculated, Price: "openai/gpt-4o", Source: "genai-prices 1"}
	e.Verdicts = []exchange.Verdict{{Code: exchange.VerdictContextCut, Confidence: exchange.Certain, Numbers: map[string]int64{"lost": 9},
		Words: map[string]string{"how": "messages"}, Related: []string{"x"}}, {Code: exchange.VerdictColdStart, Confidence: exchange.Likely}}
	e.Has = []exchange.Content{exchange.HasTools, exchange.HasImages}
	return it
}

func TestEveryFigureComesBack(t *testing.T) {
	s := open(t)
	it := full(t)
	save(t, s, it)
	rows, _, err := s.Page(t.Context(), query.Filter{}, PageAt{Limit: 1})
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	if !reflect.DeepEqual(rows[0].Exchange, it.Record.Exchange) {
		t.Errorf("came back as %+v\nnot %+v", rows[0].Exchange, it.Record.Exchange)
	}
	plain := item(t, nil, nil)
	save(t, s, plain)
	recent, err := s.Recent(t.Context(), 5)
	if err != nil || len(recent) != 2 || recent[0].ID != it.Record.ID || !reflect.DeepEqual(recent[1], plain.Record.Exchange) {
		t.Errorf("the latest are %+v, %v", recent, err)
	}
}

func TestFiltersOfWhoAndWhat(t *testing.T) {
	s := open(t)
	save(t, s, full(t), item(t, nil, nil))
	for name, f := range map[string]query.Filter{
		"user": {Users: []string{"ann@example.org", "bob"}}, "chat": {Chats: []string{"chat-1"}}, "answer": {Answers: []string{"answer-1"}},
		"task": {Tasks: []string{"chat"}}, "verdict": {Verdicts: []string{"cold_start"}}, "another verdict": {Verdicts: []string{"stalled", "context_cut"}},
	} {
		if rows, _, err := s.Page(t.Context(), f, PageAt{Limit: 5}); err != nil || len(rows) != 1 || rows[0].User == "" {
			t.Errorf("%s finds %d rows, %v", name, len(rows), err)
		}
	}
	for name, f := range map[string]query.Filter{
		"another user": {Users: []string{"bob"}}, "part of a code": {Verdicts: []string{"cold"}}, "a wildcard": {Verdicts: []string{"cold%", "c_ld_start"}},
		"a verdict that none has": {Verdicts: []string{"stalled"}},
	} {
		if rows, _, err := s.Page(t.Context(), f, PageAt{Limit: 5}); err != nil || len(rows) != 0 {
			t.Errorf("%s finds %d rows, %v", name, len(rows), err)
		}
	}
	if rows, _, err := s.Page(t.Context(), query.Filter{Users: []string{""}}, PageAt{Limit: 5}); err != nil || len(rows) != 1 || rows[0].User != "" {
		t.Errorf("no user finds %d rows, %v", len(rows), err)
	}
	facets, err := s.Facets(t.Context(), query.Filter{})
	if err != nil || !reflect.DeepEqual(facets.Verdicts, []Facet{{"cold_start", 1}, {"context_cut", 1}}) || !reflect.DeepEqual(facets.Users, []Facet{{"ann@example.org", 1}, {"", 1}}) {
		t.Errorf("facets %+v, %v", facets, err)
	}
}

func TestTotals(t *testing.T) {
	s := open(t)
	none, err := s.Totals(t.Context(), query.Filter{})
	if err != nil || none != (Totals{}) {
		t.Errorf("of an empty log: %+v, %v", none, err)
	}
	guess := full(t)
	guess.Record.Usage.Basis, guess.Record.Cost.Basis, guess.Record.State = exchange.Estimated, exchange.Estimated, exchange.Broken
	unpriced, list := item(t, nil, nil), item(t, nil, nil)
	list.Record.API = exchange.OllamaTags
	free := full(t)
	free.Record.Cost = exchange.Cost{}
	refused := item(t, nil, nil)
	refused.Record.State = exchange.Failed
	save(t, s, full(t), guess, unpriced, list, free, refused)
	got, err := s.Totals(t.Context(), query.Filter{})
	if err != nil || got.Requests != 6 || got.Errors != 2 || *got.Input != 300 || *got.Output != 150 || *got.Cost != 0.5 ||
		got.NoTokens != 1 || got.EstimatedTokens != 1 || got.Unpriced != 1 || got.EstimatedCost != 1 {
		t.Errorf("totals %+v, %v", got, err)
	}
	// What the totals lack, a filter finds.
	rows, _, err := s.Page(t.Context(), parse(t, "is:uncounted"), PageAt{Limit: 10})
	if err != nil || len(rows) != 1 || rows[0].ID != unpriced.Record.ID {
		t.Errorf("is:uncounted finds %+v, %v", rows, err)
	}
	if rest, _, err := s.Page(t.Context(), parse(t, "-is:uncounted"), PageAt{Limit: 10}); err != nil || len(rest) != 5 {
		t.Errorf("-is:uncounted finds %d, %v", len(rest), err)
	}
}

func TestAdoption(t *testing.T) {
	s := open(t)
	task, own := item(t, nil, nil), full(t)
	save(t, s, task)
	taken := item(t, nil, nil)
	taken.Record.Chat, taken.Record.ChatBasis = "other", exchange.Reported
	own.Adopts = []string{task.Record.ID, taken.Record.ID}
	save(t, s, taken, own)
	for id, want := range map[string]exchange.Exchange{
		task.Record.ID:  {Chat: "chat-1", Answer: "answer-1", ChatBasis: exchange.Inferred, AnswerBasis: exchange.Inferred},
		taken.Record.ID: {Chat: "other", ChatBasis: exchange.Reported},
	} {
		r, err := s.Get(t.Context(), id)
		if err != nil || r.Chat != want.Chat || r.Answer != want.Answer || r.ChatBasis != want.ChatBasis || r.AnswerBasis != want.AnswerBasis {
			t.Errorf("%+v, %v", r.Exchange, err)
		}
	}
}

// A log of every earlier version opens with all that it held.
func TestMigrationsFromEveryVersion(t *testing.T) {
	names, err := migrationNames()
	if err != nil {
		t.Fatal(err)
	}
	for version := 1; version < len(names); version++ {
		path := filepath.Join(t.TempDir(), "gumshoe.db")
		db, err := sql.Open("sqlite", dsn(path, "", "auto_vacuum(2)", "journal_mode(WAL)"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names[:version] {
			text, err := migrations.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(string(text)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		// A row as version 1 wrote it; later versions get theirs by migrating.
		const columns = `(seq, id, started_at, state, http_status, upstream, kind, api, method, path, client, model_requested, model, user, chat, answer,
			task, input_tokens, tokens_basis, generation_tps_basis, prompt_tps_basis, finish, error, notes, partial, request_bytes, response_bytes, snippet)`
		id := newID(t)
		b, _ := idBytes(id)
		if _, err := db.Exec(`INSERT INTO exchange `+columns+` VALUES (1, ?, 5, 'ok', 200, 'ollama', 'ollama', 'ollama.chat', 'POST', '/api/chat', 'c', 'm', 'm',
			'ann', '', '', 'chat', 7, 'reported', '', '', 'stop', '', 'cold_start', 0, 1, 2, 'hello')`, b); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(fmt.Sprintf(`INSERT INTO setting VALUES ('theme', 'dark'); PRAGMA user_version = %d`, version)); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), Config{Path: path})
		if err != nil {
			t.Fatalf("version %d: %v", version, err)
		}
		rows, _, err := s.Page(t.Context(), query.Filter{Users: []string{"ann"}}, PageAt{Limit: 5})
		if err != nil || len(rows) != 1 || rows[0].ID != id || *rows[0].Usage.Input != 7 || rows[0].Cost.USD != nil || rows[0].Prompt != "hello" {
			t.Errorf("version %d: %+v, %v", version, rows, err)
		}
		if v, ok, err := s.Setting(t.Context(), "theme"); v != "dark" || !ok || err != nil {
			t.Errorf("version %d: the setting is %q, %v", version, v, err)
		}
		var seen string
		if err := s.read.QueryRow(`SELECT id FROM v_exchanges`).Scan(&seen); err != nil || seen != id {
			t.Errorf("version %d: the view says %q, %v", version, seen, err)
		}
		save(t, s, full(t))
		copied := fmt.Sprintf("%s.v%d", path, version)
		if _, err := os.Stat(copied); err != nil {
			t.Errorf("version %d: no copy was kept: %v", version, err)
		}
		if _, err := s.DeleteAll(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(copied); err == nil {
			t.Errorf("version %d: deleting all leaves the copy", version)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestReprice(t *testing.T) {
	s := open(t)
	charged := full(t)
	charged.Record.Cost = exchange.Cost{USD: exchange.Float64(9), Basis: exchange.Charged, Source: "upstream"}
	save(t, s, full(t), full(t), charged, item(t, nil, nil))
	price := func(e *exchange.Exchange) exchange.Cost {
		if e.Usage.Input == nil {
			return exchange.Cost{}
		}
		return exchange.Cost{USD: exchange.Float64(float64(*e.Usage.Input)), Basis: exchange.Calculated, Price: "mine", Source: "yours"}
	}
	want := Repriced{Rows: 3, Changed: 2, Before: 0.5, After: 200}
	if got, err := s.Reprice(t.Context(), price, false); err != nil || got != want {
		t.Errorf("a look says %+v, %v", got, err)
	}
	if sum, err := s.Totals(t.Context(), query.Filter{}); err != nil || *sum.Cost != 9.5 {
		t.Errorf("a look changed %+v, %v", sum, err)
	}
	if got, err := s.Reprice(t.Context(), price, true); err != nil || got != want {
		t.Errorf("pricing anew says %+v, %v", got, err)
	}
	rows, _, err := s.Page(t.Context(), query.Filter{}, PageAt{Limit: 9})
	if err != nil || *rows[3].Cost.USD != 9 || *rows[2].Cost.USD != 100 || rows[2].Cost.Price != "mine" || rows[2].Properties["App"] != "鐘" || rows[0].Cost.USD != nil {
		t.Errorf("the rows have %+v, %+v, %+v, %v", rows[0].Cost, rows[2].Cost, rows[3].Cost, err)
	}
	if got, err := s.Reprice(t.Context(), price, true); err != nil || got.Changed != 0 {
		t.Errorf("once more: %+v, %v", got, err)
	}
}
