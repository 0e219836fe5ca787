package dossier

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"

	"hygie/internal/fault"
	"hygie/internal/funding"
	"hygie/internal/pagetest"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

// receiver takes documents in as the module of evidence does, without a vault.
func receiver(site *pagetest.Site) Receiver {
	return func(ctx context.Context, actor right.Actor, scope territory.Scope, in Incoming, name string, content io.Reader) (e proof.Evidence, err error) {
		if in.From.IsZero() {
			return e, fault.Invalid(fault.Field{Name: "from", Key: "evidence.from_missing"})
		}
		digest := sha256.New()
		size, err := io.Copy(digest, content)
		if err != nil {
			return e, err
		}
		e = proof.Evidence{Structure: in.Structure, Kind: in.Kind, Name: name, MediaType: proof.PDF, SHA256: hex.EncodeToString(digest.Sum(nil)), Size: size, EffectiveFrom: in.From, EffectiveUntil: in.Until,
			DepositedAt: site.Now(), DepositedBy: actor.Person, SignerRole: in.Signer}
		err = site.DB.Update(ctx, func(tx *store.Tx) (err error) {
			e.ID, err = proof.Add(ctx, tx, scope, e)
			return err
		})
		return e, err
	}
}

// A document is deposited where it serves: one page, one form, and it counts.
func TestDepositsEvidenceInTheDossier(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		address := w.begin()
		page := w.helper.Want("requirements", w.helper.Get(address+"/requirements"), http.StatusOK)
		w.has(page, "Déposer un document ici")
		open := w.helper.Want("form", w.helper.Get(address+"/requirements?add=directory"), http.StatusOK)
		w.has(open, "Déposer et joindre", "le rapport d’audit de l’annuaire", "Pour quelle structure", "Aucune donnée de patient")
		post := func(v *pagetest.Visitor, status int, fields ...string) pagetest.Page {
			t.Helper()
			fields = append([]string{"requirement", "directory", "kind", "directory-report"}, fields...)
			return v.Want("deposit", v.Upload(address+"/evidence/deposit", "file", "rapport.pdf", []byte("%PDF-1.7 essai"), fields...), status)
		}
		w.has(post(w.helper, http.StatusUnprocessableEntity), "Déposer et joindre", "point à corriger")
		post(w.ars, http.StatusForbidden, "from", "2026-03-01")
		if to := post(w.helper, http.StatusSeeOther, "from", "2026-03-01", "for", pagetest.Hospital).To(); to != address+"/requirements#r-directory" {
			t.Errorf("led to %s", to)
		}
		w.has(w.helper.Get(address+"/requirements"), "rapport.pdf", "est déposé et joint")
		w.View(func(ctx context.Context, tx *store.Tx) error {
			list, err := proof.Of(ctx, tx, territory.Everything(), pagetest.Hospital)
			if err != nil || len(list) != 1 || list[0].DepositedBy != w.helper.Actor.Person {
				t.Errorf("evidence of the member: %+v, %v", list, err)
			}
			return nil
		})
		post(w.helper, http.StatusNotFound, "from", "2026-03-01", "for", pagetest.Clinic)
		w.helper.Want("unknown requirement", w.helper.Upload(address+"/evidence/deposit", "file", "x.pdf", []byte("%PDF"), "requirement", "nothing", "from", "2026-03-01"), http.StatusNotFound)
		w.has(w.helper.Want("too large", w.helper.Upload(address+"/evidence/deposit", "file", "x.pdf", []byte(strings.Repeat("x", 1<<20+1)), "requirement", "directory", "kind", "directory-report", "from", "2026-03-01"),
			http.StatusUnprocessableEntity), "dépasse 1,0 Mo")
		w.has(w.helper.Get(address+"/money?add=invoice"), "Déposer et joindre")
		to := w.helper.Want("invoice", w.helper.Upload(address+"/evidence/deposit", "file", "facture.pdf", []byte("%PDF-1.7 facture"), "requirement", "", "kind", "other", "from", "2026-03-01"), http.StatusSeeOther).To()
		w.has(w.helper.Get(strings.TrimSuffix(to, "#add-expense")), "facture.pdf", "selected")
	})
}

// The dossier moves on while a file is on its way: it is kept as evidence of the structure, and nothing is said to be joined that is not.
func TestDepositWhileTheDossierMovesOn(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	address := w.begin()
	w.filled(address)
	w.deposited(address)
	receive := w.module.receive
	w.module.receive = func(ctx context.Context, actor right.Actor, scope territory.Scope, in Incoming, name string, content io.Reader) (proof.Evidence, error) {
		e, err := receive(ctx, actor, scope, in, name, content)
		w.Clock = w.Clock.AddDate(0, 1, 0)
		w.do(w.ars, address, funding.Doing{Act: funding.TakeUp, Terms: funding.Terms{Closes: w.Clock.AddDate(0, 0, -1)}})
		return e, err
	}
	w.helper.Want("deposit", w.helper.Upload(address+"/evidence/deposit", "file", "tard.pdf", []byte("%PDF-1.7"), "requirement", "directory", "kind", "directory-report", "from", "2026-03-01"), http.StatusSeeOther)
	page := w.helper.Get(address + "/requirements")
	w.has(page, "tard.pdf est déposé parmi les preuves de la structure", "il n’y est pas joint")
	w.helper.Want("once it is instructed", w.helper.Upload(address+"/evidence/deposit", "file", "trop-tard.pdf", []byte("%PDF-1.7"), "requirement", "directory", "kind", "directory-report", "from", "2026-03-01"), http.StatusConflict)
}

// Whoever may invite does so from the dossier, until a day; the link is shown once.
func TestInvitesFromTheDossier(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		address := w.begin()
		w.helper.Want("write", w.helper.Post(address+"/fields", "name", "project", "value", "Relever l’annuaire.", "seen", "0"), http.StatusSeeOther)
		page := w.director.Want("team", w.director.Get(address+"/team"), http.StatusOK)
		w.has(page, "Sacha Modèle", "Inviter quelqu’un")
		if other := w.helper.Want("team of a contributor", w.helper.Get(address+"/team"), http.StatusOK); strings.Contains(other.Text, "Inviter quelqu’un") {
			t.Error("a contributor is offered to invite")
		}
		fields := []string{"name", "Alix Expert", "email", "alix@cabinet.invalid", "role", string(right.Contributor)}
		w.has(w.director.Want("no end", w.director.Post(address+"/team", fields...), http.StatusUnprocessableEntity), "Indiquez jusqu’à quel jour", "alix@cabinet.invalid")
		w.director.Want("an agency", w.director.Post(address+"/team", append(fields[:4:4], "role", string(right.NationalInstructor), "until", "2026-06-30")...), http.StatusUnprocessableEntity)
		w.helper.Want("by a contributor", w.helper.Post(address+"/team", append(fields, "until", "2026-06-30")...), http.StatusUnprocessableEntity)
		made := w.director.Want("invite", w.director.Post(address+"/team", append(fields, "until", "2026-06-30")...), http.StatusOK)
		w.has(made, "Alix Expert peut rejoindre le dossier", "https://hygie.test/invitation/")
		w.has(w.director.Get(address+"/team"), "Alix Expert (contribution)")
	})
}
