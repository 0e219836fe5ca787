package administration

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

// heir takes over as many applications as structures that merged have: two of each, here.
type heir struct{}

func (heir) Held(_ context.Context, _ *store.Tx, structure string) ([]string, error) {
	return []string{structure + "-0001", structure + "-0002"}, nil
}

func (heir) FollowMerges(ctx context.Context, tx *store.Tx) (int, error) {
	return store.One(ctx, tx, store.Column[int], `select 2 * count(*) from structure where merged_into is not null`)
}

func TestStructuresMerge(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _ := newSite(t, db)
		chief := site.Person("Ange Fictif", right.Administrator, "")
		director := site.Person("Dominique Fictif", right.Director, pagetest.Clinic)
		const address = "/structures/" + pagetest.Clinic + "/record/merge"
		has := func(p pagetest.Page, texts ...string) {
			t.Helper()
			plain := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(p.Text)
			for _, text := range texts {
				if !strings.Contains(plain, text) {
					t.Errorf("the page lacks %q:\n%s", text, p.Main())
				}
			}
		}
		var names map[territory.ID]string
		site.View(func(ctx context.Context, tx *store.Tx) error {
			names = map[territory.ID]string{}
			for _, id := range []territory.ID{pagetest.Clinic, pagetest.Hospital} {
				s, err := territory.Get(ctx, tx, territory.Everything(), id)
				if err != nil {
					return err
				}
				names[id] = s.Name
			}
			return nil
		})
		director.Want("a director", director.Get(address), http.StatusForbidden)
		found := chief.Want("search", chief.Get(address+"?q="+strings.ReplaceAll(names[pagetest.Hospital], " ", "+")), http.StatusOK)
		has(found, names[pagetest.Hospital], "Voir ce qui change")
		preview := chief.Want("preview", chief.Get(address+"?into="+pagetest.Hospital), http.StatusOK)
		has(preview, pagetest.Clinic+"-0001", "2 dossiers de financement passent à "+names[pagetest.Hospital], "Audits, actions et journal", "les lit, avec leur origine")
		chief.Want("into itself", chief.Get(address+"?into="+pagetest.Clinic), http.StatusConflict)
		chief.Want("into a group", chief.Get(address+"?into="+pagetest.Group), http.StatusConflict)
		chief.Want("into nothing", chief.Get(address+"?into=nothing"), http.StatusNotFound)
		has(chief.Want("without reason", chief.Post(address, "into", pagetest.Hospital, "day", "2026-03-01"), http.StatusUnprocessableEntity), "Indiquez l’acte ou le motif")
		chief.Want("without a day", chief.Post(address, "into", pagetest.Hospital, "reason", "Arrêté"), http.StatusUnprocessableEntity)
		done := chief.Want("merge", chief.Post(address, "into", pagetest.Hospital, "day", "2026-03-01", "reason", "Arrêté du 1er mars"), http.StatusSeeOther)
		if done.To() != "/structures/"+pagetest.Hospital {
			t.Errorf("led to %s", done.To())
		}
		has(chief.Want("record", chief.Get("/structures/"+pagetest.Clinic+"/record"), http.StatusOK), "voir la structure qui l’a reprise", `/structures/`+pagetest.Hospital)
		chief.Want("again", chief.Post(address, "into", pagetest.Hospital, "day", "2026-03-01", "reason", "Arrêté"), http.StatusConflict)
		site.View(func(ctx context.Context, tx *store.Tx) error {
			s, err := territory.Get(ctx, tx, territory.Everything(), pagetest.Clinic)
			if s.Status == territory.Active {
				t.Errorf("%+v is open", s)
			}
			return err
		})
		if got := strings.Join(site.Actions()[:2], " "); got != "structure.merge structure.merge" {
			t.Errorf("the trail says %s", got)
		}
	})
}
