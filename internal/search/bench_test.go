package search

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

// Sizes of the bench: a million documents on as many structures as the country has.
const (
	benchDocuments  = 1_000_000
	benchShort      = 60_000 // with -short
	benchStructures = 43_000
	benchRegions    = 18
	benchGroup      = 10 // structures of a group
)

// benchWords are drawn as language does: the first are in many documents, the last in few.
func benchWords() []string {
	list := strings.Fields("hopital sauvegarde procedure compte annuaire restauration plan audit rapport acces exercice continuite serveur prestataire convention charte politique messagerie reseau poste")
	for i := range 20_000 {
		list = append(list, fmt.Sprintf("mot%dx", i))
	}
	return list
}

// fill makes a country and its documents, written straight into the index.
func fill(b *testing.B, db *store.DB) {
	b.Helper()
	random, words := rand.New(rand.NewPCG(1, 2)), benchWords()
	zipf := rand.NewZipf(random, 1.2, 3, uint64(len(words)-1))
	err := db.Update(b.Context(), func(tx *store.Tx) error {
		width := int64(1 << 40)
		if _, err := tx.Exec(b.Context(), `insert into structure (id, kind, name, name_key, lft, rgt, depth, created_at, updated_at) values ('fr', 'nation', 'fr', 'fr', 1, $1, 0, 0, 0)`, width*(benchRegions+1)); err != nil {
			return err
		}
		for r := range int64(benchRegions) {
			if _, err := tx.Exec(b.Context(), `insert into structure (id, parent_id, kind, code, name, name_key, lft, rgt, depth, created_at, updated_at) values ($1, 'fr', 'region', $1, 'r', 'r', $2, $3, 1, 0, 0)`, fmt.Sprint("r", r), width*r+2, width*(r+1)); err != nil {
				return err
			}
		}
		for i := range int64(benchStructures) {
			g := i / benchGroup
			left := width*(g%benchRegions) + 3 + 100*(g/benchRegions)
			if i%benchGroup == 0 {
				if _, err := tx.Exec(b.Context(), `insert into structure (id, parent_id, kind, name, name_key, lft, rgt, depth, created_at, updated_at) values ($1, $2, 'group', 'g', 'g', $3, $4, 2, 0, 0)`, fmt.Sprint("g", g), fmt.Sprint("r", g%benchRegions), left, left+99); err != nil {
					return err
				}
			}
			left += 1 + 2*(i%benchGroup)
			if _, err := tx.Exec(b.Context(), `insert into structure (id, parent_id, kind, name, name_key, lft, rgt, depth, created_at, updated_at) values ($1, $2, 'entity', 'h', 'h', $3, $4, 3, 0, 0)`, fmt.Sprint("h", i), fmt.Sprint("g", g), left, left+1); err != nil {
				return err
			}
		}
		_, err := tx.Exec(b.Context(), `delete from search_due`)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	index := ""
	if db.Engine() == store.PostgreSQL { // a whole index is made faster than line by line
		index = benchIndex(b, db, `select indexdef from pg_indexes where indexname = 'search_document_heads' and schemaname = current_schema()`, `drop index search_document_heads`)
	}
	documents := benchDocuments
	if testing.Short() {
		documents = benchShort
	}
	for part := range 100 {
		err := db.Update(b.Context(), func(tx *store.Tx) error {
			for i := range documents / 100 {
				n := part*documents/100 + i
				var title []string
				for range 3 + random.IntN(6) {
					title = append(title, words[zipf.Uint64()])
				}
				kind := []string{"action", "evidence", "directory"}[n%3]
				h := random.IntN(benchStructures)
				d := Document{Structure: fmt.Sprint("h", h), Title: strings.Join(title, " "), At: time.Unix(int64(n), 0)}
				marks := []string{structureMark(d.Structure), structureMark(fmt.Sprint("g", h/benchGroup)), structureMark(fmt.Sprint("r", h/benchGroup%benchRegions))}
				if err := insert(b.Context(), tx, kind, fmt.Sprint(n), marks, d); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if index != "" {
		benchIndex(b, db, `select 'made anew'`, `set local maintenance_work_mem = '256MB'`, index, `analyze`)
	}
}

// benchIndex asks for a value, then runs some statements.
func benchIndex(b *testing.B, db *store.DB, ask string, then ...string) (value string) {
	err := db.Update(b.Context(), func(tx *store.Tx) (err error) {
		if value, err = store.One(b.Context(), tx, store.Column[string], ask); err != nil {
			return err
		}
		for _, statement := range then {
			if _, err := tx.Exec(b.Context(), statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return value
}

// BenchmarkFindMillion measures searches over a million documents, for whoever sees one hospital, a group, a region or the country: the time of each, and the worst twentieth.
func BenchmarkFindMillion(b *testing.B) {
	for _, engine := range []struct {
		name string
		open func(testing.TB) *store.DB
	}{{"sqlite", storetest.SQLite}, {"postgres", storetest.PostgreSQL}} {
		b.Run(engine.name, func(b *testing.B) {
			db := engine.open(b)
			begun := time.Now()
			fill(b, db)
			b.Logf("filled in %v", time.Since(begun).Round(time.Second))
			none := func(context.Context, *store.Tx, string) ([]Document, error) { return nil, nil }
			x, err := New(db, slog.New(slog.DiscardHandler), Source{Kind: "action", Action: right.SeeActions, Documents: none}, Source{Kind: "evidence", Action: right.SeeActions, Documents: none}, Source{Kind: "directory", Action: right.SeeActions, Documents: none})
			if err != nil {
				b.Fatal(err)
			}
			for _, who := range []struct {
				name string
				role right.Role
				at   string
			}{{"hospital", right.SecurityOfficer, "h7"}, {"group", right.GroupCoordinator, "g7"}, {"region", right.RegionalSupport, "r3"}, {"nation", right.GroupCoordinator, "fr"}} {
				reader := actor(b, db, who.role, who.at)
				for _, q := range []struct{ name, text string }{{"rare", "mot19000x"}, {"common", "hopital"}, {"beginning", "sauv"}, {"two", "procedure restauration"}, {"shortBeginning", "mo"}} {
					b.Run(who.name+"/"+q.name, func(b *testing.B) { find50(b, x, db, reader, q.text) })
				}
			}
		})
	}
}

func find50(b *testing.B, x *Index, db *store.DB, reader right.Actor, text string) {
	var times []time.Duration
	for b.Loop() {
		begun := time.Now()
		err := db.View(b.Context(), func(tx *store.Tx) error {
			_, err := x.Find(b.Context(), tx, reader, Query{Text: text, Lang: "fr"})
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(begun))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, "p95-ms")
}
