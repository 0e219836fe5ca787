package exposure_test

import (
	"context"
	"net/http"
	"testing"

	"hygie/internal/pagetest"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

// An action said to be done opens again when a later audit still finds the thing, and not when an older one that is deposited late does.
func TestAnActionFoundAgainOpens(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		today := b.Clock
		first := b.runOf(t, officer, factsOf(t, today.AddDate(0, 0, -60), 1, 2))
		officer.Want("to the plan", officer.Post(first+"/actions"), http.StatusSeeOther)
		actions := func(state plan.State) (list []plan.Action) {
			b.View(func(ctx context.Context, tx *store.Tx) (err error) {
				list, _, err = plan.List(ctx, tx, territory.Everything(), plan.Filter{Structure: pagetest.Hospital, Origin: plan.ExposureFinding, States: []plan.State{state}}, 100, 0)
				return err
			})
			return list
		}
		planned := actions(plan.Open)
		closes := int64(0)
		b.Update(func(ctx context.Context, tx *store.Tx) error {
			for _, a := range planned {
				closes = max(closes, a.Closes)
				if err := plan.SetState(ctx, tx, territory.Everything(), a.ID, a.Version, plan.Done, "p", today.AddDate(0, 0, -50)); err != nil {
					return err
				}
			}
			return nil
		})
		if len(planned) == 0 || closes < 1 {
			t.Fatalf("%d actions planned, at most %d findings closed by one", len(planned), closes)
		}
		b.runOf(t, officer, factsOf(t, today.AddDate(0, 0, -55), 1))
		if open := actions(plan.Open); len(open) != 0 {
			t.Errorf("a file from before the closing opened %d actions", len(open))
		}
		b.runOf(t, officer, factsOf(t, today.AddDate(0, 0, -2), 2))
		open := actions(plan.Open)
		if len(open) == 0 || len(open)+len(actions(plan.Done)) < len(planned) {
			t.Errorf("%d actions opened again of %d", len(open), len(planned))
		}
	})
}
