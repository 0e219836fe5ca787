// Package storetest gives each test a fresh, migrated database on both engines.
//
//	func TestOpenCase(t *testing.T) {
//		storetest.Each(t, func(t *testing.T, db *store.DB) { … })
//	}
//
// SQLite always runs. PostgreSQL runs from Debian's package: the first test of a binary starts a server of its own on a
// socket in a temporary folder, and it ends with the test process whatever happens to it. Set HYGIE_TEST_POSTGRES to the
// address of a server on which databases may be created to use that one instead. Without either the PostgreSQL half is
// skipped and says so; HYGIE_TEST_REQUIRE=postgres turns that skip into a failure.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hygie/internal/store"
)

// Each runs the test once per engine, as subtests "sqlite" and "postgres".
func Each(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, PostgreSQL(t)) })
}

// SQLite opens a migrated database in the test's own folder.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	return open(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db")+"?synchronous=off", true)
}

// PostgreSQL opens a migrated database of its own on a real server, or skips the test.
func PostgreSQL(t testing.TB) *store.DB {
	t.Helper()
	return open(t, EmptyPostgreSQL(t, template(t)), false)
}

// EmptyPostgreSQL creates a database from another ("template1" for an empty one), dropped after the test, and returns its
// address.
func EmptyPostgreSQL(t testing.TB, from string) string {
	t.Helper()
	name := "t_" + strings.ToLower(rand.Text())
	address := server(t)
	statement(t, address, fmt.Sprintf("create database %s template %s", name, from))
	t.Cleanup(func() { statement(t, address, fmt.Sprintf("drop database if exists %s with (force)", name)) })
	return withDatabase(t, address, name)
}

// template migrates one database for the whole test binary; copying it costs a tenth of migrating anew.
func template(t testing.TB) string {
	t.Helper()
	templateOnce.Do(func() {
		address := server(t)
		name := "template_" + strings.ToLower(rand.Text())
		statement(t, address, "create database "+name)
		db := open(t, withDatabase(t, address, name), true)
		db.Close() // a database in use cannot be copied
		templateName = name
	})
	if templateName == "" {
		t.Fatal("the migrated template database could not be made; see the first test that failed")
	}
	return templateName
}

var (
	templateOnce sync.Once
	templateName string
)

func open(t testing.TB, address string, migrate bool) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if migrate {
		if _, err := db.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func server(t testing.TB) string {
	t.Helper()
	if address := os.Getenv("HYGIE_TEST_POSTGRES"); address != "" {
		return address
	}
	ownOnce.Do(func() { ownAddress, ownErr = Start() })
	if ownErr != nil {
		if strings.Contains(os.Getenv("HYGIE_TEST_REQUIRE"), "postgres") {
			t.Fatalf("PostgreSQL is required by HYGIE_TEST_REQUIRE: %v", ownErr)
		}
		t.Skipf("SKIPPED the PostgreSQL half: %v", ownErr)
	}
	return ownAddress
}

var (
	ownOnce    sync.Once
	ownAddress string
	ownErr     error
)

func statement(t testing.TB, address, text string) {
	t.Helper()
	admin, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if _, err := admin.ExecContext(context.Background(), text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func withDatabase(t testing.TB, address, name string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}
