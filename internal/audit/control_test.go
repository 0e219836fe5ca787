package audit_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"hygie/directory/generate"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
)

// audited is a hospital whose directory, with every weakness that can be planted, was audited; it returns the address of the run.
func audited(t *testing.T, b *bench) string {
	t.Helper()
	officer := b.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	run := deposit(t, officer, "val.hygie", directoryOf(t, b.Clock.AddDate(0, 0, -2), generate.Demo))
	b.work(t)
	return run
}

func TestWaysAreListedDrawnAndTold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		run := audited(t, b)
		officer := b.Person("officer", right.SecurityOfficer, pagetest.Hospital)
		for _, lang := range []string{"en", "fr"} {
			officer.Lang = lang
			p := officer.Want("ways", officer.Get(run+"/paths"), http.StatusOK)
			boxes, rows := strings.Count(p.Main(), `class="pv-node`), regexp.MustCompile(`<th scope="row"[^>]*><a href="[^"]*/paths/\d+"`).FindAllString(p.Main(), -1)
			if boxes < 3 || len(rows) == 0 {
				t.Fatalf("%s: %d boxes drawn, %d ways listed:\n%.3000s", lang, boxes, len(rows), p.Main())
			}
			if strings.Contains(p.Main(), ` style=`) {
				t.Error("the drawing has a style that the policy of the page refuses")
			}
		}
		first := officer.Want("a way", officer.Get(run+"/paths/1"), http.StatusOK)
		if steps := strings.Count(first.Main(), "Comment couper"); steps == 0 {
			t.Errorf("no step says how to cut it:\n%.3000s", first.Main())
		}
		for _, wrong := range []string{"0", "-1", "99999", "x"} {
			officer.Want("way "+wrong, officer.Get(run+"/paths/"+wrong), http.StatusNotFound)
		}
		none := officer.Want("no match", officer.Get(run+"/paths?q=zzzzzz"), http.StatusOK)
		if strings.Contains(none.Main(), "data-pathview") || strings.Contains(none.Main(), `class="pv-node`) {
			t.Error("a drawing of nothing")
		}
		file := officer.Want("export", officer.Get(run+"/paths?format=csv"), http.StatusOK)
		if lines := strings.Count(string(file.Body), "\r\n"); lines < 2 {
			t.Errorf("export of %d lines", lines)
		}
		stranger, instructor := b.Person("stranger", right.SecurityOfficer, pagetest.Clinic), b.Person("instructor", right.RegionalInstructor, pagetest.Region)
		for _, page := range []string{"/paths", "/paths/1", "/fixes"} {
			stranger.Want("stranger at "+page, stranger.Get(run+page), http.StatusNotFound)
			instructor.Want("instructor at "+page, instructor.Get(run+page), http.StatusForbidden)
		}
	})
}

func TestChosenFixesCloseTheWays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db)
		run := audited(t, b)
		officer := b.Person("officer", right.SecurityOfficer, pagetest.Hospital)
		figure := func(p pagetest.Page, label string) string {
			return strings.TrimSpace(plain(p.Find(t, label+`\s*</p><p class="stat-value">([^<]*)<`)))
		}
		p := officer.Want("fixes", officer.Get(run+"/fixes"), http.StatusOK)
		count := strings.Count(p.Main(), `name="fix"`)
		if count == 0 || says(p, "Et si ?</h2>") {
			t.Fatalf("%d changes proposed, and something tried that nobody chose:\n%.3000s", count, p.Main())
		}
		query := ""
		for rank := range count {
			query += fmt.Sprintf("&fix=%d", rank+1)
		}
		all := officer.Want("what if", officer.Get(run+"/fixes?"+query[1:]), http.StatusOK)
		if ways, accounts := figure(all, "Chemins encore ouverts"), figure(all, "Comptes qui atteignent encore le cœur"); ways != "0" || accounts != "0" {
			t.Errorf("with every change made, %s ways and %s accounts remain", ways, accounts)
		}
		if !says(all, "Rien n’a été modifié") || !says(all, "points retiendraient encore le niveau 1") {
			t.Errorf("what if says:\n%.3000s", all.Main())
		}
		last := officer.Want("the end of the plan alone", officer.Get(fmt.Sprintf("%s/fixes?fix=%d&fix=999&fix=x", run, count)), http.StatusOK)
		if count > 1 && figure(last, "Comptes qui atteignent encore le cœur") == "0" {
			t.Error("the last change alone keeps everybody out")
		}
		officer.Lang = "en"
		english := officer.Want("in English, a point taken to be mended", officer.Get(run+"/fixes?fix=1&point=vuln_krbtgt%7Cval.test&point=x%7Cy&point=z"), http.StatusOK)
		if !says(english, "The level would stay 1.") || !strings.Contains(english.Main(), "/points/vuln_krbtgt?domain=val.test") {
			t.Errorf("a mended point:\n%.3000s", english.Main())
		}
		officer.Lang = "fr"
		officer.Want("plan", officer.Post(run+"/fixes", "fix", "1"), http.StatusSeeOther)
		again := officer.Want("plan again", officer.Post(run+"/fixes", "fix", "1"), http.StatusSeeOther)
		if again.To() != run+"/fixes" {
			t.Errorf("the same change twice leads to %q", again.To())
		}
		officer.Want("a change that is not there", officer.Post(run+"/fixes", "fix", "999"), http.StatusNotFound)
		support := b.Person("support", right.RegionalSupport, pagetest.Region)
		support.Want("support plans", support.Post(run+"/fixes", "fix", "1"), http.StatusForbidden)
	})
}
