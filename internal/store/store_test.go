package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

func insert(ctx context.Context, tx *store.Tx, id, name string, left int64) error {
	_, err := tx.Exec(ctx, `insert into structure (id, kind, name, name_key, lft, rgt, depth, created_at, updated_at)
		values ($1, 'nation', $2, $2, $3, $4, 0, 0, 0)`, id, name, left, left+1)
	return err
}

func count(t *testing.T, db *store.DB) int {
	t.Helper()
	var n int
	if err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		n, err = store.One(t.Context(), tx, store.Column[int], `select count(*) from structure`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestUpdateCommitsOrLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if err := db.Update(ctx, func(tx *store.Tx) error { return insert(ctx, tx, "a", "Alpha", 1) }); err != nil {
			t.Fatal(err)
		}
		refused := errors.New("refused")
		woken := false
		err := db.Update(ctx, func(tx *store.Tx) error {
			tx.AfterCommit(func() { woken = true })
			return errors.Join(insert(ctx, tx, "b", "Beta", 3), refused)
		})
		if !errors.Is(err, refused) {
			t.Fatalf("error %v, want the one returned", err)
		}
		if woken {
			t.Error("acted after a commit that did not happen")
		}
		if n := count(t, db); n != 1 {
			t.Errorf("%d rows, want only the committed one", n)
		}
	})
}

func TestViewCannotWrite(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		err := db.View(t.Context(), func(tx *store.Tx) error { return insert(t.Context(), tx, "a", "Alpha", 1) })
		if err == nil {
			t.Fatal("a reading transaction wrote")
		}
		if n := count(t, db); n != 0 {
			t.Errorf("%d rows, want none", n)
		}
	})
}

func TestOneSaysNotFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		err := db.View(t.Context(), func(tx *store.Tx) error {
			_, err := store.One(t.Context(), tx, store.Column[string], `select name from structure where id = $1`, "nobody")
			return err
		})
		if !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("error %v, want ErrNotFound", err)
		}
	})
}

func TestConcurrentUpdatesAreSerialised(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if err := db.Update(ctx, func(tx *store.Tx) error { return insert(ctx, tx, "a", "0", 1) }); err != nil {
			t.Fatal(err)
		}
		// Each transaction reads the depth and writes it plus one: a lost update would leave less than the total.
		const writers, each = 4, 10
		var all sync.WaitGroup
		errs := make(chan error, writers*each)
		for range writers {
			all.Go(func() {
				for range each {
					errs <- db.Update(ctx, func(tx *store.Tx) error {
						n, err := store.One(ctx, tx, store.Column[int], `select depth from structure where id = $1`, "a")
						if err != nil {
							return err
						}
						_, err = tx.Exec(ctx, `update structure set depth = $1 where id = $2`, n+1, "a")
						return err
					})
				}
			})
		}
		all.Wait()
		close(errs)
		failed := 0
		for err := range errs {
			if err != nil {
				failed++
				t.Log(err)
			}
		}
		var n int
		if err := db.View(ctx, func(tx *store.Tx) (err error) {
			n, err = store.One(ctx, tx, store.Column[int], `select depth from structure where id = $1`, "a")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if n+failed != writers*each || failed > 0 {
			t.Errorf("counted %d with %d failures, want %d and none", n, failed, writers*each)
		}
	})
}

func TestUniqueIsRecognised(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		err := db.Update(ctx, func(tx *store.Tx) error {
			return errors.Join(insert(ctx, tx, "a", "Alpha", 1), insert(ctx, tx, "a", "Again", 3))
		})
		if !store.IsUnique(err) {
			t.Fatalf("error %v not recognised as a duplicate", err)
		}
		if store.IsUnique(errors.New("disk full")) || store.IsUnique(nil) {
			t.Error("another error taken for a duplicate")
		}
	})
}

func TestMigrateTwiceChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		applied, err := db.Migrate(t.Context())
		if err != nil || applied != 0 {
			t.Fatalf("second migration applied %d steps, error %v", applied, err)
		}
		have, known, err := db.Version(t.Context())
		if err != nil || have != known || have == 0 {
			t.Fatalf("version %d of %d, error %v", have, known, err)
		}
	})
}

func TestMigrationsOfManyNodesAtOnce(t *testing.T) {
	address := storetest.EmptyPostgreSQL(t, "template1")
	var nodes sync.WaitGroup
	total := make(chan int, 3)
	for range 3 {
		nodes.Go(func() {
			db, err := store.Open(t.Context(), address)
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			n, err := db.Migrate(t.Context())
			if err != nil {
				t.Error(err)
			}
			total <- n
		})
	}
	nodes.Wait()
	close(total)
	busy := 0
	for n := range total {
		if n > 0 {
			busy++
		}
	}
	if busy != 1 {
		t.Errorf("%d nodes migrated, want exactly one", busy)
	}
}

func TestOpenExplainsWhatIsWrong(t *testing.T) {
	for name, row := range map[string]struct{ address, want string }{
		"no kind":         {"hygie.db", "neither sqlite:PATH nor postgres:"},
		"unknown kind":    {"mysql://localhost/x", `unknown kind "mysql"`},
		"missing path":    {"sqlite:", "path of the SQLite file is missing"},
		"missing folder":  {"sqlite:" + filepath.Join(t.TempDir(), "none", "x.db"), "folder of the SQLite file"},
		"password hidden": {"postgres://u:secret@127.0.0.1:1/x", "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := store.Open(t.Context(), row.address)
			if err == nil {
				db.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %q does not say %q", err, row.want)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("error %q shows the password", err)
			}
		})
	}
}

// SQLite before 3.51.3 can lose committed writes when the write-ahead log is reset.
func TestSQLiteIsRecentEnough(t *testing.T) {
	db := storetest.SQLite(t)
	var version string
	if err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		version, err = store.One(t.Context(), tx, store.Column[string], `select sqlite_version()`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var have [3]int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &have[0], &have[1], &have[2]); err != nil {
		t.Fatalf("version %q: %v", version, err)
	}
	if slices.Compare(have[:], []int{3, 51, 3}) < 0 {
		t.Errorf("SQLite %s, want 3.51.3 or later", version)
	}
}

func TestWhereNumbersItsParameters(t *testing.T) {
	var w store.Where
	if w.SQL() != "" {
		t.Errorf("empty clause %q", w.SQL())
	}
	w.And("a = ?", 1)
	w.And("(b between ? and ?)", 2, 3)
	limit := w.Arg(50)
	if got, want := w.SQL()+" limit "+limit, " where a = $1 and (b between $2 and $3) limit $4"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := fmt.Sprint(w.Args()); got != "[1 2 3 50]" {
		t.Errorf("arguments %s", got)
	}
}

func TestIdentifiersSortByTimeAndDiffer(t *testing.T) {
	start := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	valid := regexp.MustCompile(`^[0-9a-z]{26}$`)
	var ids []string
	for i := range 1000 {
		id := store.NewID(start.Add(time.Duration(i) * time.Millisecond))
		if !valid.MatchString(id) {
			t.Fatalf("identifier %q", id)
		}
		ids = append(ids, id)
	}
	if !slices.IsSorted(ids) {
		t.Error("later identifiers do not sort after earlier ones")
	}
	if len(slices.Compact(ids)) != 1000 {
		t.Error("two identifiers are equal")
	}
}

// What is made in one millisecond sorts in the order it was made; more than the counter holds only differs.
func TestIdentifiersOfOneMillisecond(t *testing.T) {
	moment := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	for range 50 {
		store.NewID(moment.Add(time.Second)) // the counter starts anew
		ids := make([]string, 2000)
		for i := range ids {
			ids[i] = store.NewID(moment)
		}
		if !slices.IsSorted(ids) {
			t.Fatal("later identifiers of one millisecond do not sort after earlier ones")
		}
	}
	seen := map[string]bool{}
	for range 20000 {
		seen[store.NewID(moment)] = true
	}
	if len(seen) != 20000 {
		t.Errorf("%d identifiers differ of 20000", len(seen))
	}
}

func TestTimesRoundTrip(t *testing.T) {
	at := time.Date(2026, 11, 21, 10, 30, 0, 123e6, time.UTC)
	if got := store.Time(store.Millis(at)); !got.Equal(at) || got.Location() != time.UTC {
		t.Errorf("got %v, want %v", got, at)
	}
	if !store.Time(store.Millis(time.Time{})).IsZero() {
		t.Error("the zero time did not stay zero")
	}
}
