package overview_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"hygie/internal/pagetest"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
	"hygie/referential/packages"
)

// The pages where people arrive, for an establishment with ten years of monthly audits, yearly exercises and yearly answers to every questionnaire.
func BenchmarkArrive(b *testing.B) {
	for _, engine := range []struct {
		name string
		open func(testing.TB) *store.DB
	}{{"sqlite", storetest.SQLite}, {"postgres", storetest.PostgreSQL}} {
		b.Run(engine.name, func(b *testing.B) {
			s := site(b, engine.open(b))
			tenYears(b, s)
			director := s.Person("Dominique Fictif", right.Director, pagetest.Hospital)
			for _, page := range []struct{ name, path string }{{"home", "/"}, {"situation", home}, {"trajectory", home + "/trajectory"}} {
				b.Run(page.name, func(b *testing.B) {
					var took []time.Duration
					for b.Loop() {
						begun := time.Now()
						director.Want(page.name, director.Get(page.path), http.StatusOK)
						took = append(took, time.Since(begun))
					}
					slices.Sort(took)
					b.ReportMetric(took[len(took)*95/100].Seconds()*1000, "p95-ms")
				})
			}
		})
	}
}

// tenYears records what ten years leave.
func tenYears(b *testing.B, s *pagetest.Site) {
	b.Helper()
	all, err := packages.Load()
	if err != nil {
		b.Fatal(err)
	}
	for month := range 120 {
		at := s.Clock.AddDate(0, -month, -1)
		var facts []proof.Fact
		add := func(key string, v referential.Value) {
			facts = append(facts, proof.Fact{Structure: pagetest.Hospital, Key: key, Value: v, ObservedAt: at, Source: "bench/" + at.Format(time.DateOnly), RecordedAt: at, RecordedBy: "bench"})
		}
		add("directory.run", referential.Date(at))
		add("directory.level", referential.Number(float64(1+month%5)))
		add("directory.level_upper_bound", referential.YesNo(false))
		add("directory.failed.level1", referential.Number(float64(month%7)))
		add("exposure.run", referential.Date(at))
		add("exposure.grade", referential.Words("B"))
		if month%12 == 0 {
			add("exercise.held", referential.Date(at))
			add("exercise.kind", referential.Words("care-continuity"))
			add("exercise.management", referential.YesNo(true))
			for _, p := range all {
				for _, q := range p.Questions() {
					add(referential.AnswerKey(p.ID, q.Code), referential.Words(q.Choices[month%len(q.Choices)].Code))
				}
			}
		}
		s.Update(func(ctx context.Context, tx *store.Tx) error {
			return proof.Record(ctx, tx, territory.Everything(), facts...)
		})
	}
}
