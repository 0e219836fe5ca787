package store

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

var createTable = regexp.MustCompile(`(?im)^\s*create table (?:if not exists )?(\w+)`)

// Tables lists the tables in the order the migrations make them, so that a table stands after those it refers to. A table that
// refers to itself, or forward, does so by a deferred constraint.
func Tables() ([]string, error) {
	names, err := fs.Glob(schemaFiles, "schema/*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var tables []string
	for _, name := range names {
		text, err := schemaFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for _, match := range createTable.FindAllStringSubmatch(string(text), -1) {
			tables = append(tables, strings.ToLower(match[1]))
		}
	}
	return tables, nil
}

// Empty tells whether no table holds a row; a database never migrated is empty.
func (db *DB) Empty(ctx context.Context) (bool, error) {
	applied, _, err := db.Version(ctx)
	if err != nil || applied == 0 {
		return applied == 0, err
	}
	tables, err := Tables()
	if err != nil {
		return false, err
	}
	empty := true
	err = db.View(ctx, func(tx *Tx) error {
		for _, table := range tables {
			used, err := One(ctx, tx, Column[bool], `select exists (select 1 from `+table+`)`)
			if err != nil {
				return fmt.Errorf("look into table %s: %w", table, err)
			}
			empty = empty && !used
		}
		return nil
	})
	return empty, err
}
