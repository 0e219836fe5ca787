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
			return territory.Join(ctx, tx, territory.Everything(), pagetest.Group, pagetest.Clinic, territory.Party, "test", time.Time{}, time.Time{})
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
		_, common, _ := strings.Cut(near.Main(), `id="shared-title"`)
		common, _, _ = strings.Cut(common, `id="trusts-title"`)
		if strings.Contains(common, "val.test") || !says(near, "Aucun domaine n’apparaît") {
			t.Error("a domain is called shared by a member out of reach")
		}
		instructor := b.Person("instructor", right.RegionalInstructor, pagetest.Region)
		instructor.Want("instructor", instructor.Get(group), http.StatusForbidden)
	})
}

// Two hospitals with two domains: what ties them is told, and only of those whose audits the reader may see.
func TestTiesBetweenDomains(t *testing.T) {
	b := newBench(t, storetest.SQLite(t))
	b.Update(func(ctx context.Context, tx *store.Tx) error {
		return territory.Join(ctx, tx, territory.Everything(), pagetest.Group, pagetest.Clinic, territory.Party, "test", time.Time{}, time.Time{})
	})
	const one, two = "S-1-5-21-1-1-1", "S-1-5-21-2-2-2"
	wide := b.Person("coordinator of all", right.GroupCoordinator, pagetest.Region)
	near := b.Person("coordinator", right.GroupCoordinator, pagetest.Group)
	ldif := func(name, sid string, more string) string {
		dn := "DC=" + name + ",DC=test"
		text := "version: 1\n\ndn: " + dn + "\nobjectClass: top\nobjectClass: domain\nobjectClass: domainDNS\nobjectSid: " + sid + "\n\n"
		account := func(cn, class, rid, rest string) string {
			return "dn: CN=" + cn + ",CN=Users," + dn + "\nobjectClass: top\nobjectClass: " + class + "\nsAMAccountName: " + cn + "\nobjectSid: " + sid + "-" + rid + "\n" + rest + "\n"
		}
		text += account("Administrator", "user", "500", "userAccountControl: 512\n") + account("svc-sauvegarde", "user", "1101", "userAccountControl: 512\npwdLastSet: 133800000000000000\n") +
			account("Domain Admins", "group", "512", "member: CN=Administrator,CN=Users,"+dn+"\nmember: CN=svc-sauvegarde,CN=Users,"+dn+"\n"+more)
		return text
	}
	foreign := "dn: CN=" + two + "-1101,CN=ForeignSecurityPrincipals,DC=un,DC=test\nobjectClass: top\nobjectClass: foreignSecurityPrincipal\nobjectSid: " + two + "-1101\n\n"
	trust := "dn: CN=deux.test,CN=System,DC=un,DC=test\nobjectClass: top\nobjectClass: leaf\nobjectClass: trustedDomain\ntrustPartner: deux.test\ntrustDirection: 3\ntrustAttributes: 4\ntrustType: 2\n\n"
	first := ldif("un", one, "member: CN="+two+"-1101,CN=ForeignSecurityPrincipals,DC=un,DC=test\n") + foreign + trust
	for structure, text := range map[string]string{pagetest.Hospital: first, pagetest.Clinic: ldif("deux", two, "")} {
		officer := b.Person("officer of "+structure, right.SecurityOfficer, structure)
		officer.Want("deposit", officer.Upload("/structures/"+structure+"/directory/deposits", "dump", structure+".ldif", []byte(text)), http.StatusSeeOther)
	}
	b.work(t)
	const group = "/structures/" + pagetest.Group + "/directory"
	page := wide.Want("of the region", wide.Get(group), http.StatusOK)
	section := func(p pagetest.Page, id string) string {
		_, after, _ := strings.Cut(p.Main(), `id="`+id+`-title"`)
		text, _, _ := strings.Cut(after, "</section>")
		return plain(text)
	}
	for id, wants := range map[string][]string{
		"trusts":  {"un.test", "deux.test", "dans les deux sens, externe, identifiants filtrés"},
		"foreign": {"deux.test", "Domain Admins (groupe d’administration)", "un.test"},
		"names":   {"svc-sauvegarde", "deux.test", "un.test", "mots de passe posés le même jour"},
	} {
		for _, want := range wants {
			if !strings.Contains(section(page, id), want) {
				t.Errorf("%s does not say %q:\n%s", id, want, section(page, id))
			}
		}
	}
	if strings.Contains(section(page, "names"), "Administrator") {
		t.Error("an account that every domain has is called shared")
	}
	close := near.Want("of the group", near.Get(group), http.StatusOK)
	if strings.Contains(section(close, "names"), "svc-sauvegarde") || !strings.Contains(section(close, "foreign"), "hors des domaines mesurés") {
		t.Errorf("what is out of reach is told:\n%s", section(close, "foreign"))
	}
}
