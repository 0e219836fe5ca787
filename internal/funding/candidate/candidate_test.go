package candidate_test

import (
	"context"
	"testing"
	"time"

	"hygie/internal/funding/candidate"
	"hygie/internal/pagetest"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
	"hygie/referential/call"
	"hygie/referential/packages"
)

func TestWhatACallKnowsOfAGroup(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site := pagetest.New(t, db)
		site.Update(func(ctx context.Context, tx *store.Tx) error {
			for year, value := range map[int]int64{2023: 5, 2025: 10_000, 2024: 7} {
				size := territory.Size{Structure: pagetest.Hospital, Key: territory.CombinedActivity, Year: year, Value: value, Source: "essai"}
				if err := territory.SetSize(ctx, tx, territory.Everything(), size, site.Clock); err != nil {
					return err
				}
			}
			return nil
		})
		site.View(func(ctx context.Context, tx *store.Tx) error {
			group, err := territory.Get(ctx, tx, territory.Everything(), pagetest.Group)
			if err != nil {
				return err
			}
			f, err := candidate.Facts(ctx, tx, territory.Everything(), group, site.Clock, time.UTC)
			if err != nil || f.Category != "ght" || f.Region != "99" || len(f.Members) != 1 {
				t.Fatalf("group %+v %v", f, err)
			}
			if size := f.Members[0].Sizes["activity"]; size.Year != 2025 || size.Value.String() != "10000" || f.Members[0].Category != "public-ght" {
				t.Errorf("member %+v", f.Members[0])
			}
			hidden, err := candidate.Facts(ctx, tx, territory.Scope{}, group, site.Clock, time.UTC)
			if err == nil {
				t.Errorf("facts out of scope: %+v", hidden)
			}
			return nil
		})
	})
}

func TestVerdictsOnWhatACallNames(t *testing.T) {
	db := storetest.SQLite(t)
	site := pagetest.New(t, db)
	all, err := packages.Load()
	if err != nil {
		t.Fatal(err)
	}
	shelf, err := proof.NewShelf(all, nil)
	if err != nil {
		t.Fatal(err)
	}
	k := &call.Call{Requirements: []call.Requirement{
		{ID: "directory", Referential: "care-d1", Code: "directory-level"},
		{ID: "part", Referential: "care-d1", Code: "directory-level", Criteria: []string{"directory-audited"}},
		{ID: "gone", Referential: "nothing", Code: "x"}, {ID: "typo", Referential: "care-d1", Code: "x"},
		{ID: "own", Title: referential.Text{FR: "un entretien", EN: "an interview"}},
		{ID: "clinics", Referential: "care-d1", Code: "directory-level", Categories: []string{"private"}},
	}}
	site.Update(func(ctx context.Context, tx *store.Tx) error {
		group, err := territory.Get(ctx, tx, territory.Everything(), pagetest.Group)
		if err != nil {
			return err
		}
		verdicts, err := candidate.Judge(ctx, tx, territory.Everything(), shelf, group, site.Clock, time.UTC, k, k)
		if err != nil {
			return err
		}
		whole, part := verdicts.Of(k.Requirements[0]), verdicts.Of(k.Requirements[1])
		if !whole.Known || whole.Name.IsZero() || whole.Status == referential.Met || whole.Next == nil || len(whole.Reasons) == 0 {
			t.Errorf("whole requirement %+v", whole)
		}
		if !part.Known || len(part.Reasons) != 1 || part.Status != part.Reasons[0].Status {
			t.Errorf("one criterion %+v", part)
		}
		for _, r := range k.Requirements[2:5] {
			if a := verdicts.Of(r); a.Known || a.Status != referential.Unknown {
				t.Errorf("%s: %+v", r.ID, a)
			}
		}
		if got := candidate.Concerned(k, "ght"); len(got) != 5 || len(candidate.Concerned(k, "private")) != 6 {
			t.Errorf("a group is concerned by %+v", got)
		}
		set, err := shelf.Now(ctx, tx, site.Clock)
		if err != nil {
			return err
		}
		if titles := candidate.Titles(set, k); titles["own"].EN != "an interview" || titles["directory"] != whole.Name || !titles["gone"].IsZero() {
			t.Errorf("titles %+v", titles)
		}
		return nil
	})
}
