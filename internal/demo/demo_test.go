package demo_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hygie/internal/demo"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/internal/territory/official"
)

var now = time.Date(2026, 6, 2, 9, 0, 0, 0, time.UTC)

func build(t testing.TB, db *store.DB, seed uint64) (demo.World, []territory.Structure) {
	t.Helper()
	var w demo.World
	var all []territory.Structure
	err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
		if w, err = demo.Region(t.Context(), tx, now, seed); err != nil {
			return err
		}
		return territory.Each(t.Context(), tx, territory.Everything(), func(s territory.Structure) error {
			all = append(all, s)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return w, all
}

func TestRegionIsWhatTheDemonstrationNeeds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, all := build(t, db, 1)
		if len(all) != w.Structures || len(all) < 230 || len(all) > 280 {
			t.Errorf("%d structures", len(all))
		}
		names := map[string]int{}
		for _, s := range all {
			names[s.Name]++
			if s.Finess != "" && (!strings.HasPrefix(s.Finess, "9899") || !official.FinessKey(s.Finess) || !official.ValidFiness(s.Finess)) {
				t.Errorf("%s has FINESS number %s", s.Name, s.Finess)
			}
			if s.Siren != "" && !strings.HasPrefix(s.Siren, "000") {
				t.Errorf("%s has SIREN %s", s.Name, s.Siren)
			}
			if official.DepartmentOfFiness(s.Finess) != "" {
				t.Errorf("%s has a FINESS number of a real department", s.Name)
			}
		}
		for name, n := range names {
			if n > 2 {
				t.Errorf("%d structures are called %s", n, name)
			}
		}
		if len(w.Groups) != 3 || len(slices.Compact([]territory.ID{w.Groups[0].ID, w.Groups[1].ID, w.Groups[2].ID})) != 3 {
			t.Errorf("groups: %+v", w.Groups)
		}
		err := db.View(t.Context(), func(tx *store.Tx) error {
			for _, g := range w.Groups {
				members, err := territory.Members(t.Context(), tx, territory.Everything(), g.ID)
				if err != nil {
					return err
				}
				if members[0].Subject.ID != g.Support || members[0].Role != territory.Support || len(members) < 5 {
					t.Errorf("members of %s: %+v", g.ID, members)
				}
				sizes, err := territory.LatestSizes(t.Context(), tx, territory.Everything(), territory.CombinedActivity, now.Year(), g.Members...)
				if err != nil || len(sizes) < len(g.Members) {
					t.Errorf("sizes of the members of %s: %v %v", g.ID, sizes, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestTheSameSeedMakesTheSameRegion(t *testing.T) {
	_, first := build(t, storetest.SQLite(t), 7)
	_, second := build(t, storetest.SQLite(t), 7)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("seed 7 twice:\n%s", diff)
	}
}

func TestSomebodyHasEachRoleWhereItFits(t *testing.T) {
	w, all := build(t, storetest.SQLite(t), 1)
	kinds := map[territory.ID]territory.Kind{"": ""}
	for _, s := range all {
		kinds[s.ID] = s.Kind
	}
	played := map[right.Role]bool{}
	keys := map[string]bool{}
	for _, p := range w.Cast() {
		kind, known := kinds[p.Structure]
		if !known || !p.Role.Fits(kind) {
			t.Errorf("%s cannot be %s of %q (%s)", p.Name, p.Role, p.Structure, kind)
		}
		if keys[p.Key] || !strings.HasSuffix(p.Email, ".invalid") {
			t.Errorf("key or address of %s", p.Name)
		}
		played[p.Role], keys[p.Key] = true, true
	}
	for _, role := range right.Roles() {
		if !played[role] {
			t.Errorf("nobody is %s", role)
		}
	}
}

func TestRegionNeedsAnEmptyTerritory(t *testing.T) {
	db := storetest.SQLite(t)
	build(t, db, 1)
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		_, err := demo.Region(t.Context(), tx, now, 1)
		return err
	})
	if err == nil {
		t.Error(fmt.Errorf("a second region was made in the same territory"))
	}
}
