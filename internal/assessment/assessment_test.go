package assessment

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hygie/internal/bring/bringtest"
	"hygie/internal/pagetest"
	"hygie/internal/plan"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
	"hygie/referential/packages"
)

const hospital = "/structures/" + pagetest.Hospital + "/assessments"

// small is a questionnaire of three questions on two themes, in a version and with the words of its first question.
func small(t testing.TB, version, words string) *referential.Package {
	t.Helper()
	text := strings.NewReplacer("VERSION", version, "WORDS", words).Replace(smallText)
	p, err := referential.Read("small.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const smallText = `format: 1
id: small
version: "VERSION"
title: {fr: "Petit questionnaire", en: "Small questionnaire"}
aim: {fr: "Pour essayer.", en: "To try."}
source: {mark: own, text: {fr: "inventé", en: "invented"}}
facts:
  - {key: restore.tested, kind: date, label: {fr: le test, en: the test}, one: {fr: un test de restauration, en: a restore test}, many: {fr: tests, en: tests}}
respondents: [{code: it, title: {fr: "l’informatique", en: "IT"}}, {code: direction, title: {fr: "la direction", en: "management"}}]
answers:
  - code: three
    choices:
      - {code: none, score: 0, outcome: not_met, text: {fr: "Pas du tout", en: "Not at all"}}
      - {code: part, score: 2, outcome: partial, text: {fr: "En partie", en: "Partly"}}
      - {code: full, score: 4, outcome: met, text: {fr: "Entièrement", en: "Wholly"}}
axes:
  - code: backup
    title: {fr: Sauvegardes, en: Backups}
    source: {mark: own, text: {fr: "inventé", en: "invented"}}
    aim: {fr: "Pour repartir après une attaque.", en: "To start again after an attack."}
    objectives:
      - code: o1
        title: {fr: Sauvegarder, en: Back up}
        source: {mark: own, text: {fr: "inventé", en: "invented"}}
        requirements:
          - code: r1
            title: {fr: "Copier et restaurer", en: "Copy and restore"}
            source: {mark: own, text: {fr: "inventé", en: "invented"}}
            questions:
              - {code: copies, weight: 2, who: [it], choices: three, text: {fr: "WORDS", en: "Do you copy?"}, help: {fr: "Aide aux copies.", en: "Help."}, example: {fr: "Un exemple de copie.", en: "An example."}, improve: {effort: 3, text: {fr: "Copiez hors du réseau.", en: "Copy off the network."}}}
              - {code: restore, who: [it], choices: three, text: {fr: "Restaurez-vous ?", en: "Do you restore?"}, propose: [{choice: full, rule: {fresh: {fact: restore.tested, max_age: 12 months}}}], improve: {effort: 1, text: {fr: "Testez une restauration.", en: "Test a restore."}}}
  - code: people
    title: {fr: Personnes, en: People}
    source: {mark: own, text: {fr: "inventé", en: "invented"}}
    objectives:
      - code: o2
        title: {fr: Former, en: Train}
        source: {mark: own, text: {fr: "inventé", en: "invented"}}
        requirements:
          - code: r2
            title: {fr: "Former chacun", en: "Train everybody"}
            source: {mark: own, text: {fr: "inventé", en: "invented"}}
            questions: [{code: trained, who: [direction], choices: three, text: {fr: "Formez-vous ?", en: "Do you train?"}}]
`

// newSite serves the module with the small questionnaire and those that come with the program.
func newSite(t *testing.T, db *store.DB) (*pagetest.Site, *Module) {
	t.Helper()
	shipped, err := packages.Load()
	if err != nil {
		t.Fatal(err)
	}
	links, err := packages.Links()
	if err != nil {
		t.Fatal(err)
	}
	shelf, err := proof.NewShelf(append(shipped, small(t, "1", "Copiez-vous ?")), links)
	if err != nil {
		t.Fatal(err)
	}
	site := pagetest.New(t, db)
	m := New(Options{DB: db, Trail: site.Trail, Shelf: shelf, Bring: bringtest.Wizard(t, site), Now: site.Now})
	site.Serve(m.Routes)
	return site, m
}

// has tells whether a page says something, whatever the width of its spaces.
func has(p pagetest.Page, text string) bool {
	return strings.Contains(strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(p.Text), text)
}

// begin begins the small questionnaire and gives its address.
func begin(v *pagetest.Visitor, home string) string {
	return v.Want("begin", v.Post(home, "package", "small"), http.StatusSeeOther).To()
}

// reply answers one question.
func reply(v *pagetest.Visitor, at, question, choice string, fields ...string) pagetest.Page {
	return v.Post(at+"/questions/"+question, append([]string{"answer-" + question, choice}, fields...)...)
}

func factsOfHospital(site *pagetest.Site) map[string]string {
	all := map[string]string{}
	site.View(func(ctx context.Context, tx *store.Tx) error {
		facts, err := proof.FactsKnownAt(ctx, tx, territory.Everything(), pagetest.Hospital, site.Clock)
		for _, f := range facts {
			all[f.Key] = f.Value.String()
		}
		return err
	})
	return all
}

func TestAnswerFinishAndPlan(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _ := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		if p := officer.Want("list", officer.Get(hospital), http.StatusOK); !strings.Contains(p.Text, "Petit questionnaire") || !strings.Contains(p.Text, "13 questions") {
			t.Errorf("list:\n%s", p.Main())
		}
		at := begin(officer, hospital)
		if again := begin(officer, hospital); again != at {
			t.Errorf("a second begin opens %s beside %s", again, at)
		}
		page := officer.Want("open", officer.Get(at), http.StatusOK)
		for _, want := range []string{"Pour essayer.", "0 sur 3", "/questions/copies", "/themes/people", "L’informatique"} {
			if !strings.Contains(page.Text, want) {
				t.Errorf("the open page lacks %q:\n%s", want, page.Main())
			}
		}
		page = officer.Want("question", officer.Get(at+"/questions/copies"), http.StatusOK)
		for _, want := range []string{"Copiez-vous", "Aide aux copies.", "Un exemple de copie.", "Je ne sais pas", "Question 1 sur 3", "Proposé par nous"} {
			if !strings.Contains(page.Text, want) {
				t.Errorf("the question lacks %q:\n%s", want, page.Main())
			}
		}
		officer.Want("finish too early", officer.Post(at+"/finish"), http.StatusConflict)
		if to := officer.Want("answer", reply(officer, at, "copies", "part", "note", "Vu avec Sacha"), http.StatusSeeOther).To(); to != at+"/questions/restore" {
			t.Errorf("after an answer comes %s", to)
		}
		if p := officer.Get(at + "/questions/copies"); !strings.Contains(p.Find(t, `(<input[^>]*value="part"[^>]*>)`), "checked") || !strings.Contains(p.Text, "Vu avec Sacha") {
			t.Errorf("the answer is not shown again:\n%s", p.Main())
		}
		officer.Want("no answer", reply(officer, at, "restore", ""), http.StatusUnprocessableEntity)
		officer.Want("no such answer", reply(officer, at, "restore", "often"), http.StatusUnprocessableEntity)
		officer.Want("no such question", reply(officer, at, "nothing", "full"), http.StatusNotFound)
		officer.Want("answer", reply(officer, at, "restore", "unknown"), http.StatusSeeOther)
		if to := officer.Want("last answer", reply(officer, at, "trained", "full"), http.StatusSeeOther).To(); to != at {
			t.Errorf("after the last answer comes %s", to)
		}
		if len(factsOfHospital(site)) != 0 {
			t.Error("facts were recorded before the end")
		}
		officer.Want("finish", officer.Post(at+"/finish"), http.StatusSeeOther)
		officer.Want("finish twice", officer.Post(at+"/finish"), http.StatusConflict)
		officer.Want("answer after the end", reply(officer, at, "copies", "full"), http.StatusConflict)
		// (2×2 + 0 + 4) / 4
		want := map[string]string{"assessment.small.score": "2", "answer.small.copies": "part", "answer.small.restore": "unknown", "answer.small.trained": "full"}
		got := factsOfHospital(site)
		for key, value := range want {
			if got[key] != value {
				t.Errorf("%s is %q, want %q", key, got[key], value)
			}
		}
		if !strings.HasPrefix(got["assessment.small.done"], "2026-03-10") || len(got) != 5 {
			t.Errorf("facts %v", got)
		}
		result := officer.Want("result", officer.Get(at), http.StatusOK)
		for _, text := range []string{"2,0", "Testez une restauration.", "Pour repartir après une attaque.", "Effort : une heure.", "Vu avec Sacha", "Sauvegardes"} {
			if !has(result, text) {
				t.Errorf("the result lacks %q:\n%s", text, result.Main())
			}
		}
		if first, second := strings.Index(result.Text, "Testez une restauration."), strings.Index(result.Text, "Copiez hors du réseau."); first > second {
			t.Error("the greater effort for the same gain comes first")
		}
		officer.Want("plan nothing", officer.Post(at+"/actions"), http.StatusConflict)
		officer.Want("plan", officer.Post(at+"/actions", "measure", "restore", "measure", "trained"), http.StatusSeeOther)
		site.View(func(ctx context.Context, tx *store.Tx) error {
			list, n, err := plan.List(ctx, tx, territory.Everything(), plan.Filter{Structure: pagetest.Hospital}, 10, 0)
			if err == nil && (n != 1 || list[0].Title != "Testez une restauration." || list[0].OriginRef != "small/restore" || list[0].Origin != plan.AssessmentAnswer || list[0].Effort != plan.Low || list[0].OriginURL != at) {
				t.Errorf("plan %+v", list)
			}
			return err
		})
		officer.Want("plan again", officer.Post(at+"/actions", "measure", "restore"), http.StatusSeeOther)
		if p := officer.Get(at); !strings.Contains(p.Text, "déjà dans le plan") {
			t.Errorf("planned twice:\n%s", p.Text)
		}
		if got := site.Actions(); !slices.Equal(got, []string{"assessment.plan", "assessment.finish", "assessment.begin"}) {
			t.Errorf("trail %v", got)
		}
	})
}

// All questions stand on one page, each saved by itself; an action that was done opens again when a later answer still finds the gap.
func TestAllAtOnceAndOpenedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _ := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		finish := func(restore string) string {
			t.Helper()
			at := begin(officer, hospital)
			p := officer.Want("all", officer.Get(at+"/themes/all"), http.StatusOK)
			for _, q := range []string{"copies", "restore", "trained"} {
				if !has(p, `id="q-`+q+`"`) {
					t.Errorf("all at once lacks %s:\n%s", q, p.Main())
				}
				choice := restore
				if q != "restore" {
					choice = "full"
				}
				if to := officer.Want(q, reply(officer, at, q, choice, "back", "all"), http.StatusSeeOther).To(); to != at+"/themes/all#q-"+q {
					t.Errorf("back to %s", to)
				}
			}
			officer.Want("finish", officer.Post(at+"/finish"), http.StatusSeeOther)
			return at
		}
		at := finish("none")
		officer.Want("plan", officer.Post(at+"/actions", "measure", "restore"), http.StatusSeeOther)
		var done plan.Action
		site.Update(func(ctx context.Context, tx *store.Tx) error {
			list, _, err := plan.List(ctx, tx, territory.Everything(), plan.Filter{Structure: pagetest.Hospital}, 10, 0)
			if err != nil {
				return err
			}
			done = list[0]
			return plan.SetState(ctx, tx, territory.Everything(), done.ID, done.Version, plan.Done, "p", site.Clock)
		})
		state := func() (s plan.State) {
			site.View(func(ctx context.Context, tx *store.Tx) error {
				a, err := plan.ByID(ctx, tx, territory.Everything(), done.ID)
				s = a.State
				return err
			})
			return s
		}
		site.Clock = site.Clock.AddDate(0, 6, 0)
		if finish("full"); state() != plan.Done {
			t.Errorf("opened again without a gap: %s", state())
		}
		site.Clock = site.Clock.AddDate(0, 6, 0)
		if finish("none"); state() != plan.Open {
			t.Errorf("the gap is back and the action is %s", state())
		}
		if acts := site.Actions(); !slices.Contains(acts, "assessment.reopen") {
			t.Errorf("acts %v", acts)
		}
	})
}

// Nobody's answer is lost: the later one counts, the other stays readable, and who overrides it is told.
func TestTwoPeopleAnswerAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _ := newSite(t, db)
		one := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		two := site.Person("Sacha Modèle", right.Contributor, pagetest.Hospital)
		at := begin(one, hospital)
		seen := one.Get(at+"/questions/copies").Find(t, `name="seen" value="([^"]*)"`)
		two.Want("answer", reply(two, at, "copies", "full", "seen", seen, "note", "Deux disques"), http.StatusSeeOther)
		site.Clock = site.Clock.Add(time.Minute)
		next := one.Want("answer", reply(one, at, "copies", "none", "seen", seen), http.StatusSeeOther).To()
		if p := one.Get(next); !strings.Contains(p.Text, "Sacha Modèle a aussi répondu") {
			t.Errorf("no word of the other answer:\n%s", p.Main())
		}
		page := one.Get(at + "/questions/copies")
		for _, want := range []string{"Une autre réponse a été donnée", "Sacha Modèle", "Entièrement", "Deux disques"} {
			if !strings.Contains(page.Text, want) {
				t.Errorf("the history lacks %q:\n%s", want, page.Main())
			}
		}
		if !strings.Contains(page.Find(t, `(<input[^>]*value="none"[^>]*>)`), "checked") {
			t.Error("the later answer does not count")
		}
		for range 2 { // the same answer twice is one line
			one.Want("again", reply(one, at, "copies", "none"), http.StatusSeeOther)
		}
		site.View(func(ctx context.Context, tx *store.Tx) error {
			all, err := answers(ctx, tx, territory.Everything(), at[strings.LastIndex(at, "/")+1:])
			if len(all) != 2 {
				t.Errorf("%d lines: %+v", len(all), all)
			}
			return err
		})
	})
}

// A theme's page saves each question by itself and comes back to it; a note written elsewhere stays.
func TestThemePage(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	at := begin(officer, hospital)
	reply(officer, at, "copies", "part", "note", "À garder")
	page := officer.Want("theme", officer.Get(at+"/themes/backup"), http.StatusOK)
	if strings.Contains(page.Text, "Formez-vous") || !strings.Contains(page.Text, "Restaurez-vous") || !strings.Contains(page.Text, `hx-trigger="submit, change"`) || !has(page, "Thème suivant : Personnes") {
		t.Errorf("theme:\n%s", page.Main())
	}
	if to := reply(officer, at, "copies", "full", "back", "backup").To(); to != at+"/themes/backup#q-copies" {
		t.Errorf("comes back to %s", to)
	}
	if p := officer.Get(at + "/questions/copies"); !strings.Contains(p.Text, "À garder") || !strings.Contains(p.Find(t, `(<input[^>]*value="full"[^>]*>)`), "checked") {
		t.Errorf("note or answer lost:\n%s", p.Main())
	}
	if to := reply(officer, at, "copies", "full", "back", "https://ailleurs.invalid").To(); !strings.HasPrefix(to, at) {
		t.Errorf("led to %s", to)
	}
	officer.Want("no theme", officer.Get(at+"/themes/none"), http.StatusNotFound)
}

// Each respondent goes through the questions that are theirs.
func TestParts(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	at := begin(officer, hospital)
	if p := officer.Get(at + "/questions/copies?part=it"); !strings.Contains(p.Text, "Question 1 sur 2") {
		t.Errorf("part:\n%s", p.Main())
	}
	if to := officer.Post(at+"/questions/copies?part=it", "answer-copies", "full").To(); to != at+"/questions/restore?part=it" {
		t.Errorf("next of the part: %s", to)
	}
	if to := officer.Post(at+"/questions/restore?part=it", "answer-restore", "full").To(); to != at {
		t.Errorf("end of the part: %s", to)
	}
}

// Facts and the previous answers propose; nothing is taken that was not ticked.
func TestProposals(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _ := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		first := begin(officer, hospital)
		for question, choice := range map[string]string{"copies": "part", "restore": "none", "trained": "unknown"} {
			officer.Want(question, reply(officer, first, question, choice), http.StatusSeeOther)
		}
		officer.Want("finish", officer.Post(first+"/finish"), http.StatusSeeOther)
		site.Clock = site.Clock.AddDate(0, 6, 0)
		site.Update(func(ctx context.Context, tx *store.Tx) error {
			return proof.Record(ctx, tx, territory.Everything(), proof.Fact{Structure: pagetest.Hospital, Key: "restore.tested", Value: referential.Date(site.Clock.AddDate(0, -1, 0)),
				ObservedAt: site.Clock.AddDate(0, -1, 0), Source: "test/1", RecordedAt: site.Clock, RecordedBy: "test"})
		})
		// A newer version asks the first question in other words.
		newer := small(t, "2", "Copiez-vous chaque nuit ?")
		site.Update(func(ctx context.Context, tx *store.Tx) error {
			file, err := referential.Write(newer)
			if err != nil {
				return err
			}
			v, err := proof.Bring(ctx, tx, newer, file, "test", site.Clock)
			if err != nil {
				return err
			}
			return proof.PutInForce(ctx, tx, v, "test", "", site.Clock)
		})
		second := begin(officer, hospital)
		if p := officer.Get(second); !strings.Contains(p.Text, "2 réponses sont déjà connues") || !strings.Contains(p.Text, "0 sur 3") {
			t.Errorf("open:\n%s", p.Main())
		}
		page := officer.Want("proposals", officer.Get(second+"/proposals"), http.StatusOK)
		for _, want := range []string{"Il y a eu un test de restauration", "Votre réponse du 10 mars 2026", "La question a changé"} {
			if !has(page, want) {
				t.Errorf("proposals lack %q:\n%s", want, page.Main())
			}
		}
		if strings.Contains(page.Main(), "Formez-vous") || strings.Contains(page.Main(), "checked") {
			t.Errorf("“I don’t know” is proposed, or something is ticked:\n%s", page.Main())
		}
		officer.Want("take none", officer.Post(second+"/proposals"), http.StatusSeeOther)
		officer.Want("take", officer.Post(second+"/proposals", "take", "restore", "take", "trained"), http.StatusSeeOther)
		site.View(func(ctx context.Context, tx *store.Tx) error {
			all, err := answers(ctx, tx, territory.Everything(), second[strings.LastIndex(second, "/")+1:])
			if err == nil && (len(all) != 1 || all[0].Question != "restore" || all[0].Choice != "full" || all[0].Source != FromFacts || all[0].By != officer.Actor.Person) {
				t.Errorf("answers %+v", all)
			}
			return err
		})
		for question, choice := range map[string]string{"copies": "full", "trained": "full"} {
			reply(officer, second, question, choice)
		}
		officer.Want("finish", officer.Post(second+"/finish"), http.StatusSeeOther)
		if p := officer.Get(second); !strings.Contains(p.Text, "La fois précédente") || !strings.Contains(p.Text, first) || !strings.Contains(p.Text, "4,0") {
			t.Errorf("the comparison is missing:\n%s", p.Main())
		}
		// The first one was answered to other words: it says so.
		if p := officer.Get(first); !strings.Contains(p.Text, "à revoir") {
			t.Errorf("the old answers are not flagged:\n%s", p.Main())
		}
	})
}

// The aim "self-assess" of the first domain of CaRE becomes met.
func TestFinishingMeetsTheAimOfCaRE(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _ := newSite(t, db)
		shipped, err := packages.Load()
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(shipped, func(p *referential.Package) bool { return p.ID == "care-d1" })
		status := func() (s referential.Status) {
			site.View(func(ctx context.Context, tx *store.Tx) error {
				structure, err := territory.Get(ctx, tx, territory.Everything(), pagetest.Hospital)
				if err != nil {
					return err
				}
				a, err := proof.Assess(ctx, tx, territory.Everything(), shipped[i], structure, site.Clock, time.UTC)
				v, _ := a.Verdict("self-assessment")
				s = v.Status
				return err
			})
			return s
		}
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		at := begin(officer, hospital)
		for _, question := range []string{"copies", "restore", "trained"} {
			reply(officer, at, question, "none")
		}
		if got := status(); got != referential.NotMet {
			t.Fatalf("before the end: %s", got)
		}
		officer.Want("finish", officer.Post(at+"/finish"), http.StatusSeeOther)
		if got := status(); got != referential.Met {
			t.Errorf("after the end: %s", got)
		}
	})
}

func TestWhoMaySeeAndAnswer(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	at := begin(officer, hospital)
	reply(officer, at, "copies", "part", "note", "Une note interne")
	other := site.Person("Noa Prototype", right.SecurityOfficer, pagetest.Clinic)
	steering := site.Person("Claude Esquisse", right.NationalSteering, pagetest.Nation)
	clinic := "/structures/" + pagetest.Clinic + "/assessments"
	id := at[strings.LastIndex(at, "/")+1:]
	for _, path := range []string{at, at + "/questions/copies", at + "/themes/backup", at + "/proposals", clinic + "/" + id, clinic + "/" + id + "/questions/copies"} {
		other.Want(path, other.Get(path), http.StatusNotFound)
	}
	other.Want("answer elsewhere", reply(other, clinic+"/"+id, "copies", "full"), http.StatusNotFound)
	other.Want("begin elsewhere", other.Post(hospital, "package", "small"), http.StatusNotFound)
	steering.Want("sees the list", steering.Get(hospital), http.StatusOK)
	if p := steering.Want("sees how far", steering.Get(at), http.StatusOK); strings.Contains(p.Main(), "/questions/") || strings.Contains(p.Main(), "Une note interne") {
		t.Errorf("steering is offered to answer:\n%s", p.Main())
	}
	steering.Want("does not answer", reply(steering, at, "copies", "full"), http.StatusForbidden)
	steering.Want("does not begin", steering.Post(hospital, "package", "small"), http.StatusForbidden)
	for _, question := range []string{"restore", "trained"} {
		reply(officer, at, question, "none")
	}
	officer.Want("finish", officer.Post(at+"/finish"), http.StatusSeeOther)
	if p := steering.Want("sees the result", steering.Get(at), http.StatusOK); strings.Contains(p.Text, "Une note interne") || strings.Contains(p.Main(), "Ajouter au plan") {
		t.Errorf("steering reads notes or may plan:\n%s", p.Main())
	}
	if csv := steering.Want("export", steering.Get(at+"?format=csv"), http.StatusOK); strings.Contains(string(csv.Body), "Une note interne") || !strings.Contains(string(csv.Body), "En partie") {
		t.Errorf("export:\n%s", csv.Body)
	}
	steering.Want("does not plan", steering.Post(at+"/actions", "measure", "copies"), http.StatusForbidden)
	officer.Want("unknown questionnaire", officer.Post(hospital, "package", "none"), http.StatusUnprocessableEntity)
}

func TestPeersNeedFive(t *testing.T) {
	for _, row := range []struct {
		scores []float64
		want   string
	}{
		{nil, "<nil>"}, {[]float64{1, 2, 3, 4}, "<nil>"},
		{[]float64{5, 1, 4, 2, 3}, "&{5 2 3 4}"},
		{[]float64{1, 1, 1, 1, 1, 1, 1, 4}, "&{8 1 1 1}"},
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7}, "&{8 1 3 5}"},
	} {
		if got := fmt.Sprint(quartiles(row.scores)); got != row.want {
			t.Errorf("%v: %s, want %s", row.scores, got, row.want)
		}
	}
}

func TestEnglishIsWhole(t *testing.T) {
	site, _ := newSite(t, storetest.SQLite(t))
	officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	officer.Lang = "en"
	at := begin(officer, hospital)
	for _, path := range []string{hospital, at, at + "/questions/copies", at + "/themes/backup", at + "/proposals"} {
		if p := officer.Want(path, officer.Get(path), http.StatusOK); strings.Contains(p.Main(), "Enregistrer") || strings.Contains(p.Main(), "Copiez") {
			t.Errorf("%s speaks French", path)
		}
	}
	for _, question := range []string{"copies", "restore", "trained"} {
		reply(officer, at, question, "unknown")
	}
	officer.Post(at + "/finish")
	if p := officer.Get(at); !strings.Contains(p.Text, "Test a restore.") || strings.Contains(p.Main(), "Pourquoi") {
		t.Errorf("result:\n%s", p.Main())
	}
}

// What another questionnaire shows as a whole is proposed, with its name; a part is not.
func TestOtherReferentialsPropose(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, _ := newSite(t, db)
		site.Update(func(ctx context.Context, tx *store.Tx) error {
			for question, choice := range map[string]string{"h10": "checked", "h37": "checked", "h35": "part"} {
				err := proof.Record(ctx, tx, territory.Everything(), proof.Fact{Structure: pagetest.Hospital, Key: referential.AnswerKey("anssi-hygiene-42", question), Value: referential.Words(choice),
					ObservedAt: site.Clock, Source: "assessment/1", RecordedAt: site.Clock, RecordedBy: "test"})
				if err != nil {
					return err
				}
			}
			return nil
		})
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		at := officer.Want("begin", officer.Post(hospital, "package", "esms-13"), http.StatusSeeOther).To()
		page := officer.Want("proposals", officer.Get(at+"/proposals"), http.StatusOK)
		if !has(page, "Déjà montré par « Fixer des règles de mots de passe »") || strings.Count(page.Main(), `name="take"`) != 1 || !strings.Contains(page.Main(), `value="password-rules"`) || !strings.Contains(page.Main(), ">Fait partout<") {
			t.Errorf("proposals:\n%s", page.Main())
		}
	})
}

// A checklist is about something that is named; several go on side by side, and none states facts about the structure.
func TestChecklists(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		site, m := newSite(t, db)
		officer := site.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
		begin := func(name string) pagetest.Page {
			return officer.Post(hospital, "package", "supplier-checklist", "subject-supplier-checklist", name)
		}
		if p := officer.Want("no name", begin(" "), http.StatusUnprocessableEntity); !strings.Contains(p.Text, "Donnez le nom") {
			t.Errorf("no word of the name:\n%s", p.Main())
		}
		officer.Want("long name", begin(strings.Repeat("é", 121)), http.StatusUnprocessableEntity)
		one, two := officer.Want("one", begin("Solution A"), http.StatusSeeOther).To(), officer.Want("two", begin("Solution B"), http.StatusSeeOther).To()
		if again := begin(" Solution A ").To(); one == two || again != one {
			t.Errorf("%s, %s, again %s", one, two, again)
		}
		p, _ := m.named("supplier-checklist")
		for _, q := range p.Questions() {
			officer.Want(q.Code, reply(officer, one, q.Code, "part"), http.StatusSeeOther)
		}
		officer.Want("finish", officer.Post(one+"/finish"), http.StatusSeeOther)
		if facts := factsOfHospital(site); len(facts) != 0 {
			t.Errorf("facts about the structure: %v", facts)
		}
		if p := officer.Get(one); !has(p, "Solution A") || !has(p, "2,0") {
			t.Errorf("result:\n%s", p.Main())
		}
		if p := officer.Get(two + "/proposals"); strings.Contains(p.Main(), `name="take"`) {
			t.Errorf("answers about one solution are proposed for another:\n%s", p.Main())
		}
	})
}
