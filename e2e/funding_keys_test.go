package e2e

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"hygie/internal/funding"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/internal/web/webtest"
	"hygie/referential"
)

// mostKeys is within how many keys a clean dossier is cleared.
const mostKeys = 25

// typist counts the keys that somebody presses.
type typist struct {
	*window
	keys  int
	waits []float64 // milliseconds from leaving a page to the next one being there, as the browser counts them
}

// key presses one key as a keyboard does.
func key(name string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		if name == "Enter" {
			return enter(ctx, target)
		}
		one := input.DispatchKeyEventParams{Type: "keyDown", Key: name, Text: name, UnmodifiedText: name}
		if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, one); err != nil {
			return chromedp.Void{}, err
		}
		one.Type, one.Text, one.UnmodifiedText = "keyUp", "", ""
		_, err := chromedp.Call(ctx, input.DispatchKeyEvent, one)
		return chromedp.Void{}, err
	}
}

func (p *typist) stay(name string) {
	p.t.Helper()
	p.keys++
	p.Do(p.t, key(name))
}

func (p *typist) leads(name string) {
	p.t.Helper()
	p.keys++
	p.leave(key(name))
	p.waits = append(p.waits, webtest.Eval[float64](p.t, p.Tab, `performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd`))
}

// cleanDossier makes a dossier of the demonstration in which nothing is open, and its state is that of a deposit whose window has closed.
func cleanDossier(t *testing.T, s *site) (id string) {
	t.Helper()
	everything := territory.Everything()
	service := s.Funding
	k := s.Calls.All()[0]
	digest, size, err := s.Vault.Put(t.Context(), strings.NewReader("Politique de sécurité inventée, revue cette année."))
	if err != nil {
		t.Fatal(err)
	}
	err = s.DB.Update(t.Context(), func(tx *store.Tx) error {
		ctx, at := t.Context(), s.now()
		list, _, err := territory.List(ctx, tx, everything, territory.Filter{Kind: territory.Entity, Text: "clinique", Limit: 200})
		if err != nil {
			return err
		}
		for _, one := range list {
			have, _, err := funding.List(ctx, tx, everything, funding.Filter{Structure: string(one.ID), Call: k.ID, Limit: 1})
			if err != nil {
				return err
			}
			if len(have) > 0 {
				continue
			}
			person, err := s.People.CreatePerson(ctx, tx, "touche@essai.invalid", "Touche Inventée", "", "")
			if err != nil {
				return err
			}
			director := right.Actor{Person: person.ID, Name: person.Name, Strong: true, Grants: []right.Grant{{ID: "touche", Role: right.Director, Structure: string(one.ID), Interval: one.Interval, Leaves: 1}}}
			structure := string(one.ID)
			if err := proof.Record(ctx, tx, everything, proof.Fact{Structure: structure, Key: proof.StatusKey, Value: referential.Words("private"), ObservedAt: at, Source: "essai", RecordedAt: at},
				proof.Fact{Structure: structure, Key: "policy.reviewed", Value: referential.Date(at), ObservedAt: at, Source: "essai", RecordedAt: at}); err != nil {
				return err
			}
			if err := territory.SetSize(ctx, tx, everything, territory.Size{Structure: one.ID, Key: territory.CombinedActivity, Year: at.Year() - 1, Value: 50_000, Source: "essai"}, at); err != nil {
				return err
			}
			policy, err := proof.Add(ctx, tx, everything, proof.Evidence{Structure: structure, Kind: "security-policy", Name: "politique.txt", MediaType: proof.PlainText, SHA256: hex.EncodeToString(digest[:]), Size: size,
				EffectiveFrom: at.AddDate(0, -1, 0), EffectiveUntil: at.AddDate(2, 0, 0), DepositedAt: at, DepositedBy: person.ID, SignerRole: "legal-representative"})
			if err != nil {
				return err
			}
			d, err := service.Begin(ctx, tx, director, funding.Beginning{Call: k.ID, CallVersion: k.Version, Structure: structure})
			if err != nil {
				return err
			}
			if err := service.Pick(ctx, tx, director, everything, d.ID, "", "continuity", policy); err != nil {
				return err
			}
			const asked = 10_000_00
			if _, err := service.Spend(ctx, tx, director, everything, d.ID, funding.Expense{Kind: "audit", Label: "Audit", Amount: asked, On: at}); err != nil {
				return err
			}
			_, digest, err := service.Prepare(ctx, tx, everything, d.ID, asked)
			if err != nil {
				return err
			}
			_, err = service.Deposit(ctx, tx, director, funding.Depositing{Dossier: d.ID, Asked: asked, Seen: digest, At: at, Terms: funding.Terms{Closes: at}})
			if err != nil {
				return err
			}
			id = d.ID
			salt := ""
			for k.Draw(salt, id, asked).Status == referential.Met { // not one of those that are looked at in depth
				salt += "x"
			}
			_, err = tx.Exec(ctx, `update instruction_draw set salt = $1 where call_id = $2`, salt, k.ID)
			return err
		}
		return fmt.Errorf("every clinic has a dossier")
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// An instructor of the regional agency clears a clean dossier from the queue with the keyboard alone.
func TestCleanDossierByKeyboard(t *testing.T) {
	b := webtest.Start(t)
	s := start(t, options{demo: true})
	id := cleanDossier(t, s)
	s.pass(60 * 24 * time.Hour) // the window of the call closes
	if _, err := s.Desks.CheckWaiting(t.Context(), 500); err != nil {
		t.Fatal(err)
	}
	w := &typist{window: s.open(t, b, s.link(t, "ars@demonstration.invalid"), webtest.View{Width: 1280})}
	w.to("/instruction/region?points=clean")
	w.says("Dossiers à instruire")
	w.Accessible(t)
	w.keep("queue")
	w.stay("j")
	w.leads("Enter")
	w.says("Rien n’est ouvert")
	w.Accessible(t)
	w.keep("dossier")
	w.leads("e")
	w.says("Fermer l’aperçu")
	w.Accessible(t)
	w.keep("apercu")
	w.leads("t")
	w.leads("v")
	w.Accessible(t)
	w.keep("visa")
	w.leads("Enter")
	if w.path() != "/instruction/region?points=clean" {
		t.Errorf("after the visa the reader is at %s", w.path())
	}
	if got := count(t, s.DB, `select count(*) from dossier where id = $1 and state = 'endorsed'`, id); got != 1 {
		t.Errorf("the dossier is not endorsed: %s", w.text())
	}
	if w.keys > mostKeys {
		t.Errorf("%d keys, want at most %d", w.keys, mostKeys)
	}
	t.Logf("%d keys; waits of %.0f ms", w.keys, w.waits)
}
