package packages

import (
	"fmt"
	"testing"
	"time"

	"hygie/referential"
)

// tenYears is a hospital that has been measured for ten years: an audit of each kind every month, and the questionnaires each year.
func tenYears(all []*referential.Package) referential.World {
	w := hospital("public")
	for month := range 120 {
		on := day("2016-04-15").AddDate(0, month, 0).Format(time.DateOnly)
		w.Facts = append(w.Facts, directoryRun("h", on, float64(1+month/30), month%7 == 0, float64(120-month))...)
		w.Facts = append(w.Facts, exposureRun("h", on, string("FEDCBA"[month/20]))...)
		if month%12 == 0 {
			w.Facts = append(w.Facts, exercise("h", on, "care-continuity", true, true)...)
			for _, p := range all {
				for _, q := range p.Questions() {
					w.Facts = append(w.Facts, run("h", on, map[string]referential.Value{referential.AnswerKey(p.ID, q.Code): referential.Words(q.Choices[month/12%len(q.Choices)].Code)})...)
				}
			}
		}
	}
	for i, kind := range []string{"security-policy", "backup-policy", "continuity-plan", "recovery-plan", "digital-emergency-plan"} {
		for year := range 10 {
			from := day("2016-01-01").AddDate(year, 0, 0)
			w.Documents = append(w.Documents, referential.Document{Structure: "h", ID: fmt.Sprint(i, year), Kind: kind, From: from, Until: from.AddDate(1, 0, -1), DepositedAt: from})
		}
	}
	return w
}

// lastOf keeps the newest fact of each key: what most structures of the country have.
func lastOf(w referential.World) referential.World {
	last := map[string]referential.Fact{}
	for _, f := range w.Facts {
		last[f.Key] = f
	}
	w.Facts = nil
	for _, f := range last {
		w.Facts = append(w.Facts, f)
	}
	return w
}

func BenchmarkBoard(b *testing.B) {
	all, err := Load()
	if err != nil {
		b.Fatal(err)
	}
	board, at := referential.NewBoard(all...), day("2026-03-31")
	whole := tenYears(all)
	worlds := map[string]referential.World{"empty": hospital("public"), "one-year": lastOf(whole), "ten-years": whole}
	for _, name := range []string{"empty", "one-year", "ten-years"} {
		w := worlds[name]
		b.Run("all-verdicts/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				board.Evaluate(w, at)
			}
			b.ReportMetric(float64(len(w.Facts)), "facts")
			b.ReportMetric(float64(len(board.All())), "verdicts")
		})
		b.Run("touched-by-one-fact/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				board.Judge(w, at, board.Touched(referential.News{Facts: []string{"directory.run"}})...)
			}
		})
	}
}
