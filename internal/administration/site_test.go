package administration

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"hygie/internal/doctor"
	"hygie/internal/job"
	"hygie/internal/pagetest"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/referential/packages"
)

// newSite serves the module on a database and works on its jobs.
func newSite(t *testing.T, db *store.DB) (*pagetest.Site, *Module) {
	t.Helper()
	site := pagetest.New(t, db)
	all, err := packages.Load()
	if err != nil {
		t.Fatal(err)
	}
	shelf, err := proof.NewShelf(all, nil)
	if err != nil {
		t.Fatal(err)
	}
	queue := job.NewQueue(db, site.Now)
	m, err := New(Options{DB: db, Queue: queue, Trail: site.Trail, Shelf: shelf, Now: site.Now, Version: "1.2.3", Address: "https://hygie.example", Imports: t.TempDir(),
		Follower: heir{}, FreeBytes: func() (uint64, error) { return 12_000_000_000, nil },
		Examine: func(context.Context) []doctor.Finding {
			return []doctor.Finding{{State: doctor.Fine, Key: "settings"}, {State: doctor.Broken, Key: "database_closed", Detail: "connection refused"}}
		}})
	if err != nil {
		t.Fatal(err)
	}
	site.Serve(m.Routes)
	runner := job.NewRunner(queue, job.Options{Poll: 5 * time.Millisecond})
	runner.Handle(PreviewKind, m.Work)
	runner.Handle(ImportKind, m.Work)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return site, m
}

// settled asks for the page of a job until the work is over.
func settled(v *pagetest.Visitor, t *testing.T, path string) pagetest.Page {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if p := v.Want(path, v.Get(path), http.StatusOK); !strings.Contains(p.Text, "<progress") {
			return p
		}
	}
	t.Fatalf("%s is not over", path)
	return pagetest.Page{}
}

func has(t *testing.T, name string, p pagetest.Page, wanted ...string) {
	t.Helper()
	// What is read, whatever spaces are used to write it.
	text := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(p.Main())
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("%s lacks %q:\n%s", name, want, text)
		}
	}
}

func published(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile("../finess/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestTheStateOfTheInstallation(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	chief := site.Person("Sam Imaginaire", right.Administrator, "")
	has(t, "state", chief.Want("state", chief.Get(home), http.StatusOK), "hygie 1.2.3", "https://hygie.example", "SQLite, version", "12 Go libres", "hygie backup")
	has(t, "doctor", chief.Want("doctor", chief.Get(doctorPath), http.StatusOK), "Les réglages sont cohérents", "à réparer", "connection refused", "PostgreSQL est démarré")
	has(t, "no job", chief.Want("jobs", chief.Get(jobsPath), http.StatusOK), "Aucun travail")
}

func TestWorkThatBrokeOffIsRunAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, m := newSite(t, db)
		chief := site.Person("Sam Imaginaire", right.Administrator, "")
		var id string
		site.Update(func(ctx context.Context, tx *store.Tx) (err error) {
			id, err = m.Queue.Enqueue(ctx, tx, job.New{Kind: "nobody.works", Structure: pagetest.Hospital})
			return err
		})
		chief.Want("not over", chief.Post(jobsPath+"/"+id+"/again"), http.StatusConflict)
		site.Update(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `update job set state = 'failed', error = 'disk full', ended_at = 1 where id = $1`, id)
			return err
		})
		has(t, "failed", chief.Get(jobsPath+"?state=failed"), "nobody.works", "disk full", "Centre hospitalier du Val-Doré", "Relancer", "Interrompu")
		chief.Want("again", chief.Post(jobsPath+"/"+id+"/again"), http.StatusSeeOther)
		has(t, "waiting", chief.Get(jobsPath+"?state=waiting"), "nobody.works", "En attente")
		chief.Want("unknown", chief.Post(jobsPath+"/nothing/again"), http.StatusNotFound)
		if got := site.Actions(); len(got) != 1 || got[0] != "job.again" {
			t.Errorf("trail %v", got)
		}
	})
}

// Running the machine is for who runs the whole of it: a regional administrator, a director, an instructor do not.
func TestOnlyTheAdministratorOfTheWholeEnters(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	for name, v := range map[string]*pagetest.Visitor{
		"regional administrator": site.Person("A", right.Administrator, pagetest.Region),
		"director":               site.Person("B", right.Director, pagetest.Hospital),
		"steering":               site.Person("C", right.NationalSteering, pagetest.Nation),
		"nobody in particular":   site.Person("D", "", ""),
	} {
		for _, path := range []string{home, doctorPath, jobsPath, finessPath, finessPath + "/x", shelfPath, shelfPath + "/care-d1", shelfPath + "/care-d1/file", shelfPath + "/care-d1/lines/parameter/directory-level", trailPath, trailPath + "/journal", trailPath + "/key"} {
			if p := v.Get(path); p.Status != http.StatusForbidden {
				t.Errorf("%s gets %s: %d", name, path, p.Status)
			}
		}
		for _, path := range []string{finessPath, finessPath + "/x/apply", finessPath + "/x/preview", finessPath + "/x/cancel", home + "/territory", jobsPath + "/x/again", shelfPath, shelfPath + "/care-d1/withdraw", shelfPath + "/care-d1/versions/x", shelfPath + "/care-d1/lines/parameter/directory-level", shelfPath + "/care-d1/lines/parameter/directory-level/undo"} {
			if p := v.Post(path); p.Status != http.StatusForbidden {
				t.Errorf("%s posts %s: %d", name, path, p.Status)
			}
		}
	}
}

func TestPagesSpeakEnglish(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	chief := site.Person("Sam Imaginaire", right.Administrator, "")
	chief.Lang = "en"
	made := chief.Upload(finessPath, "file", "structures.json", published(t, "structures.json"))
	settled(chief, t, made.To())
	hospital := recordAddress(pagetest.Hospital)
	for _, path := range []string{home, doctorPath, jobsPath, finessPath, made.To(), shelfPath, shelfPath + "/care-d1", shelfPath + "/care-d1/lines/parameter/directory-level", trailPath, "/structures/" + pagetest.Hospital + "/trail",
		hospital, hospital + "/child", hospital + "/move?q=r", hospital + "/close"} {
		if p := chief.Want(path, chief.Get(path), http.StatusOK); strings.Contains(p.Main(), "Enregistrer") || strings.Contains(p.Main(), "Annuler") {
			t.Errorf("%s speaks French:\n%s", path, p.Main())
		}
	}
}

func TestRoutesFollowTheTable(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	site.FollowsTable(t)
}
