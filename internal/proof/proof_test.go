package proof_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
)

var (
	now  = time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	mine = territory.NewScope(1, territory.Interval{Left: 2, Right: 3})
	all  = territory.NewScope(1000, territory.Interval{Left: 1, Right: 6})
)

func hospitals(t *testing.T, db *store.DB) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `insert into structure (id, parent_id, kind, name, name_key, lft, rgt, depth, created_at, updated_at) values
			('fr', null, 'nation', 'France', 'FRANCE', 1, 6, 0, 0, 0),
			('h1', 'fr', 'entity', 'Un', 'UN', 2, 3, 1, 0, 0), ('h2', 'fr', 'entity', 'Deux', 'DEUX', 4, 5, 1, 0, 0)`)
		return err
	})
}

func update(t *testing.T, db *store.DB, fn func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func fact(structure, key string, v referential.Value, recorded time.Time) proof.Fact {
	return proof.Fact{Structure: structure, Key: key, Value: v, ObservedAt: now.AddDate(0, 0, -1), Source: "test/1", RecordedAt: recorded, RecordedBy: "p1"}
}

func TestFactsKnownAtReplaysThePast(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return proof.Record(ctx, tx, all,
				fact("h1", "directory.level", referential.Number(1), now),
				fact("h1", "directory.level", referential.Number(2.5), now.AddDate(0, 1, 0)),
				fact("h1", "exercise.kind", referential.Words("continuité"), now),
				fact("h1", "directory.upper", referential.YesNo(true), now),
				fact("h2", "directory.level", referential.Number(5), now))
		})
		known := func(scope territory.Scope, at time.Time) []proof.Fact {
			var facts []proof.Fact
			if err := db.View(t.Context(), func(tx *store.Tx) (err error) {
				facts, err = proof.FactsKnownAt(t.Context(), tx, scope, "h1", at)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return facts
		}
		if n := len(known(mine, now.Add(-time.Second))); n != 0 {
			t.Errorf("%d facts known before they were recorded", n)
		}
		if n := len(known(mine, now)); n != 3 {
			t.Errorf("%d facts known then, want 3", n)
		}
		later := known(mine, now.AddDate(1, 0, 0))
		if len(later) != 4 {
			t.Fatalf("%d facts known later, want 4", len(later))
		}
		values := map[referential.Value]bool{}
		for _, f := range later {
			values[f.Value] = true
			if !f.ObservedAt.Equal(now.AddDate(0, 0, -1)) || f.Source != "test/1" {
				t.Errorf("read back %+v", f)
			}
		}
		for _, want := range []referential.Value{referential.Number(2.5), referential.Words("continuité"), referential.YesNo(true)} {
			if !values[want] {
				t.Errorf("value %+v lost", want)
			}
		}
	})
}

func TestRecordRefusesOutOfScopeAndIncomplete(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		for name, f := range map[string]proof.Fact{
			"another hospital": fact("h2", "k", referential.Number(1), now),
			"no such":          fact("h9", "k", referential.Number(1), now),
			"no key":           fact("h1", "", referential.Number(1), now),
			"no date":          fact("h1", "k", referential.Number(1), time.Time{}),
		} {
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				return proof.Record(t.Context(), tx, mine, fact("h1", "kept?", referential.Number(1), now), f)
			})
			if err == nil {
				t.Errorf("%s: recorded", name)
			}
		}
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			facts, err := proof.FactsKnownAt(t.Context(), tx, mine, "h1", now)
			if len(facts) != 0 {
				t.Errorf("half of a refused batch was kept: %v", facts)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestEvidenceRoundTripAndScope(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hospitals(t, db)
		digest := sha256.Sum256([]byte("content"))
		given := proof.Evidence{Structure: "h1", Kind: proof.DirectoryDump, Name: `C:\Temp\annuaire.hygie`, MediaType: "application/octet-stream",
			SHA256: hex.EncodeToString(digest[:]), Size: 7, EffectiveFrom: now, DepositedAt: now, DepositedBy: "p1", Note: "première collecte"}
		var id string
		update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
			id, err = proof.Add(ctx, tx, mine, given)
			return err
		})
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			got, err := proof.ByID(t.Context(), tx, mine, id)
			if err != nil {
				return err
			}
			given.ID, given.Name = id, "annuaire.hygie"
			if got != given {
				t.Errorf("got %+v\nwant %+v", got, given)
			}
			other := territory.NewScope(1, territory.Interval{Left: 4, Right: 5})
			if _, err := proof.ByID(t.Context(), tx, other, id); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("seen from another hospital: %v", err)
			}
			listed, err := proof.Of(t.Context(), tx, mine, "h1")
			if len(listed) != 1 {
				t.Errorf("listed %v", listed)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		given.EffectiveUntil = now.AddDate(0, 0, -1)
		if err := db.Update(t.Context(), func(tx *store.Tx) error { _, err := proof.Add(t.Context(), tx, mine, given); return err }); err == nil {
			t.Error("accepted a period that ends before it begins")
		}
	})
}

func TestSafeName(t *testing.T) {
	for given, want := range map[string]string{
		"../../etc/passwd":           "passwd",
		`..\..\x.pdf`:                "x.pdf",
		".htaccess":                  "htaccess",
		"a\x00b\nc.txt":              "abc.txt",
		"":                           "document",
		"///":                        "document",
		"Procès-verbal été 2026.pdf": "Procès-verbal été 2026.pdf",
		`quo"te<b>.html`:             "quoteb.html",
		"\xff\xfe.ldif":              "ldif",
	} {
		if got := proof.SafeName(given); got != want {
			t.Errorf("SafeName(%q) = %q, want %q", given, got, want)
		}
	}
	long := proof.SafeName(strings.Repeat("é", 500) + ".ldif")
	if n := utf8.RuneCountInString(long); n > 120 || !strings.HasSuffix(long, ".ldif") {
		t.Errorf("long name became %q (%d characters)", long, n)
	}
}
