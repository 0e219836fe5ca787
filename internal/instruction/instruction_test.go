package instruction

import (
	"net/http"
	"strings"
	"testing"

	"hygie/internal/funding"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"

	"hygie/internal/pagetest"
)

func TestCleanDossierThroughBothLevels(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		id := w.candidate(entry{})
		if p := w.ars.Want("queue", w.ars.Get(region), http.StatusOK); strings.Contains(p.Text, "Clinique inventée 01") {
			t.Error("a deposit that may still change is to be instructed")
		}
		w.checked()
		w.has(w.ars.Get(region+"?view=coming"), "Clinique inventée 01")
		w.move(w.ars, region, id, "take", http.StatusConflict)
		w.closed()
		w.has(w.ars.Get(region), "Clinique inventée 01", "ESSAI-0001", "rien d’ouvert", "20 000 €", "30/04/2026")
		w.move(w.ars, region, id, "take", http.StatusSeeOther)
		page := w.ars.Want("page", w.ars.Get(region+"/"+id), http.StatusOK)
		w.has(page, "Rien n’est ouvert", "Donner le visa", "politique.pdf", "Relever l’annuaire.", "Couvre du", "Maxime Essai")
		w.has(w.ars.Want("ask", w.ars.Get(region+"/"+id+"/acts/visa"), http.StatusOK), "Favorable", "hors sujet", "Le dossier passe à l’ANS")
		w.has(w.move(w.ars, region, id, "visa", http.StatusUnprocessableEntity, "outcome", "peut-être"), "Choisissez une réponse")
		w.has(w.move(w.ars, region, id, "visa", http.StatusUnprocessableEntity, "outcome", funding.Unfavourable), "Dites pourquoi")
		if to := w.move(w.ars, region, id, "visa", http.StatusSeeOther, "outcome", funding.Favourable).To(); to != region {
			t.Errorf("after the visa the reader is led to %s", to)
		}
		w.has(w.ans.Get(nation), "Clinique inventée 01", "Visé par l’ARS")
		w.move(w.ans, nation, id, "take", http.StatusSeeOther)
		w.has(w.ans.Get(nation+"/"+id), "Avis favorable", "Décider", "Refuser")
		w.move(w.ans, nation, id, "decide", http.StatusSeeOther, "outcome", "grant")
		w.state(id, funding.Granted)
		w.has(w.ans.Get(nation+"?view=done"), "Clinique inventée 01", "Accordé")
	})
}

func TestOpenPointsNeedEyes(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	id := w.candidate(entry{Open: true})
	w.closed()
	w.has(w.ars.Get(region), "2 points ouverts")
	w.move(w.ars, region, id, "take", http.StatusSeeOther)
	w.has(w.move(w.ars, region, id, "visa", http.StatusConflict, "outcome", funding.Favourable), "2 points restent ouverts")
	page := w.ars.Get(region + "/" + id)
	w.has(page, "2 points attendent votre regard", "Aucune preuve n’est jointe")
	look := func(point, fine string, status int) {
		w.ars.Want("look at "+point, w.ars.Post(region+"/"+id+"/looks", "version", version(w.dossier(id).Version), "point", point, "fine", fine, "note", "La pièce est arrivée par courrier."), status)
	}
	look("requirement/nothing", "1", http.StatusNotFound)
	look("requirement/continuity", "1", http.StatusSeeOther)
	look("evidence/policy", "0", http.StatusSeeOther)
	w.has(w.ars.Get(region+"/"+id), "Vu, cela ne va pas.", "La pièce est arrivée par courrier.", "Tout ce qui était ouvert a été regardé")
	w.has(w.move(w.ars, region, id, "visa", http.StatusConflict, "outcome", funding.Favourable), "1 point reste ouvert")
	w.move(w.ars, region, id, "visa", http.StatusSeeOther, "outcome", funding.Reserved, "note", "Pièce à produire.")
	w.move(w.ans, nation, id, "take", http.StatusSeeOther)
	w.has(w.ans.Get(nation+"/"+id), "2 points attendent votre regard", "Vu, cela va.") // what the region saw is shown, and does not stand for the nation
	w.has(w.move(w.ans, nation, id, "decide", http.StatusConflict, "outcome", "grant"), "2 points restent ouverts")
	w.seen(w.ans, nation, id)
	w.move(w.ans, nation, id, "decide", http.StatusSeeOther, "outcome", "grant")
	if acts := strings.Join(w.Actions(), " "); !strings.Contains(acts, "instruction.look") || !strings.Contains(acts, "instruction.hand") || !strings.Contains(acts, "dossier.grant") {
		t.Errorf("the journal holds %s", acts)
	}
}

func TestDrawnDossierIsLookedAt(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), "share: 0 %", "share: 100 %")
	id := w.candidate(entry{})
	w.closed()
	w.has(w.ars.Get(region), "tiré au sort")
	w.has(w.ars.Get(region+"?points=drawn"), "Clinique inventée 01")
	preview := w.ars.Want("preview", w.ars.Post(region+"/batch", "do", "visa", "dossier", id+"."+version(w.dossier(id).Version)), http.StatusOK)
	w.has(preview, "tiré au sort", "laissé de côté")
	w.move(w.ars, region, id, "take", http.StatusSeeOther)
	w.move(w.ars, region, id, "visa", http.StatusConflict, "outcome", funding.Favourable)
	w.seen(w.ars, region, id)
	w.move(w.ars, region, id, "visa", http.StatusSeeOther, "outcome", funding.Favourable)
	w.state(id, funding.Endorsed)
}

func TestCorrectionsStopTheClock(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		id := w.candidate(entry{})
		w.closed()
		w.move(w.ars, region, id, "take", http.StatusSeeOther)
		ask := w.ars.Want("ask", w.ars.Get(region+"/"+id+"/corrections?point=requirement/continuity"), http.StatusOK)
		w.has(ask, "pièce non signée", "Le calendrier", "plafond notifié", `name="on:requirement/continuity"`)
		w.has(w.move(w.ars, region, id, "corrections", http.StatusUnprocessableEntity), "au moins un point")
		w.has(w.move(w.ars, region, id, "corrections", http.StatusUnprocessableEntity, "on:calendar", "1", "kind:calendar", "incomplete"), "Dites ce qui est attendu")
		w.move(w.ars, region, id, "corrections", http.StatusUnprocessableEntity, "note:calendar", "Quel jour ?", "kind:calendar", "other")
		w.move(w.ars, region, id, "corrections", http.StatusUnprocessableEntity, "reason:calendar", "outside", "kind:calendar", "incomplete")
		w.move(w.ars, region, id, "corrections", http.StatusSeeOther, "note:calendar", "Quel jour ?", "kind:calendar", "incomplete", "reason:requirement/continuity", "unsigned", "kind:requirement/continuity", "incorrect")
		w.state(id, funding.RegionalCorrection)
		w.has(w.ars.Get(region+"?view=waiting"), "Clinique inventée 01", "Corrections demandées par l’ARS")
		w.has(w.ars.Get(region+"/"+id), "Quel jour ?", "Le document n’est pas signé.", "arrêtée")
		w.Clock = w.Clock.AddDate(0, 0, 10)
		w.answered(id)
		w.checked()
		w.has(w.ars.Get(region), "Clinique inventée 01", "11/05/2026") // seven working days stood still
		w.has(w.ars.Get(region+"/"+id), "C’est fait.")
	})
}

func TestTwoInstructorsAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		id := w.candidate(entry{})
		w.closed()
		w.move(w.ars, region, id, "take", http.StatusSeeOther)
		read := version(w.dossier(id).Version)
		w.move(w.ars, region, id, "visa", http.StatusSeeOther, "outcome", funding.Favourable, "note", "Bon projet.")
		second := w.ars2.Want("second", w.ars2.Post(region+"/"+id+"/acts/visa", "version", read, "outcome", funding.Unfavourable, "note", "Le calendrier est flou."), http.StatusConflict)
		w.has(second, "Quelqu’un a avancé avant vous", "Maxime Essai", "Bon projet.", "Ce que vous aviez écrit", "Le calendrier est flou.", "Reprendre le visa")
		w.state(id, funding.Endorsed)
		third := w.ars2.Want("corrections", w.ars2.Post(region+"/"+id+"/corrections", "version", read, "note:calendar", "Quel jour ?", "kind:calendar", "incomplete"), http.StatusConflict)
		w.has(third, "Quelqu’un a avancé avant vous", "Quel jour ?")
		w.move(w.ars2, region, id, "retract", http.StatusUnprocessableEntity)
		w.move(w.ars2, region, id, "retract", http.StatusSeeOther, "note", "À revoir ensemble.")
		w.state(id, funding.RegionalReview)
	})
}

func TestBatch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		clean, other, open, moved := w.candidate(entry{}), w.candidate(entry{Asked: 61_000_00}), w.candidate(entry{Open: true}), w.candidate(entry{})
		w.closed()
		fields := []string{"do", "visa"}
		for _, id := range []string{clean, other, open, moved} {
			fields = append(fields, "dossier", id+"."+version(w.dossier(id).Version))
		}
		w.move(w.ars2, region, moved, "take", http.StatusSeeOther)
		preview := w.ars.Want("preview", w.ars.Post(region+"/batch", fields...), http.StatusOK)
		w.has(preview, "2 dossiers sur 4", "Quelqu’un a fait avancer", "2 points restent ouverts")
		w.state(clean, funding.Deposited)
		w.has(w.ars.Want("confirm", w.ars.Post(region+"/batch/confirm", fields...), http.StatusOK), "Fait pour 2 dossiers sur 4", "Visé par l’ARS")
		w.state(clean, funding.Endorsed)
		w.state(open, funding.Deposited)
		w.state(moved, funding.RegionalReview)
		again := w.ars.Want("twice", w.ars.Post(region+"/batch/confirm", fields...), http.StatusOK)
		w.has(again, "Fait pour 0 dossier sur 4")
		grant := []string{"do", "grant", "dossier", clean + "." + version(w.dossier(clean).Version), "dossier", other + "." + version(w.dossier(other).Version)}
		w.has(w.ans.Want("preview", w.ans.Post(nation+"/batch", grant...), http.StatusOK), "81 000 €")
		w.ans.Want("grant", w.ans.Post(nation+"/batch/confirm", grant...), http.StatusOK)
		w.state(clean, funding.Granted)
		w.state(other, funding.Proposed) // two people decide on so much
		w.ans.Want("no deed of this level", w.ans.Post(nation+"/batch", "do", "visa", "dossier", clean+".1"), http.StatusNotFound)
		w.ans.Want("nothing chosen", w.ans.Post(nation+"/batch", "do", "grant"), http.StatusUnprocessableEntity)
		w.ans.Want("not a choice", w.ans.Post(nation+"/batch", "do", "grant", "dossier", "x"), http.StatusNotFound)
	})
}

func TestFourEyesAndAppeal(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	id := w.candidate(entry{Asked: 61_000_00})
	w.closed()
	w.move(w.ars, region, id, "take", http.StatusSeeOther)
	w.move(w.ars, region, id, "visa", http.StatusSeeOther, "outcome", funding.Favourable)
	w.move(w.ans, nation, id, "take", http.StatusSeeOther)
	w.has(w.ans.Get(nation+"/"+id+"/acts/decide"), "À partir de 60 000 €, deux personnes décident", "Le candidat n’a pas de SIRET connu")
	w.has(w.move(w.ans, nation, id, "decide", http.StatusUnprocessableEntity, "outcome", "grant_partly", "amount", "beaucoup", "reason", "too-much"), "Écrivez un montant")
	w.move(w.ans, nation, id, "decide", http.StatusSeeOther, "outcome", "grant_partly", "amount", "60 500,50", "reason", "too-much")
	w.state(id, funding.Proposed)
	w.has(w.ans2.Get(nation+"/"+id), "Confirmer la décision proposée", "60 500,50", "Une dépense n’est pas retenue.")
	w.has(w.move(w.ans, nation, id, "decide", http.StatusForbidden, "outcome", "grant_partly", "amount", "60500.50"), "une autre personne")
	w.has(w.move(w.ans2, nation, id, "decide", http.StatusConflict, "outcome", "grant_partly", "amount", "60000"), "Ce n’est pas ce qui a été proposé")
	w.move(w.ans2, nation, id, "decide", http.StatusSeeOther, "outcome", "grant_partly", "amount", "60500.50")
	w.state(id, funding.PartlyGranted)
	w.applicant(id, funding.Contest, "Une pièce n’a pas été lue.")
	w.checked()
	w.has(w.ans.Get(nation), "Recours en cours")
	w.has(w.move(w.ans2, nation, id, "decide", http.StatusForbidden, "outcome", "grant"), "une autre personne")
	w.move(w.ans, nation, id, "decide", http.StatusSeeOther, "outcome", "grant")
	w.state(id, funding.Granted)
}

func TestSecondOpinion(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	id := w.candidate(entry{})
	w.closed()
	w.move(w.ars, region, id, "take", http.StatusSeeOther)
	w.move(w.ars, region, id, "ask-opinion", http.StatusUnprocessableEntity)
	w.move(w.ars, region, id, "ask-opinion", http.StatusSeeOther, "note", "Le périmètre te paraît-il complet ?")
	w.state(id, funding.RegionalOpinion)
	w.has(w.move(w.ars, region, id, "opinion", http.StatusForbidden, "note", "Oui."), "une autre personne")
	w.has(w.ars2.Get(region+"/"+id), "Le périmètre te paraît-il complet ?", "Donner le second avis")
	w.move(w.ars2, region, id, "opinion", http.StatusSeeOther, "note", "Oui, avec le site du Val-Doré.")
	w.has(w.ars.Get(region+"/"+id), "Oui, avec le site du Val-Doré.")
}

func TestStandInOfSomebodyOnLeave(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	id := w.candidate(entry{})
	w.closed()
	w.move(w.ars, region, id, "take", http.StatusSeeOther)
	w.has(w.ars.Get(region+"?hand=mine"), "Clinique inventée 01")
	if p := w.ars2.Get(region + "?hand=mine"); strings.Contains(p.Text, "Clinique inventée 01") {
		t.Error("a colleague’s dossier is among one’s own")
	}
	stand := w.Person("Charlie Gabarit", right.RegionalInstructor, pagetest.Region)
	stand.Actor.Grants[0].DelegatedBy = w.ars.Actor.Person
	w.has(stand.Get(region+"?hand=mine"), "Clinique inventée 01")
	w.move(stand, region, id, "visa", http.StatusSeeOther, "outcome", funding.Favourable)
	w.has(stand.Get(region+"/"+id), "Charlie Gabarit, par délégation de Maxime Essai")
}

func TestTakenInHand(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	id := w.candidate(entry{})
	w.closed()
	w.ars.Want("take", w.ars.Post(region+"/"+id+"/hand", "take", "1"), http.StatusSeeOther)
	w.has(w.ars2.Get(region), "Maxime Essai")
	w.has(w.ars2.Want("at once", w.ars2.Post(region+"/"+id+"/hand", "take", "1"), http.StatusConflict), "vient de prendre")
	w.ars2.Want("from a colleague", w.ars2.Post(region+"/"+id+"/hand", "take", "1", "from", w.ars.Actor.Person), http.StatusSeeOther)
	w.ars2.Want("let go", w.ars2.Post(region+"/"+id+"/hand", "from", w.ars2.Actor.Person), http.StatusSeeOther)
	if p := w.ars.Get(region + "?hand=free"); !strings.Contains(p.Text, "Clinique inventée 01") {
		t.Error("a dossier that was let go is not free")
	}
}

func TestDraftsAreTheApplicantsOwn(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	id := w.candidate(entry{Draft: true})
	w.closed()
	for _, path := range []string{"", "/corrections", "/acts/visa"} {
		w.ars.Want(path, w.ars.Get(region+"/"+id+path), http.StatusNotFound)
	}
	w.ars.Want("hand", w.ars.Post(region+"/"+id+"/hand", "take", "1"), http.StatusNotFound)
	w.ars.Want("message", w.ars.Post(region+"/"+id+"/messages", "message", "Bonjour"), http.StatusNotFound)
	w.ars.Want("batch", w.ars.Post(region+"/batch", "do", "mine", "dossier", id+".1"), http.StatusNotFound)
	for _, view := range []string{"", "?view=coming", "?view=done", "?view=waiting"} {
		if p := w.ars.Get(region + view); strings.Contains(p.Text, "Clinique inventée") {
			t.Errorf("a draft is in the queue %q", view)
		}
	}
}

func TestQueueAsSeen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for range 3 {
			w.candidate(entry{})
		}
		w.candidate(entry{Open: true, Asked: 30_000_00})
		w.closed()
		w.has(w.ars.Want("csv", w.ars.Get(region+"?points=open&format=csv"), http.StatusOK), "ESSAI-0004", "30000")
		if p := w.ars.Get(region + "?points=open&format=csv"); strings.Contains(p.Text, "ESSAI-0001") {
			t.Error("the export holds more than the queue shows")
		}
		for _, sort := range []string{"name", "-name", "age", "-age", "amount", "-amount", "due", "-due", "nothing"} {
			w.ars.Want(sort, w.ars.Get(region+"?sort="+sort), http.StatusOK)
		}
		if p := w.ars.Get(region + "?sort=-amount"); strings.Index(p.Text, "ESSAI-0004") > strings.Index(p.Text, "ESSAI-0001") {
			t.Error("the largest amount does not come first")
		}
		for query, want := range map[string]bool{"q=04": true, "q=inventée+04": true, "q=%25": false, "q=_": false, "q=%5C": false, "call=essai": true, "call=other": false, "points=late": false, "points=clean": false} {
			if p := w.ars.Want(query, w.ars.Get(region+"?"+query), http.StatusOK); strings.Contains(p.Text, "ESSAI-0004") != want {
				t.Errorf("%s: the dossier is there: %t, want %t", query, !want, want)
			}
		}
		w.Clock = w.Clock.AddDate(0, 3, 0)
		w.has(w.ars.Get(region+"?points=late"), "ESSAI-0004", "4 dossiers sont en retard", "en retard depuis le")
		if to := w.ars.Get(region + "?sort=name&view="); !strings.Contains(to.Text, "back=") {
			t.Error("the way back to the list is not kept")
		}
		w.ans.Lang = "en"
		for _, path := range []string{nation, nation + "?view=coming", nation + "/delays"} {
			w.ans.Want(path, w.ans.Get(path), http.StatusOK)
		}
	})
}

func TestRights(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	id := w.candidate(entry{})
	w.closed()
	director := w.Person("Noa Prototype", right.Director, "c01")
	for _, path := range []string{region, nation, region + "/" + id, nation + "/" + id, region + "/delays"} {
		director.Want(path, director.Get(path), http.StatusForbidden)
	}
	w.ars.Want("other level", w.ars.Get(nation), http.StatusForbidden)
	w.ans.Want("other level", w.ans.Get(region+"/"+id), http.StatusForbidden)
	w.ars.Want("unknown", w.ars.Get(region+"/nothing"), http.StatusNotFound)
	w.ars.Want("unknown move", w.ars.Get(region+"/"+id+"/acts/nothing"), http.StatusNotFound)
	w.ans.Lang = "en"
	w.ans.Want("english", w.ans.Get(nation+"/"+id), http.StatusOK)
}

// The evidence is shown beside what it is to prove, in the page; what nobody may open is only named.
func TestPreviewBesideTheCriterion(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	id := w.candidate(entry{})
	w.closed()
	page := w.ars.Want("page", w.ars.Get(region+"/"+id), http.StatusOK)
	file := page.Find(t, `file=([0-9a-z]{26})#r-continuity`)
	if strings.Contains(page.Text, "<iframe") {
		t.Error("a preview that nobody asked for: it would be noted as read")
	}
	open := w.ars.Want("preview", w.ars.Get(region+"/"+id+"?file="+file), http.StatusOK)
	w.has(open, "Fermer l’aperçu", `/evidence/`+file+`/preview?framed=1`)
	if policy := open.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-src 'self'") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("policy %s", policy)
	}
	if other := w.ars.Get(region + "/" + id + "?file=nothing"); strings.Contains(other.Text, "<iframe") {
		t.Error("evidence of elsewhere is shown")
	}
}
