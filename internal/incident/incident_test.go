package incident_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hygie/internal/blob"
	"hygie/internal/blob/blobtest"
	"hygie/internal/incident"
	"hygie/internal/locale"
	"hygie/internal/logbook"
	"hygie/internal/pagetest"
	"hygie/internal/plan"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/journal"
)

// night is a site with the module, a director, a contributor, and helpers of the region.
type night struct {
	*pagetest.Site
	t                           *testing.T
	books                       *logbook.Books
	module                      *incident.Module
	director, worker, gradesone *pagetest.Visitor
	printer                     *locale.Printer
}

func begin(t *testing.T, db *store.DB) *night {
	t.Helper()
	return beginStamped(t, db, nil)
}

// beginStamped is begin with an authority of time.
func beginStamped(t *testing.T, db *store.DB, stamper logbook.Stamper) *night {
	t.Helper()
	s := pagetest.New(t, db)
	n := &night{Site: s, t: t}
	var err error
	n.books = logbook.New(logbook.Options{DB: db, Private: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32)), Vault: blobtest.Vault(t, &blob.Memory{}), Now: s.Now, Stamper: stamper})
	if n.module, err = incident.New(incident.Options{DB: db, Books: n.books, Trail: s.Trail, Now: s.Now}); err != nil {
		t.Fatal(err)
	}
	s.Serve(n.module.Routes)
	n.director = s.Person("Dominique Fictif", right.Director, pagetest.Hospital)
	n.worker = s.Person("Alex Inventé", right.Contributor, pagetest.Hospital)
	n.gradesone = s.Person("Sacha Appui", right.RegionalSupport, pagetest.Region)
	catalogue, err := locale.Default()
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	n.printer = catalogue.Printer(locale.French, zone)
	return n
}

const incidents = "/structures/h1/incidents"

// open opens an incident through the page, and gives its address.
func (n *night) open(v *pagetest.Visitor, title string) string {
	n.t.Helper()
	page := n.director.Want("open", v.Post(incidents, "title", title, "noticed", "", "care", "degraded"), http.StatusSeeOther)
	return page.To()
}

func (n *night) post(v *pagetest.Visitor, path string, fields ...string) {
	n.t.Helper()
	v.Want(path, v.Post(path, fields...), http.StatusSeeOther)
}

func TestRightsFollowTheTable(t *testing.T) {
	n := begin(t, storetest.SQLite(t))
	n.FollowsTable(t)
}

func TestOneNight(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := begin(t, db)
		n.worker.Want("list", n.worker.Get(incidents), http.StatusOK)
		n.worker.Want("blank", n.worker.Get(incidents+"/new"), http.StatusOK)
		n.worker.Want("nothing said", n.worker.Post(incidents, "title", " ", "noticed", ""), http.StatusUnprocessableEntity)
		n.worker.Want("not yet", n.worker.Post(incidents, "title", "x", "noticed", "2026-03-10T23:00"), http.StatusUnprocessableEntity)
		at := n.open(n.worker, "Les postes de la pharmacie affichent une demande de rançon")
		page := n.worker.Want("cockpit", n.worker.Get(at), http.StatusOK)
		for _, want := range []string{"sans délai", "CNIL", "72", "Qui appeler", "09 72 43 91 25"} {
			if !strings.Contains(page.Text, want) {
				t.Errorf("the cockpit does not say %q", want)
			}
		}
		n.post(n.worker, at+"/qualify", "kind", "ransomware", "malicious", "", "care", "stopped", "occurred", "2026-03-10T03:00", "version", "1")
		n.worker.Want("stale", n.worker.Post(at+"/qualify", "kind", "failure", "version", "1"), http.StatusConflict)
		n.post(n.worker, at+"/services", "name", "Réanimation", "state", "degraded", "note", "dossier papier")
		n.post(n.worker, at+"/services", "name", "REANIMATION", "state", "running", "note", "")
		n.post(n.worker, at+"/decisions", "decision", "Couper l’accès à internet ?")
		decision := n.worker.Get(at).Find(t, `decisions/([0-9a-zA-Z]+)"`)
		n.post(n.worker, at+"/decisions/"+decision, "outcome", "Coupé à 10 h")
		n.worker.Want("twice", n.worker.Post(at+"/decisions/"+decision, "outcome", "non"), http.StatusConflict)
		n.post(n.worker, at+"/shifts", "person", "Alex Inventé", "post", "informatique", "reach", "poste 4242")
		n.post(n.worker, at+"/log", "kind", "call", "text", "Appel au CERT Santé", "to", "CERT Santé", "at", "")
		for _, format := range []string{"handover/pdf", "situation/pdf", "situation/odt", "situation/html", "declarations/cnil", "declarations/cert-sante/print/pdf", "declarations/complaint/print/odt", "log", "log?order=fact", "log/offline",
			"log/sheets", "log/export/pdf", "log/export/csv", "log/export/journal", "log/export/pack", "log/export/timesketch", "log/export/html"} {
			n.worker.Want(format, n.worker.Get(at+"/"+format), http.StatusOK)
		}
		if page := n.worker.Get(at); strings.Count(page.Main(), "Réanimation")+strings.Count(page.Main(), "REANIMATION") == 0 || strings.Contains(page.Text, "dossier papier\n</td>") {
			t.Error("the service is not on the board")
		}
		n.worker.Want("a contributor does not close", n.worker.Get(at+"/close"), http.StatusForbidden)
		n.post(n.director, at+"/clocks/cert-sante", "reference", "2026-001", "at", "")
		n.post(n.director, at+"/clocks/nis2-report", "not_due", "1", "reference", "hors champ")
		n.director.Want("no cause", n.director.Post(at+"/close", "cause", "", "lessons", "", "version", "2"), http.StatusUnprocessableEntity)
		n.post(n.director, at+"/close", "cause", "Compte sans second facteur", "lessons", "Second facteur partout\n\nTester les sauvegardes\n", "version", "2")
		n.worker.Want("closed", n.worker.Post(at+"/log", "kind", "fact", "text", "trop tard"), http.StatusConflict)
		n.View(func(ctx context.Context, tx *store.Tx) error {
			actions, total, err := plan.List(ctx, tx, territory.Everything(), plan.Filter{Structure: pagetest.Hospital, Origin: plan.IncidentLesson}, 10, 0)
			if total != 2 || len(actions) != 2 {
				t.Errorf("%d lessons in the plan", total)
			}
			return err
		})
		sealed := n.worker.Get(at + "/log/export/journal")
		res, err := journal.VerifyExport(bytes.NewReader(sealed.Body), n.books.Public())
		if err != nil || !res.Proven() || res.Lines < 10 {
			t.Errorf("the journal of the night: %d lines, %v, %v", res.Lines, res.Problems, err)
		}
	})
}

func TestSharedUntilRevoked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := begin(t, db)
		at := n.open(n.director, "Serveur de fichiers chiffré")
		helper := n.gradesone
		helper.Want("not shared", helper.Get(at+"/shared"), http.StatusNotFound)
		helper.Want("never by the front door", helper.Get(at), http.StatusForbidden)
		if page := helper.Want("list", helper.Get("/incidents/shared"), http.StatusOK); strings.Contains(page.Text, "Serveur de fichiers") {
			t.Error("the list shows what is not shared")
		}
		n.post(n.director, at+"/share")
		if page := helper.Want("list", helper.Get("/incidents/shared"), http.StatusOK); !strings.Contains(page.Text, "Serveur de fichiers") {
			t.Error("the list does not show what is shared")
		}
		helper.Want("shared", helper.Get(at+"/shared"), http.StatusOK)
		helper.Want("note", helper.Post(at+"/shared", "id", "h1", "text", "Un analyste vous rappelle à 11 h"), http.StatusSeeOther)
		if page := n.director.Get(at + "/log"); !strings.Contains(page.Text, "analyste vous rappelle") || !strings.Contains(page.Text, "Sacha Appui") {
			t.Error("the line of the helper is not in the main courante")
		}
		n.post(n.director, at+"/share/revoke")
		helper.Want("revoked", helper.Get(at+"/shared"), http.StatusNotFound)
		helper.Want("no line any more", helper.Post(at+"/shared", "text", "encore"), http.StatusNotFound)
		if acts := strings.Join(n.Actions(), " "); !strings.Contains(acts, "incident.look") {
			t.Errorf("the reading is not in the trail: %s", acts)
		}
	})
}

func TestClocksRunThroughTheNightsOfChange(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	rules := []incident.ClockRule{{ID: "a", From: "noticed"}, {ID: "b", From: "noticed", Hours: 72}, {ID: "n", From: "noticed", Hours: 72, Only: "nis2"}, {ID: "m", From: "n", Months: 1}}
	local := func(text string) time.Time {
		at, err := time.ParseInLocation("2006-01-02 15:04", text, paris)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct {
		name, noticed, due72, month string
	}{
		{"an ordinary week", "2026-03-10 02:10", "2026-03-13 02:10", "2026-04-13 02:10"},
		{"clocks go forward", "2026-03-28 02:10", "2026-03-31 03:10", "2026-04-30 03:10"},
		{"clocks go back", "2026-10-24 02:10", "2026-10-27 01:10", "2026-11-27 01:10"},
		{"a month without that day", "2026-01-28 10:00", "2026-01-31 10:00", "2026-02-28 10:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := incident.Incident{Noticed: local(c.noticed)}
			clocks := incident.Clocks(rules, i, nil, nil, i.Noticed.Add(time.Hour), paris)
			if got := clocks[1].Due.In(paris).Format("2006-01-02 15:04"); got != c.due72 || clocks[1].Due.Sub(i.Noticed) != 72*time.Hour {
				t.Errorf("72 h end on %s, want %s", got, c.due72)
			}
			if got := clocks[3].Due.In(paris).Format("2006-01-02 15:04"); got != c.month {
				t.Errorf("the month ends on %s, want %s", got, c.month)
			}
		})
	}
	i := incident.Incident{Noticed: local("2026-03-10 02:00")}
	for _, c := range []struct {
		name       string
		after      time.Duration
		conditions map[string]string
		done       map[string]incident.Done
		want       []incident.ClockState
	}{
		{"at once", 0, nil, nil, []incident.ClockState{incident.Now, incident.Open, incident.Maybe, incident.Open}},
		{"exactly at the end", 72 * time.Hour, nil, nil, []incident.ClockState{incident.Now, incident.Open, incident.Maybe, incident.Open}},
		{"one second later", 72*time.Hour + time.Second, nil, nil, []incident.ClockState{incident.Now, incident.Overdue, incident.Overdue, incident.Open}},
		{"does not apply", time.Hour, map[string]string{"nis2": "no"}, nil, []incident.ClockState{incident.Now, incident.Open, incident.MaybeOff, incident.Open}},
		{"made, late, not due", 100 * time.Hour, map[string]string{"nis2": "yes"}, map[string]incident.Done{"a": {Clock: "a", At: i.Noticed}, "b": {Clock: "b", At: i.Noticed.Add(73 * time.Hour)}, "n": {Clock: "n", NotDue: true, At: i.Noticed}},
			[]incident.ClockState{incident.Made, incident.MadeLate, incident.NotDue, incident.Open}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for n, got := range incident.Clocks(rules, i, c.conditions, c.done, i.Noticed.Add(c.after), paris) {
				if got.State != c.want[n] {
					t.Errorf("%s is %s, want %s", got.ID, got.State, c.want[n])
				}
			}
		})
	}
}

func TestWallTimeInTheHourThatComesTwice(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	first, second := time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC) // both are 2 h 30 on the wall
	for _, c := range []struct {
		name string
		text string
		now  time.Time
		want time.Time
	}{
		{"lived the first time", "2026-10-25T02:30", first.Add(5 * time.Minute), first},
		{"lived the second time", "2026-10-25T02:30", second.Add(5 * time.Minute), second},
		{"the morning after", "2026-10-25T02:30", second.Add(6 * time.Hour), second},
		{"an ordinary hour", "2026-10-24T02:30", second, time.Date(2026, 10, 24, 0, 30, 0, 0, time.UTC)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, ok := logbook.WallTime(c.text, c.now, paris); !ok || !got.Equal(c.want) {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	if _, ok := logbook.WallTime("hier soir", first, paris); ok {
		t.Error("words were read as a moment")
	}
}

func TestObservatoryCountsWithoutReading(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		n := begin(t, db)
		for i, kind := range []string{"ransomware", "ransomware", "failure", ""} {
			at := n.open(n.worker, fmt.Sprint("Incident fictif ", i))
			if kind != "" {
				n.post(n.worker, at+"/qualify", "kind", kind, "care", []string{"stopped", "none", "", ""}[i], "version", "1")
			}
		}
		n.View(func(ctx context.Context, tx *store.Tx) error {
			figures, err := incident.Observe(ctx, tx, territory.Everything(), time.UTC, n.Now())
			var total int64
			for _, f := range figures {
				total += f.Count
				if f.Kind == "ransomware" && (f.Count != 2 || f.Malicious != 2 || f.Care != 1 || f.CareKnown != 2 || f.Region != "Région d’essai" || f.Year != 2026) {
					t.Errorf("ransomware: %+v", f)
				}
				if f.Kind == "failure" && (f.Accident != 1 || f.CareKnown != 0) {
					t.Errorf("failure: %+v", f)
				}
			}
			if total != 4 {
				t.Errorf("%d incidents counted", total)
			}
			none, err2 := incident.Observe(ctx, tx, territory.Scope{}, time.UTC, n.Now())
			if len(none) != 0 || err2 != nil {
				t.Errorf("an empty scope counts %v, %v", none, err2)
			}
			return err
		})
		page := n.gradesone.Want("observatory", n.gradesone.Get("/observatory"), http.StatusOK)
		if strings.Contains(page.Text, "Incident fictif") || !strings.Contains(page.Text, "592") {
			t.Error("the observatory tells a title, or not the published series")
		}
	})
}

func TestLinesOfTheBrowser(t *testing.T) {
	n := begin(t, storetest.SQLite(t))
	at := n.open(n.worker, "Panne du réseau")
	send := func(v *pagetest.Visitor, body string) (int, string) { return n.sync(v, at, body) }
	person := n.worker.Actor.Person
	body := fmt.Sprintf(`{"person":%q,"sent":"2026-03-10T09:00:07Z","lines":[{"id":"b1","kind":"fact","text":"écrit sans réseau","written":"2026-03-10T08:00:07Z","at":"","device":"ph","seq":1,"offline":true},{"id":"b2","kind":"rumour","text":"non"}]}`, person)
	status, text := send(n.worker, body)
	if status != http.StatusOK || !strings.Contains(text, `"number":2`) || !strings.Contains(text, "nature") {
		t.Errorf("%d %s", status, text)
	}
	if _, again := send(n.worker, body); strings.Contains(again, `"new"`) || !strings.Contains(again, `"number":2`) {
		t.Errorf("sent again: %s", again)
	}
	if status, _ := send(n.worker, strings.Replace(body, person, "somebody", 1)); status != http.StatusConflict {
		t.Errorf("lines of somebody else: %d", status)
	}
	if status, _ := send(n.worker, `{"lines":`); status != http.StatusUnprocessableEntity {
		t.Errorf("a torn body: %d", status)
	}
	page := n.worker.Get(at + "/log")
	if !strings.Contains(page.Text, "Écrite sans réseau") || !strings.Contains(page.Text, "s’écartait de") {
		t.Error("the line does not tell how it came")
	}
}

// sync sends lines as the script of the page does.
func (n *night) sync(v *pagetest.Visitor, at, body string) (status int, text string) {
	n.t.Helper()
	r, err := http.NewRequestWithContext(n.t.Context(), http.MethodPost, at+"/log/sync", strings.NewReader(body))
	if err != nil {
		n.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	v.Sign(r)
	w := &answer{header: http.Header{}, status: http.StatusOK}
	n.Router.ServeHTTP(w, r)
	return w.status, w.String()
}

// answer is a response in memory.
type answer struct {
	bytes.Buffer
	header http.Header
	status int
}

func (a *answer) Header() http.Header    { return a.header }
func (a *answer) WriteHeader(status int) { a.status = status }

func TestPaperComesBack(t *testing.T) {
	n := begin(t, storetest.SQLite(t))
	at := n.open(n.worker, "Panne du réseau")
	sheets := at + "/log/sheets"
	n.post(n.worker, sheets, "cell", "Réanimation", "count", "2")
	n.worker.Want("none", n.worker.Post(sheets, "cell", "", "count", "0"), http.StatusUnprocessableEntity)
	paper := n.worker.Want("print", n.worker.Get(sheets+"/1/print"), http.StatusOK)
	if !bytes.HasPrefix(paper.Body, []byte("%PDF-")) {
		t.Error("the sheet is no PDF")
	}
	if pages := bytes.Count(paper.Body, []byte("/Type /Page /")); pages != 1 {
		t.Errorf("the sheet has %d pages: a photograph of one would lack the code", pages)
	}
	n.worker.Want("unknown", n.worker.Get(sheets+"/9"), http.StatusNotFound)
	n.worker.Want("empty", n.worker.Post(sheets+"/1", "text-1", " "), http.StatusUnprocessableEntity)
	fields := []string{"at-1", "2026-03-10T08:00", "kind-1", "fact", "who-1", "cadre de nuit", "text-1", "Passage au papier", "kind-3", "decision", "text-3", "Prescriptions manuscrites"}
	n.post(n.worker, sheets+"/1", fields...)
	n.post(n.worker, sheets+"/1", fields...)
	page := n.worker.Want("list", n.worker.Get(at+"/log"), http.StatusOK)
	if strings.Count(page.Text, "Passage au papier") != 1 || !strings.Contains(page.Text, "1.3") {
		t.Error("the lines of the sheet are not there once each")
	}
}
