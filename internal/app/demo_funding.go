package app

import (
	"bytes"
	"context"
	_ "embed" // the call of the demonstration
	"fmt"
	"strings"
	"time"

	"hygie/internal/demo"
	"hygie/internal/funding"
	"hygie/internal/people"
	"hygie/internal/right"
	"hygie/internal/store"
	"hygie/internal/territory"
	"hygie/referential/call"
)

//go:embed demo_call.yaml
var demoCallFile []byte

// demoCall reads the invented call with days around the present one: it opened two months ago and is open for three weeks more.
func demoCall(now time.Time) (*call.Call, error) {
	day := func(months, days int) string { return now.AddDate(0, months, days).Format(time.DateOnly) }
	file := demoCallFile
	for word, text := range map[string]string{"OPENS": day(-2, 0), "CLOSES": day(0, 21), "BEFORE": day(0, 7), "ANNOUNCED": day(0, -3), "LATER": day(12, 0)} {
		file = bytes.ReplaceAll(file, []byte(word), []byte(text))
	}
	c, err := call.Read("demo_call.yaml", file)
	if err != nil {
		return nil, fmt.Errorf("read the call of the demonstration: %w", err)
	}
	return c, nil
}

// player is somebody who moves a dossier of the demonstration.
type player struct {
	key  string // of an account of the cast
	act  funding.Act
	days int // ago
	do   funding.Doing
	say  string // a message besides
}

// demoFunding gives the demonstration five dossiers of its call, at five moments of their lives.
func (p *Platform) demoFunding(ctx context.Context, world demo.World, now time.Time) error {
	c := p.Calls.All()[0]
	clinic, err := p.otherClinic(ctx, world)
	if err != nil {
		return err
	}
	opens := p.demoTerms(c, now)
	taken := opens
	taken.Closes = now.AddDate(0, 0, -30) // an earlier end, so that some are further on than the window lets others be
	instructed := []player{{key: "ars", act: funding.TakeUp, days: 24}, {key: "ars", act: funding.Endorse, days: 16, do: funding.Doing{Outcome: funding.Favourable, Note: "Projet clair, calendrier tenu."}},
		{key: "ans", act: funding.TakeUp, days: 12}}
	correct := []funding.Correction{{Target: "calendar", Kind: funding.Incomplete, Note: "Indiquez la date à laquelle la restauration sera essayée."},
		{Target: "requirement/continuity", Kind: funding.Incorrect, Note: "Le document joint n’est pas signé par la direction."}}
	for _, one := range []struct {
		structure territory.ID
		director  string
		name      string
		asked     funding.Cents
		deposit   int // days ago; 0: a draft
		after     []player
	}{
		{world.Groups[0].ID, "direction-ght", "Dany Fictif", 0, 0, nil},
		{world.Clinic, "clinique", "", 38_500_00, 0, nil},
		{world.Groups[1].ID, "direction-ght2", "Sasha Inventé", 212_000_00, 5, nil},
		{world.Groups[2].ID, "direction-ght3", "Ange Imaginé", 184_300_00, 45, []player{instructed[0], {key: "ars", act: funding.AskCorrection, days: 9, do: funding.Doing{Corrections: correct}, say: "Deux points à préciser avant le visa ; le reste est prêt."}}},
		{clinic, "direction-clinique2", "Lou Simulé", 61_250_00, 50, append(instructed, player{key: "ans", act: funding.Grant, days: 4, do: funding.Doing{Amount: 61_250_00}},
			player{key: "comptable", act: funding.Pay, days: 2, do: funding.Doing{Amount: 18_375_00, Reference: "advance", Note: "M-0042"}})},
	} {
		director, err := p.demoDirector(ctx, one.director, one.name, one.structure)
		if err != nil {
			return err
		}
		d, err := p.demoDraft(ctx, c, director, one.structure, one.asked, now.AddDate(0, 0, -max(one.deposit, 3)-6))
		if err != nil {
			return err
		}
		if one.deposit == 0 {
			continue
		}
		if err := p.demoDeposit(ctx, director, d, one.asked, now.AddDate(0, 0, -one.deposit), opens); err != nil {
			return err
		}
		for _, step := range one.after {
			step.do.Terms = taken
			step.do.Terms.Advance = one.asked * 3 / 10 // the share that the call pays in advance
			if err := p.demoStep(ctx, d.ID, step, now); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *Platform) demoTerms(c *call.Call, now time.Time) funding.Terms {
	w, _, _ := c.Window(call.Candidature, "", now)
	opens, _ := w.Opens.Get()
	closes, _ := w.Closes.Get()
	return funding.Terms{Opens: opens, Closes: closes}
}

// fundingAt is the service at a past moment.
func (p *Platform) fundingAt(at time.Time) *funding.Service {
	return funding.New(funding.Options{Trail: p.Trail, Now: func() time.Time { return at }, Zone: p.Funding.Zone()})
}

// otherClinic finds a clinic of the region beside the one of the cast.
func (p *Platform) otherClinic(ctx context.Context, world demo.World) (id territory.ID, err error) {
	err = p.DB.View(ctx, func(tx *store.Tx) error {
		list, _, err := territory.List(ctx, tx, territory.Everything(), territory.Filter{Kind: territory.Entity, Text: "clinique", Limit: 10})
		if err != nil {
			return err
		}
		for _, s := range list {
			if s.ID != world.Clinic {
				id = s.ID
				return nil
			}
		}
		return fmt.Errorf("the demonstration has no second clinic")
	})
	return id, err
}

// demoDirector gives the account of the cast, or makes one.
func (p *Platform) demoDirector(ctx context.Context, key, name string, structure territory.ID) (actor right.Actor, err error) {
	err = p.DB.Update(ctx, func(tx *store.Tx) error {
		email := key + "@demonstration.invalid"
		person, err := p.People.PersonByEmail(ctx, tx, email)
		if name != "" && err != nil {
			if person, err = p.People.CreatePerson(ctx, tx, email, name, "", ""); err != nil {
				return err
			}
			if _, err := p.People.Appoint(ctx, tx, people.Giving{Person: person.ID, Role: right.Director, Structure: string(structure)}); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
		actor, err = p.People.Actor(ctx, tx, person.ID, true)
		return err
	})
	if err != nil {
		return actor, fmt.Errorf("find who signs for %s: %w", structure, err)
	}
	return actor, nil
}

func (p *Platform) demoDraft(ctx context.Context, c *call.Call, director right.Actor, structure territory.ID, asked funding.Cents, at time.Time) (d funding.Dossier, err error) {
	s := p.fundingAt(at)
	before := p.demoTerms(c, p.now()).Closes.AddDate(0, 0, -14) // the end that was announced first
	texts := map[string]string{"project": "Ramener l’annuaire au niveau 3, fermer ce qui n’a pas à être vu d’internet, et essayer chaque année la reprise."}
	if asked > 0 {
		texts["calendar"] = "Audit en janvier, corrections jusqu’en juin, second audit en juillet, essai de reprise en septembre."
		texts["service"] = "Direction des systèmes d’information, ssi@demonstration.invalid"
		texts["asked"] = asked.String()
	}
	err = p.DB.Update(ctx, func(tx *store.Tx) error {
		if d, err = s.Begin(ctx, tx, director, funding.Beginning{Call: c.ID, CallVersion: c.Version, Structure: string(structure), Closes: before}); err != nil {
			return err
		}
		for name, text := range texts {
			if _, err := s.Save(ctx, tx, territory.Everything(), d.ID, funding.Field{Name: name, Value: text, By: director.Person}, 0); err != nil {
				return err
			}
		}
		if asked == 0 {
			return nil
		}
		_, err := s.Spend(ctx, tx, director, territory.Everything(), d.ID, funding.Expense{Kind: "audit", Label: "Audit et accompagnement de l’annuaire", Supplier: "Cabinet Factice", Amount: asked, On: at})
		return err
	})
	if err != nil {
		return d, fmt.Errorf("begin a dossier of the demonstration: %w", err)
	}
	return d, nil
}

func (p *Platform) demoDeposit(ctx context.Context, director right.Actor, d funding.Dossier, asked funding.Cents, at time.Time, terms funding.Terms) error {
	s := p.fundingAt(at)
	return p.DB.Update(ctx, func(tx *store.Tx) error {
		_, digest, err := s.Prepare(ctx, tx, territory.Everything(), d.ID, asked)
		if err != nil {
			return err
		}
		_, err = s.Deposit(ctx, tx, director, funding.Depositing{Dossier: d.ID, Asked: asked, Seen: digest, At: at, Terms: terms})
		return err
	})
}

func (p *Platform) demoStep(ctx context.Context, dossier string, step player, now time.Time) error {
	s := p.fundingAt(now.AddDate(0, 0, -step.days))
	return p.DB.Update(ctx, func(tx *store.Tx) error {
		person, err := p.People.PersonByEmail(ctx, tx, step.key+"@demonstration.invalid")
		if err != nil {
			return err
		}
		actor, err := p.People.Actor(ctx, tx, person.ID, true)
		if err != nil {
			return err
		}
		d, err := funding.ByID(ctx, tx, territory.Everything(), dossier)
		if err != nil {
			return err
		}
		do := step.do
		do.Dossier, do.Version, do.Act = d.ID, d.Version, step.act
		if step.say != "" {
			if err := s.Say(ctx, tx, actor, d.ID, step.say); err != nil {
				return err
			}
		}
		if _, err := s.Do(ctx, tx, actor, do); err != nil {
			return fmt.Errorf("%s a dossier of the demonstration: %w", strings.ReplaceAll(string(step.act), "_", " "), err)
		}
		return nil
	})
}
