package funding_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hygie/internal/funding"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

func TestPublishedRows(t *testing.T) {
	line := func(region string, dossiers, holding int, committed funding.Cents) funding.Line {
		return funding.Line{RegionName: region, Sums: funding.Sums{Dossiers: dossiers, Decided: holding, Holding: holding, Committed: committed}}
	}
	text := func(p funding.Published) string {
		if !p.Known {
			return "-"
		}
		return fmt.Sprint(p.Amount)
	}
	rows, total := funding.Publish([]funding.Line{line("C", 20, 10, 1000), line("A", 5, 0, 0), line("B", 6, 6, 600), line("C", 5, 0, 0)}, func(l funding.Line) string { return l.RegionName })
	got := ""
	for _, r := range append(rows, total) {
		got += fmt.Sprintf("%s %s %s %s %s;", r.Name, text(r.Deposited), text(r.Instructed), text(r.Committed), text(r.ToPay))
	}
	if want := "A 5 - - -;B 6 6 600 -;C 25 10 1000 -; 36 16 1600 -;"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	paid := funding.Sums{Holding: 5, Receiving: 5, Committed: 10, Paid: 12}
	if _, total := funding.Publish([]funding.Line{{Sums: paid}}, func(funding.Line) string { return "" }); total.ToPay.Known || !total.Paid.Known {
		t.Errorf("paid before it is counted as committed: %+v", total)
	}
	if rows, _ := funding.Publish(nil, func(funding.Line) string { return "" }); len(rows) != 0 {
		t.Errorf("%+v", rows)
	}
}

// What anybody reads is made once a week and stands still in between; one grant never shows.
func TestPublicFiguresOfACall(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		renewed := func() (done bool) {
			b.update(func(ctx context.Context, tx *store.Tx) (err error) {
				done, err = b.service.Renew(ctx, tx, trial)
				return err
			})
			return done
		}
		read := func() (p funding.Public) {
			b.View(func(ctx context.Context, tx *store.Tx) (err error) {
				p, err = funding.PublicOf(ctx, tx, trial)
				return err
			})
			return p
		}
		dossiers := b.applicants(6)
		if !renewed() || renewed() {
			t.Error("figures are made when there are none, and once a week")
		}
		first := read()
		if sum := funding.Total(first.Lines); sum.Dossiers != 6 || sum.Decided != 0 || !first.At.Equal(b.Clock) || first.Envelope != 1_000_000_00 {
			t.Errorf("%+v", first)
		}
		decide := func(i int) {
			d := b.read(dossiers[i])
			if err := b.attempt(b.people["nation-1"], d, funding.Attempt{Act: funding.Grant, Amount: d.Asked}); err != nil {
				t.Fatal(err)
			}
		}
		decide(0)
		for range 9 { // whatever the week, whoever is counted among the others
			b.Clock = b.Clock.AddDate(0, 0, 7)
			if !renewed() {
				t.Error("a week is over, and nothing is made anew")
			}
			if sum := funding.Total(read().Lines); sum.Decided != 0 || sum.Committed != 0 {
				t.Fatalf("one grant shows: %+v", sum)
			}
		}
		for i := range 4 {
			decide(i + 1)
		}
		b.Clock = b.Clock.Add(time.Hour)
		if renewed() {
			t.Error("made anew within the week")
		}
		b.Clock = b.Clock.AddDate(0, 0, 7)
		if sum := funding.Total(read().Lines); sum.Decided != 0 {
			t.Errorf("they moved by themselves: %+v", sum)
		}
		renewed()
		if sum := funding.Total(read().Lines); sum.Decided != 5 || sum.Granted != 5 || sum.Holding != 5 || sum.Committed != 5*asked || sum.Dossiers != 6 {
			t.Errorf("five grants: %+v", sum)
		}
	})
}

// applicants makes as many dossiers of structures of one region and category, in the hands of the national agency.
func (b *bench) applicants(n int) (list []string) {
	b.t.Helper()
	for i := range n {
		id := fmt.Sprintf("e%d", i)
		b.update(func(ctx context.Context, tx *store.Tx) error {
			_, err := territory.Insert(ctx, tx, territory.Everything(), territory.Draft{ID: territory.ID(id), Parent: pagetest.Region, Kind: territory.Entity, Name: "Clinique " + id}, start)
			return err
		})
		b.people[id] = b.Person("Direction "+id, right.Director, id).Actor
		d := b.begin(id, id)
		if _, err := b.deposit(id, d.ID, asked, start, funding.Terms{}); err != nil {
			b.t.Fatal(err)
		}
		for _, step := range []funding.Attempt{{Act: funding.TakeUp, By: "region-1"}, {Act: funding.Endorse, By: "region-1", Outcome: funding.Favourable}, {Act: funding.TakeUp, By: "nation-1"}} {
			if err := b.attempt(b.people[step.By], b.read(d.ID), step); err != nil {
				b.t.Fatal(err)
			}
		}
		list = append(list, d.ID)
	}
	return list
}
