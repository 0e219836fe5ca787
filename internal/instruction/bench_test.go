package instruction

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"hygie/internal/funding"
	"hygie/internal/pagetest"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

// Sizes of the season that is measured.
const (
	benchDossiers    = 1200
	benchInstructors = 20
)

// season fills the queue of the region, checked, as the night before left it.
func (w *world) season(n int) {
	w.T.Helper()
	w.Update(func(ctx context.Context, tx *store.Tx) error {
		batch := territory.NewBatch(tx, territory.Everything(), w.Clock)
		for i := range n {
			if _, err := batch.Insert(ctx, territory.Draft{ID: territory.ID(fmt.Sprintf("b%04d", i)), Parent: pagetest.Region, Kind: territory.Entity, Name: fmt.Sprintf("Candidat mesuré %04d", i)}); err != nil {
				return err
			}
		}
		if err := batch.Flush(ctx); err != nil {
			return err
		}
		states := []funding.State{funding.Deposited, funding.RegionalReview, funding.RegionalReview, funding.RegionalCorrection, funding.RegionalOpinion, funding.Endorsed}
		for i := range n {
			state, at := states[i%len(states)], store.Millis(w.Clock.Add(-time.Duration(i)*time.Hour))
			id := fmt.Sprintf("d%04d", i)
			_, err := tx.Exec(ctx, `insert into dossier (id, number, serial, call_id, call_version, structure_id, slot, state, version, since, asked, begun_at, begun_by, deposited_at)
				values ($1, $2, $3, 'essai', '1.0', $4, $4, $5, 3, $6, $7, $6, 'x', $6)`, id, fmt.Sprintf("ESSAI-%04d", i+1), i+1, fmt.Sprintf("b%04d", i), string(state), at, 20_000_00+i)
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `insert into instruction_check (dossier_id, version, level, arrived_at, due_at, open, drawn, checked_at) values ($1, 3, 'region', $2, $3, $4, $5, $2)`,
				id, at, at+int64(i%40)*86_400_000, i%3, i%30 == 0)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkQueue is the page of a queue with a season of dossiers, asked for by twenty instructors at once. It reports the ninety-fifth of a hundred
// waiting times.
func BenchmarkQueue(b *testing.B) {
	w := newWorld(b, storetest.SQLite(b))
	w.Clock = time.Date(2026, 4, 2, 8, 0, 0, 0, time.UTC)
	w.season(benchDossiers)
	paths := []string{region, region + "?points=clean", region + "?q=mesur&sort=-amount", region + "?view=waiting", region + "?page=3"}
	var mu sync.Mutex
	var took []time.Duration
	turns := make(chan int)
	var crowd sync.WaitGroup
	b.ResetTimer()
	for i := range benchInstructors {
		crowd.Go(func() {
			time.Sleep(time.Duration(i) * 100 * time.Millisecond) // nobody works in step with nineteen others
			for i := range turns {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, paths[i%len(paths)], http.NoBody)
				w.ars.Sign(r)
				answer := httptest.NewRecorder()
				began := time.Now()
				w.Router.ServeHTTP(answer, r)
				d := time.Since(began)
				if answer.Code != http.StatusOK {
					b.Errorf("%s: status %d", r.URL, answer.Code)
				}
				mu.Lock()
				took = append(took, d)
				mu.Unlock()
				time.Sleep(2 * time.Second) // somebody reads, quickly
			}
		})
	}
	for i := range b.N {
		turns <- i
	}
	close(turns)
	crowd.Wait()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
}
