package trail

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/journal"
)

var key = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

func open(t testing.TB, db *store.DB) *Trail {
	t.Helper()
	tr, err := Open(t.Context(), db, Audit, key, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func note(ctx context.Context, tr *Trail, entries ...journal.Entry) error {
	return tr.db.Update(ctx, func(tx *store.Tx) error {
		for _, e := range entries {
			if err := tr.Append(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func entry(i int) journal.Entry {
	return journal.Entry{Actor: "account/anne", Action: "evidence.add", Structure: "vallon", Subject: fmt.Sprint("evidence/", i),
		Text: "rapport « sauvegarde »", Data: json.RawMessage(fmt.Sprintf(`{"size":%d}`, i))}
}

func export(t *testing.T, tr *Trail) ([]byte, journal.Result) {
	t.Helper()
	var file bytes.Buffer
	if err := tr.Export(t.Context(), &file); err != nil {
		t.Fatal(err)
	}
	res, err := journal.VerifyExport(bytes.NewReader(file.Bytes()), tr.Public())
	if err != nil {
		t.Fatal(err)
	}
	return file.Bytes(), res
}

// TestWritersNeverForkTheTree lets two nodes write and seal at once, with transactions of different lengths and some that fail.
func TestWritersNeverForkTheTree(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const writers, each = 6, 20
		ctx, cancel := context.WithCancel(t.Context())
		var nodes, work sync.WaitGroup
		refused := errors.New("refused")
		for node := range 2 {
			tr := open(t, db)
			nodes.Go(func() { tr.Run(ctx, slog.New(slog.NewTextHandler(t.Output(), nil))) })
			for w := range writers / 2 {
				work.Go(func() {
					for i := range each {
						e := entry(i)
						e.Subject = fmt.Sprintf("act/%d.%d.%d", node, w, i)
						if err := note(ctx, tr, e); err != nil {
							t.Error(err)
						}
						err := db.Update(ctx, func(tx *store.Tx) error {
							return errors.Join(tr.Append(ctx, tx, entry(-1)), refused)
						})
						if !errors.Is(err, refused) {
							t.Error(err)
						}
					}
				})
			}
		}
		work.Wait()
		cancel()
		nodes.Wait()
		file, res := export(t, open(t, db))
		if !res.Proven() || res.Lines != writers*each {
			t.Fatalf("%+v", res)
		}
		for node := range 2 {
			for w := range writers / 2 {
				before := -1
				for i := range each {
					at := bytes.Index(file, fmt.Appendf(nil, `"subject":"act/%d.%d.%d"`, node, w, i))
					if at <= before {
						t.Errorf("act %d.%d.%d is missing, or before the one it followed", node, w, i)
					}
					before = at
				}
			}
		}
		if bytes.Contains(file, []byte("evidence/-1")) {
			t.Error("an act that did not happen was noted")
		}
	})
}

func TestOrderWithinATransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tr := open(t, db)
		frozen := time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)
		tr.now = func() time.Time { return frozen }
		var entries []journal.Entry
		const n = batch + 30 // more than one batch
		for i := range n {
			entries = append(entries, entry(i))
		}
		if err := note(t.Context(), tr, entries...); err != nil {
			t.Fatal(err)
		}
		if sealed, err := tr.Seal(t.Context()); err != nil || sealed != n {
			t.Fatalf("sealed %d, %v", sealed, err)
		}
		var lines []journal.Line
		err := db.View(t.Context(), func(tx *store.Tx) (err error) {
			lines, err = tr.List(t.Context(), tx, territory.Everything(), Filter{Limit: 100, Before: 101})
			return err
		})
		if err != nil || len(lines) != 100 {
			t.Fatalf("%d lines, %v", len(lines), err)
		}
		for i, l := range lines {
			if want := 99 - i; l.Number != int64(want+1) || l.Subject != fmt.Sprint("evidence/", want) || !l.Noted.Equal(frozen) {
				t.Errorf("line %d: %+v", want, l)
			}
		}
		if res, err := tr.Verify(t.Context()); err != nil || !res.Proven() || res.Lines != n {
			t.Errorf("%+v, %v", res, err)
		}
	})
}

func TestAppendRefusesWhatCannotBeSealed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tr := open(t, db)
		for name, e := range map[string]journal.Entry{
			"no actor": {Action: "x"},
			"data":     {Actor: "a", Action: "x", Data: json.RawMessage(`{`)},
			"too long": {Actor: "a", Action: "x", Text: strings.Repeat("x", journal.MaxLine)},
		} {
			if err := note(t.Context(), tr, e); err == nil {
				t.Errorf("%s: accepted", name)
			}
		}
		zero := journal.Entry{Actor: "a", Action: "x", Text: "zero \x00 byte, quote ' and \\u0000"}
		if err := note(t.Context(), tr, zero); err != nil {
			t.Errorf("a zero byte in a text: %v", err)
		}
		if _, res := export(t, tr); !res.Proven() || res.Lines != 1 {
			t.Errorf("%+v", res)
		}
	})
}

// TestTamperingWithTheDatabase changes rows behind the program.
func TestTamperingWithTheDatabase(t *testing.T) {
	for name, c := range map[string]struct {
		sql  string
		kind journal.Kind
		line int64
	}{
		"altered":   {`update journal_line set line = replace(line, 'account/anne', 'account/paul') where n = 4`, journal.Altered, 4},
		"removed":   {`delete from journal_line where n = 4`, journal.Missing, 4},
		"cut":       {`delete from journal_line where n > 8`, journal.Truncated, 9},
		"last line": {`update journal_line set line = replace(line, 'account/anne', 'account/paul') where n = 9`, journal.Altered, 9},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				tr := open(t, db)
				for i := range 9 {
					if err := note(t.Context(), tr, entry(i)); err != nil {
						t.Fatal(err)
					}
				}
				if res, err := tr.Verify(t.Context()); err != nil || !res.Proven() {
					t.Fatalf("%+v, %v", res, err)
				}
				if err := db.Update(t.Context(), func(tx *store.Tx) error {
					_, err := tx.Exec(t.Context(), c.sql)
					return err
				}); err != nil {
					t.Fatal(err)
				}
				var file bytes.Buffer
				if err := tr.Export(t.Context(), &file); !errors.Is(err, journal.ErrDiffers) {
					t.Errorf("export: %v", err)
				}
				res, err := tr.Verify(t.Context())
				if err != nil || len(res.Problems) != 1 || res.Problems[0].Kind != c.kind || res.Problems[0].Line != c.line {
					t.Errorf("%+v, %v", res, err)
				}
			})
		})
	}
}

func TestOpenAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		one := open(t, db)
		if err := note(t.Context(), one, entry(1)); err != nil {
			t.Fatal(err)
		}
		earlier, err := one.Head(t.Context())
		if err != nil || earlier.Size != 1 {
			t.Fatalf("%+v, %v", earlier, err)
		}
		two := open(t, db)
		if two.Origin() != one.Origin() || !strings.HasPrefix(two.Origin(), "hygie/audit/") {
			t.Errorf("origin %q, then %q", one.Origin(), two.Origin())
		}
		if err := note(t.Context(), two, entry(2)); err != nil {
			t.Fatal(err)
		}
		file, _ := export(t, two)
		res, err := journal.Verifier{Trusted: []ed25519.PublicKey{two.Public()}, Known: []journal.Head{earlier.Head}}.Verify(bytes.NewReader(file))
		if err != nil || !res.Proven() || res.Extended != 1 {
			t.Errorf("%+v, %v", res, err)
		}
		other, err := Open(t.Context(), db, "custody", key, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if head, err := other.Head(t.Context()); err != nil || head.Size != 0 || head.Origin == one.Origin() {
			t.Errorf("another journal: %+v, %v", head, err)
		}
	})
}

func TestListKeepsToItsScope(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tr := open(t, db)
		for i, s := range []string{"north", "south"} {
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec(t.Context(), `insert into structure (id, kind, name, name_key, lft, rgt, depth, created_at, updated_at) values ($1, 'establishment', $2, $3, $4, $5, 1, 0, 0)`,
					s, s, s, 10+10*i, 15+10*i)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			e := entry(i)
			e.Structure = s
			if err := note(t.Context(), tr, e); err != nil {
				t.Fatal(err)
			}
		}
		if err := note(t.Context(), tr, journal.Entry{Actor: "hygie", Action: "backup.make"}); err != nil {
			t.Fatal(err)
		}
		if _, err := tr.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		north := territory.NewScope(1, territory.Interval{Left: 10, Right: 15})
		for _, c := range []struct {
			name  string
			scope territory.Scope
			f     Filter
			want  int
		}{
			{"everything", territory.Everything(), Filter{}, 3},
			{"nothing", territory.Scope{}, Filter{}, 0},
			{"one structure", north, Filter{}, 1},
			{"another structure asked for", north, Filter{Structure: "south"}, 0},
			{"actor", territory.Everything(), Filter{Actor: "hygie"}, 1},
			{"subject", territory.Everything(), Filter{Subject: "evidence/1"}, 1},
			{"next page", territory.Everything(), Filter{Before: 3}, 2},
		} {
			err := db.View(t.Context(), func(tx *store.Tx) error {
				lines, err := tr.List(t.Context(), tx, c.scope, c.f)
				if len(lines) != c.want {
					t.Errorf("%s: %d lines, want %d", c.name, len(lines), c.want)
				}
				return err
			})
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	db := storetest.SQLite(b)
	tr := open(b, db)
	var entries []journal.Entry
	for i := range batch {
		entries = append(entries, entry(i))
	}
	for b.Loop() {
		if err := note(b.Context(), tr, entries...); err != nil {
			b.Fatal(err)
		}
		if _, err := tr.Seal(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch), "ns/line")
}
