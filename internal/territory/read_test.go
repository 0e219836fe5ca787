package territory

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hygie/internal/fault"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

func view(t testing.TB, db *store.DB, fn func(tx *store.Tx)) {
	t.Helper()
	if err := db.View(t.Context(), func(tx *store.Tx) error { fn(tx); return nil }); err != nil {
		t.Fatal(err)
	}
}

func update(t testing.TB, db *store.DB, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func TestReadsStayWithinTheScope(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx, north := t.Context(), scopeOf(t, db, w.north)
		view(t, db, func(tx *store.Tx) {
			if _, err := Get(ctx, tx, north, w.clinic); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("a structure of another region: %v", err)
			}
			if _, err := Get(ctx, tx, Scope{}, w.hospital); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("an empty scope: %v", err)
			}
			if found, err := ByFiness(ctx, tx, north, "989900003"); err != nil || len(found) != 0 {
				t.Errorf("FINESS number of another region: %v %v", found, err)
			}
			if found, err := ByFiness(ctx, tx, north, " 98 9900 001 "); err != nil || len(found) != 1 || found[0].ID != w.hospital {
				t.Errorf("FINESS number written with spaces: %v %v", found, err)
			}
			if found, err := BySiren(ctx, tx, Everything(), "123 456 789"); err != nil || len(found) != 1 || found[0].ID != w.clinic {
				t.Errorf("SIREN: %v %v", found, err)
			}
			if found, err := ByFiness(ctx, tx, Everything(), ""); err != nil || len(found) != 0 {
				t.Errorf("an empty number must find nothing: %v %v", found, err)
			}
			counters, err := Count(ctx, tx, north, "")
			if err != nil || counters.Total() != 5 || counters[Entity][Active] != 2 {
				t.Errorf("counters of the region: %v %v", counters, err)
			}
			counters, err = Count(ctx, tx, north, w.hospital)
			if err != nil || counters.Total() != 2 {
				t.Errorf("counters of the hospital: %v %v", counters, err)
			}
		})
	})
}

func TestPathShowsTheWayFromTheRoot(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		view(t, db, func(tx *store.Tx) {
			path, err := Path(t.Context(), tx, scopeOf(t, db, w.ght), w.ward)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range path {
				got = append(got, fmt.Sprintf("%s %t", c.ID, c.Within))
			}
			want := []string{string(w.nation) + " false", string(w.north) + " false", string(w.ght) + " true", string(w.hospital) + " true", string(w.ward) + " true"}
			if !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	})
}

func TestTopsAreTheHighestOfAScope(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		extent := func(id ID) (i Interval) {
			view(t, db, func(tx *store.Tx) {
				var err error
				if i, _, err = Extent(t.Context(), tx, id); err != nil {
					t.Fatal(err)
				}
			})
			return i
		}
		for name, row := range map[string]struct {
			scope Scope
			most  int
			want  []ID
		}{
			"nothing":             {Scope{}, 5, nil},
			"everything":          {Everything(), 5, []ID{w.nation}},
			"one structure":       {NewScope(1, extent(w.ward)), 5, []ID{w.ward}},
			"a group":             {NewScope(3, extent(w.ght)), 5, []ID{w.ght}},
			"two far apart":       {NewScope(2, extent(w.clinic), extent(w.ward)), 5, []ID{w.ward, w.clinic}},
			"no more than wanted": {NewScope(2, extent(w.clinic), extent(w.ward)), 1, []ID{w.ward}},
			"side by side":        {NewScope(9, Interval{extent(w.nation).Left + 1, extent(w.nation).Right - 1}), 9, []ID{w.north, w.south}},
		} {
			view(t, db, func(tx *store.Tx) {
				tops, err := Tops(t.Context(), tx, row.scope, row.most)
				if err != nil {
					t.Fatal(err)
				}
				var got []ID
				for _, s := range tops {
					got = append(got, s.ID)
				}
				if !slices.Equal(got, row.want) {
					t.Errorf("%s: %v, want %v", name, got, row.want)
				}
			})
		}
	})
}

func TestSearch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		rows := []struct {
			name, text string
			want       []ID
		}{
			{"without accents, ligatures and case", "ETANG saint OEUVRE", []ID{w.hospital}},
			{"beginnings of words in any order", "étan hosp", []ID{w.hospital}},
			{"the city too", "l'étang", []ID{w.hospital}},
			{"not the middle of a word", "vre", nil},
			{"acronym with points", "C.H. val", []ID{w.partner}},
			{"beginning of a FINESS number", "9899", []ID{w.hospital, w.partner, w.clinic, w.ward}},
			{"whole FINESS number with spaces", "98 990 0003", []ID{w.clinic}},
			{"postal code", "99120", []ID{w.partner}},
			{"SIREN", "123456789", []ID{w.clinic}},
			{"what SQL could mistake", "100% _ ' --", nil},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				view(t, db, func(tx *store.Tx) {
					found, _, err := List(t.Context(), tx, Everything(), Filter{Text: row.text})
					if err != nil {
						t.Fatal(err)
					}
					var got []ID
					for _, s := range found {
						got = append(got, s.ID)
					}
					slices.Sort(got)
					want := slices.Clone(row.want)
					slices.Sort(want)
					if !slices.Equal(got, want) {
						t.Errorf("got %v, want %v", got, want)
					}
				})
			})
		}
	})
}

func TestPagesAreCompleteAndDoNotRepeat(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		update(t, db, func(tx *store.Tx) error {
			batch := NewBatch(tx, Everything(), day)
			for i := range 95 {
				if _, err := batch.Insert(t.Context(), Draft{Parent: w.south, Kind: Entity, Name: fmt.Sprintf("Résidence %d", i%7)}); err != nil {
					return err
				}
			}
			return batch.Flush(t.Context())
		})
		view(t, db, func(tx *store.Tx) {
			seen := map[ID]bool{}
			for after := ""; ; {
				page, next, err := Children(t.Context(), tx, Everything(), w.south, after, 10)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range page {
					if seen[s.ID] {
						t.Errorf("%s comes twice", s.ID)
					}
					seen[s.ID] = true
				}
				if next == "" {
					break
				}
				after = next
			}
			if len(seen) != 96 {
				t.Errorf("saw %d children, want 96", len(seen))
			}
			if _, _, err := List(t.Context(), tx, Everything(), Filter{After: "%%%"}); fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("a wrong cursor: %v", err)
			}
		})
	})
}

func TestMembersOfAGroup(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		update(t, db, func(tx *store.Tx) error {
			for id, role := range map[ID]MemberRole{w.hospital: Support, w.partner: Party, w.clinic: Partner} {
				if err := Join(ctx, tx, Everything(), w.ght, id, role, "essai", day, day); err != nil {
					return err
				}
			}
			for year, value := range map[int]int64{2023: 10, 2024: 30, 2025: 99} {
				if err := SetSize(ctx, tx, Everything(), Size{Structure: w.hospital, Key: CombinedActivity, Year: year, Value: value, Source: "essai"}, day); err != nil {
					return err
				}
			}
			return nil
		})
		view(t, db, func(tx *store.Tx) {
			members, err := Members(ctx, tx, scopeOf(t, db, w.north), w.ght)
			if err != nil || len(members) != 3 {
				t.Fatalf("members: %v %v", members, err)
			}
			if m := members[0]; m.Subject.ID != w.hospital || m.Role != Support || !m.Within {
				t.Errorf("the support establishment comes first: %+v", m)
			}
			if m := members[2]; m.Subject.ID != w.clinic || m.Within {
				t.Errorf("the partner of another region is shown and marked: %+v", m)
			}
			if _, err := Members(ctx, tx, scopeOf(t, db, w.south), w.ght); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("a group out of scope: %v", err)
			}
			groups, err := Memberships(ctx, tx, scopeOf(t, db, w.south), w.clinic)
			if err != nil || len(groups) != 1 || groups[0].Subject.ID != w.ght || groups[0].Within {
				t.Errorf("groups of the clinic: %+v %v", groups, err)
			}
			sizes, err := LatestSizes(ctx, tx, Everything(), CombinedActivity, 2024, w.hospital, w.clinic)
			if err != nil || len(sizes) != 1 || sizes[w.hospital].Value != 30 {
				t.Errorf("latest size not after 2024: %v %v", sizes, err)
			}
		})
		update(t, db, func(tx *store.Tx) error {
			if err := SetSize(ctx, tx, Everything(), Size{Structure: w.hospital, Key: Beds, Year: 2027, Value: 1}, day); fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("a size of a year to come: %v", err)
			}
			if err := Join(ctx, tx, Everything(), w.north, w.clinic, Party, "", day, day); fault.KindOf(err) != fault.KindConflict {
				t.Errorf("a region has no members: %v", err)
			}
			return Leave(ctx, tx, Everything(), w.ght, w.clinic, day.AddDate(0, 0, 1))
		})
		view(t, db, func(tx *store.Tx) {
			if members, err := Members(ctx, tx, Everything(), w.ght); err != nil || len(members) != 2 {
				t.Errorf("after leaving: %v %v", members, err)
			}
		})
	})
}

func TestCloseRenameMerge(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx := t.Context()
		update(t, db, func(tx *store.Tx) error {
			if err := Close(ctx, tx, Everything(), w.hospital, day, day); fault.KindOf(err) != fault.KindConflict {
				t.Errorf("closing with an open establishment: %v", err)
			}
			if err := Rename(ctx, tx, Everything(), w.partner, "  ", day); fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("an empty name: %v", err)
			}
			if err := Rename(ctx, tx, scopeOf(t, db, w.south), w.partner, "x", day); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("renaming out of scope: %v", err)
			}
			if err := Rename(ctx, tx, Everything(), w.partner, "Hôpital du Val", day); err != nil {
				return err
			}
			other, err := Get(ctx, tx, Everything(), w.clinic)
			if err != nil {
				return err
			}
			other.Finess = "989900001"
			if err := Amend(ctx, tx, Everything(), other, day); fault.KindOf(err) != fault.KindConflict {
				t.Errorf("the FINESS number of another: %v", err)
			}
			if err := Join(ctx, tx, Everything(), w.ght, w.hospital, Support, "", day, day); err != nil {
				return err
			}
			if err := Merge(ctx, tx, Everything(), w.hospital, w.ward, day, day); fault.KindOf(err) != fault.KindConflict {
				t.Errorf("merging an entity into an establishment: %v", err)
			}
			return Merge(ctx, tx, Everything(), w.hospital, w.partner, day, day)
		})
		view(t, db, func(tx *store.Tx) {
			old, err := Get(ctx, tx, Everything(), w.hospital)
			if err != nil || old.Status != Closed || old.MergedInto != w.partner || !old.Closed.Equal(day) {
				t.Errorf("the merged structure: %+v %v", old, err)
			}
			ward, err := Get(ctx, tx, Everything(), w.ward)
			if err != nil || ward.Parent != w.partner {
				t.Errorf("what stood below it: %+v %v", ward, err)
			}
			if from, err := Origins(ctx, tx, scopeOf(t, db, w.partner), w.partner); err != nil || len(from) != 1 || from[0].ID != w.hospital {
				t.Errorf("what it took over: %+v %v", from, err)
			}
			if _, err := Origins(ctx, tx, scopeOf(t, db, w.hospital), w.partner); fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("what another took over: %v", err)
			}
			for name, row := range map[string]struct {
				scope Scope
				id    ID
				heir  ID
			}{"its heir": {scopeOf(t, db, w.partner), w.hospital, w.partner}, "not mine": {scopeOf(t, db, w.clinic), w.hospital, ""}, "not merged": {Everything(), w.clinic, ""}} {
				if heir, err := Heir(ctx, tx, row.scope, row.id); heir.ID != row.heir || (err == nil) != (row.heir != "") {
					t.Errorf("%s: %q %v", name, heir.ID, err)
				}
			}
			members, err := Members(ctx, tx, Everything(), w.ght)
			if err != nil || len(members) != 1 || members[0].Subject.ID != w.partner || members[0].Subject.Name != "Hôpital du Val" {
				t.Errorf("its membership: %+v %v", members, err)
			}
		})
		update(t, db, func(tx *store.Tx) error { return Reopen(ctx, tx, Everything(), w.hospital, day) })
		view(t, db, func(tx *store.Tx) {
			if s, err := Get(ctx, tx, Everything(), w.hospital); err != nil || s.Status != Active || s.MergedInto != "" {
				t.Errorf("reopened: %+v %v", s, err)
			}
		})
	})
}

// TestListsUseAnIndexWhateverTheScope looks at the plan, never at the clock.
func TestListsUseAnIndexWhateverTheScope(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		update(t, db, func(tx *store.Tx) error { return fill(t, tx, w) })
		rows := []struct {
			name      string
			scope     Scope
			forbidden []string // in the plan, on SQLite
		}{
			// A narrow scope starts from its structures: the order of the names must not be walked.
			{"one structure", scopeOf(t, db, w.ward), []string{"SCAN s"}},
			{"sixty", NewScope(60, scopeOf(t, db, w.ght).intervals...), []string{"SCAN s"}},
			// A wide one walks the names and stops at the end of the page: nothing may be sorted.
			{"the whole tree", Everything(), []string{"TEMP B-TREE"}},
		}
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				var where store.Where
				where.And("s.status = ?", Active)
				row.scope.Within(&where, "s.id")
				query := `select ` + columns + ` from structure s` + where.SQL() + ` order by s.name_key, s.id limit 50`
				view(t, db, func(tx *store.Tx) { checkPlan(t, tx, query, where.Args(), row.forbidden) })
			})
		}
	})
}

func fill(t *testing.T, tx *store.Tx, w world) error {
	batch := NewBatch(tx, Everything(), day)
	for i := range 3000 {
		parent := w.south
		if i < 50 {
			parent = w.ght
		}
		if _, err := batch.Insert(t.Context(), Draft{Parent: parent, Kind: Entity, Name: fmt.Sprintf("Entité %d", i*7919%3000)}); err != nil {
			return err
		}
	}
	if err := batch.Flush(t.Context()); err != nil {
		return err
	}
	_, err := tx.Exec(t.Context(), `analyze structure`)
	return err
}

func checkPlan(t *testing.T, tx *store.Tx, query string, args []any, forbidden []string) {
	t.Helper()
	explain := "explain query plan "
	if tx.Engine() == store.PostgreSQL {
		// A table of a few pages is quicker read whole; what matters is that there is a way without.
		if _, err := tx.Exec(t.Context(), "set local enable_seqscan = off"); err != nil {
			t.Fatal(err)
		}
		explain, forbidden = "explain ", []string{"Seq Scan on structure"}
	}
	rows, err := tx.Query(t.Context(), explain+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var plan []string
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, fmt.Sprint(values[len(values)-1]))
	}
	for _, line := range plan {
		for _, sign := range forbidden {
			if strings.Contains(line, sign) {
				t.Errorf("%q in the plan:\n%s", sign, strings.Join(plan, "\n"))
			}
		}
	}
}
