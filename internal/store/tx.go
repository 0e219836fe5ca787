package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Tx is one transaction; see [DB.View] and [DB.Update]. It is not safe for concurrent use, and a result of [Tx.Query] must be
// closed before the next statement.
type Tx struct {
	tx     *sql.Tx
	engine Engine
	after  []func()
	notes  []any
}

// Engine tells which database the transaction runs on, for the few statements that have no common form.
func (t *Tx) Engine() Engine { return t.engine }

// Exec runs a statement and returns how many rows it changed.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := t.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Query runs a statement and returns its rows, which the caller closes. Prefer [All] and [One].
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return t.tx.QueryContext(ctx, query, args...)
}

// AfterCommit remembers an act to do once the transaction is committed, such as waking a worker. It is forgotten when the
// transaction is rolled back or runs again.
func (t *Tx) AfterCommit(act func()) { t.after = append(t.after, act) }

// Note remembers something about the transaction for what settles it (see [DB.SettleWith]). It is forgotten when the transaction ends or runs again.
func (t *Tx) Note(about any) { t.notes = append(t.notes, about) }

// Notes gives what was noted, in order.
func (t *Tx) Notes() []any { return t.notes }

// Row is what a scan function reads its columns from.
type Row interface{ Scan(into ...any) error }

// All returns every row of a query, each read by scan; never nil, so that it prints as an empty list.
func All[T any](ctx context.Context, tx *Tx, scan func(Row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []T{}
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read row %d: %w", len(all)+1, err)
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// One returns the only row of a query, or [ErrNotFound].
func One[T any](ctx context.Context, tx *Tx, scan func(Row) (T, error), query string, args ...any) (T, error) {
	one, err := scan(tx.tx.QueryRowContext(ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return one, ErrNotFound
	}
	return one, err
}

// Column scans a single value, for use with [All] and [One].
func Column[T any](row Row) (T, error) {
	var value T
	err := row.Scan(&value)
	return value, err
}
