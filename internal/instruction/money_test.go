package instruction

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"hygie/internal/funding"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

// granted brings a dossier to its grant, and pays an advance.
func (w *world) granted(e entry, paid funding.Cents) (id string) {
	w.T.Helper()
	id = w.candidate(e)
	w.closed()
	w.move(w.ars, region, id, "take", http.StatusSeeOther)
	w.move(w.ars, region, id, "visa", http.StatusSeeOther, "outcome", funding.Favourable)
	w.move(w.ans, nation, id, "take", http.StatusSeeOther)
	w.move(w.ans, nation, id, "decide", http.StatusSeeOther, "outcome", "grant")
	if w.dossier(id).State == funding.Proposed {
		w.move(w.ans2, nation, id, "decide", http.StatusSeeOther, "outcome", "grant")
	}
	accountant := w.Person("Robin Factice", right.Accountant, pagetest.Nation)
	w.Update(func(ctx context.Context, tx *store.Tx) error {
		_, err := w.module.funding.Do(ctx, tx, accountant.Actor, funding.Doing{Dossier: id, Version: w.dossierIn(ctx, tx, id).Version, Act: funding.Pay, Amount: paid, Terms: funding.Terms{Advance: paid}})
		return err
	})
	return id
}

func (w *world) dossierIn(ctx context.Context, tx *store.Tx, id string) funding.Dossier {
	w.T.Helper()
	d, err := funding.ByID(ctx, tx, territory.Everything(), id)
	if err != nil {
		w.T.Fatal(err)
	}
	return d
}

// committed is what all parts of the envelope commit.
func (w *world) committed() (sum funding.Cents) {
	w.T.Helper()
	w.View(func(ctx context.Context, tx *store.Tx) error {
		list, err := funding.Envelopes(ctx, tx, "essai")
		for _, e := range list {
			sum += e.Committed
		}
		return err
	})
	return sum
}

func TestMoneyAskedBackAndGivenUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		id := w.granted(entry{}, 6_000_50)
		page := w.ans.Want("page", w.ans.Get(nation+"/"+id), http.StatusOK)
		w.has(page, "Demander un remboursement", "Clore le dossier")
		if strings.Contains(page.Text, "Abandonner ce qui reste dû") || strings.Contains(page.Text, "Écarter la proposition") {
			t.Error("what makes no sense yet is offered")
		}
		w.has(w.ans.Want("ask", w.ans.Get(nation+"/"+id+"/acts/reclaim"), http.StatusOK), "versé 6000,50 €", "13 999,50 € reviennent à l’enveloppe", "Versé et pas encore demandé : 6000,50 €")
		for name, fields := range map[string][]string{"more than was paid": {"amount", "6 000,51", "note", "Projet abandonné."}, "words": {"amount", "tout", "note", "x"}, "no reason": {"amount", "10"}, "nothing": {"amount", "0", "note", "x"}} {
			w.T.Log(name)
			w.move(w.ans, nation, id, "reclaim", http.StatusUnprocessableEntity, fields...)
		}
		w.ars.Want("the region does not", w.ars.Post(region+"/"+id+"/acts/reclaim", "version", version(w.dossier(id).Version), "amount", "10", "note", "x"), http.StatusForbidden)
		w.move(w.ans, nation, id, "reclaim", http.StatusSeeOther, "amount", "6 000,50", "note", "Projet abandonné.")
		w.state(id, funding.Recovery)
		if got := w.committed(); got != 6_000_50 {
			t.Errorf("%d cents committed", got)
		}
		page = w.ans.Want("page", w.ans.Get(nation+"/"+id), http.StatusOK)
		w.has(page, "Abandonner ce qui reste dû")
		if strings.Contains(page.Text, "Clore le dossier") {
			t.Error("a dossier that owes money can be closed")
		}
		w.move(w.ans, nation, id, "close", http.StatusConflict, "note", "x")
		w.has(w.ans.Get(nation+"/"+id+"/acts/waive"), "6000,50 € ne reviendront pas.")
		w.move(w.ans, nation, id, "waive", http.StatusUnprocessableEntity)
		w.move(w.ans, nation, id, "waive", http.StatusSeeOther, "note", "Structure liquidée.")
		w.state(id, funding.Closed)
		if d := w.dossier(id); d.DueBack != 0 || d.PaidBack != 0 || d.Held != 6_000_50 {
			t.Errorf("%+v", d)
		}
	})
}

func TestMuchMoneyTakesTwoPeople(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "four_eyes: 60000", "four_eyes: 10000")
		id := w.granted(entry{}, 12_000_00)
		w.has(w.ans.Get(nation+"/"+id+"/acts/reclaim"), "À partir de 10 000 €, deux personnes décident")
		if to := w.move(w.ans, nation, id, "reclaim", http.StatusSeeOther, "amount", "12 000", "note", "Rien n’a été fait."); to.To() != nation {
			t.Errorf("led to %s", to.To())
		}
		w.state(id, funding.Granted)
		w.has(w.ans2.Get(nation), "Mouvements d’argent à confirmer", "Clinique inventée 01")
		w.has(w.ans2.Get(nation+"/"+id), "Confirmer la demande de remboursement", "Écarter la proposition")
		w.move(w.ans, nation, id, "reclaim", http.StatusForbidden)
		w.has(w.ans2.Get(nation+"/"+id+"/acts/reclaim"), "Décision proposée par Morgan Schéma : Remboursement demandé, 12 000 €")
		w.has(w.ans2.Get(nation+"/"+id+"/acts/send-back"), "Le mouvement proposé n’aura pas lieu")
		w.move(w.ans2, nation, id, "send-back", http.StatusSeeOther, "note", "Le projet a repris.")
		w.state(id, funding.Granted)
		w.has(w.ans.Get(nation+"/"+id), "Proposition écartée", "Le projet a repris.")
		w.move(w.ans2, nation, id, "send-back", http.StatusConflict, "note", "encore")
		w.move(w.ans, nation, id, "reclaim", http.StatusSeeOther, "amount", "12 000", "note", "Rien n’a été fait.")
		w.move(w.ans2, nation, id, "reclaim", http.StatusSeeOther)
		w.state(id, funding.Recovery)
		if d := w.dossier(id); d.DueBack != 12_000_00 {
			t.Errorf("%+v", d)
		}
		w.move(w.ans, nation, id, "waive", http.StatusSeeOther, "note", "Structure liquidée.")
		w.state(id, funding.Recovery)
		w.move(w.ans2, nation, id, "waive", http.StatusSeeOther)
		w.state(id, funding.Closed)
		if got := w.committed(); got != 12_000_00 {
			t.Errorf("%d cents committed", got)
		}
	})
}
