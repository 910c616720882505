package store

import (
	"database/sql"
	"fmt"
	"strings"

	"modernc.org/sqlite"
)

// permit holds a connection to what a person's SQL may read. SQLite itself asks
// for every table, column and function that it compiles, so that this holds
// however a name was written; vet only says earlier, and in plainer words, what
// is refused.
func permit(conn *sql.Conn, views []View, tables map[string]bool) error {
	// The views are over exchange alone. Which view a column is read through can't
	// be asked: SQLite names a WITH of the same name there, too.
	open := map[string]bool{"exchange": true, "json_each": true, "json_tree": true}
	for _, v := range views {
		open[strings.ToLower(v.Name)] = true
	}
	fn := func(action sqlite.AuthorizerActionCode, name, column, _, _ string) sqlite.AuthorizerReturnCode {
		name = strings.ToLower(name)
		ok := false
		switch action {
		case sqlite.AuthSelect, sqlite.AuthRecursive:
			ok = true
		case sqlite.AuthFunction: // the function's name is the second argument
			ok = !deniedFunction(strings.ToLower(column))
		case sqlite.AuthRead:
			// Without a column it may be the name of a WITH, of which rows are counted.
			ok = open[name] || column == "" && !tables[name] && !internal(name)
		}
		if ok {
			return sqlite.AuthorizerOK
		}
		return sqlite.AuthorizerDeny
	}
	err := conn.Raw(func(c any) error {
		r, ok := c.(sqlite.AuthorizerRegisterer)
		if !ok {
			return fmt.Errorf("the driver has no authorizer")
		}
		return r.RegisterAuthorizer(fn)
	})
	if err != nil {
		return fmt.Errorf("guarding a query: %w", err)
	}
	return nil
}

// internal is a name of SQLite's own tables.
func internal(name string) bool {
	return strings.HasPrefix(name, "sqlite_") || strings.HasPrefix(name, "pragma_") || strings.HasPrefix(name, "fts") || name == "dbstat"
}

func deniedFunction(name string) bool {
	switch name {
	case "load_extension", "randomblob", "zeroblob":
		return true
	}
	return strings.HasPrefix(name, "fts") || strings.HasPrefix(name, "sqlite_")
}
