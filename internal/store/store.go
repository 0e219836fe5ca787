// Package store opens the platform's database and runs transactions on it.
//
// Two engines serve the same static SQL: SQLite, embedded, which is the default and needs nothing installed, and
// PostgreSQL, by URL, for a region or the nation. What both understand is written once; what differs is hidden in this
// package (see [Tx.Engine] for the few places that must know).
//
// The common dialect: parameters are $1, $2 … and first appear in ascending order; times are bigint Unix milliseconds in
// UTC (see [Millis] and [Time]); identifiers are text made by [NewID]; bytes are bytea; booleans are boolean; text enums
// are checked by the application. "on conflict … do update", "returning", recursive common table expressions, window functions, "filter
// (where …)" and partial indexes work on both.
//
// A use-case is one transaction: the exported method opens it with [DB.Update] and the functions below take the [Tx].
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // registers the "pgx" driver
)

// Engine names the database behind a [DB].
type Engine string

// The two engines.
const (
	SQLite     Engine = "sqlite"
	PostgreSQL Engine = "postgres"
)

// ErrNotFound is returned by [One] when no row answers. It wraps [sql.ErrNoRows].
var ErrNotFound = fmt.Errorf("not found: %w", sql.ErrNoRows)

// DB is an open database. It is safe for concurrent use.
type DB struct {
	engine Engine
	url    string
	write  *sql.DB
	read   *sql.DB // the same as write on PostgreSQL; a pool of readers on SQLite
	settle func(context.Context, *Tx) error
}

// readers is the number of SQLite connections that read beside the single writer.
const readers = 8

// Open connects to the database at rawURL without changing it: "sqlite:/path/file.db" (created when absent, its folder
// must exist) or "postgres://…". Call [DB.Migrate] before using the tables.
//
// A "sqlite:" address may end in "?synchronous=off", which is only for tests: a power cut can then lose data.
func Open(ctx context.Context, rawURL string) (*DB, error) {
	scheme, rest, found := strings.Cut(rawURL, ":")
	if !found {
		return nil, fmt.Errorf("open database %q: its address is neither sqlite:PATH nor postgres:…", redact(rawURL))
	}
	var db *DB
	var err error
	switch scheme {
	case "sqlite":
		db, err = openSQLite(rest)
	case "postgres", "postgresql":
		db, err = openPostgreSQL(rawURL)
	default:
		return nil, fmt.Errorf("open database: unknown kind %q, want sqlite or postgres", scheme)
	}
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", redact(rawURL), err)
	}
	db.url = rawURL
	err = db.write.PingContext(ctx)
	if err == nil {
		err = db.read.PingContext(ctx)
	}
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("open database %s: %w", redact(rawURL), err)
	}
	return db, nil
}

func openSQLite(address string) (*DB, error) {
	path, query, _ := strings.Cut(address, "?")
	if path == "" {
		return nil, errors.New("the path of the SQLite file is missing")
	}
	options, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("read options of the SQLite address: %w", err)
	}
	// FULL, not NORMAL: what the platform confirmed must survive a power cut, because people were given receipts for it.
	synchronous := "full"
	if v := options.Get("synchronous"); v != "" {
		synchronous = v
	}
	if folder := filepath.Dir(path); folder != "." {
		if _, err := os.Stat(folder); err != nil {
			return nil, fmt.Errorf("folder of the SQLite file: %w", err)
		}
	}
	// SQLite itself would let everybody on the machine read the file; those beside it (-wal, -shm) take its mode.
	made, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make the SQLite file: %w", err)
	}
	if err := made.Close(); err != nil {
		return nil, fmt.Errorf("make the SQLite file: %w", err)
	}
	address = (&url.URL{Path: path}).EscapedPath()
	pragmas := []string{"busy_timeout(10000)", "journal_mode(wal)", "synchronous(" + synchronous + ")", "foreign_keys(1)", "cache_size(-16384)"}
	writing, err := newPreparing("file:" + address + "?" + url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}.Encode())
	if err != nil {
		return nil, err
	}
	reading, err := newPreparing("file:" + address + "?" + url.Values{"_pragma": append(pragmas, "query_only(1)")}.Encode())
	if err != nil {
		return nil, err
	}
	write := sql.OpenDB(writing)
	write.SetMaxOpenConns(1) // one writer: SQLite has no more, and waiting here is fairer than its busy handler
	read := sql.OpenDB(reading)
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return &DB{engine: SQLite, write: write, read: read}, nil
}

func openPostgreSQL(rawURL string) (*DB, error) {
	pool, err := sql.Open("pgx", rawURL)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(16)
	pool.SetMaxIdleConns(8)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return &DB{engine: PostgreSQL, write: pool, read: pool}, nil
}

// Engine tells which database this is.
func (db *DB) Engine() Engine { return db.engine }

// URL is the address the database was opened with; it may hold a password, so never log it.
func (db *DB) URL() string { return db.url }

// Close waits for running statements and closes every connection. On SQLite it also folds the write-ahead log back into
// the file.
func (db *DB) Close() error {
	if db.read == db.write {
		return db.write.Close()
	}
	return errors.Join(db.read.Close(), db.write.Close())
}

// View runs fn in a transaction that only reads and sees one moment of the database.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if db.engine == PostgreSQL {
		options.Isolation = sql.LevelRepeatableRead
	}
	tx, err := db.read.BeginTx(ctx, options)
	if err != nil {
		return fmt.Errorf("begin reading: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	return fn(&Tx{tx: tx, engine: db.engine})
}

// SettleWith sets what ends every transaction of [DB.Update] in which something was noted ([Tx.Note]): what is derived from what was written is brought
// up to date once, whatever wrote it, and is committed with it or not at all. It is set before the database is used by several goroutines.
func (db *DB) SettleWith(settle func(context.Context, *Tx) error) { db.settle = settle }

// attempts bounds how often Update runs again after a serialisation conflict.
const attempts = 12

// Update runs fn in a transaction and commits when fn returns nil. Transactions are serialisable on both engines: two of
// them behave as if one ran after the other. On PostgreSQL a conflict makes fn run again, so fn must have no effect outside
// the transaction; use [Tx.AfterCommit] for those.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := db.updateOnce(ctx, fn)
		if err == nil || !isConflict(err) || attempt == attempts {
			return err
		}
		pause := time.Duration(rand.Int64N(int64(attempt))+1) * 5 * time.Millisecond
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(pause):
		}
	}
}

// UpdateOnce is [DB.Update] without a second attempt, for an act that reads a stream and so cannot run again.
func (db *DB) UpdateOnce(ctx context.Context, fn func(*Tx) error) error {
	return db.updateOnce(ctx, fn)
}

func (db *DB) updateOnce(ctx context.Context, fn func(*Tx) error) error {
	options := &sql.TxOptions{}
	if db.engine == PostgreSQL {
		options.Isolation = sql.LevelSerializable
	}
	inner, err := db.write.BeginTx(ctx, options)
	if err != nil {
		return fmt.Errorf("begin writing: %w", err)
	}
	defer inner.Rollback() //nolint:errcheck // no effect after a commit
	tx := &Tx{tx: inner, engine: db.engine}
	if err := fn(tx); err != nil {
		return err
	}
	if db.settle != nil && len(tx.notes) > 0 {
		if err := db.settle(ctx, tx); err != nil {
			return err
		}
	}
	if err := inner.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	for _, act := range tx.after {
		act()
	}
	return nil
}

// isConflict tells whether running the transaction again can succeed: PostgreSQL's serialization_failure and
// deadlock_detected (SQLSTATE 40001, 40P01).
func isConflict(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// IsUnique tells whether err says that a unique index refused a row, on either engine.
func IsUnique(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505"
	}
	return err != nil && strings.Contains(err.Error(), "UNIQUE constraint failed")
}

// redact hides the password of an address for messages.
func redact(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil || u.User == nil {
		return rawURL
	}
	return u.Redacted()
}
