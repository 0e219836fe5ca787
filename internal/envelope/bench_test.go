package envelope

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"hygie/internal/pagetest"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
)

// seasonDossiers is how many dossiers a call of the programme had, and what its pages are measured with.
const seasonDossiers = 1200

// season gives as many candidates as a call had, each with its size and a dossier that was deposited.
func (w *world) season(n int) {
	w.T.Helper()
	everything, at := territory.Everything(), w.Clock
	w.Update(func(ctx context.Context, tx *store.Tx) error {
		batch := territory.NewBatch(tx, everything, at)
		for i := range n {
			if _, err := batch.Insert(ctx, territory.Draft{ID: territory.ID(fmt.Sprintf("b%05d", i)), Parent: pagetest.Region, Kind: territory.Entity, Name: fmt.Sprintf("Candidat mesuré %05d", i)}); err != nil {
				return err
			}
		}
		if err := batch.Flush(ctx); err != nil {
			return err
		}
		for i := range n {
			id := fmt.Sprintf("b%05d", i)
			if err := territory.SetSize(ctx, tx, everything, territory.Size{Structure: territory.ID(id), Key: territory.CombinedActivity, Year: 2025, Value: int64(5_000 + i), Source: "essai"}, at); err != nil {
				return err
			}
			if err := proof.Record(ctx, tx, everything, proof.Fact{Structure: id, Key: proof.StatusKey, Value: referential.Words("private"), ObservedAt: at, Source: "essai", RecordedAt: at}); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `insert into dossier (id, number, serial, call_id, call_version, structure_id, slot, state, version, since, asked, begun_at, begun_by, deposited_at)
				values ($1, $1, $2, $3, '1', $4, $4, 'regional_review', 1, 1000, $5, 1000, 'x', 1000)`, "d"+id, i+1, w.call.ID, id, 20_000_00+i)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// ask asks for a page, and gives its size.
func (w *world) ask(b *testing.B, v *pagetest.Visitor, path string) int {
	b.Helper()
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, http.NoBody)
	v.Sign(r)
	answer := httptest.NewRecorder()
	w.Router.ServeHTTP(answer, r)
	if answer.Code != http.StatusOK {
		b.Fatalf("%s: status %d", path, answer.Code)
	}
	return answer.Body.Len()
}

// BenchmarkSimulator is the page of the simulator over the candidates of a season, with a hypothesis: two scenarios, compared.
func BenchmarkSimulator(b *testing.B) {
	w := newWorld(b, storetest.SQLite(b))
	w.season(seasonDossiers)
	for b.Loop() {
		w.ask(b, w.steering, address(w.call.ID)+"/simulator?scale.private=50")
	}
}

// BenchmarkExport reads every dossier of a call as its file is written, ten times a season. It reports how much more memory is in use near the end than near the
// beginning.
func BenchmarkExport(b *testing.B) {
	w := newWorld(b, storetest.SQLite(b))
	const dossiers = 10 * seasonDossiers
	w.season(dossiers)
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	grown := int64(0)
	for b.Loop() {
		seen, early := 0, int64(0)
		w.View(func(ctx context.Context, tx *store.Tx) error {
			return Each(ctx, tx, territory.Everything(), w.call.ID, func(Record) bool {
				switch seen++; seen {
				case 1_000:
					early = heap()
				case dossiers - 100:
					grown = heap() - early
				}
				return true
			})
		})
	}
	b.ReportMetric(float64(max(0, grown))/1024, "grown-KiB")
}
