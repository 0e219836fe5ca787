package dossier

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"hygie/internal/funding"
	"hygie/internal/funding/callshelf"
	"hygie/internal/pagetest"
	"hygie/internal/people"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential"
	"hygie/referential/call"
	"hygie/referential/packages"
	"hygie/referential/packages/calls"
)

const (
	home1 = "/structures/" + pagetest.Group + "/dossiers"
	home2 = "/structures/" + pagetest.Clinic + "/dossiers"
)

type world struct {
	*pagetest.Site
	module   *Module
	director *pagetest.Visitor // of the group
	helper   *pagetest.Visitor // contributor of the group
	ars, ans *pagetest.Visitor
}

func newWorld(t *testing.T, db *store.DB) *world {
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
	file, err := os.ReadFile("testdata/call.yaml")
	if err != nil {
		t.Fatal(err)
	}
	invented, err := call.Read("call.yaml", file)
	if err != nil {
		t.Fatal(err)
	}
	shipped, err := calls.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	paris, err := time.LoadLocation(call.Paris)
	if err != nil {
		t.Fatal(err)
	}
	persons, err := people.New(db, people.Options{Key: bytes.Repeat([]byte{3}, 32), Recorder: people.RecorderFunc(func(context.Context, *store.Tx, people.Event) error { return nil }), Now: site.Now})
	if err != nil {
		t.Fatal(err)
	}
	m := New(Options{DB: db, Trail: site.Trail, Shelf: shelf, Now: site.Now, Calls: callshelf.New(append([]*call.Call{invented}, shipped...)...),
		Funding: funding.New(funding.Options{Trail: site.Trail, Now: site.Now, Zone: paris}), People: persons, Receive: receiver(site), MaxFile: 1 << 20, Address: "https://hygie.test"})
	site.Serve(m.Routes)
	w := &world{Site: site, module: m, director: site.Person("Dominique Fictif", right.Director, pagetest.Group), helper: site.Person("Sacha Modèle", right.Contributor, pagetest.Group),
		ars: site.Person("Maxime Essai", right.RegionalInstructor, pagetest.Region), ans: site.Person("Morgan Schéma", right.NationalInstructor, pagetest.Nation)}
	site.Update(func(ctx context.Context, tx *store.Tx) error {
		if err := funding.Stock(ctx, tx, funding.Envelope{Call: "essai", Total: 1_000_000_00}, site.Clock); err != nil {
			return err
		}
		return territory.SetSize(ctx, tx, territory.Everything(), territory.Size{Structure: pagetest.Hospital, Key: territory.CombinedActivity, Year: 2025, Value: 10_000, Source: "essai"}, site.Clock)
	})
	return w
}

func (w *world) has(p pagetest.Page, texts ...string) {
	w.T.Helper()
	plain := strings.NewReplacer("\u00a0", " ", "\u202f", " ")
	for _, text := range texts {
		if !strings.Contains(plain.Replace(p.Text), plain.Replace(text)) {
			w.T.Errorf("the page lacks %q:\n%s", text, p.Main())
		}
	}
}

// begin begins a dossier of the group and gives its address.
func (w *world) begin() string {
	w.T.Helper()
	return w.helper.Want("begin", w.helper.Post(home1, "call", "essai"), http.StatusSeeOther).To()
}

// do does an act of instruction.
func (w *world) do(v *pagetest.Visitor, address string, do funding.Doing) {
	w.T.Helper()
	do.Dossier = address[strings.LastIndex(address, "/")+1:]
	w.Update(func(ctx context.Context, tx *store.Tx) error {
		d, err := funding.ByID(ctx, tx, territory.Everything(), do.Dossier)
		if err != nil {
			return err
		}
		do.Version = d.Version
		_, err = w.module.funding.Do(ctx, tx, v.Actor, do)
		return err
	})
}

// filled writes what a deposit needs.
func (w *world) filled(address string) {
	w.T.Helper()
	for name, value := range map[string]string{"project": "Relever l’annuaire.", "calendar": "Avant l’été.", "service": "Direction informatique", "asked": "54 999,50 €"} {
		w.helper.Want(name, w.helper.Post(address+"/fields", "name", name, "value", value, "seen", "0", "back", "project"), http.StatusSeeOther)
	}
}

func (w *world) deposited(address string) pagetest.Page {
	w.T.Helper()
	ask := w.director.Want("ask", w.director.Get(address+"/deposit"), http.StatusOK)
	seen := ask.Find(w.T, `name="seen" value="([0-9a-f]{64})"`)
	return w.director.Want("deposit", w.director.Post(address+"/deposit", "seen", seen, "confirm", "1"), http.StatusSeeOther)
}

func TestFromTheListToTheReceipt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		list := w.director.Want("list", w.director.Get(home1), http.StatusOK)
		w.has(list, "Appel d’essai", "Ouvert jusqu’au 31 mars 2026", "55 000 €", "Commencer un dossier")
		address := w.begin()
		if again := w.director.Post(home1, "call", "essai"); again.To() != address {
			t.Errorf("begun again at %s", again.To())
		}
		w.has(w.director.Want("page", w.director.Get(address), http.StatusOK), "ESSAI-0001", "Brouillon", "Décrivez votre projet", "Le guichet ferme dans")
		w.filled(address)
		for path, texts := range map[string][]string{
			"/project":      {"Relever l’annuaire.", "Enregistré le 10 mars 2026", "Sacha Modèle"},
			"/requirements": {"Pour être payé", "Voir le détail et ce qu’il faut faire", "Déposer un document"},
			"/money":        {"54 999,50", "55 000 €", "Pourquoi ce montant"},
			"/members":      {"Centre hospitalier du Val-Doré"},
		} {
			w.has(w.director.Want(path, w.director.Get(address+path), http.StatusOK), texts...)
		}
		w.helper.Want("deposit by a contributor", w.helper.Get(address+"/deposit"), http.StatusForbidden)
		w.has(w.director.Want("without signature", w.director.Post(address+"/deposit", "seen", strings.Repeat("0", 64)), http.StatusUnprocessableEntity), "Cochez la case")
		receipt := w.deposited(address)
		page := w.director.Want("receipt", w.director.Get(receipt.To()), http.StatusOK)
		w.has(page, "10 mars 2026 à 10:00:00 (CET)", "Dominique Fictif", "Centre hospitalier du Val-Doré", "encore modifiable", "54 999,50 €", "Relever l’annuaire.")
		file := w.director.Want("content", w.director.Get(receipt.To()+"/content"), http.StatusOK)
		if !strings.HasPrefix(string(file.Body), `{"format":1,"number":"ESSAI-0001"`) || !strings.Contains(page.Text, digest(file.Body)) {
			t.Errorf("content %s", file.Body)
		}
		w.has(w.director.Get(address+"/deposit"), "Ce contenu est déjà déposé")
		w.has(w.director.Get(address), "Envoyé, encore modifiable", "Dépôt n° 1")
		w.has(w.ars.Want("agency", w.ars.Get(address), http.StatusOK), "ESSAI-0001")
	})
}

func TestTwoPeopleInAField(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	address := w.begin()
	save := func(v *pagetest.Visitor, value, seen string) pagetest.Page {
		return v.Want("save", v.Post(address+"/fields", "name", "project", "value", value, "seen", seen, "back", "project"), http.StatusSeeOther)
	}
	save(w.helper, "Le texte de Sacha", "0")
	second := save(w.director, "Le texte de Dominique", "0")
	if !strings.Contains(second.To(), "both=project") {
		t.Fatalf("the second is not told: %s", second.To())
	}
	before, _, _ := strings.Cut(second.To(), "#")
	page := w.director.Want("both", w.director.Get(before), http.StatusOK)
	w.has(page, "Sacha Modèle avait écrit autre chose", "Le texte de Sacha", "Le texte de Dominique", "Reprendre ce texte")
	save(w.director, "Le texte de Sacha", "2")
	if p := w.helper.Get(address + "/project"); !strings.Contains(p.Text, "Le texte de Sacha") {
		t.Errorf("taken back:\n%s", p.Main())
	}
	for name, want := range map[string]int{"../x": http.StatusNotFound, "note/nothing": http.StatusNotFound, "answer/nothing": http.StatusNotFound, "Project": http.StatusNotFound} {
		w.helper.Want(name, w.helper.Post(address+"/fields", "name", name, "value", "x", "seen", "0"), want)
	}
	w.helper.Want("too long", w.helper.Post(address+"/fields", "name", "project", "value", strings.Repeat("é", 10_001), "seen", "0"), http.StatusUnprocessableEntity)
	w.helper.Want("hostile", w.helper.Post(address+"/fields", "name", "project", "value", "a\x00b", "seen", "0"), http.StatusUnprocessableEntity)
	w.has(w.helper.Want("no amount", w.helper.Post(address+"/fields", "name", "asked", "value", "beaucoup", "seen", "0"), http.StatusUnprocessableEntity), "Écrivez un montant")
}

func TestLastSecondAndMovedWindow(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	address := w.begin()
	w.filled(address)
	w.Clock = time.Date(2026, 3, 31, 21, 59, 59, 999_000_000, time.UTC) // 23:59:59 in Paris
	ask := w.director.Want("ask", w.director.Get(address+"/deposit"), http.StatusOK)
	seen := ask.Find(t, `name="seen" value="([0-9a-f]{64})"`)
	made := w.director.Want("in time", w.director.Post(address+"/deposit", "seen", seen, "confirm", "1"), http.StatusSeeOther)
	w.Clock = w.Clock.Add(time.Millisecond)
	again := w.director.Want("again, too late", w.director.Post(address+"/deposit", "seen", seen, "confirm", "1"), http.StatusSeeOther)
	if again.To() != made.To() {
		t.Errorf("receipts %s and %s", made.To(), again.To())
	}
	w.helper.Want("changed afterwards", w.helper.Post(address+"/fields", "name", "asked", "value", "100", "seen", "9"), http.StatusSeeOther)
	late := w.director.Want("late", w.director.Get(address+"/deposit"), http.StatusOK)
	w.has(late, "Le guichet n’est pas ouvert", "Votre brouillon est conservé")
	w.has(w.director.Want("late deposit", w.director.Post(address+"/deposit", "seen", strings.Repeat("a", 64), "confirm", "1"), http.StatusConflict), "Le guichet a fermé le 31 mars 2026")

	w = newWorld(t, storetest.SQLite(t))
	address = w.begin()
	w.Update(func(ctx context.Context, tx *store.Tx) error {
		return funding.SeeClosing(ctx, tx, territory.Everything(), address[strings.LastIndex(address, "/")+1:], time.Date(2026, 3, 20, 22, 59, 59, 0, time.UTC))
	})
	w.has(w.helper.Get(address), "Le guichet ne ferme plus à la même date", "20 mars 2026", "31 mars 2026")
	w.helper.Want("seen", w.helper.Post(address+"/closing"), http.StatusSeeOther)
	if p := w.helper.Get(address); strings.Contains(p.Text, "ne ferme plus à la même date") {
		t.Error("told twice")
	}
}

func TestCorrectionsFieldByField(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		address := w.begin()
		w.filled(address)
		w.deposited(address)
		w.Clock = w.Clock.AddDate(0, 1, 0)
		terms := funding.Terms{Closes: w.Clock.AddDate(0, 0, -1)}
		w.do(w.ars, address, funding.Doing{Act: funding.TakeUp, Terms: terms})
		w.do(w.ars, address, funding.Doing{Act: funding.AskCorrection, Corrections: []funding.Correction{{Target: "calendar", Kind: funding.Incomplete, Note: "Quel jour ?"}, {Target: "requirement/directory", Kind: funding.Updated, Note: "Le rapport a changé."}}})
		w.has(w.director.Get(address), "2 points sont à corriger", "Corrections demandées par l’ARS")
		list := w.helper.Want("list", w.helper.Get(address+"/corrections"), http.StatusOK)
		w.has(list, "Le calendrier", "Quel jour ?", "L’annuaire est audité", "2 corrections attendent encore leur réponse")
		id := list.Find(t, `/corrections/([0-9a-z]{26})"`)
		w.helper.Want("another field", w.helper.Post(address+"/fields", "name", "project", "value", "x", "seen", "9", "back", "project"), http.StatusConflict)
		w.helper.Want("the field", w.helper.Post(address+"/fields", "name", "calendar", "value", "Le 3 juin.", "seen", "9", "back", "project"), http.StatusSeeOther)
		w.has(w.helper.Want("empty answer", w.helper.Post(address+"/corrections/"+id, "answer", " "), http.StatusUnprocessableEntity), "Dites ce que vous avez corrigé")
		w.helper.Want("answer", w.helper.Post(address+"/corrections/"+id, "answer", "La date est écrite."), http.StatusSeeOther)
		left := w.helper.Get(address + "/corrections")
		w.has(left, "1 correction attend encore sa réponse")
		for _, found := range regexp.MustCompile(`/corrections/([0-9a-z]{26})"`).FindAllStringSubmatch(left.Text, -1) {
			w.helper.Want("answer", w.helper.Post(address+"/corrections/"+found[1], "answer", "C’est fait."), http.StatusSeeOther)
		}
		ready := w.helper.Want("ready", w.helper.Get(address+"/corrections"), http.StatusOK)
		version := ready.Find(t, `name="version" value="(\d+)"`)
		w.helper.Want("give back", w.helper.Post(address+"/answer", "version", version), http.StatusSeeOther)
		w.helper.Want("twice", w.helper.Post(address+"/answer", "version", version), http.StatusConflict)
		w.has(w.director.Get(address), "En instruction à l’ARS", "Corrections rendues")
		w.helper.Want("read only", w.helper.Post(address+"/fields", "name", "calendar", "value", "encore", "seen", "9"), http.StatusConflict)
	})
}

func TestDecisionAppealAndWithdrawal(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	address := w.begin()
	w.filled(address)
	w.deposited(address)
	w.Clock = w.Clock.AddDate(0, 1, 0)
	terms := funding.Terms{Closes: w.Clock.AddDate(0, 0, -1)}
	w.do(w.ars, address, funding.Doing{Act: funding.TakeUp, Terms: terms})
	w.do(w.ars, address, funding.Doing{Act: funding.Endorse, Outcome: funding.Reserved})
	w.do(w.ans, address, funding.Doing{Act: funding.TakeUp})
	w.do(w.ans, address, funding.Doing{Act: funding.Refuse, Note: "Le projet ne répond pas à l’appel."})
	page := w.director.Want("refused", w.director.Get(address), http.StatusOK)
	w.has(page, "Refusé", "Le projet ne répond pas", "Recours possible jusqu’au", "Avis favorable avec réserves", "Déposer un recours")
	ask := w.director.Want("ask", w.director.Get(address+"/acts/contest"), http.StatusOK)
	version := ask.Find(t, `name="version" value="(\d+)"`)
	w.has(w.director.Want("without reason", w.director.Post(address+"/acts/contest", "version", version), http.StatusUnprocessableEntity), "Dites pourquoi")
	w.helper.Want("by a contributor", w.helper.Post(address+"/acts/contest", "version", version, "note", "x"), http.StatusForbidden)
	w.director.Want("appeal", w.director.Post(address+"/acts/contest", "version", version, "note", "Une pièce n’a pas été lue."), http.StatusSeeOther)
	w.has(w.director.Get(address), "Recours en cours", "Une pièce n’a pas été lue.")
	w.director.Want("not now", w.director.Get(address+"/acts/withdraw"), http.StatusConflict)
	w.director.Want("no such act", w.director.Get(address+"/acts/grant"), http.StatusNotFound)

	other := w.director.Post(home1, "call", "essai")
	if other.To() != address {
		t.Errorf("a second dossier while one lives: %s", other.To())
	}
}

func TestExpensesEvidenceAndMessages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		address := w.begin()
		add := func(fields ...string) pagetest.Page {
			return w.helper.Post(address+"/expenses", append([]string{"label", "Audit", "kind", "audit", "amount", "12 000", "on", "2026-03-01"}, fields...)...)
		}
		w.helper.Want("expense", add(), http.StatusSeeOther)
		for name, fields := range map[string][]string{"kind": {"kind", "fly"}, "amount": {"amount", "-3"}, "day": {"on", ""}, "label": {"label", ""}} {
			all := map[string]string{"label": "Audit", "kind": "audit", "amount": "12 000", "on": "2026-03-01"}
			all[fields[0]] = fields[1]
			var form []string
			for k, v := range all {
				form = append(form, k, v)
			}
			w.helper.Want(name, w.helper.Post(address+"/expenses", form...), http.StatusUnprocessableEntity)
		}
		page := w.helper.Want("money", w.helper.Get(address+"/money"), http.StatusOK)
		w.has(page, "Audit", "12 000 €")
		id := page.Find(t, `name="expense" value="([0-9a-z]{26})"`)
		w.helper.Want("remove", w.helper.Post(address+"/expenses/remove", "expense", id), http.StatusSeeOther)
		w.has(w.helper.Get(address+"/money"), "Aucune dépense")

		var evidence string
		w.Update(func(ctx context.Context, tx *store.Tx) (err error) {
			evidence, err = proof.Add(ctx, tx, territory.Everything(), proof.Evidence{Structure: pagetest.Hospital, Kind: proof.DirectoryReport, Name: "rapport.pdf", MediaType: "application/pdf",
				SHA256: strings.Repeat("a", 64), Size: 9, EffectiveFrom: w.Clock, DepositedAt: w.Clock, DepositedBy: "test"})
			return err
		})
		w.has(w.helper.Get(address+"/requirements"), "1 preuve déjà déposée peut servir ici", "rapport.pdf")
		w.helper.Want("pick", w.helper.Post(address+"/evidence", "requirement", "directory", "evidence", evidence), http.StatusSeeOther)
		w.helper.Want("unknown requirement", w.helper.Post(address+"/evidence", "requirement", "nothing", "evidence", evidence), http.StatusNotFound)
		picked := w.helper.Get(address + "/requirements")
		if strings.Contains(picked.Text, "peut servir ici") {
			t.Errorf("offered again:\n%s", picked.Main())
		}
		line := picked.Find(t, `name="picked" value="([0-9a-z]{26})"`)
		w.filled(address)
		receipt := w.deposited(address)
		w.helper.Want("take out", w.helper.Post(address+"/evidence/remove", "requirement", "directory", "picked", line), http.StatusSeeOther)
		w.has(w.director.Get(receipt.To()), "rapport.pdf", "Retirée du dossier depuis")

		w.ars.Want("message", w.ars.Post(address+"/messages", "message", "Bonjour, le calendrier est-il ferme ?"), http.StatusSeeOther)
		w.has(w.helper.Get(address), "le calendrier est-il ferme", "ARS", "Maxime Essai")
		w.helper.Want("empty message", w.helper.Post(address+"/messages", "message", ""), http.StatusUnprocessableEntity)
		support := w.Person("Eden Ébauche", right.RegionalSupport, pagetest.Region)
		support.Want("who helps reads", support.Get(address), http.StatusOK)
		support.Want("and says nothing", support.Post(address+"/messages", "message", "Bonjour"), http.StatusForbidden)
	})
}

func TestWhoIsNotEligibleIsTold(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	clinic := w.Person("Noa Prototype", right.Director, pagetest.Clinic)
	w.has(clinic.Get(home2), "Dire de quelle catégorie est la structure")
	w.Update(func(ctx context.Context, tx *store.Tx) error {
		return proof.Record(ctx, tx, territory.Everything(), proof.Fact{Structure: pagetest.Clinic, Key: proof.StatusKey, Value: referential.Words("esms"), ObservedAt: w.Clock.Add(-time.Hour),
			Source: "test", RecordedAt: w.Clock.Add(-time.Hour), RecordedBy: "test"})
	})
	w.has(clinic.Want("list", clinic.Get(home2), http.StatusOK), "Aucun appel ouvert pour votre structure", "Pas dans cet appel.")
	w.has(clinic.Want("begin", clinic.Post(home2, "call", "essai"), http.StatusConflict), "ne s’adresse pas à votre structure")
	clinic.Want("closed", clinic.Post(home2, "call", "care-d1-2024"), http.StatusConflict)
	clinic.Want("unknown", clinic.Post(home2, "call", "nothing"), http.StatusNotFound)
	hospital := w.Person("Camille Exemple", right.SecurityOfficer, pagetest.Hospital)
	w.has(hospital.Want("member", hospital.Get("/structures/"+pagetest.Hospital+"/dossiers"), http.StatusOK), "Vous êtes membre de GHT des Collines")
	address := w.begin()
	hospital.Want("another structure", hospital.Get(strings.Replace(address, pagetest.Group, pagetest.Hospital, 1)), http.StatusNotFound)
	clinic.Want("a stranger", clinic.Get(address), http.StatusNotFound)
}

func TestSignsByDelegation(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	address := w.begin()
	w.filled(address)
	stand := w.Person("Charlie Gabarit", right.Director, pagetest.Group)
	stand.Actor.Grants[0].DelegatedBy = w.director.Actor.Person
	w.has(stand.Want("ask", stand.Get(address+"/deposit"), http.StatusOK), "Par délégation de Dominique Fictif")
	director := w.director
	w.director = stand
	made := w.deposited(address)
	w.has(director.Want("receipt", director.Get(made.To()), http.StatusOK), "Charlie Gabarit, par délégation de Dominique Fictif")
}

func TestPublicPages(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	nobody := &pagetest.Visitor{}
	*nobody = *w.Person("Personne", "", "")
	for _, lang := range []string{"fr", "en"} {
		nobody.Lang = lang
		nobody.Want("calls", nobody.Get("/calls"), http.StatusOK)
		for _, k := range w.module.calls.All() {
			nobody.Want(k.ID, nobody.Get("/calls/"+k.ID), http.StatusOK)
		}
	}
	nobody.Lang = "fr"
	w.has(nobody.Get("/calls/essai"), "Appel d’essai", "1 000 000 €", "31 mars 2026", "Fermeture annoncée d’abord le 20 mars 2026", "part non publiée", "le rapport d’audit")
	nobody.Want("unknown", nobody.Get("/calls/nothing"), http.StatusNotFound)
}

func TestPagesInEnglish(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	address := w.begin()
	w.filled(address)
	receipt := w.deposited(address)
	w.director.Lang = "en"
	for _, path := range []string{home1, address, address + "/project", address + "/requirements", address + "/money", address + "/members", address + "/members?format=csv", address + "/deposit", receipt.To(),
		address + "/corrections", address + "/acts/withdraw"} {
		w.director.Want(path, w.director.Get(path), http.StatusOK)
	}
}

func TestRoutesFollowTheTable(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.FollowsTable(t)
}

func TestReadEuros(t *testing.T) {
	for text, want := range map[string]funding.Cents{"12 345,67": 1_234_567, "12 345,6 €": 1_234_560, "0,05": 5, "1000": 100_000, "1.5": 150} {
		if got, ok := readEuros(text); !ok || got != want {
			t.Errorf("%q: %d %t, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "-5", "1,234.5", "12,345,6", "1e9", "cent", "1,234", "99999999999999999999"} {
		if got, ok := readEuros(text); ok {
			t.Errorf("%q read as %d", text, got)
		}
	}
}
