package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"hygie/directory/generate"
	"hygie/internal/app"
	"hygie/internal/audit"
	"hygie/internal/job"
	"hygie/internal/right"
	"hygie/internal/store/storetest"
	"hygie/internal/web/webtest"
)

// The main job, from sign-in to an accepted risk, in a browser with scripts.
func TestOfficerAuditsTheDirectory(t *testing.T) {
	officerJourney(t, "", webtest.View{Width: 1280})
}

// The same without scripts, on a narrow screen and on PostgreSQL.
func TestOfficerAuditsTheDirectoryWithoutScript(t *testing.T) {
	officerJourney(t, storetest.EmptyPostgreSQL(t, "template1"), webtest.View{Width: 360, NoScript: true})
}

// journey is the officer's window and what the journey needs along the way.
type journey struct {
	*window
	script bool
	gate   chan struct{} // each audit waits for one token before it works, so that its progress can be seen
	truth  *generate.Truth
	dump   string // file
	export string // file
}

func officerJourney(t *testing.T, database string, view webtest.View) {
	b := webtest.Start(t)
	j := &journey{script: !view.NoScript, gate: make(chan struct{}, 8)}
	j.gate <- struct{}{} // for the two audits of the demonstration itself
	j.gate <- struct{}{}
	s := start(t, options{demo: true, database: database, prepare: func(p *app.Platform) {
		p.Runner.Handle(audit.JobKind, func(ctx context.Context, work job.Job, progress *job.Progress) error {
			select {
			case <-j.gate:
				return p.Audits.Work(ctx, work, progress)
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
	}})
	head := s.person(t, "Jo Inventé", right.Director, smallHospital)
	s.idle(t)
	j.write(t)
	j.window = s.open(t, b, "/demonstration", view)

	j.signIn("Lou Specimen")
	j.says("Lou Specimen")
	j.situation("Aucun audit de l’annuaire n’est enregistré")
	before := j.next()
	j.deposit(j.dump, "")
	j.firstRun()
	j.point()
	j.plan()
	j.reports()
	j.situation("Niveau 1 sur 5")
	if after := j.next(); after == before {
		t.Errorf("the next best action is still %q", after)
	}
	j.verdicts()
	j.paper()
	j.accept(head)
	j.secondRun()
}

// write generates the directory as it is now, and as it will be when everything is mended.
func (j *journey) write(t *testing.T) {
	t.Helper()
	content, truth := dumpOf(t, domain(time.Now().AddDate(0, 0, -3), generate.Demo))
	j.truth = truth
	j.dump, j.export = filepath.Join(t.TempDir(), "annuaire.hygie"), filepath.Join(t.TempDir(), "annuaire.ldif")
	for file, bytes := range map[string][]byte{j.dump: content, j.export: ldifOf(t, domain(time.Now().AddDate(0, 0, -1), generate.Healthy))} {
		if err := os.WriteFile(file, bytes, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// signIn comes in by the link of the demonstration page that names the person.
func (j *journey) signIn(name string) {
	j.t.Helper()
	j.to("/demonstration")
	j.keep("demonstration")
	j.click(name)
	if j.path() != "/" {
		j.t.Fatalf("signed in, at %s", j.path())
	}
}

// situation looks at the page of the structure.
func (j *journey) situation(says ...string) {
	j.t.Helper()
	j.to("/structures/" + smallHospital)
	j.says(says...)
	j.keep("situation")
}

// next is the next best action that the page of the structure shows.
func (j *journey) next() string {
	j.t.Helper()
	return webtest.Eval[string](j.t, j.Tab, `document.querySelector(".next-line").innerText`)
}

// deposit uploads a file and watches the run until its outcome, without asking for the page again when scripts run.
func (j *journey) deposit(file, collected string) {
	j.t.Helper()
	j.to(smallDirectory + "/new")
	if collected != "" {
		j.fill("form[enctype]", "collected", collected)
	}
	j.choose("dump", file)
	j.click("Déposer et auditer")
	if !regexp.MustCompile(`^` + smallDirectory + `/runs/[0-9a-z]+$`).MatchString(j.path()) {
		j.t.Fatalf("deposited, at %s:\n%.800s", j.path(), j.text())
	}
	j.says("Audit en cours")
	j.keep("progress")
	webtest.Eval[bool](j.t, j.Tab, `window.same = true`)
	j.gate <- struct{}{}
	j.Until(j.t, `!!document.querySelector("main .gauge") && document.readyState === "complete"`)
	if same := webtest.Eval[bool](j.t, j.Tab, `window.same === true`); same != j.script {
		j.t.Errorf("the outcome came without loading the page again: %t, with scripts: %t", same, j.script)
	}
}

// firstRun reads the outcome of the weak directory.
func (j *journey) firstRun() {
	j.t.Helper()
	j.says("Niveau 1 sur 5", "C’est le premier passage", "Par où commencer", "Points par niveau")
	j.keep("run")
	if links := webtest.Eval[int](j.t, j.Tab, `document.querySelectorAll("#points tbody a").length`); links < 20 {
		j.t.Errorf("the run lists %d failed points, planted were %d", links, len(j.truth.Weaknesses))
	}
}

// point reads one control point: its objects, why, how, how to check and how to go back.
func (j *journey) point() {
	j.t.Helper()
	run := j.path()
	for _, w := range j.truth.Weaknesses {
		if len(w.Objects) > 5 || len(w.Objects) == 0 {
			continue
		}
		j.to(run + "/points/" + w.Point + "?domain=brume.test")
		j.says("Non conforme", "Pourquoi c’est dangereux", "Comment corriger", "Comment vérifier", "Comment revenir en arrière")
		j.says(w.Objects...)
		j.keep("point")
		break
	}
	j.to(run)
}

// plan turns the findings into actions.
func (j *journey) plan() {
	j.t.Helper()
	run := j.path()
	j.click("Mettre tous les constats au plan d’actions")
	if j.path() != "/structures/"+smallHospital+"/actions" {
		j.t.Errorf("planned, at %s", j.path())
	}
	j.says("actions ajoutées au plan.")
	j.keep("plan")
	planned := count(j.t, j.site.DB, `select count(*) from action where structure_id = $1`, smallHospital)
	failed := count(j.t, j.site.DB, `select count(*) from audit_point p join audit_run r on r.id = p.run_id where r.structure_id = $1 and p.status = 'failed'`, smallHospital)
	if planned != failed || failed < 20 {
		j.t.Errorf("%d actions for %d failed points", planned, failed)
	}
	j.to(run)
	j.click("Mettre tous les constats au plan d’actions")
	j.says("Ces constats sont déjà au plan d’actions.")
	j.click(webtest.Eval[string](j.t, j.Tab, `document.querySelector("main tbody a").innerText`))
	j.fill("main form", "state", "doing", "owner", "Sacha Modèle", "due", time.Now().AddDate(0, 1, 0).Format(time.DateOnly))
	j.keep("action")
	j.click("Enregistrer")
	j.says("Sacha Modèle")
	j.to(run)
}

// reports downloads the report as data and as a page.
func (j *journey) reports() {
	j.t.Helper()
	data := j.fetch(j.path() + "/report?format=json")
	var r struct {
		Level   int `json:"level"`
		Domains []struct {
			Level int `json:"level"`
		} `json:"domains"`
	}
	if err := json.Unmarshal([]byte(data.Text), &r); err != nil || len(r.Domains) != 1 || r.Domains[0].Level != 1 || !strings.Contains(data.Disposition, "attachment") {
		j.t.Errorf("the report as data: %v, %+v, %s", err, r, data.Disposition)
	}
	page := j.fetch(j.path() + "/report?format=html")
	if page.Status != http.StatusOK || !strings.Contains(page.Text, `<html lang="fr"`) || regexp.MustCompile(`(src|href)="(https?:)?//[^"]*\.(js|css|png|woff2?)`).MatchString(page.Text) {
		j.t.Errorf("the report as a page: status %d, needs other files or is not French", page.Status)
	}
}

// verdicts reads where the hospital stands against the first funded domain.
func (j *journey) verdicts() {
	j.t.Helper()
	j.click("Voir les exigences et leurs raisons")
	j.keep("verdicts")
	page := j.text()
	for _, word := range []string{"Satisfait", "Non satisfait", "Inconnu"} {
		if strings.Contains(page, word) {
			continue
		}
		if word == "Non satisfait" {
			j.t.Errorf("no requirement is %q:\n%.1500s", word, page)
		}
	}
	if reasons := webtest.Eval[int](j.t, j.Tab, `document.querySelectorAll(".reasons li").length`); reasons < 4 {
		j.t.Errorf("%d reasons", reasons)
	}
	j.says("Prochaine étape", "Source")
}

var pdfPage = regexp.MustCompile(`/Type\s*/Page\b[^s]`)

// paper prints: the situation and the history take one sheet each.
func (j *journey) paper() {
	j.t.Helper()
	for path, most := range map[string]int{"/structures/" + smallHospital: 1, smallDirectory: 1} {
		j.to(path)
		ctx, cancel := context.WithTimeout(j.Context, patience)
		pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperSize{Width: 8.27, Height: 11.69}), chromedp.PDFPreferCSSPageSize()))
		cancel()
		if err != nil {
			j.t.Fatal(err)
		}
		if n := len(pdfPage.FindAll(pdf, -1)); n < 1 || n > most || !bytes.HasPrefix(pdf, []byte("%PDF")) {
			keepFile(j.t, "paper.pdf", pdf)
			j.t.Errorf("%s prints on %d sheets, at most %d wanted", path, n, most)
		}
	}
}

// accept lets the director leave one weakness open for a time, which the officer may not do.
func (j *journey) accept(head string) {
	j.t.Helper()
	j.to(smallDirectory)
	j.leave(chromedp.Click(chromedp.CSS("main tbody a")))
	j.to(j.path() + "/points/" + j.truth.Weaknesses[0].Point + "?domain=brume.test")
	at := j.path()
	if strings.Contains(j.text(), "Accepter le risque pour un temps") {
		j.t.Error("the officer is offered to accept the risk")
	}
	j.to(j.site.link(j.t, head))
	j.to(at)
	j.click("Accepter le risque pour un temps")
	j.fill("main form", "reason", "trop court?")
	j.click("Accepter le risque")
	j.says("Donnez une date de fin.")
	j.keep("acceptance-refused")
	j.fill("main form", "reason", " Le fabricant livre sa correction au printemps.", "until", time.Now().AddDate(0, 2, 0).Format(time.DateOnly))
	j.click("Accepter le risque")
	j.says("Risque accepté jusqu’au", "Le fabricant livre sa correction au printemps.", "Jo Inventé")
	j.keep("accepted")
	j.signIn("Lou Specimen")
	j.to(at)
	j.says("Risque accepté jusqu’au")
	if strings.Contains(j.text(), "Retirer l’acceptation") {
		j.t.Error("the officer is offered to withdraw the director's decision")
	}
}

// secondRun deposits the mended directory as LDIF: better level, everything fixed, and the requirement on the level met.
func (j *journey) secondRun() {
	j.t.Helper()
	j.deposit(j.export, time.Now().AddDate(0, 0, -1).Format(time.DateOnly))
	j.says("Depuis le passage du", "le niveau est passé de 1 à 5", "corrigés")
	j.keep("run-mended")
	j.to(smallDirectory)
	if n := webtest.Eval[int](j.t, j.Tab, `document.querySelectorAll("main tbody tr").length`); n != 2 {
		j.t.Errorf("%d runs in the history", n)
	}
	j.keep("history")
	j.situation("Niveau 5 sur 5")
}
