package notice_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"hygie/internal/notice"
	"hygie/internal/pagetest"
	"hygie/internal/proof"
	"hygie/internal/store"
	"hygie/internal/store/storetest"
	"hygie/internal/territory"
)

// deposit adds evidence that counts until a day, and returns its id.
func (b bench) deposit(name, structure string, kind proof.Kind, until time.Time, supersedes string) (id string) {
	b.Update(func(ctx context.Context, tx *store.Tx) (err error) {
		id, err = proof.Add(ctx, tx, territory.Everything(), proof.Evidence{Structure: structure, Kind: kind, Name: name, SHA256: strings.Repeat("a", 64),
			EffectiveFrom: b.Clock.AddDate(-1, 0, 0), EffectiveUntil: until, DepositedAt: b.Clock, DepositedBy: "p-officer", Supersedes: supersedes})
		return err
	})
	return id
}

// at is the end of the day some days from now, where the platform is.
func (b bench) at(days int) time.Time {
	local := b.Clock.In(b.Zone)
	return time.Date(local.Year(), local.Month(), local.Day()+days+1, 0, 0, 0, 0, b.Zone).Add(-time.Millisecond)
}

func TestEvidenceIsToldAMonthAndAWeekBefore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db, true)
		for _, p := range []string{"p-officer", "p-contributor", "p-support"} {
			b.choose(p, notice.Choice{Reminders: p != "p-contributor", DigestDay: time.Sunday})
		}
		b.deposit("trente.pdf", pagetest.Hospital, "procedure", b.at(30), "")
		b.deposit("trente-et-un.pdf", pagetest.Hospital, "procedure", b.at(31), "")
		b.deposit("dernier-jour.pdf", pagetest.Hospital, "procedure", b.at(0), "")
		b.deposit("hier.pdf", pagetest.Hospital, "procedure", b.at(-1), "")
		b.deposit("sans-fin.pdf", pagetest.Hospital, "procedure", time.Time{}, "")
		b.deposit("collecte.hygie", pagetest.Hospital, proof.DirectoryDump, b.at(3), "")
		b.deposit("voisin.pdf", pagetest.Clinic, "procedure", b.at(3), "")
		old := b.deposit("remplacee.pdf", pagetest.Hospital, "procedure", b.at(3), "")
		b.deposit("nouvelle.pdf", pagetest.Hospital, "procedure", b.at(300), old)
		got := b.round(t)
		if len(got) != 1 || len(got["p-officer"]) != 1 {
			t.Fatalf("mails: %+v", got)
		}
		mail := got["p-officer"][0]
		for _, want := range []string{"- trente.pdf", "dernier-jour.pdf", "https://hygie.test/structures/h1/evidence/", "avril"} {
			if !strings.Contains(mail.Body, want) {
				t.Errorf("the mail lacks %q:\n%s", want, mail.Body)
			}
		}
		for _, not := range []string{"trente-et-un", "hier", "sans-fin", "collecte", "voisin", "remplacee", "nouvelle"} {
			if strings.Contains(mail.Body, not) {
				t.Errorf("the mail tells of %s:\n%s", not, mail.Body)
			}
		}
		if !strings.Contains(mail.Subject, "2 preuves") {
			t.Errorf("subject %q", mail.Subject)
		}
		if again := b.round(t); len(again) != 0 {
			t.Errorf("told twice: %+v", again)
		}
		b.Clock = b.Clock.AddDate(0, 0, 22) // eight days before
		if next := b.round(t); len(next["p-officer"]) != 1 || !strings.Contains(next["p-officer"][0].Body, "trente-et-un.pdf") || strings.Contains(next["p-officer"][0].Body, "- trente.pdf") {
			t.Errorf("eight days before: %+v", next)
		}
		b.Clock = b.Clock.AddDate(0, 0, 1)
		if week := b.round(t); len(week["p-officer"]) != 1 || !strings.Contains(week["p-officer"][0].Body, "- trente.pdf") || strings.Contains(week["p-officer"][0].Body, "trente-et-un") {
			t.Errorf("a week before: %+v", week)
		}
	})
}

func TestTheDigestTellsOfEvidence(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db, true)
		for _, p := range []string{"p-officer", "p-contributor", "p-support"} {
			b.choose(p, notice.Choice{Digest: true, DigestDay: time.Monday})
		}
		b.deposit("soixante.pdf", pagetest.Hospital, "procedure", b.at(60), "")
		b.deposit("plus-tard.pdf", pagetest.Hospital, "procedure", b.at(61), "")
		got := b.round(t)
		if len(got["p-officer"]) != 1 || len(got["p-contributor"]) != 1 || len(got["p-support"]) != 0 {
			t.Fatalf("mails: %+v", got)
		}
		if m := got["p-officer"][0]; !strings.Contains(m.Body, "soixante.pdf") || strings.Contains(m.Body, "plus-tard") || !strings.Contains(m.Subject, "1 preuve") {
			t.Errorf("%s\n%s", m.Subject, m.Body)
		}
		if m := got["p-contributor"][0]; !strings.Contains(m.Body, "Counts until") {
			t.Errorf("in English: %s", m.Body)
		}
	})
}
