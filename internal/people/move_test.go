package people_test

import (
	"testing"
	"time"

	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/store"
)

// A delegation reaches as far as the role it comes from, wherever structures go: moving a structure moves rights.
func TestDelegationStaysWithinItsOrigin(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		giver := w.person("coordinator", right.GroupCoordinator, "ght")
		deputy := w.person("deputy", "", "-")
		actor := w.actor(giver)
		w.update(func(tx *store.Tx) error {
			_, err := w.Delegate(t.Context(), tx, actor, people.Delegation{Grant: actor.Grants[0].ID, Person: deputy.ID, Structure: "hospital", Until: w.clock.Add(24 * time.Hour)})
			return err
		})
		if !w.has(deputy, right.SeeAudit, "hospital") {
			t.Fatal("the delegation does not count")
		}
		w.update(func(tx *store.Tx) error { // the hospital with its ward leaves the group for the south
			if _, err := tx.Exec(t.Context(), `update structure set lft = lft + 600, rgt = rgt + 600 where lft between 40 and 100`); err != nil {
				return err
			}
			_, err := tx.Exec(t.Context(), `update structure set parent_id = 'south' where id = 'hospital'`)
			return err
		})
		if w.has(giver, right.SeeAudit, "hospital") {
			t.Fatal("the one who delegated still reaches the hospital: the test proves nothing")
		}
		if w.has(deputy, right.SeeAudit, "hospital") {
			t.Error("a stand-in reaches a structure that the role it comes from does not reach any more")
		}
		w.update(func(tx *store.Tx) error {
			roles, err := w.RolesOf(t.Context(), tx, deputy.ID)
			if len(roles) != 0 {
				t.Errorf("the account still lists %d roles", len(roles))
			}
			return err
		})
	})
}
