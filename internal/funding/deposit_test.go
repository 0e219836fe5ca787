package funding_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/pagetest"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

func TestDeposits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		d := b.begin("applicant-1", pagetest.Hospital)
		if again := b.begin("applicant-2", pagetest.Hospital); again.ID != d.ID || d.Number != "ESSAI-0001" {
			t.Errorf("begun again: %s %s", again.Number, d.Number)
		}
		last := open.Closes.Add(999 * time.Millisecond)
		first, err := b.deposit("applicant-1", d.ID, asked, last, open)
		if err != nil || first.Revision != 1 || first.Again || !first.At.Equal(last) || first.OnBehalf != "" || first.Grant == "" {
			t.Fatalf("at the end of the last second: %+v %v", first, err)
		}
		twice, err := b.deposit("applicant-1", d.ID, asked, open.Closes.Add(time.Hour), open)
		if err != nil || !twice.Again || twice.Revision != 1 || twice.SHA256 != first.SHA256 || !twice.At.Equal(last) {
			t.Errorf("the same again, too late: %+v %v", twice, err)
		}
		if _, err := b.deposit("applicant-1", d.ID, asked-1, open.Closes.Add(time.Second), open); fault.KindOf(err) != fault.KindConflict {
			t.Errorf("another content one second too late: %v", err)
		}
		second, err := b.deposit("applicant-1", d.ID, asked-1, open.Closes, open)
		if err != nil || second.Revision != 2 || second.SHA256 == first.SHA256 {
			t.Errorf("anew in time: %+v %v", second, err)
		}
		err = b.try(func(ctx context.Context, tx *store.Tx) error {
			_, err := b.service.Deposit(ctx, tx, b.people["applicant-1"], funding.Depositing{Dossier: d.ID, Asked: asked - 2, Seen: first.SHA256[:60] + "0000", At: start, Terms: open})
			return err
		})
		if f := fault.As(err); f == nil || f.Key != "funding.changed_since_shown" {
			t.Errorf("content that the signer did not see: %v", err)
		}
		for name, amount := range map[string]funding.Cents{"nothing": 0, "less than nothing": -1, "too much": 1 << 60} {
			if _, err := b.deposit("applicant-1", d.ID, amount, start, open); fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("asked %s: %v", name, err)
			}
		}
		if d := b.read(d.ID); d.State != funding.Deposited || d.Asked != asked-1 {
			t.Errorf("dossier %+v", d)
		}
	})
}

func (b *bench) evidence(id, structure, digest, supersedes string) string {
	b.t.Helper()
	b.update(func(ctx context.Context, tx *store.Tx) (err error) {
		id, err = proof.Add(ctx, tx, territory.Everything(), proof.Evidence{Structure: structure, Kind: "procedure", Name: id + ".pdf", MediaType: "application/pdf",
			SHA256: strings.Repeat(digest, 64), Size: 12, EffectiveFrom: start, DepositedAt: b.Clock, DepositedBy: "test", Supersedes: supersedes})
		return err
	})
	return id
}

func TestEvidenceStaysAsDeposited(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		d := b.begin("applicant-1", pagetest.Hospital)
		kept, old, dropped, foreign := b.evidence("kept", pagetest.Hospital, "a", ""), b.evidence("old", pagetest.Hospital, "b", ""), b.evidence("dropped", pagetest.Place, "c", ""), b.evidence("foreign", pagetest.Clinic, "d", "")
		director := b.people["applicant-1"]
		scope := right.Visible(director, right.EditDossier)
		pick := func(id string) error {
			return b.try(func(ctx context.Context, tx *store.Tx) error {
				return b.service.Pick(ctx, tx, director, scope, d.ID, "", "care-d1/O1", id)
			})
		}
		for _, id := range []string{kept, kept, old, dropped} {
			if err := pick(id); err != nil {
				t.Fatal(err)
			}
		}
		if err := pick(foreign); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("evidence of another structure: %v", err)
		}
		r, err := b.deposit("applicant-1", d.ID, asked, start, open)
		if err != nil {
			t.Fatal(err)
		}
		newer := b.evidence("newer", pagetest.Hospital, "e", old)
		var fates []funding.Fate
		b.update(func(ctx context.Context, tx *store.Tx) error {
			picked, err := funding.Evidence(ctx, tx, scope, d.ID)
			if err != nil || len(picked) != 3 {
				t.Fatalf("%d picked (%v)", len(picked), err)
			}
			for _, p := range picked {
				if p.Evidence == old && p.ReplacedBy != newer {
					t.Errorf("replaced by %q", p.ReplacedBy)
				}
				if p.Evidence == dropped {
					if err := b.service.Unpick(ctx, tx, director, scope, d.ID, p.ID); err != nil {
						return err
					}
				}
			}
			r, err = funding.LatestReceipt(ctx, tx, scope, d.ID)
			if err != nil {
				return err
			}
			fates, err = funding.Fates(ctx, tx, scope, r)
			return err
		})
		if len(fates) != 3 {
			t.Fatalf("fates %+v", fates)
		}
		for _, f := range fates {
			if f.Unpicked != (f.Evidence == dropped) || (f.ReplacedBy == newer) != (f.Evidence == old) || len(f.SHA256) != 64 {
				t.Errorf("fate %+v", f)
			}
		}
	})
}

func TestADossierFollowsItsStructureIntoAMerger(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		d := b.lead(b.begin("applicant-1", pagetest.Hospital), funding.NationalReview)
		own := b.begin("clinic", pagetest.Clinic)
		follow := func() (n int) {
			b.update(func(ctx context.Context, tx *store.Tx) (err error) {
				n, err = b.service.FollowMerges(ctx, tx)
				return err
			})
			return n
		}
		if n := follow(); n != 0 {
			t.Errorf("%d handed over before the merger", n)
		}
		policy := b.evidence("policy", pagetest.Hospital, "f", "")
		pick := func() error {
			return b.try(func(ctx context.Context, tx *store.Tx) error {
				at, _, err := territory.Extent(ctx, tx, pagetest.Clinic)
				if err != nil {
					return err
				}
				return b.service.Pick(ctx, tx, b.people["clinic"], territory.NewScope(1, at), own.ID, "", "continuity", policy)
			})
		}
		if fault.KindOf(pick()) != fault.KindNotFound {
			t.Error("evidence of another structure is picked")
		}
		b.update(func(ctx context.Context, tx *store.Tx) error {
			return territory.Merge(ctx, tx, territory.Everything(), pagetest.Hospital, pagetest.Clinic, b.Clock, b.Clock)
		})
		if n := follow(); n != 1 {
			t.Errorf("%d handed over", n)
		}
		if err := pick(); err != nil {
			t.Errorf("evidence of the structure that merged: %v", err)
		}
		now := b.read(d.ID)
		if now.Structure != pagetest.Clinic || now.State != funding.NationalReview || now.Slot != pagetest.Hospital || now.Version != d.Version+1 {
			t.Errorf("handed over: %+v", now)
		}
		if err := b.attempt(b.people["nation-1"], now, funding.Attempt{Act: funding.Grant, Amount: now.Asked}); err != nil {
			t.Errorf("it goes on: %v", err)
		}
		b.consistent(d.ID, own.ID)
		if n := follow(); n != 0 {
			t.Errorf("%d handed over twice", n)
		}
		b.update(func(ctx context.Context, tx *store.Tx) error {
			for i, want := range []string{"", "26750045200011", ""} { // none, that of the only establishment, one of two
				s, err := territory.Get(ctx, tx, territory.Everything(), pagetest.Clinic)
				if err != nil {
					return err
				}
				if got, err := funding.Siret(ctx, tx, territory.Everything(), s); got != want || err != nil {
					t.Errorf("SIRET with %d establishments: %q %v", i, got, err)
				}
				site := territory.Draft{Parent: pagetest.Clinic, Kind: territory.Establishment, Name: "Site", Siret: []string{"26750045200011", "26750045200029", ""}[i]}
				if _, err := territory.Insert(ctx, tx, territory.Everything(), site, start); err != nil {
					return err
				}
			}
			return nil
		})
		if f := fault.As(b.try(func(ctx context.Context, tx *store.Tx) error {
			_, err := b.service.Begin(ctx, tx, b.people["applicant-1"], funding.Beginning{Call: trial, Structure: pagetest.Hospital})
			return err
		})); f == nil {
			t.Error("a structure that ended begins a dossier")
		}
	})
}

// Who stands in for the director signs for them, and the receipt says so; a role of one's own comes before one that was delegated.
func TestSignedByDelegation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		d := b.begin("applicant-1", pagetest.Hospital)
		director := b.people["applicant-1"]
		stand := b.Person("Charlie Gabarit", right.Director, pagetest.Hospital).Actor
		own := stand.Grants[0]
		stand.Grants[0].DelegatedBy, stand.Grants[0].ID = director.Person, "delegated"
		b.people["stand"] = stand
		r, err := b.deposit("stand", d.ID, asked, start, open)
		if err != nil || r.OnBehalf != director.Person || r.Grant != "delegated" || r.By != stand.Person {
			t.Errorf("by delegation: %+v %v", r, err)
		}
		stand.Grants = append(stand.Grants, own)
		b.people["stand"] = stand
		r, err = b.deposit("stand", d.ID, asked+1, start, open)
		if err != nil || r.OnBehalf != "" || r.Grant != own.ID {
			t.Errorf("by a role of one's own: %+v %v", r, err)
		}
		b.View(func(ctx context.Context, tx *store.Tx) error {
			events, err := funding.Events(ctx, tx, territory.Everything(), d.ID)
			if len(events) != 3 || events[1].OnBehalf != director.Person {
				t.Errorf("events %+v", events)
			}
			return err
		})
	})
}
