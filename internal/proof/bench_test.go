package proof_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
	"hygie/referential/packages"
)

// regions is how many regions the planted country has.
const regions = 18

// regionOf is the region of an entity; each holds the entities of one stretch.
func regionOf(i, entities int) int { return i * regions / entities }

// plantTree plants the nation and its regions.
func plantTree(b *testing.B, db *store.DB, entities int) {
	b.Helper()
	if err := db.Update(b.Context(), func(tx *store.Tx) error {
		if _, err := tx.Exec(b.Context(), `insert into structure (id, parent_id, kind, name, name_key, lft, rgt, depth, created_at, updated_at) values ('fr', null, 'nation', 'F', 'F', -10, 1000000000, 0, 0, 0)`); err != nil {
			return err
		}
		for r := range regions {
			first, next := (r*entities+regions-1)/regions, ((r+1)*entities+regions-1)/regions
			if _, err := tx.Exec(b.Context(), `insert into structure (id, parent_id, kind, name, name_key, lft, rgt, depth, created_at, updated_at) values ($1, 'fr', 'region', 'R', 'R', $2, $3, 1, 0, 0)`,
				fmt.Sprint("r", r), first*4-1, next*4-2); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
}

// country plants entities, each with the facts of some years, and a GHT of ten members for each fifty.
func country(b *testing.B, db *store.DB, entities, years int) {
	b.Helper()
	moment := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	all, err := packages.Load()
	if err != nil {
		b.Fatal(err)
	}
	plantTree(b, db, entities)
	const part = 500
	for from := 0; from < entities; from += part {
		err := db.Update(b.Context(), func(tx *store.Tx) error {
			for i := from; i < min(from+part, entities); i++ {
				if err := plantEntity(b.Context(), tx, all, i, entities, years, moment); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if db.Engine() == store.PostgreSQL {
		if err := db.Update(b.Context(), func(tx *store.Tx) error { _, err := tx.Exec(b.Context(), `analyze`); return err }); err != nil {
			b.Fatal(err)
		}
	}
}

func plantEntity(ctx context.Context, tx *store.Tx, all []*referential.Package, i, entities, years int, moment time.Time) error {
	id, region := fmt.Sprint("e", i), fmt.Sprint("r", regionOf(i, entities))
	if i%50 == 0 {
		if _, err := tx.Exec(ctx, `insert into structure (id, parent_id, kind, group_kind, name, name_key, lft, rgt, depth, created_at, updated_at) values ($1, $2, 'group', 'ght', 'G', 'G', $3, $4, 2, 0, 0)`,
			"g"+id, region, i*4+2, i*4+3); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `insert into structure (id, parent_id, kind, name, name_key, lft, rgt, depth, created_at, updated_at) values ($1, $2, 'entity', 'X', 'X', $3, $4, 2, 0, 0)`, id, region, i*4, i*4+1); err != nil {
		return err
	}
	if i%50 < 10 {
		if _, err := tx.Exec(ctx, `insert into membership (group_id, structure_id, role, source, since) values ($1, $2, 'party', 'bench', 0)`, fmt.Sprint("ge", i-i%50), id); err != nil {
			return err
		}
	}
	var facts []proof.Fact
	add := func(key string, v referential.Value, at time.Time) {
		facts = append(facts, proof.Fact{Structure: id, Key: key, Value: v, ObservedAt: at, Source: "bench/" + at.Format(time.DateOnly), RecordedAt: at, RecordedBy: "bench"})
	}
	for month := range 12 * years {
		at := moment.AddDate(0, -month, 0)
		if years == 1 && month > 0 {
			break // one observation of each sort
		}
		add("directory.run", referential.Date(at), at)
		add("directory.level", referential.Number(float64(1+(i+month)%5)), at)
		add("directory.level_upper_bound", referential.YesNo(false), at)
		add("directory.failed.level1", referential.Number(float64(i%7)), at)
		add("directory.not_evaluated", referential.Number(0), at)
		add("exposure.run", referential.Date(at), at)
		add("exposure.grade", referential.Words("B"), at)
		if month%12 > 0 {
			continue
		}
		add("exercise.held", referential.Date(at), at)
		add("exercise.kind", referential.Words("care-continuity"), at)
		add("exercise.management", referential.YesNo(true), at)
		for _, p := range all {
			if p.ID != "anssi-hygiene-42" && years == 1 {
				continue
			}
			for _, q := range p.Questions() {
				add(referential.AnswerKey(p.ID, q.Code), referential.Words(q.Choices[(i+month)%len(q.Choices)].Code), at)
			}
		}
	}
	if err := record(ctx, tx, facts); err != nil {
		return err
	}
	_, err := proof.Add(ctx, tx, territory.Everything(), proof.Evidence{Structure: id, Kind: "backup-policy", Name: "p.pdf", SHA256: fmt.Sprintf("%064x", i), EffectiveFrom: moment.AddDate(-1, 0, 0), DepositedAt: moment, DepositedBy: "bench"})
	return err
}

// record adds facts without what Record checks one by one, many with one statement: planting is not what is measured.
func record(ctx context.Context, tx *store.Tx, facts []proof.Fact) error {
	for part := range slices.Chunk(facts, 200) {
		var rows []string
		var args []any
		for _, f := range part {
			number, text := f.Value.Number, f.Value.Text
			switch f.Value.Kind {
			case referential.DateKind:
				number = float64(store.Millis(f.Value.Date))
			case referential.BoolKind:
				if f.Value.Bool {
					number = 1
				}
			}
			var places []string
			for _, v := range []any{store.NewID(f.RecordedAt), f.Structure, f.Key, string(f.Value.Kind), number, text, store.Millis(f.ObservedAt), f.Source, store.Millis(f.RecordedAt), f.RecordedBy} {
				args = append(args, v)
				places = append(places, fmt.Sprint("$", len(args)))
			}
			rows = append(rows, "("+strings.Join(places, ", ")+")")
		}
		if _, err := tx.Exec(ctx, `insert into fact (id, structure_id, key, kind, number, text, observed_at, source, recorded_at, recorded_by) values `+strings.Join(rows, ", "), args...); err != nil {
			return err
		}
	}
	return nil
}

func engines(b *testing.B, run func(*testing.B, *store.DB)) {
	b.Run("sqlite", func(b *testing.B) { run(b, storetest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { run(b, storetest.PostgreSQL(b)) })
}

// cpu reports the processor time of this program for each round, which a busy machine does not change as it does the time that passes. A PostgreSQL
// server is another program.
func cpu(b *testing.B) (stop func()) {
	used := func() float64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e6
	}
	before := used()
	return func() { b.ReportMetric((used()-before)/float64(b.N), "cpu-ms/op") }
}

func shippedSet(b *testing.B, db *store.DB, at time.Time) *proof.Set {
	b.Helper()
	all, err := packages.Load()
	if err != nil {
		b.Fatal(err)
	}
	s, err := proof.NewShelf(all, nil)
	if err != nil {
		b.Fatal(err)
	}
	var set *proof.Set
	if err := db.View(b.Context(), func(tx *store.Tx) (err error) {
		set, err = s.At(b.Context(), tx, at)
		return err
	}); err != nil {
		b.Fatal(err)
	}
	return set
}

// One fact in: recorded, every verdict of its structure that it may change judged again and kept, counters moved, in one transaction; with ten years of history.
func BenchmarkOneFact(b *testing.B) {
	engines(b, func(b *testing.B, db *store.DB) {
		country(b, db, 60, 10)
		at := time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)
		set := shippedSet(b, db, at)
		c := &clock{at}
		if _, err := standings(b, db, c).Count(b.Context(), db, 2); err != nil {
			b.Fatal(err)
		}
		for _, who := range []struct {
			name string
			s    territory.Structure
		}{{"entity", territory.Structure{ID: "e20", Kind: territory.Entity}}, {"member", territory.Structure{ID: "e3", Kind: territory.Entity}}, {"group of ten", territory.Structure{ID: "ge0", Kind: territory.Group, GroupKind: territory.GHT}}} {
			b.Run(who.name, func(b *testing.B) {
				defer cpu(b)()
				for b.Loop() {
					at = at.Add(time.Second)
					err := db.Update(b.Context(), func(tx *store.Tx) error {
						f := proof.Fact{Structure: string(who.s.ID), Key: "directory.run", Value: referential.Date(at), ObservedAt: at, Source: "bench/x", RecordedAt: at, RecordedBy: "bench"}
						c.at = at
						return proof.Record(b.Context(), tx, territory.Everything(), f)
					})
					if err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(who.name+", from scratch", func(b *testing.B) {
				defer cpu(b)()
				for b.Loop() {
					if err := db.View(b.Context(), func(tx *store.Tx) error {
						_, err := proof.AssessAll(b.Context(), tx, territory.Everything(), set.Board, who.s, at, time.UTC)
						return err
					}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}

func benchStructures(b *testing.B) int {
	b.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("HYGIE_BENCH_STRUCTURES"), "1000"))
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// Every structure of the country against every package. HYGIE_BENCH_STRUCTURES sets how many; the design asks for 43,000.
func BenchmarkJudgeAll(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(proof.Collecting)) // as a platform has it
	entities := benchStructures(b)
	engines(b, func(b *testing.B, db *store.DB) {
		country(b, db, entities, 1)
		at := time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)
		set := shippedSet(b, db, at)
		var structures, verdicts atomic.Int64
		var most atomic.Uint64
		stop := cpu(b)
		for b.Loop() {
			structures.Store(0)
			verdicts.Store(0)
			err := proof.JudgeAll(b.Context(), db, set.Board, at, time.UTC, runtime.GOMAXPROCS(0), func(_ territory.Structure, all []referential.Assessment) error {
				for _, a := range all {
					verdicts.Add(int64(len(a.Requirements)))
				}
				if structures.Add(1)%1000 == 0 {
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					most.Store(max(most.Load(), m.HeapInuse))
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		stop()
		b.ReportMetric(float64(structures.Load()), "structures")
		b.ReportMetric(float64(verdicts.Load()), "verdicts")
		b.ReportMetric(float64(most.Load())/(1<<20), "MiB-heap")
	})
}

// The country is counted from nothing, then its counters are read as pages do: by requirement, by region, and the structures behind a figure.
// HYGIE_BENCH_STRUCTURES sets how many structures there are.
func BenchmarkRollUp(b *testing.B) {
	entities := benchStructures(b)
	engines(b, func(b *testing.B, db *store.DB) {
		country(b, db, entities, 1)
		c := &clock{time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)}
		keeper := standings(b, db, c)
		begun := time.Now()
		done, err := keeper.Count(b.Context(), db, runtime.GOMAXPROCS(0))
		if err != nil {
			b.Fatal(err)
		}
		counted := time.Since(begun)
		if db.Engine() == store.PostgreSQL { // which the server does by itself within a minute
			if err := db.Update(b.Context(), func(tx *store.Tx) error { _, err := tx.Exec(b.Context(), `analyze`); return err }); err != nil {
				b.Fatal(err)
			}
		}
		set := shippedSet(b, db, c.at)
		p, _ := set.Find("care-d1")
		line := p.Requirements()[0].Code
		var fr territory.Structure
		read := func(name string, ask func(tx *store.Tx) error) {
			b.Run(name, func(b *testing.B) {
				var took []time.Duration
				for b.Loop() {
					begun := time.Now()
					if err := db.View(b.Context(), ask); err != nil {
						b.Fatal(err)
					}
					took = append(took, time.Since(begun))
				}
				slices.Sort(took)
				b.ReportMetric(took[len(took)*95/100].Seconds()*1000, "p95-ms")
				b.ReportMetric(counted.Seconds(), "count-s")
				b.ReportMetric(float64(done.Structures), "structures")
			})
		}
		everything := territory.Everything()
		if err := db.View(b.Context(), func(tx *store.Tx) (err error) {
			fr, err = territory.Get(b.Context(), tx, everything, "fr")
			return err
		}); err != nil {
			b.Fatal(err)
		}
		read("requirements", func(tx *store.Tx) error {
			found, err := proof.Tallies(b.Context(), tx, everything, p.ID, territory.Entity, fr.Interval)
			if err == nil && found[line].All() < entities {
				return fmt.Errorf("%d of %d structures counted", found[line].All(), entities)
			}
			return err
		})
		read("regions", func(tx *store.Tx) error {
			parts, err := proof.PartTallies(b.Context(), tx, everything, p.ID, line, territory.Entity, territory.Region, fr.Interval)
			if err == nil && len(parts) != regions {
				return fmt.Errorf("%d regions", len(parts))
			}
			return err
		})
		read("packages", func(tx *store.Tx) error {
			_, err := proof.Wholes(b.Context(), tx, everything, territory.Entity, fr.Interval, "care-d1", "care-d2", "care-plan", "hospiconnect", proof.FactSubject(proof.LevelKey))
			return err
		})
		read("structures", func(tx *store.Tx) error {
			_, _, err := proof.StoodAt(b.Context(), tx, everything, proof.StoodQuery{Package: p, Code: line, Kind: territory.Entity, Inside: fr.Interval, Answer: proof.UnknownAnswer, Limit: 50})
			return err
		})
	})
}
