package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"gumshoe/backend/tempfiles"
)

func TestAsk(t *testing.T) {
	s := open(t)
	save(t, s, full(t), item(t, []byte("q"), []byte("a")))
	ctx := t.Context()
	views, err := s.Views(ctx)
	if err != nil || len(views) != 3 || len(views[0].Columns) < 5 {
		t.Fatalf("%+v, %v", views, err)
	}
	for _, v := range views {
		a, err := s.Ask(ctx, `SELECT * FROM `+v.Name)
		if err != nil || len(a.Columns) != len(v.Columns) || len(a.Rows) == 0 {
			t.Errorf("%s: %d rows of %v, %v", v.Name, len(a.Rows), a.Columns, err)
		}
	}
	a, err := s.Ask(ctx, `select verdict, count(*) n, 'a; b -- c' from v_verdicts group by 1 order by 1; -- the end`)
	if err != nil || fmt.Sprint(a.Rows) != "[[cold_start 1 a; b -- c] [context_cut 1 a; b -- c]]" || a.Cut {
		t.Errorf("%v, %v", a, err)
	}
	a, err = s.Ask(ctx, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 20000) SELECT i, NULL, 1.5, x'00ff' FROM n`)
	if err != nil || len(a.Rows) != askRows || !a.Cut || a.Rows[0][1] != nil || a.Rows[0][3] != "x'00ff'" {
		t.Errorf("%d rows, cut %v, %v", len(a.Rows), a.Cut, err)
	}
}

// TestAskHolds tries to write, to read what is not a view, and to use up what
// there is.
func TestAskHolds(t *testing.T) {
	s := open(t)
	save(t, s, full(t))
	if err := s.SetSetting(t.Context(), "secret", "hunter2"); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"", ";", "-- nothing", "DELETE FROM exchange", "PRAGMA query_only = 0", "ATTACH ':memory:' AS x", "EXPLAIN SELECT 1", "VACUUM INTO '/tmp/x'",
		"SELECT 1; SELECT 2", "SELECT 1; DELETE FROM v_exchanges",
		"SELECT * FROM setting", "SELECT * FROM SETTING", `SELECT * FROM "setting"`, "SELECT * FROM [setting]", "SELECT * FROM `setting`", "SELECT * FROM 'setting'",
		"SELECT * FROM main.setting", `SELECT * FROM "main"."setting"`, "SELECT (SELECT value FROM setting)", "WITH x AS (SELECT * FROM setting) SELECT * FROM x",
		"SELECT 1 UNION SELECT value FROM/**/setting", "SELECT * FROM v_exchanges JOIN setting", "SELECT * FROM -- a\nsetting", `SELECT * FROM "set""ting", setting`,
		"WITH setting AS (SELECT 1) SELECT * FROM setting", "SELECT packed FROM record", "SELECT data FROM piece", "SELECT * FROM search", "SELECT * FROM search_content",
		"SELECT * FROM sqlite_schema", "SELECT * FROM sqlite_master", "SELECT sql FROM main.sqlite_master", "SELECT * FROM pragma_table_info('setting')", "SELECT * FROM dbstat",
		"SELECT load_extension('x')", "SELECT randomblob(1000000000)", "SELECT zeroblob(1000000000)", "SELECT fts5_source_id()",
		"WITH x AS (SELECT 1) DELETE FROM v_exchanges", "INSERT INTO v_exchanges VALUES (1)", "SELECT 'open", "SELECT \x00", "SELECT \xff",
		"SELECT * FROM mark", "SELECT seq FROM exchange",
		"WITH v_days AS (SELECT * FROM 'setting') SELECT * FROM v_days", "SELECT count(*) FROM 'setting'", "SELECT 1 FROM 'SETTING'", "SELECT x FROM (SELECT value AS x FROM 'setting')",
		"SELECT * FROM \ufeffsetting", "SELECT * FROM setting\ufeff", "SELECT * FROM \ufeffsqlite_schema", "SELECT \ufeffzeroblob(9)",
	} {
		a, err := s.Ask(t.Context(), text)
		if err == nil || strings.Contains(fmt.Sprint(a), "hunter2") {
			t.Errorf("%q gives %v", text, a)
		}
		if err != nil && !errors.Is(err, ErrSQL) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"SELECT printf('%.*c', 1000000000, 'x')", "SELECT hex(printf('%.*c', 4000000, 'x'))", "SELECT group_concat(hex(zeroblob)) FROM (SELECT 1 AS a)"} {
		if _, err := s.Ask(t.Context(), text); !errors.Is(err, ErrSQL) {
			t.Errorf("%q: %v", text, err)
		}
	}
	after, err := os.ReadFile(s.path)
	if err != nil || string(after) != string(before) {
		t.Errorf("the file has changed, %v", err)
	}
}

func TestAskEnds(t *testing.T) {
	s := open(t)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, err := s.Ask(ctx, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n`)
	if took := time.Since(begun); !errors.Is(err, ErrSQL) || took > 5*time.Second {
		t.Errorf("an endless query ends after %v with %v", took, err)
	}
}

func FuzzVet(f *testing.F) {
	for _, s := range []string{"SELECT 1", "SELECT * FROM [setting", `"a""b"`, "/* x", "-- y", "WITH a AS (SELECT 'x;y') SELECT * FROM a;", "sélect"} {
		f.Add(s)
	}
	tables := map[string]bool{"setting": true, "exchange": true}
	f.Fuzz(func(t *testing.T, s string) {
		if vet(s, tables) == nil && strings.Contains(strings.ToLower(strings.Map(func(r rune) rune {
			if r == '-' || r == '/' || r == '*' { // what is said in a comment is not run
				return -1
			}
			return r
		}, s)), "from setting") && !strings.Contains(s, "--") && !strings.Contains(s, "/*") && !strings.ContainsAny(s, "'\"`[") {
			t.Errorf("%q passes", s)
		}
	})
}

// TestPermitHoldsAlone attacks past vet, as a name that vet reads otherwise than
// SQLite would.
func TestPermitHoldsAlone(t *testing.T) {
	s := open(t)
	save(t, s, full(t))
	if err := s.SetSetting(t.Context(), "secret", "hunter2"); err != nil {
		t.Fatal(err)
	}
	tables, err := s.tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	views, err := s.Views(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := s.read.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := permit(conn, views, tables); err != nil {
		t.Fatal(err)
	}
	ask := func(text string) error {
		rows, err := conn.QueryContext(t.Context(), text)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
		}
		return rows.Err()
	}
	for _, text := range []string{
		"SELECT * FROM setting", "SELECT count(*) FROM setting", "SELECT 1 FROM \ufeffSETTING", "SELECT rowid FROM main.setting", "SELECT (SELECT max(value) FROM setting)",
		"WITH v_days AS (SELECT * FROM setting) SELECT * FROM v_days", "WITH v_exchanges(a, b) AS (SELECT * FROM setting) SELECT count(*), max(b) FROM v_exchanges",
		"SELECT * FROM record", "SELECT * FROM piece", "SELECT * FROM search", "SELECT * FROM search_content", "SELECT * FROM mark", "SELECT count(*) FROM mark",
		"SELECT * FROM sqlite_schema", "SELECT count(*) FROM sqlite_master", "SELECT * FROM sqlite_temp_schema", "SELECT * FROM pragma_table_list", "SELECT * FROM pragma_table_info('setting')",
		"SELECT load_extension('x')", "SELECT randomblob(9)", "SELECT zeroblob(9)", "PRAGMA query_only = 0", "PRAGMA writable_schema = 1", "ATTACH ':memory:' AS x",
		"DELETE FROM exchange", "UPDATE setting SET value = ''", "CREATE TEMP TABLE x (a)", "CREATE TEMP VIEW x AS SELECT * FROM setting", "BEGIN", "SAVEPOINT a", "ANALYZE", "REINDEX",
	} {
		if err := ask(text); err == nil {
			t.Errorf("%q is answered", text)
		}
	}
	for _, text := range []string{
		"SELECT * FROM v_exchanges", "SELECT * FROM v_days", "SELECT count(*) FROM v_verdicts JOIN v_exchanges USING (id)", "WITH x AS (SELECT 1) SELECT count(*) FROM x",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 9) SELECT sum(i), upper('a') FROM n", "SELECT value FROM json_each('[1]')",
		"SELECT model, row_number() OVER (ORDER BY started_at) FROM V_EXCHANGES",
	} {
		if err := ask(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAskIsBounded(t *testing.T) {
	s := open(t)
	save(t, s, full(t))
	if _, err := s.Ask(t.Context(), "WITH a(x) AS MATERIALIZED (SELECT printf('%900000s', '')) SELECT x"+strings.Repeat(",x", askColumns)+" FROM a"); !errors.Is(err, ErrSQL) {
		t.Errorf("a row without end: %v", err)
	}
	a, err := s.Ask(t.Context(), "SELECT 9e999, -9e999, count(*) FROM v_exchanges WHERE user = 'mark' OR prompt = 'setting'")
	if err != nil || fmt.Sprint(a.Rows) != "[[+Inf -Inf 0]]" {
		t.Fatalf("%v, %v", a, err)
	}
	if _, err := json.Marshal(a.Rows); err != nil {
		t.Error(err)
	}
}

// TestAskRoom asks what would fill gigabytes of temporary files: to sort, to tell
// apart, and to gather. Less is let to them, so that it takes less time.
func TestAskRoom(t *testing.T) {
	const limit = 40 << 20
	defer tempfiles.SetLimit(tempfiles.Limit)
	s := open(t)
	save(t, s, full(t))
	wide := `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000), wide(x) AS %s (SELECT i || printf('%%900000s', i) FROM n) `
	for name, text := range map[string]string{
		"sort":   fmt.Sprintf(wide, "") + `SELECT x FROM wide ORDER BY x DESC`,
		"apart":  fmt.Sprintf(wide, "") + `SELECT count(*) FROM (SELECT DISTINCT x FROM wide)`,
		"gather": fmt.Sprintf(wide, "MATERIALIZED") + `SELECT count(*) FROM wide AS a JOIN wide AS b ON a.x > b.x`,
		"window": fmt.Sprintf(wide, "") + `SELECT length(x), count(*) OVER () FROM wide`,
	} {
		tempfiles.SetLimit(limit)
		begun := time.Now()
		_, err := s.Ask(t.Context(), text)
		use := tempfiles.Used()
		if !errors.Is(err, ErrSQLRoom) || errors.Is(err, ErrSQLTime) || !errors.Is(err, ErrSQL) {
			t.Errorf("%s: %v after %v", name, err, time.Since(begun))
		}
		if use.Bytes != 0 || use.Files != 0 || use.Peak > limit || use.Peak < limit*8/10 {
			t.Errorf("%s: %+v are left", name, use)
		}
		t.Logf("%s: %v, %d MB", name, time.Since(begun).Round(time.Millisecond), use.Peak>>20)
	}
	tempfiles.SetLimit(tempfiles.Limit)
	a, err := s.Ask(t.Context(), `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) SELECT i, printf('%200s', i) FROM n ORDER BY 2 DESC`)
	if err != nil || len(a.Rows) != askRows || a.Rows[0][0] != int64(40000) || tempfiles.Used().Peak < 5<<20 {
		t.Errorf("what has room is not answered: %v, %d rows", err, len(a.Rows))
	}
}
