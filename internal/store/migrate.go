package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed schema/*.sql
var schemaFiles embed.FS

// Migrate brings the tables to the present version, forward only, and returns how many steps it applied. Several nodes may
// call it at once: one works, the others wait.
func (db *DB) Migrate(ctx context.Context) (applied int, err error) {
	provider, err := db.migrations()
	if err != nil {
		return 0, err
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return len(results), fmt.Errorf("bring the database to the present version: %w", err)
	}
	return len(results), nil
}

// MigrateTo brings an empty database to an older version, for restoring a backup made then.
func (db *DB) MigrateTo(ctx context.Context, version int64) error {
	provider, err := db.migrations()
	if err != nil {
		return err
	}
	if _, err := provider.UpTo(ctx, version); err != nil {
		return fmt.Errorf("bring the database to version %d: %w", version, err)
	}
	return nil
}

// Version returns the number of the last migration applied and of the last one this program knows. An applied number above
// the known one means that a newer program has used the database.
func (db *DB) Version(ctx context.Context) (applied, known int64, err error) {
	provider, err := db.migrations()
	if err != nil {
		return 0, 0, err
	}
	applied, known, err = provider.GetVersions(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("read the version of the database: %w", err)
	}
	return applied, known, nil
}

func (db *DB) migrations() (*goose.Provider, error) {
	files, err := fs.Sub(schemaFiles, "schema")
	if err != nil {
		return nil, err
	}
	dialect, options := goose.DialectSQLite3, []goose.ProviderOption{}
	if db.engine == PostgreSQL {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, fmt.Errorf("prepare the migration lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	options = append(options, goose.WithGoMigrations(append(derived(db.engine), toldDossiers(db.engine))...))
	provider, err := goose.NewProvider(dialect, db.write, files, options...)
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return provider, nil
}
