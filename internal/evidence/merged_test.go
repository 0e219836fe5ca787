package evidence

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"hygie/internal/pagetest"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

// Evidence of a structure that merged stays its own; who works for the one that took over reads it there, with its origin, and replaces nothing of it. Nobody else does.
func TestEvidenceOfAMergedStructure(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _ := newSite(t, db)
		const third = "h3"
		site.Update(func(ctx context.Context, tx *store.Tx) error {
			_, err := territory.Insert(ctx, tx, territory.Everything(), territory.Draft{ID: third, Parent: pagetest.Region, Kind: territory.Entity, Name: "Clinique d’Ailleurs"}, site.Clock)
			return err
		})
		before := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		made := deposit(before, home1, "procédure.pdf", "%PDF-p").To()
		id := made[strings.LastIndex(made, "/")+1:]
		heir := site.Person("Noa Prototype", right.SecurityOfficer, pagetest.Clinic)
		other := site.Person("Charlie Gabarit", right.SecurityOfficer, third)
		home := "/structures/" + pagetest.Clinic + "/evidence"
		heir.Want("before the merger", heir.Get(home+"/"+id), http.StatusNotFound)
		name := ""
		site.Update(func(ctx context.Context, tx *store.Tx) error {
			s, err := territory.Get(ctx, tx, territory.Everything(), pagetest.Hospital)
			if err != nil {
				return err
			}
			name = s.Name
			return territory.Merge(ctx, tx, territory.Everything(), pagetest.Hospital, pagetest.Clinic, site.Clock, site.Clock)
		})
		for _, path := range []string{home, home + "/" + id} {
			if p := heir.Want(path, heir.Get(path), http.StatusOK); !strings.Contains(p.Text, "procédure.pdf") || !strings.Contains(p.Text, name) || strings.Contains(p.Text, "supersedes=") {
				t.Errorf("%s:\n%s", path, p.Main())
			}
		}
		if p := heir.Want("its content", heir.Get(home+"/"+id+"/file"), http.StatusOK); string(p.Body) != "%PDF-p" {
			t.Errorf("content %q", p.Body)
		}
		heir.Want("preview", heir.Get(home+"/"+id+"/preview"), http.StatusOK)
		heir.Want("its old place", heir.Get(made), http.StatusNotFound)
		heir.Want("replaced", deposit(heir, home, "procédure2.pdf", "%PDF-q", "supersedes", id), http.StatusNotFound)
		for _, path := range []string{made, home, home + "/" + id, "/structures/" + third + "/evidence/" + id} {
			other.Want(path, other.Get(path), http.StatusNotFound)
		}
		if got := strings.Join(site.Actions(), " "); got != "evidence.preview evidence.download evidence.add" {
			t.Errorf("trail %s", got)
		}
		site.View(func(ctx context.Context, tx *store.Tx) error {
			for structure, want := range map[string]string{pagetest.Hospital: pagetest.Hospital, pagetest.Clinic: pagetest.Clinic, third: ""} {
				at, _, err := territory.Extent(ctx, tx, territory.ID(structure))
				if err != nil {
					return err
				}
				if got, _ := proof.Reach(ctx, tx, territory.NewScope(1, at), id); got.Home != want || want != "" && got.From != name {
					t.Errorf("reached from %s: %q of %q", structure, got.Home, got.From)
				}
			}
			return nil
		})
	})
}
