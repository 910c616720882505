package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
)

// direct runs Save's statements on the driver's own connection. What database/sql
// does for each of them – locks, conversions, a statement of the transaction's own
// – took a tenth of what it costs to save a small exchange.
type direct struct {
	conn  driver.Conn
	stmts map[string]driver.Stmt // by text
	rows  map[form]driver.Stmt   // that insert rows
	args  []driver.NamedValue
	seq   [1]driver.Value
}

// maxRowForms bounds how many statements insert rows; beyond them all begin anew.
const maxRowForms = 64

// withDirect runs fn with the one connection that writes.
func (s *Store) withDirect(ctx context.Context, fn func(d *direct) error) error {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("taking the connection: %w", err)
	}
	err = conn.Raw(func(raw any) error {
		c, ok := raw.(driver.Conn)
		if !ok {
			return errors.New("the driver gives no connection")
		}
		if s.direct.conn != c { // the first, or one in the place of one that broke
			s.direct = direct{conn: c, stmts: map[string]driver.Stmt{}, rows: map[form]driver.Stmt{}}
		}
		return fn(&s.direct)
	})
	return errors.Join(err, conn.Close())
}

// close ends the statements; the connection is the pool's.
func (d *direct) close() error {
	var errs []error
	for _, st := range d.stmts {
		errs = append(errs, st.Close())
	}
	for _, st := range d.rows {
		errs = append(errs, st.Close())
	}
	*d = direct{}
	return errors.Join(errs...)
}

// begin begins a transaction.
func (d *direct) begin(ctx context.Context) (driver.Tx, error) {
	b, ok := d.conn.(driver.ConnBeginTx)
	if !ok {
		return nil, errors.New("the driver begins no transactions")
	}
	return b.BeginTx(ctx, driver.TxOptions{})
}

func (d *direct) stmt(ctx context.Context, text string) (driver.Stmt, error) {
	if st := d.stmts[text]; st != nil {
		return st, nil
	}
	st, err := d.prepare(ctx, text)
	if err == nil {
		d.stmts[text] = st
	}
	return st, err
}

func (d *direct) prepare(ctx context.Context, text string) (driver.Stmt, error) {
	p, ok := d.conn.(driver.ConnPrepareContext)
	if !ok {
		return nil, errors.New("the driver prepares no statements")
	}
	st, err := p.PrepareContext(ctx, text)
	if err != nil {
		return nil, damaged("preparing to store", err)
	}
	return st, nil
}

// exec runs a statement that gives no rows.
func (d *direct) exec(ctx context.Context, text string, args ...any) (driver.Result, error) {
	st, err := d.stmt(ctx, text)
	if err != nil {
		return nil, err
	}
	return d.run(ctx, st, args)
}

func (d *direct) run(ctx context.Context, st driver.Stmt, args []any) (driver.Result, error) {
	x, ok := st.(driver.StmtExecContext)
	if !ok {
		return nil, errors.New("the driver runs no statements")
	}
	return x.ExecContext(ctx, d.named(args))
}

func (d *direct) named(args []any) []driver.NamedValue {
	d.args = d.args[:0]
	for _, a := range args {
		d.args = append(d.args, driver.NamedValue{Ordinal: len(d.args) + 1, Value: plainValue(a)})
	}
	return d.args
}

// number asks for one number; sql.ErrNoRows where there is none.
func (d *direct) number(ctx context.Context, text string, args ...any) (n int64, err error) {
	st, err := d.stmt(ctx, text)
	if err != nil {
		return 0, err
	}
	q, ok := st.(driver.StmtQueryContext)
	if !ok {
		return 0, errors.New("the driver asks nothing")
	}
	rows, err := q.QueryContext(ctx, d.named(args))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if rows.Next(d.seq[:]) != nil {
		return 0, sql.ErrNoRows
	}
	n, ok = d.seq[0].(int64)
	if !ok {
		return 0, fmt.Errorf("%w: no number where one should be", ErrDamaged)
	}
	return n, nil
}

// form says of each of a row's values whether it is handed over or stands in the
// statement.
type form [64]byte

const (
	given byte = iota
	null
	empty
	zero
)

func (f *form) text(n int) string {
	var b strings.Builder
	b.WriteString(insertInto)
	for i, how := range f[:n] {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString([...]string{"?", "NULL", "''", "0"}[how])
	}
	b.WriteString(unlessThere)
	return b.String()
}

// row inserts a row. Of its fifty values half say nothing, and to hand one over
// takes longer than to have it in the statement: there is a statement for each
// form that rows have. The values are changed.
func (d *direct) row(ctx context.Context, values []any) (driver.Result, error) {
	var f form
	said := values[:0]
	for i, v := range values {
		v = plainValue(v)
		switch v {
		case nil:
			f[i] = null
		case "":
			f[i] = empty
		case false:
			f[i] = zero
		default:
			said = append(said, v)
		}
	}
	st := d.rows[f]
	if st == nil {
		if len(d.rows) >= maxRowForms {
			for _, old := range d.rows {
				_ = old.Close() // it is not in use
			}
			clear(d.rows)
		}
		var err error
		if st, err = d.prepare(ctx, f.text(len(values))); err != nil {
			return nil, err
		}
		d.rows[f] = st
	}
	return d.run(ctx, st, said)
}

// plainValue is a value as drivers take it.
func plainValue(v any) driver.Value {
	switch v := v.(type) {
	case int:
		return int64(v)
	case *int64:
		if v == nil {
			return nil
		}
		return *v
	case *float64:
		if v == nil {
			return nil
		}
		return *v
	case *bool:
		if v == nil {
			return nil
		}
		return *v
	}
	return v
}
