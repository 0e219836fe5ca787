package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
)

// one opens one SQLite connection with a table of ten rows.
func one(t *testing.T) *sql.DB {
	t.Helper()
	c, err := newPreparing("file:" + filepath.Join(t.TempDir(), "p.db"))
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec(`create table t (n bigint)`); err != nil {
		t.Fatal(err)
	}
	for n := range 10 {
		if _, err := db.Exec(`insert into t (n) values ($1)`, n); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// look shows what the connection keeps.
func look(t *testing.T, db *sql.DB, see func(*keepingConn)) {
	t.Helper()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Raw(func(inner any) error { see(inner.(*keepingConn)); return nil }); err != nil {
		t.Fatal(err)
	}
}

func TestStatementIsPreparedOnce(t *testing.T) {
	db := one(t)
	look(t, db, func(c *keepingConn) {
		if len(c.kept) != 1 || c.bytes != len(`insert into t (n) values ($1)`) {
			t.Errorf("%d statements of %d bytes are kept after ten inserts", len(c.kept), c.bytes)
		}
	})
}

// A query inside the rows of the same query reads by a statement of its own.
func TestQueryInsideItself(t *testing.T) {
	db := one(t)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	const query = `select n from t where n >= $1 order by n`
	outer, err := tx.Query(query, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer outer.Close()
	total := 0
	for outer.Next() {
		var n int
		if err := outer.Scan(&n); err != nil {
			t.Fatal(err)
		}
		inner, err := tx.Query(query, n)
		if err != nil {
			t.Fatal(err)
		}
		for inner.Next() {
			total++
		}
		if err := errors.Join(inner.Err(), inner.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if total != 7+6+5+4+3+2+1 {
		t.Errorf("%d rows inside", total)
	}
}

// A table that changes under a kept statement is seen as it is.
func TestKeptStatementSeesTheSchemaChange(t *testing.T) {
	db := one(t)
	columns := func() int {
		rows, err := db.Query(`select * from t`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		rows.Next()
		names, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	if columns() != 1 {
		t.Fatal("the table is not as it was made")
	}
	if _, err := db.Exec(`alter table t add column m text not null default ''`); err != nil {
		t.Fatal(err)
	}
	if got := columns(); got != 2 {
		t.Errorf("%d columns after one was added", got)
	}
	if _, err := db.Exec(`drop table t`); err != nil { // refused if a statement still read
		t.Fatal(err)
	}
	if _, err := db.Query(`select * from t`); err == nil {
		t.Error("a table that is gone is read")
	}
}

// What fails once, and rows that are left half-read or cut off, do no harm to those who come after.
func TestKeptStatementAfterTrouble(t *testing.T) {
	db := one(t)
	if _, err := db.Exec(`create unique index u on t (n)`); err != nil {
		t.Fatal(err)
	}
	const insert = `insert into t (n) values ($1)`
	for range 2 {
		if _, err := db.Exec(insert, 3); err == nil {
			t.Fatal("a row stands twice")
		}
	}
	if _, err := db.Exec(insert); err == nil {
		t.Fatal("a statement without its value ran")
	}
	if _, err := db.Exec(insert, 11); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	rows, err := db.QueryContext(ctx, `select a.n from t a, t b, t c, t d order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	rows.Next()
	cancel()
	rows.Close()
	var n int
	if err := db.QueryRow(`select count(*) from t a, t b, t c, t d`).Scan(&n); err != nil || n != 11*11*11*11 {
		t.Errorf("%d rows after a cut: %v", n, err)
	}
	if err := db.QueryRow(`select n from t order by n`).Scan(&n); err != nil || n != 0 { // leaves ten rows unread
		t.Error(n, err)
	}
	if _, err := db.Exec(`delete from t`); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRow(`select n from t order by n`).Scan(&n); !errors.Is(err, sql.ErrNoRows) {
		t.Error(n, err)
	}
}

func TestKeptStatementsAreBounded(t *testing.T) {
	db := one(t)
	for i := range 3 * mostPrepared {
		if _, err := db.Exec(fmt.Sprintf(`update t set n = %d where n = $1`, i), -1); err != nil {
			t.Fatal(err)
		}
	}
	look(t, db, func(c *keepingConn) {
		if len(c.kept) != mostPrepared || c.order.Len() != mostPrepared || c.bytes > mostPreparedBytes {
			t.Errorf("%d statements of %d bytes are kept", len(c.kept), c.bytes)
		}
	})
}
