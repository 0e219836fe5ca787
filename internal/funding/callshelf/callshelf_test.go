package callshelf_test

import (
	"context"
	"testing"
	"time"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/funding/callshelf"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/referential/packages/calls"
)

func TestShippedCallsAreFilled(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site := pagetest.New(t, db)
		shipped, err := calls.Shipped()
		if err != nil {
			t.Fatal(err)
		}
		const yearly = "care-socle-cyber"
		shelf, other := callshelf.New(shipped...), callshelf.New(shipped...) // two nodes
		steering, instructor := site.Person("Claude Esquisse", right.NationalSteering, pagetest.Nation).Actor, site.Person("Morgan Schéma", right.NationalInstructor, pagetest.Nation).Actor
		fill := func(who right.Actor, values map[string]string) error {
			return db.Update(t.Context(), func(tx *store.Tx) error {
				return shelf.Fill(t.Context(), tx, site.Trail, who, yearly, values, site.Clock)
			})
		}
		settle := func(s *callshelf.Shelf) (changed bool) {
			site.Update(func(ctx context.Context, tx *store.Tx) (err error) {
				changed, err = s.Settle(ctx, tx, site.Clock)
				return err
			})
			return changed
		}
		if !settle(other) || settle(other) {
			t.Error("a shelf is settled once")
		}
		for name, row := range map[string]struct {
			who    right.Actor
			values map[string]string
			kind   fault.Kind
		}{
			"an instructor": {instructor, map[string]string{"envelope": "1"}, fault.KindNotFound},
			"no amount":     {steering, map[string]string{"envelope": "beaucoup"}, fault.KindInvalid},
			"crossed":       {steering, map[string]string{"opens": "2026-04-02", "closes": "2026-04-01"}, fault.KindInvalid},
			"of a dossier":  {steering, map[string]string{"yearly-amount": "100"}, fault.KindInvalid},
			"unknown":       {steering, map[string]string{"else": "100"}, fault.KindInvalid},
		} {
			if err := fill(row.who, row.values); fault.KindOf(err) != row.kind {
				t.Errorf("%s: %v", name, err)
			}
		}
		if c, _ := other.Find(yearly); len(other.Fields(yearly)) != 3 || !c.Envelope.National.Absent() && c.Envelope.National.Set {
			t.Error("something was filled")
		}
		if err := fill(steering, map[string]string{"opens": "2026-04-01", "closes": "2026-04-30", "envelope": "1000.50"}); err != nil {
			t.Fatal(err)
		}
		site.Clock = site.Clock.Add(time.Second)
		if !settle(other) {
			t.Error("another node does not hear of it")
		}
		for name, s := range map[string]*callshelf.Shelf{"here": shelf, "there": other} {
			c, _ := s.Find(yearly)
			if total, known := c.Envelope.National.Get(); !known || total != 1000_50 || len(s.All()) != len(shipped) {
				t.Errorf("%s: %s, %d calls", name, total, len(s.All()))
			}
		}
		site.Clock = time.Date(2028, 2, 1, 0, 0, 0, 0, time.UTC)
		settle(shelf)
		if len(shelf.All()) != len(shipped)+2 || shelf.Fields(yearly+"-2028") != nil {
			t.Errorf("%d calls two years later", len(shelf.All()))
		}
		c, _ := shelf.Find(yearly + "-2028")
		if opens, _ := c.Windows[0].Opens.Get(); opens.Year() != 2028 || opens.Month() != time.April {
			t.Errorf("opens %s", opens)
		}
		site.View(func(ctx context.Context, tx *store.Tx) error {
			list, err := funding.Envelopes(ctx, tx, yearly+"-2028")
			if len(list) != 1 || list[0].Total != 1000_50 {
				t.Errorf("its envelope %+v", list)
			}
			return err
		})
		if err := fill(steering, map[string]string{"opens": "", "closes": "", "envelope": ""}); err != nil || len(shelf.All()) != len(shipped) {
			t.Errorf("taken back: %d calls, %v", len(shelf.All()), err)
		}
	})
}
