package page

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/search"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

// newSite serves the page on an index of two kinds.
func newSite(t *testing.T, db *store.DB) *pagetest.Site {
	t.Helper()
	site := pagetest.New(t, db)
	action := func(_ context.Context, _ *store.Tx, ref string) ([]search.Document, error) {
		return []search.Document{{Structure: ref, Title: "Vérifier les <b>sauvegardes</b> de " + ref, Detail: "Alex Fictif", Path: "/structures/" + ref + "/actions/a", At: time.Unix(1_700_000_000, 0)}}, nil
	}
	requirement := func(context.Context, *store.Tx, string) ([]search.Document, error) {
		return []search.Document{{Lang: "fr", Title: "Une sauvegarde hors ligne", Detail: "Référentiel", Path: "/structures/{structure}/referentials/x#r-1"}}, nil
	}
	index, err := search.New(db, slog.New(slog.DiscardHandler), search.Source{Kind: "action", Action: right.SeeActions, Documents: action}, search.Source{Kind: "requirement", Action: right.SeePosture, Documents: requirement})
	if err != nil {
		t.Fatal(err)
	}
	site.Update(func(ctx context.Context, tx *store.Tx) error {
		for _, mark := range [][2]string{{"action", pagetest.Hospital}, {"action", pagetest.Clinic}, {"requirement", "x"}} {
			if _, err := tx.Exec(ctx, `insert into search_due (kind, ref) values ($1, $2)`, mark[0], mark[1]); err != nil {
				return err
			}
		}
		return nil
	})
	site.Serve(New(db, index, site.Trail).Routes)
	return site
}

func TestSearchPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		for name, row := range map[string]struct {
			path string
			says []string
			not  []string
		}{
			"nothing asked": {"/search", []string{"Mots, début de mots ou numéro"}, []string{"Rien ne correspond"}},
			"found":         {"/search?q=SAUVEG", []string{"Tout", "Actions", "Exigences", "/structures/h1/actions/a", "/structures/h1/referentials/x#r-1", "Centre hospitalier du Val-Doré"}, []string{"de h2", "<b>sauve"}},
			"one kind":      {"/search?q=sauvegarde&kind=action", []string{"/structures/h1/actions/a"}, []string{"hors ligne"}},
			"another kind":  {"/search?q=fictif&kind=requirement", []string{"Rien de cette nature"}, nil},
			"unknown kind":  {"/search?q=sauvegarde&kind=%3Cscript%3E", []string{"Rien de cette nature"}, []string{"<script>"}},
			"nothing found": {"/search?q=zanzibar", []string{"Rien ne correspond à « zanzibar »"}, nil},
			"hollow words":  {"/search?q=de+la", []string{"au moins un mot"}, nil},
			"signs":         {"/search?q=%22+OR+%2A+%27%3A%2A+%26", []string{"Rien ne correspond"}, nil},
			"very long":     {"/search?q=" + strings.Repeat("sauvegarde+", 300), []string{"hors ligne"}, nil},
		} {
			p := officer.Want(name, officer.Get(row.path), http.StatusOK)
			for _, want := range row.says {
				if !strings.Contains(p.Text, want) && !strings.Contains(string(p.Body), want) {
					t.Errorf("%s lacks %q:\n%s", name, want, p.Main())
				}
			}
			for _, not := range row.not {
				if strings.Contains(string(p.Body), not) {
					t.Errorf("%s has %q:\n%s", name, not, p.Main())
				}
			}
		}
		officer.Lang = "en"
		if p := officer.Get("/search?q=sauvegarde"); strings.Contains(p.Text, "hors ligne") || !strings.Contains(p.Text, "Actions") {
			t.Errorf("in English:\n%s", p.Main())
		}
		admin := site.Person("Alix Inventé", right.Administrator, "")
		if p := admin.Want("administrator", admin.Get("/search?q=sauvegarde"), http.StatusOK); !strings.Contains(p.Text, "Rien ne correspond") {
			t.Errorf("an administrator reads content:\n%s", p.Main())
		}
	})
}

// Who runs the installation may have the index made anew, and nobody else; what was there is found again.
func TestTheIndexIsMadeAnew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site := newSite(t, db)
		officer, administrator := site.Person("officer", right.SecurityOfficer, pagetest.Hospital), site.Person("administrator", right.Administrator, "")
		below := site.Person("below", right.Administrator, pagetest.Region)
		for name, v := range map[string]*pagetest.Visitor{"officer": officer, "administrator of a region": below} {
			if p := v.Get("/search"); strings.Contains(p.Text, "/search/rebuild") {
				t.Errorf("%s is shown the button", name)
			}
			v.Want(name, v.Post("/search/rebuild"), http.StatusForbidden)
		}
		if p := administrator.Want("page", administrator.Get("/search"), http.StatusOK); !strings.Contains(p.Text, "/search/rebuild") {
			t.Errorf("no button:\n%s", p.Main())
		}
		officer.Get("/search?q=sauvegarde") // follows what waits
		done := administrator.Want("rebuild", administrator.Post("/search/rebuild"), http.StatusSeeOther)
		if done.To() != "/search" {
			t.Errorf("led to %q", done.To())
		}
		if acts := site.Actions(); len(acts) == 0 || acts[0] != "search.rebuild" {
			t.Errorf("the trail has %v", acts)
		}
		site.View(func(ctx context.Context, tx *store.Tx) error {
			n, err := store.One(ctx, tx, store.Column[int], `select count(*) from search_due where kind = 'structure'`)
			if n == 0 {
				t.Error("nothing waits to be written anew")
			}
			return err
		})
	})
}
