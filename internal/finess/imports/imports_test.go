package imports_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hygie/internal/fault"
	"hygie/internal/finess"
	"hygie/internal/finess/imports"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

var now = time.Date(2026, 6, 2, 9, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

func golden(t testing.TB, name string, replace ...string) *finess.File {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	file, err := finess.Read(t.Context(), strings.NewReader(strings.NewReplacer(replace...).Replace(string(content))), finess.Limits{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func apply(t testing.TB, db *store.DB, file *finess.File, o imports.Options) *imports.Plan {
	t.Helper()
	plan, err := imports.Apply(t.Context(), db, territory.Everything(), file, "digest", o, clock, nil)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// tree writes the territory as indented lines, which a person can check.
func tree(t testing.TB, db *store.DB) string {
	t.Helper()
	var b strings.Builder
	err := db.View(t.Context(), func(tx *store.Tx) error {
		return territory.Each(t.Context(), tx, territory.Everything(), func(s territory.Structure) error {
			state := ""
			if s.Status == territory.Closed {
				state = " closed " + s.Closed.Format(time.DateOnly)
			}
			fmt.Fprintf(&b, "%s%s %s %s (%s)%s\n", strings.Repeat(" ", s.Depth), s.Kind, s.Finess+s.Code, s.Name, s.NameSource, state)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// dump is every row of every table that an import writes.
func dump(t testing.TB, db *store.DB) string {
	t.Helper()
	var b strings.Builder
	err := db.View(t.Context(), func(tx *store.Tx) error {
		if err := territory.Each(t.Context(), tx, territory.Everything(), func(s territory.Structure) error {
			fmt.Fprintf(&b, "%+v\n", s)
			return nil
		}); err != nil {
			return err
		}
		for _, query := range []string{
			`select group_id || ' ' || structure_id || ' ' || role || ' ' || source from membership order by group_id, structure_id`,
			`select id || file_date || digest from finess_import order by id`,
		} {
			lines, err := store.All(t.Context(), tx, store.Column[string], query)
			if err != nil {
				return err
			}
			b.WriteString(strings.Join(lines, "\n"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const afterStock = `nation  France (manual)
 region 84 Auvergne-Rhône-Alpes (finess)
  entity 019900109 CENTRE HOSPITALIER D’ESSAI DE VAUCLAIR (derived)
   establishment 019901008 CENTRE HOSPITALIER D’ESSAI DE VAUCLAIR (finess)
   establishment 019901016 EHPAD DU CENTRE HOSPITALIER DE VAUCLAIR (finess)
  entity 019900117 CH HAUTE-ROCHE (derived)
   establishment 019901024 CH HAUTE-ROCHE (finess)
  entity 389900127 RESIDENCE "LES TROIS SAULES" (derived)
   establishment 389901034 RESIDENCE "LES TROIS SAULES" (finess)
   establishment 019901040 RESIDENCE DU GUE (finess)
   establishment 389901083 PHARMACIE D’ESSAI ÉÈÇ (finess)
  entity 699900148 CHS DES COLLINES D’ESSAI (derived)
   establishment 699901070 CHS DES COLLINES D’ESSAI (finess)
 region 04 La Réunion (finess)
  entity 974990012 CLINIQUE DU PITON D’ESSAI (derived)
   establishment 974991051 CLINIQUE DU PITON D’ESSAI (finess)
 region 94 Corse (finess)
  entity 2A9900134 CLINIQUE D’ESSAI DU MAQUIS (derived)
   establishment 2A9901060 CLINIQUE D’ESSAI DU MAQUIS (finess)
`

const afterBoth = `nation  France (manual)
 region 84 Auvergne-Rhône-Alpes (finess)
  entity 389900127 ASSOCIATION D'ESSAI DES TROIS SAULES (finess)
   establishment 389901034 RESIDENCE LES TROIS SAULES (finess)
   establishment 019901040 RESIDENCE DU GUE (finess)
   establishment 389901083 PHARMACIE D’ESSAI ÉÈÇ (finess)
  group 99901 GHT Plaine d'essai (finess)
   entity 019900109 CENTRE HOSPITALIER D'ESSAI DE VAUCLAIR (finess)
    establishment 019901008 CENTRE HOSPITALIER D'ESSAI DE VAUCLAIR (finess)
    establishment 019901016 EHPAD DU CENTRE HOSPITALIER DE VAUCLAIR (finess)
   entity 019900117 CENTRE HOSPITALIER D'ESSAI DE HAUTE-ROCHE (finess)
    establishment 019901024 CENTRE HOSPITALIER D'ESSAI DE HAUTE-ROCHE (finess)
  group 99902 GHT Collines d'essai (finess)
   entity 699900148 CHS DES COLLINES D'ESSAI (finess)
    establishment 699901070 CHS DES COLLINES D'ESSAI (finess)
 region 04 La Réunion (finess)
  entity 974990012 CLINIQUE D'ESSAI DU PITON SA (finess)
   establishment 974991051 CLINIQUE DU PITON D'ESSAI (finess)
 region 94 Corse (finess)
  entity 2A9900134 SOCIETE D'ESSAI DU MAQUIS (finess)
   establishment 2A9901060 CLINIQUE D'ESSAI DU MAQUIS (finess)
`

func TestImportBothForms(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		plan := apply(t, db, golden(t, "stock-latin1.csv"), imports.Options{})
		if got := plan.Counts[imports.Create]; got[territory.Entity] != 6 || got[territory.Establishment] != 9 || got[territory.Region] != 3 {
			t.Errorf("created %v", got)
		}
		if diff := cmp.Diff(afterStock, tree(t, db)); diff != "" {
			t.Errorf("after the stock form:\n%s", diff)
		}
		plan = apply(t, db, golden(t, "structures.json"), imports.Options{})
		if plan.Total(imports.Join) != 4 || plan.Absent != 1 || plan.Known != 2 {
			t.Errorf("joined %d, absent %d, closed and unknown %d", plan.Total(imports.Join), plan.Absent, plan.Known)
		}
		if diff := cmp.Diff(afterBoth, tree(t, db)); diff != "" {
			t.Errorf("after FINESS+:\n%s", diff)
		}
	})
}

func TestImportingAgainChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, name := range []string{"stock-utf8.csv", "structures.json"} {
			apply(t, db, golden(t, name), imports.Options{})
			before := dump(t, db)
			again := apply(t, db, golden(t, name), imports.Options{})
			if !again.Empty() || again.Steps() != 0 {
				t.Errorf("%s: the second import would change %v %+v", name, again.Counts, again.Samples)
			}
			if diff := cmp.Diff(before, dump(t, db)); diff != "" {
				t.Errorf("%s: the second import changed\n%s", name, diff)
			}
		}
	})
}

func TestImportOlderFile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		apply(t, db, golden(t, "structures.json"), imports.Options{})
		before := tree(t, db)
		stock := golden(t, "stock-utf8.csv")
		if _, err := imports.Apply(t.Context(), db, territory.Everything(), stock, "", imports.Options{}, clock, nil); fault.KindOf(err) != fault.KindConflict {
			t.Errorf("an older file: %v", err)
		}
		if diff := cmp.Diff(before, tree(t, db)); diff != "" {
			t.Errorf("a refused import changed\n%s", diff)
		}
		plan := apply(t, db, stock, imports.Options{AllowOlder: true})
		if plan.OlderThan != "2026-06-01" {
			t.Errorf("older than %q", plan.OlderThan)
		}
		if after := tree(t, db); !strings.Contains(after, "ASSOCIATION D'ESSAI DES TROIS SAULES (finess)") || !strings.Contains(after, "   entity 019900109") {
			t.Errorf("the stock form replaced a name or moved a member out of its GHT:\n%s", after)
		}
	})
}

func TestImportChanges(t *testing.T) {
	for _, row := range []struct {
		name    string
		replace []string // in structures.json
		verb    imports.Verb
		kind    territory.Kind
		want    string // a line of the tree
	}{
		{"a new name", []string{"RESIDENCE DU GUE", "RESIDENCE DU PONT"}, imports.Change, territory.Establishment, "   establishment 019901040 RESIDENCE DU PONT (finess)"},
		{"a member that leaves its GHT", []string{`{
     "pmSmsseId": "9002",
     "typeRoleEntiteGroupe": "M"
    },`, ""}, imports.Leave, territory.Entity, "  entity 019900117 CENTRE"},
		{"another support establishment", []string{`"9001",
     "typeRoleEntiteGroupe": "S"`, `"9001",
     "typeRoleEntiteGroupe": "M"`}, imports.Join, territory.Entity, "   entity 019900109"},
		{"a closed group", []string{`"gccIdentifiantExterne": "99902",
   "engagement": [],
   "evenement": [],
   "pmejDuGcc": [
    {
     "pmSmsseId": "9006",
     "typeRoleEntiteGroupe": "S"
    }
   ],
   "egeDuGcc": [],
   "etatObjet": "A"`, `"gccIdentifiantExterne": "99902", "etatObjet": "I"`}, imports.Close, territory.Group, "  entity 699900148"},
		{"an entity that moves to another region", []string{`"cogCommune": "2A990"`, `"cogCommune": "01990"`}, imports.Move, territory.Entity, "  entity 2A9900134"},
	} {
		t.Run(row.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				apply(t, db, golden(t, "structures.json"), imports.Options{})
				file := golden(t, "structures.json", row.replace...)
				plan := apply(t, db, file, imports.Options{})
				if plan.Counts[row.verb][row.kind] != 1 {
					t.Errorf("counts %v, samples %+v", plan.Counts, plan.Samples)
				}
				if after := tree(t, db); !strings.Contains(after, "\n"+row.want) {
					t.Errorf("no line %q in\n%s", row.want, after)
				}
				if again := apply(t, db, file, imports.Options{}); !again.Empty() {
					t.Errorf("again: %v", again.Counts)
				}
			})
		})
	}
}

func TestImportClosesAndReopens(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open := golden(t, "structures.json")
		apply(t, db, open, imports.Options{})
		closed := golden(t, "structures.json")
		for i := range closed.Entities {
			if closed.Entities[i].Finess == "389900127" {
				closed.Entities[i].Active, closed.Entities[i].ClosedOn = false, "2026-05-31"
			}
		}
		for i := range closed.Establishments {
			if closed.Establishments[i].Finess == "389901034" {
				closed.Establishments[i].Active = false
			}
			if closed.Establishments[i].Finess == "019901040" { // taken over by the hospital
				closed.Establishments[i].Entity = "019900109"
			}
		}
		plan := apply(t, db, closed, imports.Options{})
		if plan.Total(imports.Close) != 2 || plan.Total(imports.Move) != 1 || plan.Kept != 0 {
			t.Errorf("%v, kept %d", plan.Counts, plan.Kept)
		}
		after := tree(t, db)
		for _, want := range []string{"(finess) closed 2026-05-31\n", "RESIDENCE LES TROIS SAULES (finess) closed 2026-06-01\n", "    establishment 019901040 RESIDENCE DU GUE (finess)\n"} {
			if !strings.Contains(after, want) {
				t.Errorf("no %q in\n%s", want, after)
			}
		}
		// The former state comes back: the entity first, then what stood below it.
		plan = apply(t, db, open, imports.Options{})
		if plan.Total(imports.Reopen) != 2 || plan.Total(imports.Move) != 1 || strings.Contains(tree(t, db), "closed") {
			t.Errorf("reopening: %v\n%s", plan.Counts, tree(t, db))
		}
		// A structure that is still open here keeps its entity open.
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			found, err := territory.ByFiness(t.Context(), tx, territory.Everything(), "389900127")
			if err != nil {
				return err
			}
			_, err = territory.Insert(t.Context(), tx, territory.Everything(), territory.Draft{Parent: found[0].ID, Kind: territory.Establishment, Name: "Ajouté à la main"}, now)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if plan = apply(t, db, closed, imports.Options{}); plan.Kept != 1 || plan.Counts[imports.Close][territory.Entity] != 0 {
			t.Errorf("kept %d: %v", plan.Kept, plan.Counts)
		}
	})
}

func TestImportAbsent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		apply(t, db, golden(t, "stock-utf8.csv"), imports.Options{})
		file := golden(t, "stock-utf8.csv")
		file.Establishments = slices.Delete(file.Establishments, 1, 2)
		if plan := apply(t, db, file, imports.Options{}); plan.Absent != 1 || !plan.Empty() {
			t.Errorf("an absent structure is only counted: %d, %v", plan.Absent, plan.Counts)
		}
		if plan := apply(t, db, file, imports.Options{CloseAbsent: true}); plan.Total(imports.Close) != 1 {
			t.Errorf("asked to close it: %v", plan.Counts)
		}
		file = golden(t, "stock-utf8.csv")
		file.Establishments = file.Establishments[6:7] // Corsica only
		file.Entities = file.Entities[4:5]
		if plan := apply(t, db, file, imports.Options{CloseAbsent: true}); plan.Absent != 0 || !plan.Empty() {
			t.Errorf("an extract of Corsica says nothing of the others: %d, %v", plan.Absent, plan.Counts)
		}
	})
}

func TestImportPartOfAFile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		plan := apply(t, db, golden(t, "structures.json"), imports.Options{Regions: []string{"94"}})
		if plan.Counts[imports.Create][territory.Entity] != 1 || plan.Counts[imports.Create][territory.Group] != 0 || plan.Filtered == 0 {
			t.Errorf("one region: %v", plan.Counts)
		}
		plan = apply(t, db, golden(t, "structures.json"), imports.Options{Sectors: []finess.Sector{finess.Health}})
		if got := plan.Counts[imports.Create]; got[territory.Entity] != 4 || got[territory.Establishment] != 4 {
			t.Errorf("health establishments: %v", got)
		}
	})
}

func TestImportStaysWithinTheScope(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		apply(t, db, golden(t, "stock-utf8.csv"), imports.Options{Regions: []string{"84", "94"}})
		var scope territory.Scope
		err := db.View(t.Context(), func(tx *store.Tx) error {
			corsica, err := territory.ByCode(t.Context(), tx, territory.Everything(), territory.Region, "94")
			if err != nil {
				return err
			}
			interval, n, err := territory.Extent(t.Context(), tx, corsica.ID)
			scope = territory.NewScope(n, interval)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		before := tree(t, db)
		plan, err := imports.Apply(t.Context(), db, scope, golden(t, "structures.json"), "", imports.Options{}, clock, nil)
		if err != nil {
			t.Fatal(err)
		}
		after := strings.Split(tree(t, db), "\n")
		for _, line := range strings.Split(before, "\n") {
			if !strings.Contains(line, "2A99") && !strings.Contains(strings.Join(after, "\n"), line) {
				t.Errorf("changed outside of the scope: %s", line)
			}
		}
		if plan.Outside == 0 || plan.Total(imports.Change) != 2 || len(after) != len(strings.Split(before, "\n")) {
			t.Errorf("outside %d, %v", plan.Outside, plan.Counts)
		}
	})
}

func TestImportKeepsWhatPeopleSaid(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		apply(t, db, golden(t, "structures.json"), imports.Options{})
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			found, err := territory.ByFiness(t.Context(), tx, territory.Everything(), "2A9900134")
			if err != nil {
				return err
			}
			return territory.Rename(t.Context(), tx, territory.Everything(), found[0].ID, "Clinique du Maquis (essai)", now)
		})
		if err != nil {
			t.Fatal(err)
		}
		if plan := apply(t, db, golden(t, "structures.json"), imports.Options{}); !plan.Empty() || !strings.Contains(tree(t, db), "Clinique du Maquis (essai) (manual)") {
			t.Errorf("the name was replaced: %v", plan.Counts)
		}
	})
}

func TestImportFailsWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		file := golden(t, "structures.json")
		file.Establishments[8].Siret = "not a number" // a reader never lets it through
		if _, err := imports.Apply(t.Context(), db, territory.Everything(), file, "", imports.Options{}, clock, nil); err == nil {
			t.Fatal("accepted")
		}
		if left := tree(t, db); left != "" {
			t.Errorf("half of the import stayed:\n%s", left)
		}
	})
}

func TestProgressEndsAtTheTotal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		last, total := -1, 0
		plan, err := imports.Apply(t.Context(), db, territory.Everything(), golden(t, "structures.json"), "", imports.Options{}, clock, func(done, all int) {
			if done < last {
				t.Errorf("progress went back from %d to %d", last, done)
			}
			last, total = done, all
		})
		if err != nil || last != total || total != plan.Steps() {
			t.Errorf("%d of %d, %d steps: %v", last, total, plan.Steps(), err)
		}
	})
}
