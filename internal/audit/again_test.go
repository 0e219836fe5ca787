package audit_test

import (
	"context"
	"testing"

	"hygie/directory/generate"
	"hygie/internal/pagetest"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

// What somebody said is done, and a later audit still finds, is to be done again; what the audit no longer finds stays done.
func TestDoneIsLookedAtAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		run := audited(t, b)
		officer := b.Person("officer", right.SecurityOfficer, pagetest.Hospital)
		officer.Post(run + "/actions")
		states := func() (open, done int) {
			b.View(func(ctx context.Context, tx *store.Tx) error {
				list, _, err := plan.List(ctx, tx, territory.Everything(), plan.Filter{Structure: pagetest.Hospital}, 1000, 0)
				for _, a := range list {
					switch a.State {
					case plan.Open, plan.Doing:
						open++
					case plan.Done:
						done++
					}
				}
				return err
			})
			return open, done
		}
		planned, _ := states()
		b.Update(func(ctx context.Context, tx *store.Tx) error {
			list, _, err := plan.List(ctx, tx, territory.Everything(), plan.Filter{Structure: pagetest.Hospital}, 1000, 0)
			if err != nil {
				return err
			}
			for _, a := range list {
				if err := plan.SetState(ctx, tx, territory.Everything(), a.ID, a.Version, plan.Done, officer.Actor.Person, b.Clock); err != nil {
					return err
				}
			}
			return nil
		})
		b.Clock = b.Clock.AddDate(0, 0, 30)
		deposit(t, officer, "suite.hygie", directoryOf(t, b.Clock.AddDate(0, 0, -1), generate.Demo))
		b.work(t)
		if open, done := states(); open == 0 || planned == 0 {
			t.Errorf("of %d actions said to be done, %d are open again and %d stay done after an audit that found the same", planned, open, done)
		}
		b.Update(func(ctx context.Context, tx *store.Tx) error {
			list, _, err := plan.List(ctx, tx, territory.Everything(), plan.Filter{Structure: pagetest.Hospital, States: []plan.State{plan.Open, plan.Doing}}, 1000, 0)
			if err != nil {
				return err
			}
			for _, a := range list {
				if err := plan.SetState(ctx, tx, territory.Everything(), a.ID, a.Version, plan.Done, officer.Actor.Person, b.Clock); err != nil {
					return err
				}
			}
			return nil
		})
		b.Clock = b.Clock.AddDate(0, 0, 30)
		deposit(t, officer, "saine.hygie", directoryOf(t, b.Clock.AddDate(0, 0, -1), generate.Healthy))
		b.work(t)
		if open, _ := states(); open > 0 {
			t.Errorf("%d actions are open again after an audit that found nothing", open)
		}
	})
}
