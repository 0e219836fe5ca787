package audit_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"hygie/directory/generate"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

func TestMembersSideBySide(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		b.Update(func(ctx context.Context, tx *store.Tx) error {
			return territory.Join(ctx, tx, territory.Everything(), pagetest.Group, pagetest.Clinic, territory.Party, "test", time.Time{})
		})
		const group = "/structures/" + pagetest.Group + "/directory"
		coordinator := b.Person("coordinator", right.GroupCoordinator, pagetest.Group)
		wide := b.Person("coordinator of all", right.GroupCoordinator, pagetest.Region) // a member stands outside the group's branch
		row := func(p pagetest.Page, name string) string {
			_, after, _ := strings.Cut(p.Main(), name)
			line, _, _ := strings.Cut(after, "</tr>")
			return plain(line)
		}
		const hospital, clinic = "Centre hospitalier du Val-Doré", "Clinique des Trois-Érables"
		before := coordinator.Want("before", coordinator.Get(group), http.StatusOK)
		if !strings.Contains(row(before, hospital), "Jamais mesuré") || !strings.Contains(row(before, clinic), "Hors de votre périmètre") {
			t.Errorf("before any audit:\n%s", before.Main())
		}
		audited(t, b)
		b.Clock = b.Clock.Add(time.Hour)
		officer := b.Person("officer of the clinic", right.SecurityOfficer, pagetest.Clinic)
		officer.Want("deposit at the clinic", officer.Upload("/structures/"+pagetest.Clinic+"/directory/deposits", "dump", "clinic.hygie", directoryOf(t, b.Clock.AddDate(0, 0, -1), generate.Healthy)), http.StatusSeeOther)
		b.work(t)
		near := coordinator.Want("of the group", coordinator.Get(group), http.StatusOK)
		if got := row(near, hospital); !strings.Contains(got, "Niveau 1 sur 5") || !strings.Contains(got, "val.test") {
			t.Errorf("the hospital: %s", got)
		}
		if got := row(near, clinic); strings.Contains(got, "sur 5") || strings.Contains(got, "val.test") {
			t.Errorf("a member out of reach shows %s", got)
		}
		all := wide.Want("of the region", wide.Get(group), http.StatusOK)
		if got := row(all, clinic); !strings.Contains(got, "sur 5") {
			t.Errorf("the clinic: %s", got)
		}
		if !says(all, "Annuaires communs à plusieurs membres") || says(all, "Aucun domaine n’apparaît") || says(near, "Annuaire commun : ") {
			t.Errorf("the domain of both members is not told:\n%s", all.Main())
		}
		if says(near, "val.test</th><td") || !says(near, "Aucun domaine n’apparaît") {
			t.Error("a domain is called shared by a member out of reach")
		}
		instructor := b.Person("instructor", right.RegionalInstructor, pagetest.Region)
		instructor.Want("instructor", instructor.Get(group), http.StatusForbidden)
	})
}
