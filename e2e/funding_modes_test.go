package e2e

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"hygie/internal/funding"
	"hygie/internal/pagetest"
	"hygie/internal/proof"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential"
)

// fill writes what a shipped call leaves open, as who answers for the programme does.
func (s *stage) fill(who *pagetest.Visitor, call string, fields ...string) {
	s.T.Helper()
	who.Want("fill "+call, who.Post("/envelopes/"+call+"/fields", fields...), http.StatusSeeOther)
	if err := s.desks.Prepare(s.T.Context()); err != nil {
		s.T.Fatal(err)
	}
}

// pay pays an amount of a dossier.
func (p *part) pay(who *pagetest.Visitor, call, amount string, status int) {
	p.T.Helper()
	who.Want("pay", who.Post("/envelopes/"+call+"/dossiers/"+p.dossier+"/pay", "version", p.version(), "amount", amount, "note", "M-1"), status)
}

// granted plays a dossier from its window's end to the decision; everything that waits for a person is looked at.
func (p *part) granted(t *testing.T) {
	t.Helper()
	for _, act := range []step{do("ars", "take"), look("ars"), do("ars", "visa", "outcome", "favourable"), do("ans", "take"), look("ans"), do("ans", "decide", "outcome", "grant")} {
		act(p)
	}
	if got := p.now(); got.State != funding.Granted || got.Held != got.Granted {
		t.Fatalf("%s: %s holds %s", got.Number, got.State, got.Held)
	}
}

// achieved declares and controls that what was promised is done.
func (p *part) achieved() {
	for _, act := range []step{applicant("declare", http.StatusSeeOther), do("ars", "take"), look("ars"), do("ars", "visa", "outcome", "favourable"), look("ans"), do("ans", "conclude", "outcome", "validate")} {
		act(p)
	}
}

// The programme gives money once (TestThirtyDossiers), each year, and as services. The two calls whose amounts nobody published are filled on their page, and played to their payment;
// the yearly one comes back with the year.
func TestYearlyMoneyAndServices(t *testing.T) {
	s := newStage(t)
	s.Clock = time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	steering, accounts := s.Person("Claude Esquisse", right.NationalSteering, pagetest.Nation), s.Person("Robin Factice", right.Accountant, pagetest.Nation)
	const yearly, services = "care-socle-cyber", "care-services-crrc"
	if p := s.cast(false); strings.Contains(p.officer.Want("calls", p.officer.Get("/structures/"+p.structure+"/dossiers"), http.StatusOK).Text, `value="`+yearly+`"`) {
		t.Error("a call without dates can be answered")
	}
	for name, fields := range map[string][]string{"closes before it opens": {"opens", "2026-03-31", "closes", "2026-03-01"}, "no amount": {"envelope", "beaucoup"}} {
		steering.Want(name, steering.Post("/envelopes/"+yearly+"/fields", fields...), http.StatusUnprocessableEntity)
	}
	s.agencies["ans"].Want("an instructor", s.agencies["ans"].Post("/envelopes/"+yearly+"/fields", "envelope", "1"), http.StatusForbidden)
	s.fill(steering, yearly, "opens", "2026-03-01", "closes", "2026-03-31", "envelope", "1 000 000,50")
	s.fill(steering, services, "opens", "2026-03-01", "closes", "2026-03-31", "envelope", "90 000", "price", "1 500", "most", "2")

	each := s.cast(false)
	s.region = "r52" // that of the services
	s.Update(func(ctx context.Context, tx *store.Tx) error {
		_, err := territory.Insert(ctx, tx, territory.Everything(), territory.Draft{ID: s.region, Parent: pagetest.Nation, Kind: territory.Region, Code: "52", Name: "Région des services"}, s.Clock)
		return err
	})
	once := s.cast(false)
	s.Clock = s.Clock.Add(time.Minute) // what is said later counts
	s.Update(func(ctx context.Context, tx *store.Tx) error {
		return proof.Record(ctx, tx, territory.Everything(), proof.Fact{Structure: once.structure, Key: proof.StatusKey, Value: referential.Words("esms"), ObservedAt: s.Clock, Source: "essai", RecordedAt: s.Clock})
	})
	each.begin(yearly, "30000", map[string]string{"answer/yearly-amount": "30000"})
	each.deposit()
	once.begin(services, "1500", nil)
	once.officer.Want("a service", once.officer.Post(once.home()+"/expenses", "kind", "diagnosis", "label", "Diagnostic", "supplier", "Cabinet Factice", "amount", "1500", "on", "2026-03-09"), http.StatusSeeOther)
	once.officer.Want("no service", once.officer.Post(once.home()+"/expenses", "kind", "else", "label", "Autre", "amount", "1", "on", "2026-03-09"), http.StatusUnprocessableEntity)
	once.deposit()
	s.Clock = time.Date(2026, 4, 2, 8, 0, 0, 0, time.UTC)
	for _, one := range []struct {
		call string
		*part
		ars *pagetest.Visitor
	}{{yearly, each, s.agencies["ars"]}, {services, once, s.Person("Alix Simulé", right.RegionalInstructor, string(s.region))}} {
		call, p := one.call, one.part
		s.agencies["ars"] = one.ars
		p.granted(t)
		amount := p.now().Granted.String()
		p.pay(accounts, call, amount, http.StatusUnprocessableEntity) // nothing before it is done
		p.achieved()
		p.pay(accounts, call, amount, http.StatusSeeOther)
		if got := p.now(); got.Paid != got.Granted || got.State != funding.Achieved {
			t.Errorf("%s: %s, paid %s of %s", call, got.State, got.Paid, got.Granted)
		}
	}

	s.Clock = time.Date(2027, 3, 2, 8, 0, 0, 0, time.UTC)
	s.Update(func(ctx context.Context, tx *store.Tx) error {
		_, err := s.calls.Settle(ctx, tx, s.Clock)
		return err
	})
	const next = yearly + "-2027"
	each.begin(next, "30000", map[string]string{"answer/yearly-amount": "30000"})
	each.deposit()
	s.View(func(ctx context.Context, tx *store.Tx) error {
		for call, left := range map[string]funding.Cents{yearly: 970_000_50, next: 1_000_000_50, services: 88_500_00} {
			parts, err := funding.Envelopes(ctx, tx, call)
			if err != nil || len(parts) != 1 || parts[0].Left() != left {
				t.Errorf("envelope of %s: %+v %v", call, parts, err)
			}
		}
		list, _, err := funding.List(ctx, tx, territory.Everything(), funding.Filter{Structure: each.structure, Call: next})
		if len(list) != 1 || list[0].State != funding.Deposited {
			t.Errorf("next year: %+v", list)
		}
		return err
	})
}
