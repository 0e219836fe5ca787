package notice_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"hygie/internal/funding"
	"hygie/internal/funding/callshelf"
	"hygie/internal/pagetest"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
	"hygie/referential/call"
)

// mails prepares and sends, and gives what came, by recipient.
func (b bench) mails() map[string]string {
	b.T.Helper()
	b.tray.got = nil
	if _, err := b.Prepare(b.T.Context()); err != nil {
		b.T.Fatal(err)
	}
	if _, err := b.Deliver(b.T.Context()); err != nil {
		b.T.Fatal(err)
	}
	by := map[string]string{}
	for _, m := range b.tray.got {
		if strings.Contains(m.Body, "ossier") {
			by[m.To] += m.Subject + "\n" + m.Body
		}
	}
	return by
}

// A draft hears that its window closes and that it moved; each side hears what waits for it, once, and nobody of what they did themselves.
func TestDossiersAreTold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db, true)
		file, err := os.ReadFile("../dossier/testdata/call.yaml")
		if err != nil {
			t.Fatal(err)
		}
		trial, err := call.Read("call.yaml", file)
		if err != nil {
			t.Fatal(err)
		}
		b.Service.Calls = callshelf.New(trial)
		paris, err := time.LoadLocation(call.Paris)
		if err != nil {
			t.Fatal(err)
		}
		service := funding.New(funding.Options{Trail: b.Trail, Now: b.Now, Zone: paris})
		b.Update(func(ctx context.Context, tx *store.Tx) error {
			for id, role := range map[string]right.Role{"p-region": right.RegionalInstructor, "p-director": right.Director} {
				if _, err := tx.Exec(ctx, `insert into person (id, email, email_key, name, locale, handle, created_at, updated_at) values ($1, $2, $2, $1, 'fr', $1, 0, 0)`, id, id+"@example.fr"); err != nil {
					return err
				}
				place := map[string]string{"p-region": pagetest.Region, "p-director": pagetest.Hospital}[id]
				if _, err := tx.Exec(ctx, `insert into role_grant (id, person_id, role, structure_id, from_at, created_at) values ($1, $1, $2, $3, 1, 0)`, id, string(role), place); err != nil {
					return err
				}
			}
			return nil
		})
		var director, region right.Actor
		b.View(func(ctx context.Context, tx *store.Tx) (err error) {
			if director, err = b.People.Actor(ctx, tx, "p-director", true); err != nil {
				return err
			}
			region, err = b.People.Actor(ctx, tx, "p-region", true)
			return err
		})
		closes, _ := trial.Windows[0].Closes.Get()
		var d funding.Dossier
		b.Update(func(ctx context.Context, tx *store.Tx) (err error) {
			d, err = service.Begin(ctx, tx, director, funding.Beginning{Call: "essai", CallVersion: "1.0", Structure: pagetest.Hospital, Closes: closes})
			return err
		})
		if got := b.mails(); len(got) != 0 {
			t.Fatalf("told three weeks before: %v", got)
		}
		b.Clock = time.Date(2026, 3, 26, 8, 0, 0, 0, time.UTC)
		soon := b.mails()
		if len(soon) != 3 || !strings.Contains(soon["p-officer@example.fr"], "ESSAI-0001 : le guichet ferme le 31") || !strings.Contains(soon["p-contributor@example.fr"], "nothing is deposited yet") {
			t.Fatalf("a week before: %v", soon)
		}
		if got := b.mails(); len(got) != 0 {
			t.Fatalf("told twice: %v", got)
		}
		b.Update(func(ctx context.Context, tx *store.Tx) error {
			return funding.SeeClosing(ctx, tx, territory.Everything(), d.ID, closes.AddDate(0, 0, -3))
		})
		if got := b.mails()["p-director@example.fr"]; !strings.Contains(got, "la date de fermeture a changé") {
			t.Fatalf("of a date that moved: %q", got)
		}
		terms := funding.Terms{Opens: b.Clock.Add(-time.Hour), Closes: b.Clock.Add(time.Minute)}
		b.Update(func(ctx context.Context, tx *store.Tx) error {
			_, digest, err := service.Prepare(ctx, tx, territory.Everything(), d.ID, 1_000_00)
			if err != nil {
				return err
			}
			_, err = service.Deposit(ctx, tx, director, funding.Depositing{Dossier: d.ID, Asked: 1_000_00, Seen: digest, At: b.Clock, Terms: terms})
			return err
		})
		got := b.mails()
		if got["p-director@example.fr"] != "" || !strings.Contains(got["p-region@example.fr"], "https://hygie.test/instruction/region/"+d.ID) || !strings.Contains(got["p-officer@example.fr"], "Dossier déposé") || got["p-support@example.fr"] != "" {
			t.Fatalf("of a deposit: %v", got)
		}
		b.Clock = b.Clock.Add(time.Hour)
		for _, do := range []funding.Doing{{Act: funding.TakeUp}, {Act: funding.AskCorrection, Corrections: []funding.Correction{{Target: "project", Kind: funding.Incomplete, Note: "Précisez."}}}} {
			b.Update(func(ctx context.Context, tx *store.Tx) error {
				now, err := funding.ByID(ctx, tx, territory.Everything(), d.ID)
				if err != nil {
					return err
				}
				do.Dossier, do.Version, do.Terms = d.ID, now.Version, terms
				_, err = service.Do(ctx, tx, region, do)
				return err
			})
		}
		got = b.mails()
		if text := got["p-director@example.fr"]; !strings.Contains(text, "Corrections demandées") || strings.Contains(text, "Pris en instruction") || strings.Contains(text, "Précisez") || got["p-region@example.fr"] != "" {
			t.Fatalf("of corrections: %v", got)
		}
		b.Clock = b.Clock.AddDate(0, 0, 30)
		if got := b.mails(); strings.Contains(strings.Join(values(got), ""), "ESSAI") {
			t.Fatalf("old news: %v", got)
		}
	})
}

func values(m map[string]string) (all []string) {
	for _, v := range m {
		all = append(all, v)
	}
	return all
}
