package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"gumshoe/backend/tempfiles"
)

// Answer is the result of a person's own SQL. A cell is nil, int64, float64 or
// string; bytes are shown as hexadecimal text.
type Answer struct {
	Columns []string
	Rows    [][]any
	// Cut says that there were more rows, or more bytes, than are given.
	Cut bool
}

// View is a view that a person's SQL may read, with its columns.
type View struct {
	Name    string
	Columns []Column
}

// The limits of a person's SQL.
const (
	// AskTime is how long it may run.
	AskTime      = 10 * time.Second
	askRows      = 10_000
	askBytes     = 8 << 20
	askValue     = 1 << 20 // bytes of one value
	askColumns   = 100
	askText      = 20_000 // bytes of SQL
	limitLength  = 0      // SQLITE_LIMIT_LENGTH
	limitColumns = 2      // SQLITE_LIMIT_COLUMN
	limitAttach  = 7      // SQLITE_LIMIT_ATTACHED
	limitCompund = 4      // SQLITE_LIMIT_COMPOUND_SELECT
)

// SQL that is not answered; the text says why.
var (
	ErrSQL     = errors.New("this SQL can't be answered")
	ErrSQLTime = fmt.Errorf("%w: it took longer than %v", ErrSQL, AskTime)
	ErrSQLRoom = fmt.Errorf("%w: what it sorts and gathers takes more than %d MB", ErrSQL, tempfiles.Limit>>20)
)

// Views lists what a person's SQL may read.
func (s *Store) Views(ctx context.Context) ([]View, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT v.name, c.name FROM sqlite_schema AS v, pragma_table_info(v.name) AS c WHERE v.type = 'view' ORDER BY v.rowid, c.cid`)
	if err != nil {
		return nil, damaged("listing the views", err)
	}
	defer rows.Close()
	var list []View
	names := map[string][]string{}
	for rows.Next() {
		var view, column string
		if err := rows.Scan(&view, &column); err != nil {
			return nil, damaged("listing the views", err)
		}
		if names[view] == nil {
			list = append(list, View{Name: view})
		}
		names[view] = append(names[view], column)
	}
	for i := range list {
		list[i].Columns = describe(list[i].Name, names[list[i].Name])
	}
	if err := rows.Err(); err != nil {
		return nil, damaged("listing the views", err)
	}
	return list, nil
}

// Ask answers a person's own SQL: one SELECT over the documented views. It can't
// write, can't run longer than AskTime, and names no table: those hold the
// settings and what is encrypted or packed. All that are asked at a time have
// temporary files of tempfiles.Limit bytes together.
func (s *Store) Ask(ctx context.Context, text string) (Answer, error) {
	var a Answer
	tables, err := s.tables(ctx)
	if err != nil {
		return a, err
	}
	if err := vet(text, tables); err != nil {
		return a, err
	}
	if err := tempfiles.Register(); err != nil {
		return a, fmt.Errorf("opening the log for a query: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, AskTime)
	defer cancel()
	// A connection of its own: what a query leaves behind goes with it.
	db, err := s.openReader(dsn(s.path, "mode=ro&vfs="+tempfiles.Name, "temp_store(1)", "busy_timeout(2000)", "query_only(1)", "cache_size(-8192)", "trusted_schema(0)"))
	if err != nil {
		return a, fmt.Errorf("opening the log for a query: %w", err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		return a, damaged("opening the log for a query", err)
	}
	defer conn.Close()
	for id, most := range map[int]int{limitLength: askValue, limitColumns: askColumns, limitAttach: 0, limitCompund: 50} {
		if _, err := sqlite.Limit(conn, id, most); err != nil {
			return a, fmt.Errorf("limiting a query: %w", err)
		}
	}
	views, err := s.Views(ctx)
	if err != nil {
		return a, err
	}
	if err := permit(conn, views, tables); err != nil {
		return a, err
	}
	rows, err := conn.QueryContext(ctx, text)
	if err != nil {
		return a, refused(ctx, err)
	}
	defer rows.Close()
	if err := a.read(rows); err != nil {
		return a, refused(ctx, err)
	}
	return a, nil
}

func (a *Answer) read(rows *sql.Rows) (err error) {
	if a.Columns, err = rows.Columns(); err != nil {
		return err
	}
	size := 0
	for rows.Next() {
		if len(a.Rows) == askRows || size > askBytes {
			a.Cut = true
			return nil
		}
		cells := make([]any, len(a.Columns))
		dest := make([]any, len(cells))
		for i := range cells {
			dest[i] = &cells[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		for i, c := range cells {
			switch v := c.(type) {
			case []byte:
				cells[i] = fmt.Sprintf("x'%x'", v[:min(len(v), 1000)])
				size += 2 * min(len(v), 1000)
			case float64:
				if math.IsInf(v, 0) { // JSON has no number for it
					cells[i] = fmt.Sprint(v)
				}
			case string:
				cells[i] = strings.ToValidUTF8(v, "\uFFFD")
				size += len(v)
			case time.Time:
				cells[i] = v.UTC().Format(time.RFC3339Nano)
			}
			size += 8
		}
		a.Rows = append(a.Rows, cells)
	}
	return rows.Err()
}

// refused words why a query failed.
func refused(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return ErrSQLTime
	}
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code() == sqlite3.SQLITE_FULL {
		return ErrSQLRoom
	}
	return fmt.Errorf("%w: %s", ErrSQL, strings.TrimPrefix(err.Error(), "SQL logic error: "))
}

// tables are the names that a person's SQL may not use.
func (s *Store) tables(ctx context.Context) (map[string]bool, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT lower(name) FROM sqlite_schema WHERE type <> 'view'`)
	if err != nil {
		return nil, damaged("listing the tables", err)
	}
	defer rows.Close()
	names := map[string]bool{}
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return nil, damaged("listing the tables", err)
		}
		names[n] = true
	}
	if err := rows.Err(); err != nil {
		return nil, damaged("listing the tables", err)
	}
	return names, nil
}
